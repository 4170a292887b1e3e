"""A shortened or damaged embedded log is refused, by name and with the way out; it never gives a wrong answer (settled 19)."""
import random
import shutil
import subprocess

import pytest

from tests.support import Daybook, process, wait_until
from tests.support.daybook import binary, run as tool

SEED = random.SystemRandom().randrange(1 << 31)


def written(folder) -> tuple[Daybook, list[str]]:
    """A log with 200 acknowledged tasks, stopped by SIGKILL so that they stand in the write-ahead log."""
    daybook = Daybook(folder / "data").start()
    client = daybook.http(user="ana")
    for number in range(200):
        position = client.post("/v1/tasks", {"title": f"task {number}", "description": "d" * 200}).position
    titles = sorted(item["title"] for page in (1, 2) for item in
                    client.get(f"/v1/tasks?page={page}&page_size=100&min_position={position}&wait_ms=5000").json["items"])
    # Checkpoints of the stores are written while it is idle: what they have applied is what damage is measured by.
    wait_until(lambda: client.get("/health").json["status"] == "ready", 20)
    daybook.kill()
    assert len(titles) == 200
    return daybook, titles


def write_ahead_log(daybook):
    return max((daybook.data / "log").rglob("*.log"), key=lambda path: path.stat().st_size)


def outcome(daybook, titles) -> str:
    """`refused` with a log code, or `whole`: every task is there. Anything else is the failure this page is about."""
    run = subprocess.Popen([binary(), "serve", "--data", daybook.data, "--listen", f"127.0.0.1:{daybook.port}"],
                           stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        client = daybook.http(user="ana", timeout=5)

        def settled():
            if run.poll() is not None:
                return "ended"
            ready = client.get("/health/ready")
            return "ready" if ready.status == 200 else "refused" if "log." in ready.body.decode() else None
        state = wait_until(settled, 30, "it serves or refuses")
        if state == "ready":
            found = sorted(item["title"] for page in (1, 2) for item in client.get(f"/v1/tasks?page={page}&page_size=100").json["items"])
            return "whole" if found == titles else f"WRONG: {len(found)} of {len(titles)} tasks"
        if state == "ended":
            said = run.stderr.read()
            return "refused" if "log." in said and str(daybook.data) in said else f"ended without a reason: {said}"
        return state
    finally:
        if run.poll() is None:
            process.end(run.pid)
        run.wait()


@pytest.mark.parametrize("part", [0.05, 0.3, 0.6, 0.9])
def test_a_flipped_byte_is_refused_or_harmless(tmp_path, part):
    daybook, titles = written(tmp_path)
    file = write_ahead_log(daybook)
    data = bytearray(file.read_bytes())
    rng = random.Random(f"{SEED}/{part}")
    at = int(len(data) * part) + rng.randrange(100)
    data[at] ^= 1 << rng.randrange(8)
    file.write_bytes(data)
    print(f"seed {SEED}: byte {at} of {len(data)}")
    assert outcome(daybook, titles) in ("refused", "whole")


@pytest.mark.parametrize("part", [0.0, 0.5, 0.97])
def test_a_shortened_log_is_refused(tmp_path, part):
    daybook, titles = written(tmp_path)
    file = write_ahead_log(daybook)
    with open(file, "r+b") as handle:
        handle.truncate(int(file.stat().st_size * part))
    assert outcome(daybook, titles) == "refused"


def test_garbage_behind_the_end_does_not_matter_or_is_refused(tmp_path):
    daybook, titles = written(tmp_path)
    with open(write_ahead_log(daybook), "ab") as handle:
        handle.write(random.Random(SEED).randbytes(3000))
    assert outcome(daybook, titles) in ("refused", "whole")


def test_a_repair_beside_a_running_server_is_refused_and_touches_nothing(tmp_path):
    with Daybook(tmp_path / "data").start() as daybook:
        daybook.http(user="ana").post("/v1/tasks", {"title": "a"})
        opened_before = set(daybook.data.rglob("LOG.old*"))  # a database that is opened again sets its LOG aside
        done = tool("log", "--repair", "--data", daybook.data, check=False)
        assert done.returncode == 1 and "folder.locked" in done.stderr, done.stderr + done.stdout
        assert set(daybook.data.rglob("LOG.old*")) == opened_before
        daybook.stop()
        assert "nothing to repair" in tool("log", "--repair", "--data", daybook.data).stdout
        # serve.log is the harness's own: the server's output.
        assert not [path for path in daybook.data.rglob("*") if path.stat().st_mode & 0o077 and path.name != "serve.log"]


def test_the_way_out_of_a_damaged_log_keeps_what_the_stores_have_applied(tmp_path):
    daybook, titles = written(tmp_path)
    file = write_ahead_log(daybook)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1  # well before the end, so it is damage and not a torn tail
    file.write_bytes(data)
    assert outcome(daybook, titles) == "refused"
    done = tool("log", "--repair", "--data", daybook.data, check=False)
    # The stores have applied what the damage would cut: it is refused, and the log stays as it was.
    assert done.returncode == 1 and "log.truncated" in done.stderr, done.stderr + done.stdout
    for store in ("decisions", "views"):
        shutil.rmtree(daybook.data / store)
    # The reactors' store alone is asked too.
    done = tool("log", "--repair", "--data", daybook.data, check=False)
    assert done.returncode == 1 and "log.truncated" in done.stderr, done.stderr + done.stdout
    assert (daybook.data / "log").is_dir() and not (daybook.data / "log.damaged").exists()
    shutil.rmtree(daybook.data / "reactors")
    done = tool("log", "--repair", "--data", daybook.data)
    assert "repaired" in done.stdout
    daybook.start()
    kept = daybook.http(user="ana").get("/v1/tasks?limit=1").json["total_count"]
    assert 0 < kept < len(titles)
    assert tool("verify", "--url", daybook.url).returncode == 0
    daybook.stop()
