"""A real PostgreSQL (loopback, trust), from Debian's package, in a temporary folder.

It refuses to run as root; then it runs as the user `postgres`, hence the folder outside of the project."""
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from tests.support import process
from tests.support.ports import free_port
from tests.support.wait import wait_until

SETTINGS = {"listen_addresses": "127.0.0.1", "max_connections": "200", "logging_collector": "off"}


def programs() -> Path:
    """Folder of the newest server installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    if not found:
        raise FileNotFoundError("no PostgreSQL server in /usr/lib/postgresql: scripts/x bootstrap installs it")
    return found[-1].parent


class Postgres:
    """One server. `directory` keeps where its data is, its log and its pid; the data survives stop() and kill().

    `port`, `stay`: as for Broker. `settings` override SETTINGS at each start."""

    def __init__(self, directory: Path, port: int | None = None, settings: dict | None = None, stay: bool = False):
        self.directory = Path(directory).resolve()
        self.stay = stay
        self.log = self.directory / "postgres.log"
        self._settings = {**SETTINGS, **(settings or {})}
        self._state_file = self.directory / "state.json"
        self._pid_file = self.directory / "postgres.pid"
        self._child: subprocess.Popen | None = None
        state = json.loads(self._state_file.read_text()) if self._state_file.exists() else {}
        self.port = port or state.get("port")
        self.data = Path(state["data"]) if "data" in state and Path(state["data"], "PG_VERSION").exists() else None

    @property
    def url(self) -> str:
        return self.database_url("postgres")

    def database_url(self, name: str) -> str:
        return f"postgresql://daybook@127.0.0.1:{self.port}/{name}"

    @property
    def pid(self) -> int | None:
        return process.recall(self._pid_file)

    def start(self, deadline: float = 60.0) -> "Postgres":
        """Returns once the server answers a query; a running one is left as it is."""
        if not self.pid:
            self._prepare()
            settings = [part for key, value in self._settings.items() for part in ("-c", f"{key}={value}")]
            command = [programs() / "postgres", "-D", self.data, "-p", self.port,
                       "-c", f"unix_socket_directories={self.data}", *settings]
            self._child = process.spawn(command, self.log, stay=self.stay, death_signal=signal.SIGINT,
                                        cwd=self.data, **self._identity())
            process.remember(self._pid_file, self._child.pid)
        try:
            wait_until(self._answers_or_died, deadline, f"PostgreSQL on port {self.port} answers")
        except BaseException as error:
            self.kill()
            if not isinstance(error, Exception):
                raise  # Ctrl-C stays what it is
            raise RuntimeError(f"PostgreSQL did not start; {self.log} ends with:\n{process.tail(self.log)}") from error
        return self

    def stop(self) -> bool:
        """An orderly shutdown that does not wait for clients; False if it did not run."""
        return self._end(signal.SIGINT)

    def kill(self) -> bool:
        """Crash of the whole server: its next start recovers from the write-ahead log."""
        return self._end(signal.SIGQUIT)

    def remove(self) -> None:
        """Stops it and deletes all of it."""
        self.kill()
        if self.data:
            shutil.rmtree(self.data.parent, ignore_errors=True)
        shutil.rmtree(self.directory, ignore_errors=True)

    def create_database(self, prefix: str = "test") -> str:
        """Makes an empty database with a new name and returns its URL."""
        name = f"{prefix}_{secrets.token_hex(6)}"
        psql(self.url, f'CREATE DATABASE "{name}"')
        return self.database_url(name)

    def _prepare(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        if self.data is None:
            parent = Path(tempfile.mkdtemp(prefix="daybook-postgres-"))
            identity = self._identity()
            if identity:
                os.chown(parent, identity["user"], identity["group"])
            self.data = parent / "data"
            subprocess.run([programs() / "initdb", "-D", self.data, "-U", "daybook", "--auth=trust",
                            "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"],
                           check=True, capture_output=True, cwd="/", **identity)
        self._state_file.write_text(json.dumps({"port": self.port, "data": str(self.data)}) + "\n")

    @staticmethod
    def _identity() -> dict:
        """Who the server runs as: `postgres` when we are root, ourselves otherwise."""
        if os.geteuid() != 0:
            return {}
        user = pwd.getpwnam("postgres")
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [user.pw_gid]}

    def _answers_or_died(self) -> bool:
        if self._child is not None and self._child.poll() is not None:
            raise ChildProcessError(f"it ended with {self._child.returncode}")
        return psql(self.url, "SELECT 1") == "1"

    def _end(self, number: int) -> bool:
        pid = self.pid
        if pid:
            process.end(pid, number)
        if self._child is not None:
            self._child.wait()
            self._child = None
        self._pid_file.unlink(missing_ok=True)
        return bool(pid)


def psql(url: str, statement: str) -> str:
    """Runs SQL and returns the rows as psql prints them: one a line, columns parted by `|`."""
    done = subprocess.run([programs() / "psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", url,
                           "-c", statement], text=True, capture_output=True, env={**os.environ, "PGCONNECT_TIMEOUT": "5"})
    if done.returncode != 0:
        raise RuntimeError(f"psql: {done.stderr.strip()}")
    return done.stdout.strip()
