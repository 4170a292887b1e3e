"""A small HTTP client: JSON in, JSON out, the connection kept."""
import http.client
import json as json_module
from dataclasses import dataclass


@dataclass
class Answer:
    """One HTTP answer. Header names are lower case."""
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json_module.loads(self.body)

    @property
    def position(self) -> str | None:
        return self.headers.get("daybook-position")


class Http:
    """Requests to one server, one after another on one connection. One thread at a time."""

    def __init__(self, host: str, port: int, headers: dict[str, str] | None = None, timeout: float = 30.0):
        self._connection = http.client.HTTPConnection(host, port, timeout=timeout)
        self._headers = headers or {}

    def request(self, method: str, path: str, json=None, headers: dict[str, str] | None = None,
                body: bytes | None = None) -> Answer:
        """`json` is sent as application/json (merge-patch for PATCH); `body` as it is."""
        sent = {**self._headers, **(headers or {})}
        if json is not None:
            body = json_module.dumps(json).encode()
            kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
            sent = {"content-type": kind, **sent}
        try:
            in_utf8 = {name: value.encode() for name, value in sent.items()}  # http.client would take Latin-1
            self._connection.request(method, path, body=body, headers=in_utf8)
            reply = self._connection.getresponse()
            headers = {name.lower(): value for name, value in reply.getheaders()}
            if headers.get("content-type", "").startswith("text/event-stream"):  # has no end: only its head is looked at
                self._connection.close()
                return Answer(reply.status, headers, b"")
            return Answer(reply.status, headers, reply.read())
        except BaseException:
            self._connection.close()  # the next request opens a new one
            raise

    def get(self, path: str, **options) -> Answer:
        return self.request("GET", path, **options)

    def post(self, path: str, json=None, **options) -> Answer:
        return self.request("POST", path, json=json, **options)

    def patch(self, path: str, json=None, **options) -> Answer:
        return self.request("PATCH", path, json=json, **options)

    def delete(self, path: str, **options) -> Answer:
        return self.request("DELETE", path, **options)

    def commands(self, commands: list[dict], mode: str = "independent", **options) -> Answer:
        return self.post("/v1/commands", {"mode": mode, "commands": commands}, **options)

    def close(self) -> None:
        self._connection.close()
