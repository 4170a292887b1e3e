"""A limit that the system sets is an error with a way out, never a crash: memory while serving, open files at the start."""
import resource
import threading

import pytest

from tests.support import Daybook
from tests.support.daybook import run
from tests.support.process import tail

MIB = 1 << 20


def data_bytes(pid: int) -> int:
    """What RLIMIT_DATA counts."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmData"))


@pytest.mark.parametrize("headroom", [0, 16 * MIB, 64 * MIB])
def test_without_memory_nothing_acknowledged_is_lost_and_no_signal_ends_the_server(tmp_path, headroom):
    server, acknowledged, guard = Daybook(tmp_path / "data").start(), [], threading.Lock()
    limit = data_bytes(server.child.pid) + headroom
    resource.prlimit(server.child.pid, resource.RLIMIT_DATA, (limit, resource.RLIM_INFINITY))

    def write(number: int) -> None:
        client = server.http(user=f"user-{number}", timeout=20)
        for batch in range(6):
            names = [f"{number}-{batch}-{one}" for one in range(100)]
            try:
                answer = client.commands([{"id": name, "type": "create_task", "args": {"title": name, "description": "y" * 9000}}
                                          for name in names])
            except Exception:  # noqa: BLE001 - a connection may end at any point here
                continue
            assert answer.status in (200, 503, 504), answer.body
            if answer.status == 200:
                with guard:
                    acknowledged.extend(result["id"] for result in answer.json["results"] if result["status"] == "applied")

    writers = [threading.Thread(target=write, args=(number,)) for number in range(12)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    if server.child.poll() is None:
        server.kill()  # alive is as good; what counts is that everything acknowledged is there
    else:
        assert server.child.returncode == 1, tail(server.log)
        assert "out of memory" in tail(server.log)
    with server.start():
        log = run("log", "--url", server.url, "--json").stdout
        assert [name for name in acknowledged if f'"command_id":"{name}"' not in log] == []
        assert run("verify", "--url", server.url, check=False).returncode == 0


def test_too_few_open_files_are_refused_at_the_start_with_the_way_out(tmp_path):
    def few_files():
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    refused = run("serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", check=False, preexec_fn=few_files, timeout=30)
    assert refused.returncode == 1
    assert "256" in refused.stderr and "ulimit" in refused.stderr, refused.stderr


def test_too_little_room_for_threads_is_refused_at_the_start_with_the_way_out(tmp_path):
    def little_room():
        resource.setrlimit(resource.RLIMIT_AS, (400 * MIB, 400 * MIB))
    refused = run("serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", check=False, preexec_fn=little_room, timeout=30)
    assert refused.returncode == 1, refused.stderr
    assert "threads" in refused.stderr and "ulimit" in refused.stderr, refused.stderr


def test_a_limit_of_file_sizes_ends_the_server_with_a_reason_and_loses_nothing(tmp_path):
    with Daybook(tmp_path / "data") as server:
        limit = 256 * 1024
        resource.prlimit(server.child.pid, resource.RLIMIT_FSIZE, (limit, limit))
        client, acknowledged = server.http(user="ana", timeout=10), 0
        for number in range(200):
            try:
                if client.post("/v1/tasks", {"title": f"t{number}", "description": "d" * 9000}).status == 201:
                    acknowledged += 1
            except OSError:
                break
        server.child.wait(20)
        assert "could not be written" in tail(server.log), tail(server.log)
        server.start()
        found = server.http(user="ana").get("/v1/tasks?min_position=end").json["total_count"]
        assert acknowledged <= found <= acknowledged + 1
