"""What people see while a part is away (architecture §6)."""
import itertools
import os
import subprocess

import pytest

from tests.support import Broker, Daybook, Postgres, wait_until


def first_error(answer):
    """Code of a refused single command, whichever door refused it."""
    body = answer.json
    if answer.status == 200:
        return (body["results"][0].get("error") or {}).get("code", body["results"][0]["status"])
    return body["code"]


def create(client, number, title="x"):
    return client.commands([{"id": f"c{number}", "type": "create_task", "args": {"title": title}}])


@pytest.fixture
def broker(tmp_path):
    broker = Broker(tmp_path / "kafka")
    try:
        yield broker.start()
    finally:
        broker.remove()


def test_without_the_broker_writes_are_503_reads_go_on_and_all_comes_back(tmp_path, broker, topic):
    with Daybook(tmp_path / "data", "--kafka", broker.address, "--topic", topic) as daybook:
        client = daybook.http(user="ana")
        assert first_error(create(client, 0)) == "applied"
        broker.kill()
        # What was in flight is unknown (504) until the log is back; new commands are refused for good (503).
        numbers = itertools.count(10)
        wait_until(lambda: first_error(create(client, next(numbers))) == "log.unavailable", 30, "new writes are refused")
        refused = client.post("/v1/tasks", {"title": "while it is away"})
        assert refused.status == 503 and "retry-after" in refused.headers
        assert client.get("/v1/tasks").status == 200
        assert client.get("/health/ready").status == 503
        broker.start()
        wait_until(lambda: first_error(create(client, 1)) in ("applied", "replayed"), 60, "writes work again")
        wait_until(lambda: client.get("/health/ready").status == 200, 30, "ready again")
        position = create(client, 2).json["position"]
        titles = [item["title"] for item in client.get(f"/v1/tasks?min_position={position}&wait_ms=5000&limit=200").json["items"]]
        assert "while it is away" not in titles, "refused for good"


def test_without_postgres_everything_but_its_reads_goes_on(tmp_path):
    postgres = Postgres(tmp_path / "postgres")
    try:
        postgres.start()
        with Daybook(tmp_path / "data", "--postgres", postgres.create_database()) as daybook:
            client = daybook.http(user="ana")
            client.post("/v1/tasks", {"title": "before"})
            wait_until(lambda: client.get("/v1/tasks?store=postgres").json.get("total_count") == 1, 30)
            postgres.kill()
            created = client.post("/v1/tasks", {"title": "meanwhile"})
            assert created.status == 201
            assert client.get(f"/v1/tasks?min_position={created.position}").json["total_count"] == 2
            away = wait_until(lambda: (answer := client.get("/v1/tasks?store=postgres")).status == 503 and answer, 30)
            assert away.json["code"] == "view.unavailable"
            postgres.start()
            wait_until(lambda: client.get("/v1/tasks?store=postgres").json.get("total_count") == 2, 60, "Postgres caught up")
    finally:
        postgres.remove()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_is_a_503_that_says_so_and_not_a_crash(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", disk], capture_output=True).returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        with Daybook(disk / "data") as daybook:
            client = daybook.http(user="ana")
            assert first_error(create(client, 0)) == "applied"
            ballast = disk / "ballast"
            ballast.write_bytes(b"x" * (200 << 20))
            numbers = itertools.count(1)  # the disk is looked at now and then: the first ones may still get through
            wait_until(lambda: first_error(create(client, next(numbers))) == "storage.full", 30, "it says that the disk is full")
            assert client.get("/v1/tasks").status == 200
            ballast.unlink()
            wait_until(lambda: first_error(create(client, next(numbers))) == "applied", 30, "writes work again")
    finally:
        subprocess.run(["umount", disk], check=True)
