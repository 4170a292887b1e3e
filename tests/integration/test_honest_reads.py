"""No tool and no route shows a part of a book as if it were all of it (F1): what is behind is waited for or refused."""
import json
import os
import shutil

from tests.support import Daybook, wait_until
from tests.support.daybook import run

TASKS = 4000


def fill(client, count):
    for first in range(0, count, 100):
        made = client.commands([{"id": f"c{number}", "type": "create_task", "args": {"title": f"task {number}"}}
                                for number in range(first, min(first + 100, count))])
        assert made.status == 200


def lines(*arguments):
    return run(*arguments).stdout.splitlines()


def test_a_backup_of_a_view_that_is_folded_anew_is_whole(tmp_path):
    with Daybook(tmp_path / "data") as daybook:
        fill(daybook.http(user="ana"), TASKS)
        daybook.kill()
        shutil.rmtree(daybook.data / "views")
        daybook.start(ready=False)
        wait_until(lambda: daybook.http().get("/health/live").status == 200)
        here = ("--url", daybook.url, "--user", "ana")
        assert len(lines("export", *here)) == TASKS
        assert len(lines("export", "--events", *here)) == TASKS
        assert len(lines("audit", "--format", "json", *here)) == TASKS


def test_a_view_that_stopped_gives_no_export_and_says_why(tmp_path):
    with Daybook(tmp_path / "data") as daybook:
        fill(daybook.http(user="ana"), 3)
        daybook.stop()
        (daybook.data / "views" / "rocks" / "CURRENT").write_text("garbage\n")
        daybook.start(ready=False)
        client = daybook.http(user="ana")
        read = wait_until(lambda: (got := client.get("/v1/tasks")).json["code"] == "view.stopped" and got, 20)
        assert read.status == 503 and "CURRENT" in read.json["detail"], read.json
        assert "remove the folder" in read.json["hint"]
        for tool in (["export"], ["export", "--events"], ["audit"]):
            done = run(*tool, "--url", daybook.url, "--user", "ana", check=False)
            assert done.returncode == 1 and done.stdout == "", done.stdout
            assert "view.stopped" in done.stderr and "CURRENT" in done.stderr, done.stderr
        assert client.post("/v1/tasks", {"title": "commands go on"}).status == 201


def test_a_log_that_lost_its_end_is_named_with_the_way_out(tmp_path):
    with Daybook(tmp_path / "data") as daybook:
        client = daybook.http(user="ana")
        fill(client, 50)
        assert client.get("/v1/tasks?min_position=end").status == 200  # the view has applied what the log is about to lose
        daybook.kill()
        log = max((daybook.data / "log").rglob("*.log"), key=lambda path: path.stat().st_size)
        os.truncate(log, log.stat().st_size - 100)
        daybook.start(ready=False)
        client = daybook.http(user="ana")
        read = wait_until(lambda: (got := client.get("/v1/tasks")).json.get("code") == "view.stopped" and got, 20)
        assert "log.truncated" in read.json["detail"], read.json
        assert "docs/operations.md" in read.json["hint"]


def test_an_import_reads_the_book_as_it_is_and_not_as_a_view_behind_shows_it(tmp_path):
    file = tmp_path / "tasks.jsonl"
    file.write_text("".join(json.dumps({"id": f"bd-{number}", "title": f"Issue {number}"}) + "\n" for number in range(TASKS)))
    with Daybook(tmp_path / "data") as daybook:
        here = ("import", "--from", "beads", "--url", daybook.url, "--user", "ana", "--json", file)
        assert json.loads(lines(*here)[-1])["created"] == TASKS
        daybook.kill()
        shutil.rmtree(daybook.data / "views")
        daybook.start(ready=False)
        wait_until(lambda: daybook.http().get("/health/live").status == 200)
        assert json.loads(lines(*here)[-1])["unchanged"] == TASKS
