"""A client of the live feed by Server-Sent Events, on a raw socket: it reads only when it is told to."""
import json
import socket
import time
from dataclasses import dataclass


@dataclass
class Event:
    """One event with its id (None: it had none). `data` is decoded JSON."""
    id: str | None
    event: str
    data: dict


class Sse:
    """GET of an event stream. `head` is the answer's head; a refused request has its body in `refused`."""

    def __init__(self, port: int, path: str = "/v1/events", deadline: float = 10.0, receive_bytes: int = 0, **headers):
        self.socket = socket.socket()
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(deadline)
        self.socket.connect(("127.0.0.1", port))
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n{lines}\r\n".encode())
        self.raw, self.text, self.ended, self.heartbeats = b"", "", False, 0
        while b"\r\n\r\n" not in self.raw:
            self._receive()
        head, _, self.raw = self.raw.partition(b"\r\n\r\n")
        self.head = head.decode()
        self.status = int(self.head.split()[1])
        self.refused = None
        if self.status != 200:
            length = int(self.header("content-length"))
            while len(self.raw) < length:
                self._receive()
            self.refused = json.loads(self.raw[:length])

    def header(self, name: str) -> str | None:
        for line in self.head.split("\r\n")[1:]:
            if line.lower().startswith(name.lower() + ": "):
                return line.partition(": ")[2]
        return None

    def next(self) -> Event | None:
        """The next event; None when the server has ended the stream. A heartbeat is counted and passed over."""
        while True:
            block, found, rest = self.text.partition("\n\n")
            if not found:
                if self.ended or not self._chunk():
                    return None
                continue
            self.text = rest
            fields = dict(line.partition(": ")[::2] for line in block.split("\n") if not line.startswith(":"))
            if "data" in fields:
                return Event(fields.get("id"), fields["event"], json.loads(fields["data"]))
            self.heartbeats += 1

    def until(self, event: str, deadline: float = 20.0) -> list[Event]:
        """All events up to the first of that name, which is the last of the list."""
        ends, seen = time.monotonic() + deadline, []
        while not seen or seen[-1].event != event:
            assert time.monotonic() < ends, f"no {event}: {seen}"
            one = self.next()
            assert one is not None, f"the stream ended before {event}: {seen}"
            seen.append(one)
        return seen

    def take(self, count: int) -> list[Event]:
        return [self.next() for _ in range(count)]

    def rest(self) -> list[Event]:
        """Everything up to the end of the stream."""
        seen = []
        while (one := self.next()) is not None:
            seen.append(one)
        return seen

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> "Sse":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def _receive(self) -> None:
        got = self.socket.recv(65536)
        if not got:
            raise EOFError("the server closed the connection")
        self.raw += got

    def _chunk(self) -> bool:
        """Undoes the chunks that are there; False at the last one or where the connection ends."""
        try:
            while b"\r\n" not in self.raw:
                self._receive()
            size_text, _, rest = self.raw.partition(b"\r\n")
            size = int(size_text, 16)
            while len(rest) < size + 2:
                self._receive()
                rest = self.raw.partition(b"\r\n")[2]
        except (EOFError, ConnectionResetError):
            self.ended = True
            return False
        self.raw = rest[size + 2:]
        self.ended = size == 0
        self.text += rest[:size].decode()
        return not self.ended
