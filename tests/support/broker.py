"""A real, stock Kafka broker (one node, KRaft, loopback), run from the jars in .cache/kafka/libs."""
import base64
import os
import shutil
import signal
import socket
import struct
import subprocess
from pathlib import Path

from tests.support import process
from tests.support.ports import free_port
from tests.support.wait import wait_until

JARS = Path(__file__).resolve().parents[2] / ".cache/kafka/libs"
HEAP = ["-Xmx768m", "-XX:+UseSerialGC"]

# The session timeout is how long the controller holds a crashed broker's place against the restarted one.
SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={directory}/data
auto.create.topics.enable=false
log.retention.ms=-1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""

LOGGING = """\
status=error
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d %p %m (%c)%n
rootLogger.level=info
rootLogger.appenderRef.out.ref=out
"""


class Broker:
    """One broker and its folder. Everything in the folder survives stop() and kill(); remove() deletes it.

    `port` None: a free one at the first start, the same ever after. `settings`: lines added to server.properties
    at the first start. `stay`: outlives this process (scripts/x kafka start); otherwise it dies with the thread
    that started it."""

    def __init__(self, directory: Path, port: int | None = None, settings: dict | None = None, stay: bool = False):
        self.directory = Path(directory).resolve()
        self.stay = stay
        self.log = self.directory / "broker.log"
        self._settings = settings or {}
        self._config = self.directory / "server.properties"
        self._pid_file = self.directory / "broker.pid"
        self._child: subprocess.Popen | None = None
        self.port = port or self._configured_port()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        return process.recall(self._pid_file)

    def start(self, deadline: float = 60.0) -> "Broker":
        """Returns once the broker answers clients; a running one is left as it is."""
        if not self.pid:
            self._prepare()
            command = self.java("kafka.Kafka", self._config, options=[*HEAP, self._logging()])
            self._child = process.spawn(command, self.log, stay=self.stay, death_signal=signal.SIGTERM)
            process.remember(self._pid_file, self._child.pid)
        try:
            wait_until(self._answers_or_died, deadline, f"broker on {self.address} answers")
        except BaseException as error:
            self.kill()
            if not isinstance(error, Exception):
                raise  # Ctrl-C stays what it is
            raise RuntimeError(f"Kafka did not start; {self.log} ends with:\n{process.tail(self.log)}") from error
        return self

    def stop(self) -> bool:
        """An orderly shutdown; False if it did not run."""
        return self._end(signal.SIGTERM)

    def kill(self) -> bool:
        """SIGKILL: what a crash does to it."""
        return self._end(signal.SIGKILL)

    def pause(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def tool(self, main_class: str, *arguments, **options) -> subprocess.CompletedProcess:
        """Runs one of Kafka's own console tools, e.g. org.apache.kafka.tools.TopicCommand, and returns its text."""
        return subprocess.run(self.java(main_class, *arguments, options=[self._quiet()]), text=True,
                              **{"capture_output": True, "check": True, **options})

    def java(self, main_class: str, *arguments, options=()) -> list[str]:
        return ["java", *options, "-cp", f"{JARS}/*", main_class, *map(str, arguments)]

    def _prepare(self) -> None:
        """Folder, configuration and formatted storage, where they are not there yet."""
        self.directory.mkdir(parents=True, exist_ok=True)
        if (self.directory / "data/meta.properties").exists() and self.port == self._configured_port():
            return
        self.port = self.port or free_port()
        text = SETTINGS.format(port=self.port, controller_port=free_port(), directory=self.directory)
        self._config.write_text(text + "".join(f"{key}={value}\n" for key, value in self._settings.items()))
        if not (self.directory / "data/meta.properties").exists():
            cluster = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=").replace("-", "A")
            subprocess.run(self.java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", self._config,
                                     options=[self._quiet()]), check=True, capture_output=True)

    def _logging(self) -> str:
        file = self.directory / "log4j2.properties"
        file.write_text(LOGGING)
        return f"-Dlog4j2.configurationFile={file}"

    def _quiet(self) -> str:
        return "-Dorg.apache.logging.log4j.simplelog.StatusLogger.level=OFF"

    def _configured_port(self) -> int | None:
        if not self._config.exists():
            return None
        lines = dict(line.split("=", 1) for line in self._config.read_text().splitlines() if "=" in line)
        return int(lines["advertised.listeners"].rsplit(":", 1)[1])

    def _answers_or_died(self) -> bool:
        if self._child is not None and self._child.poll() is not None:
            raise ChildProcessError(f"it ended with {self._child.returncode}")
        return answers(self.port)

    def _end(self, number: int) -> bool:
        pid = self.pid
        if pid:
            process.end(pid, number)
        if self._child is not None:
            self._child.wait()
            self._child = None
        self._pid_file.unlink(missing_ok=True)
        return bool(pid)


def answers(port: int) -> bool:
    """Whether a Metadata request (version 1, no topics) is answered with a broker and a controller."""
    body = struct.pack(">hhih7si", 3, 1, 7, 7, b"daybook", 0)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(struct.pack(">i", len(body)) + body)
        stream = connection.makefile("rb")
        reply = stream.read(struct.unpack(">i", stream.read(4))[0])
    correlation, brokers = struct.unpack_from(">ii", reply)
    if correlation != 7 or brokers < 1:
        return False
    at = 8
    for _ in range(brokers):  # node_id, host, port, rack (null here)
        (host,) = struct.unpack_from(">h", reply, at + 4)
        at += 4 + 2 + host + 4
        (rack,) = struct.unpack_from(">h", reply, at)
        at += 2 + max(rack, 0)
    return struct.unpack_from(">i", reply, at)[0] >= 0
