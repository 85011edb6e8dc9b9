"""Free ports on loopback.

They come from below the kernel's ephemeral range, so that no outgoing connection and no bind to port 0 of another program takes
one while a component is down. Each stays bound until its component starts; the small gap that is left is covered by `up`,
which tries again with new ports.
"""

import pathlib
import random
import socket

_LOWEST = 20000


def _highest():
    text = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text()
    return max(_LOWEST + 2000, int(text.split()[0]) - 1)


class Reservation:
    """Ports held for components that have not started yet."""

    def __init__(self):
        self._held = {}

    def take(self):
        """A free port that stays bound until release()."""
        for _ in range(1000):
            port = random.randint(_LOWEST, _highest())
            if port in self._held:
                continue
            held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                held.bind(("127.0.0.1", port))
            except OSError:
                held.close()
                continue
            self._held[port] = held
            return port
        raise RuntimeError("no free port on 127.0.0.1 after 1000 tries")

    def release(self, port):
        held = self._held.pop(port, None)
        if held:
            held.close()
