"""Ways to talk to the operator's REST API: requests, server-sent events, a WebSocket, and the OpenAPI document as a judge of answers."""

import base64
import json
import os
import queue
import socket
import threading
import urllib.error
import urllib.request


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body, parse_constant=_refuse_constant)


def _refuse_constant(word):
    raise AssertionError(f"{word} is no JSON")


class Api:
    """One operator's API, as the owner of a token or as nobody."""

    def __init__(self, port, token=None):
        self.port, self.token = port, token

    def call(self, method, path, body=None, headers=None, raw=None):
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=data, method=method)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        for name, value in {**self._authorization(), **(headers or {})}.items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return Answer(reply.status, reply.headers, reply.read().decode())
        except urllib.error.HTTPError as refusal:
            return Answer(refusal.code, refusal.headers, refusal.read().decode())

    def get(self, path):
        answer = self.call("GET", path)
        if answer.status != 200:
            raise AssertionError(f"GET {path}: {answer.status} {answer.body}")
        return answer.json()

    def post(self, path, body=None):
        return self.call("POST", path, body)

    def _authorization(self):
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def events(self, path="/api/v1/stream", last_id=None):
        return EventStream(self.port, path, {**self._authorization(), **({"Last-Event-ID": last_id} if last_id else {})})


class EventStream:
    """Server-sent events, read by a thread of its own. Close it."""

    def __init__(self, port, path, headers):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1:%d" % port, *(f"{name}: {value}" for name, value in headers.items())]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.arrived = queue.Queue()
        self.head = b""
        while b"\r\n\r\n" not in self.head:
            piece = self.socket.recv(4096)
            if not piece:
                break
            self.head += piece
        self.head, _, rest = self.head.partition(b"\r\n\r\n")
        self.status = int(self.head.split()[1])
        threading.Thread(target=self._read, args=(rest,), daemon=True).start()

    def _read(self, data):
        """Takes the chunked coding off and splits events at blank lines."""
        text = b""
        try:
            while True:
                while b"\r\n" in data:
                    size, _, rest = data.partition(b"\r\n")
                    if not size.strip():
                        data = rest
                        continue
                    length = int(size, 16)
                    if len(rest) < length + 2:
                        break
                    if length == 0:
                        return self.arrived.put(None)
                    text, data = text + rest[:length], rest[length + 2:]
                    *whole, text = text.split(b"\n\n")
                    for event in whole:
                        self._take(event.decode())
                piece = self.socket.recv(65536)
                if not piece:
                    return self.arrived.put(None)
                data += piece
        except OSError:
            self.arrived.put(None)

    def _take(self, text):
        fields = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line and not line.startswith(":"))
        if "data" in fields:
            self.arrived.put((fields["id"], fields["event"], json.loads(fields["data"], parse_constant=_refuse_constant)))

    def next(self, kind=None, wanted=lambda data: True, seconds=15):
        """The next event of a kind for which `wanted` holds: (id, kind, data)."""
        while True:
            event = self.arrived.get(timeout=seconds)
            if event is None:
                raise AssertionError("the stream ended")
            if kind in (None, event[1]) and wanted(event[2]):
                return event

    def close(self):
        self.socket.close()


class WebSocket:
    """As much of RFC 6455 as reading text messages takes. Close it."""

    def __init__(self, port, path="/ws", token=None, headers=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=15)
        protocols = ["spillway.v1"]
        if token:
            protocols.append("base64url.bearer.authorization.k8s.io." + base64.urlsafe_b64encode(token.encode()).decode().rstrip("="))
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                 f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}", f"Sec-WebSocket-Protocol: {', '.join(protocols)}",
                 *(f"{name}: {value}" for name, value in (headers or {}).items())]  # fmt: skip
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.stream = self.socket.makefile("rb")
        self.status = int(self.stream.readline().split()[1])
        self.headers = {}
        while line := self.stream.readline().strip():
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()

    def next(self):
        """The next text message, as JSON; None once the server has closed."""
        while True:
            head = self.stream.read(2)
            if len(head) < 2 or head[0] & 15 == 8:
                return None
            size = head[1] & 127
            if size == 126:
                size = int.from_bytes(self.stream.read(2), "big")
            elif size == 127:
                size = int.from_bytes(self.stream.read(8), "big")
            payload = self.stream.read(size)
            if head[0] & 15 == 1:
                return json.loads(payload, parse_constant=_refuse_constant)

    def close(self):
        self.stream.close()
        self.socket.close()


class Contract:
    """The OpenAPI document, strict: a field that it does not name is a fault."""

    def __init__(self, document):
        self.document = document
        self.components = {"components": _closed(document["components"])}

    def resolve(self, value):
        while isinstance(value, dict) and "$ref" in value:
            target = self.document
            for key in value["$ref"][2:].split("/"):
                target = target[key]
            value = target
        return value

    def operations(self):
        """(path, method, operation) of each."""
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                if method != "parameters":
                    yield path, method.upper(), operation

    def operation(self, operation_id):
        return next(o for o in self.operations() if o[2]["operationId"] == operation_id)

    def check_schema(self, name, value):
        import jsonschema  # Debian's python3-jsonschema

        jsonschema.Draft202012Validator({**self.components, "$ref": f"#/components/schemas/{name}"}).validate(value)

    def check(self, operation, answer):
        """The answer's status is documented for the operation, and its body is what the document says."""
        import jsonschema

        assert str(answer.status) in operation["responses"], f"{operation['operationId']}: {answer.status} is not documented: {answer.body}"
        content = self.resolve(operation["responses"][str(answer.status)]).get("content", {})
        kind = answer.headers.get("Content-Type", "").split(";")[0]
        assert kind in content, f"{operation['operationId']}: {answer.status} is {kind}, documented are {list(content)}"
        if kind == "application/json":
            schema = _closed(content[kind]["schema"])
            jsonschema.Draft202012Validator({**self.components, **schema}).validate(answer.json())


def _closed(schema):
    """The same, but an object with named properties has no others."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items() if key != "examples"}
    if isinstance(closed.get("properties"), dict) and "additionalProperties" not in closed and "paths" not in closed["properties"]:
        closed["additionalProperties"] = False
    return closed
