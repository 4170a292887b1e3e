"""The services that the other tests stand on: they answer when start() returns, survive a crash, and leave nothing."""
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import Broker, Postgres, free_port, process, wait_until
from tests.support.postgres import psql

TOPICS = "org.apache.kafka.tools.TopicCommand"


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_broker_keeps_topics_and_port_over_a_stop_and_a_crash(tmp_path):
    broker = Broker(tmp_path / "kafka").start()
    try:
        port = broker.port
        broker.tool(TOPICS, "--bootstrap-server", broker.address, "--create", "--topic", "kept", "--partitions", "2")
        assert broker.stop() and not is_open(port)
        broker = Broker(tmp_path / "kafka").start()
        assert broker.kill() and not broker.kill() and not is_open(port)
        broker.start()
        assert broker.port == port
        assert broker.tool(TOPICS, "--bootstrap-server", broker.address, "--list").stdout.split() == ["kept"]
    finally:
        broker.remove()
    assert not is_open(port) and not (tmp_path / "kafka").exists()


def test_a_database_keeps_rows_and_port_over_a_stop_and_a_crash(tmp_path):
    server = Postgres(tmp_path / "postgres").start()
    try:
        port, data = server.port, server.data
        url = server.create_database()
        psql(url, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (1), (2)")
        assert server.kill() and not is_open(port)
        server.start()
        assert server.stop() and not server.stop()
        server = Postgres(tmp_path / "postgres").start()
        assert server.port == port and psql(url, "SELECT n FROM kept ORDER BY n") == "1\n2"
    finally:
        server.remove()
    assert not is_open(port) and not data.parent.exists()


def test_a_killed_test_run_leaves_no_server_behind(tmp_path):
    program = f"""
import sys
sys.path.insert(0, {str(Path(__file__).resolve().parents[2])!r})
from tests.support import Postgres
print(Postgres({str(tmp_path / "postgres")!r}).start().port, flush=True)
sys.stdin.read()
"""
    child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    port = int(child.stdout.readline())
    assert is_open(port)
    child.kill()
    child.wait()
    wait_until(lambda: not is_open(port), 30, "the orphan's server has ended")
    Postgres(tmp_path / "postgres").remove()


def test_a_pid_that_belongs_to_another_process_by_now_is_not_recalled(tmp_path):
    file = tmp_path / "pid"
    process.remember(file, os.getpid())
    assert process.recall(file) == os.getpid()
    file.write_text(file.read_text().replace('"started": "', '"started": "9'))
    assert process.recall(file) is None


def test_waiting_ends_at_the_deadline_and_says_for_what():
    with pytest.raises(TimeoutError, match="within 0.05 s: the impossible.*ZeroDivisionError"):
        wait_until(lambda: 1 / 0, 0.05, "the impossible")
    assert wait_until(lambda: 7, 1) == 7
    assert len({free_port() for _ in range(50)}) == 50
