"""The real binary as a process."""
import os
import signal
import subprocess
from pathlib import Path

from tests.support import process
from tests.support.http import Http
from tests.support.ports import free_port
from tests.support.wait import wait_until

ROOT = Path(__file__).resolve().parents[2]


def binary() -> Path:
    """DAYBOOK_TEST_BINARY, or the dev build's."""
    return ROOT / os.environ.get("DAYBOOK_TEST_BINARY", "build/dev/daybook")


class Daybook:
    """One role of daybook (`serve` by default) with its data folder and port, both kept over restarts.

    `arguments` follow --data and --listen on the command line. Use it in a `with` block, or stop() it."""

    def __init__(self, data: Path, *arguments, role: str = "serve", port: int | None = None, environment: dict | None = None):
        self.data = Path(data)
        self.role = role
        self.port = port or free_port()
        self.arguments = [str(argument) for argument in arguments]
        self.environment = environment or {}
        self.data.mkdir(parents=True, exist_ok=True)
        self.log = self.data / f"{role}.log"
        self.child: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, ready: bool = True, deadline: float = 30.0) -> "Daybook":
        """Starts it; with `ready` returns once /health/ready says so."""
        command = [binary(), self.role, "--data", self.data, "--listen", f"127.0.0.1:{self.port}", *self.arguments]
        self.child = process.spawn(command, self.log, cwd=self.data, env={**os.environ, **self.environment})
        if ready:
            self.wait_ready(deadline)
        return self

    def wait_ready(self, deadline: float = 30.0) -> None:
        def is_ready():
            if self.child.poll() is not None:
                return True
            client = self.http(timeout=5)
            try:
                return client.get("/health/ready").status == 200
            finally:
                client.close()
        try:
            wait_until(is_ready, deadline, f"{self.role} on {self.url} is ready")
        except TimeoutError as error:
            self.kill()
            raise TimeoutError(f"{error}\n{self.role}'s log ends with:\n{process.tail(self.log)}") from None
        if self.child.poll() is not None:
            raise RuntimeError(f"{self.role} ended with {self.child.returncode}; its log ends with:\n{process.tail(self.log)}")

    def http(self, user: str | None = None, timeout: float = 30.0, **headers) -> Http:
        """A client; `user` names the book (`Daybook-User`), `headers` are sent each time (`_` becomes `-`)."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return Http("127.0.0.1", self.port, {**sent, **({"daybook-user": user} if user else {})}, timeout)

    def stop(self, patience: float = 15.0) -> int | None:
        """SIGTERM; returns the exit status, which an orderly stop leaves at 0 (-9: it had to be killed)."""
        return self._end(signal.SIGTERM, patience)

    def kill(self) -> int | None:
        """SIGKILL, as a crash."""
        return self._end(signal.SIGKILL, 10.0)

    def pause(self) -> None:
        self.child.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.child.send_signal(signal.SIGCONT)

    def restart(self, **options) -> "Daybook":
        self.stop()
        return self.start(**options)

    def __enter__(self) -> "Daybook":
        return self if self.child else self.start()

    def __exit__(self, *_) -> None:
        self.stop()

    def _end(self, number: int, patience: float) -> int | None:
        if self.child is None:
            return None
        if self.child.poll() is None:
            process.end(self.child.pid, number, patience)
        status = self.child.wait()
        self.child = None
        return status


def run(*arguments, check: bool = True, **options) -> subprocess.CompletedProcess:
    """Runs one of the tools (`import`, `log`, `verify`, …) to its end and returns its output as text."""
    done = subprocess.run([str(binary()), *map(str, arguments)], text=True, capture_output=True,
                          **{"timeout": 300, **options})
    if check and done.returncode != 0:
        raise RuntimeError(f"daybook {' '.join(map(str, arguments))} ended with {done.returncode}:\n{done.stderr}{done.stdout}")
    return done
