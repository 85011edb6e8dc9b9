"""A TCP proxy whose client's bytes can be held up on their way, as a slow network holds them."""

import socket
import threading


class HoldingProxy:
    """Listens on a free loopback port and passes every connection on to host:port."""

    def __init__(self, host, port):
        self.target, self.held_bytes = (host, port), 0
        self._open = threading.Event()
        self._open.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._sockets = []
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self):
        """From now on what clients send waits here; answers still pass."""
        self._open.clear()

    def release(self):
        self._open.set()

    def close(self):
        self.release()
        for each in [self._listener, *self._sockets]:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:  # closed already
                pass
            each.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            server = socket.create_connection(self.target)
            self._sockets += [client, server]
            threading.Thread(target=self._pass, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, False), daemon=True).start()

    def _pass(self, source, sink, from_client):
        try:
            while data := source.recv(65536):
                if from_client and not self._open.is_set():
                    self.held_bytes += len(data)
                    self._open.wait()
                sink.sendall(data)
        except OSError:  # one side has gone
            pass
        finally:
            for each in (source, sink):
                try:
                    each.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
