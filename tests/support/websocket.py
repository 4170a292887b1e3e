"""A WebSocket client on a raw socket: sends exactly the bytes it is given, so that it can break the protocol (RFC 6455)."""
import base64
import hashlib
import json
import os
import socket
import struct

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def frame(opcode: int, payload: bytes = b"", fin: bool = True, mask: bytes | None = b"\x11\x22\x33\x44", reserved: int = 0,
          length: int | None = None) -> bytes:
    """One frame; `mask` None leaves it out, `length` lies about the payload's."""
    size = len(payload) if length is None else length
    first = (0x80 if fin else 0) | reserved << 4 | opcode
    bit = 0x80 if mask is not None else 0
    if size < 126:
        head = struct.pack("!BB", first, bit | size)
    elif size < 65536:
        head = struct.pack("!BBH", first, bit | 126, size)
    else:
        head = struct.pack("!BBQ", first, bit | 127, size)
    if mask is None:
        return head + payload
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


class WebSocket:
    """The opening handshake, then frames. A refused handshake has its answer in `status`, `head` and `refused`."""

    def __init__(self, port: int, path: str = "/v1/ws", deadline: float = 10.0, receive_bytes: int = 0, extra: bytes = b"", **headers):
        self.socket = socket.socket()
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(deadline)
        self.socket.connect(("127.0.0.1", port))
        key = base64.b64encode(os.urandom(16))
        sent = {"Host": "localhost", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": key.decode(), **{name.replace("_", "-"): value for name, value in headers.items()}}
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items() if value is not None)
        self.socket.sendall(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode() + extra)
        self.raw = b""
        while b"\r\n\r\n" not in self.raw:
            self._receive()
        head, _, self.raw = self.raw.partition(b"\r\n\r\n")
        self.head = head.decode()
        self.status = int(self.head.split()[1])
        self.refused = None
        if self.status == 101:
            accept = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
            assert self.header("sec-websocket-accept") == accept
        else:
            length = int(self.header("content-length"))
            while len(self.raw) < length:
                self._receive()
            self.refused = json.loads(self.raw[:length])

    def header(self, name: str) -> str | None:
        for line in self.head.split("\r\n")[1:]:
            if line.lower().startswith(name.lower() + ": "):
                return line.partition(": ")[2]
        return None

    def send(self, *frames: bytes) -> "WebSocket":
        self.socket.sendall(b"".join(frames))
        return self

    def say(self, message) -> "WebSocket":
        return self.send(frame(TEXT, json.dumps(message).encode()))

    def frame(self) -> tuple[int, bytes]:
        """The next frame: opcode and payload. The server's are whole and without a mask."""
        head = self._exactly(2)
        assert head[0] & 0x80 and not head[0] & 0x70 and not head[1] & 0x80, head
        size = head[1]
        if size >= 126:
            size = int.from_bytes(self._exactly(2 if size == 126 else 8), "big")
        return head[0] & 0x0F, self._exactly(size)

    def next(self):
        """The next message, decoded; pings are answered."""
        while True:
            opcode, payload = self.frame()
            if opcode == PING:
                self.send(frame(PONG, payload))
                continue
            assert opcode == TEXT, (opcode, payload)
            return json.loads(payload)

    def until_ready(self) -> list[dict]:
        """Everything before the ready message, and that one."""
        seen = [self.next()]
        while "ready" not in seen[-1]:
            seen.append(self.next())
        return seen

    def closing(self) -> tuple[int, str]:
        """Code and reason of the close frame, after passing over messages; answers it and sees the end."""
        while True:
            opcode, payload = self.frame()
            if opcode != CLOSE:
                continue
            try:
                self.send(frame(CLOSE, payload[:2]))
                while self.socket.recv(65536):
                    pass
            except (BrokenPipeError, ConnectionResetError):
                pass  # bytes of ours that were not read any more
            return int.from_bytes(payload[:2], "big"), payload[2:].decode()

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> "WebSocket":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def _exactly(self, count: int) -> bytes:
        while len(self.raw) < count:
            self._receive()
        taken, self.raw = self.raw[:count], self.raw[count:]
        return taken

    def _receive(self) -> None:
        got = self.socket.recv(65536)
        if not got:
            raise EOFError("the server closed the connection")
        self.raw += got
