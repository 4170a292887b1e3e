"""`daybook import` against a running server: counts, second runs, cut-off runs, histories (docs/import.md)."""
import json
import signal
import subprocess

import pytest

from tests.support.daybook import binary
from tests.support.wait import wait_until

COUNTS = ("read", "created", "changed", "unchanged", "skipped", "refused")


def command(server, file, *arguments, source="beads", user="ana"):
    return [binary(), "import", "--url", server.url, "--user", user, "--from", source, "--json", *arguments, file]


def run(server, file, *arguments, **options):
    """Exit status, counts, and the lines before them."""
    done = subprocess.run(command(server, file, *arguments, **options), capture_output=True, text=True, timeout=120)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    counts = lines.pop() if lines and "read" in lines[-1] else None
    if counts:
        assert counts["read"] == sum(counts[name] for name in COUNTS[1:])
    return done.returncode, counts, lines


def counts(*numbers):
    return dict(zip(COUNTS, numbers))


def write(path, records):
    path.write_text("".join((record if isinstance(record, str) else json.dumps(record)) + "\n" for record in records))
    return path


def tasks(server, user="ana", status="open,in_progress,completed,cancelled,skipped"):
    client, found, cursor = server.http(user), [], ""
    while cursor is not None:
        page = client.get(f"/v1/tasks?limit=200&sort_by=id&status={status}" + (f"&cursor={cursor}" if cursor else "")).json
        found += page["items"]
        cursor = page["next_cursor"]
    client.close()
    return found


def issues(count):
    return [{"id": f"bd-{i}", "title": f"Issue {i}", "status": "closed" if i % 3 == 0 else "open", "priority": i % 5,
             "created_at": f"2026-01-{1 + i % 28:02}T10:00:00Z", "updated_at": "2026-02-01T00:00:00Z",
             **({"closed_at": "2026-02-01T00:00:00Z"} if i % 3 == 0 else {}),
             "labels": ["import", f"n:{i % 7}"],
             "dependencies": [{"issue_id": f"bd-{i}", "depends_on_id": f"bd-{i - 1}", "type": "blocks"}] if i % 10 else [],
             "comments": [{"id": 1, "author": "bob", "text": "noted", "created_at": "2026-01-30T00:00:00Z"}] if i % 4 == 0 else []}
            for i in range(count)]


def test_the_counts_add_up_and_a_second_run_creates_nothing(daybook_embedded, tmp_path):
    file = write(tmp_path / "issues.jsonl", [*issues(30), {"id": "bd-0", "title": "Issue 0 again"},
                                             {"id": "gone", "status": "tombstone"}, "not json", {"title": "no id"}])
    status, found, lines = run(daybook_embedded, file)
    assert (status, found) == (1, counts(34, 30, 0, 0, 2, 2))
    assert [line["line"] for line in lines if "reason" in line] == [33, 34]
    assert any(line["line"] == 1 and "line 31" in line["note"] for line in lines if "note" in line)
    status, found, _ = run(daybook_embedded, file)
    assert (status, found) == (1, counts(34, 0, 0, 30, 2, 2))
    stored = {task["x_source_id"]: task for task in tasks(daybook_embedded)}
    assert len(stored) == 30
    assert stored["bd-0"]["title"] == "Issue 0 again"
    assert stored["bd-3"]["created_at"] == "2026-01-04T10:00:00.000Z"
    assert stored["bd-3"]["completed_at"] == "2026-02-01T00:00:00.000Z"
    assert stored["bd-2"]["depends_on"] == [stored["bd-1"]["task_id"]]


def test_a_changed_file_changes_only_what_differs(daybook_embedded, tmp_path):
    records = issues(10)
    write(tmp_path / "issues.jsonl", records)
    assert run(daybook_embedded, tmp_path / "issues.jsonl")[:2] == (0, counts(10, 10, 0, 0, 0, 0))
    records[4]["title"] = "Another title"
    records[5]["comments"] = [{"id": 9, "author": "eve", "text": "late", "created_at": "2026-03-01T00:00:00Z"}]
    write(tmp_path / "issues.jsonl", records)
    assert run(daybook_embedded, tmp_path / "issues.jsonl")[:2] == (0, counts(10, 0, 2, 8, 0, 0))
    assert run(daybook_embedded, tmp_path / "issues.jsonl")[:2] == (0, counts(10, 0, 0, 10, 0, 0))


def test_a_dry_run_tells_the_counts_and_writes_nothing(daybook_embedded, tmp_path):
    file = write(tmp_path / "issues.jsonl", issues(5))
    status, found, _ = run(daybook_embedded, file, "--dry-run")
    assert (status, found) == (0, {**counts(5, 5, 0, 0, 0, 0), "dry_run": True})
    assert tasks(daybook_embedded) == []


def test_wrong_usage_an_unreadable_file_and_no_server_have_their_own_exit_status(daybook_embedded, tmp_path):
    file = write(tmp_path / "issues.jsonl", issues(1))
    assert run(daybook_embedded, file, source="todoist")[0] == 2
    assert run(daybook_embedded, tmp_path / "nowhere.jsonl")[0] == 2
    daybook_embedded.stop()
    assert subprocess.run(command(daybook_embedded, file), capture_output=True, timeout=120).returncode == 3


def test_an_import_that_was_killed_goes_on_where_it_was(daybook_embedded, tmp_path):
    file = write(tmp_path / "issues.jsonl", issues(1500))
    importer = subprocess.Popen(command(daybook_embedded, file), stdout=subprocess.DEVNULL)
    try:
        client = daybook_embedded.http("ana")
        wait_until(lambda: client.get("/v1/tasks?limit=1").json["total_count"] > 300, 60, "some tasks have arrived")
        client.close()
    finally:
        importer.send_signal(signal.SIGKILL)
        importer.wait()
    status, found, _ = run(daybook_embedded, file)
    assert status == 0 and found["refused"] == 0
    stored = tasks(daybook_embedded)
    assert len(stored) == 1500 and len({task["x_source_id"] for task in stored}) == 1500
    assert run(daybook_embedded, file)[:2] == (0, counts(1500, 0, 0, 1500, 0, 0))
    assert len(comments(daybook_embedded)) == 375


def comments(server, user="ana"):
    client, found, cursor = server.http(user), [], ""
    while cursor is not None:
        page = client.get("/v1/audit?type=task.commented&limit=200" + (f"&cursor={cursor}" if cursor else "")).json
        found += page["items"]
        cursor = page["next_cursor"]
    client.close()
    return found


def test_a_server_that_crashes_in_the_middle_and_comes_back_gets_everything_once(daybook_embedded, tmp_path):
    file = write(tmp_path / "issues.jsonl", issues(1500))
    importer = subprocess.Popen(command(daybook_embedded, file), stdout=subprocess.PIPE, text=True)
    try:
        client = daybook_embedded.http("ana")
        wait_until(lambda: client.get("/v1/tasks?limit=1").json["total_count"] > 300, 60, "some tasks have arrived")
        client.close()
        daybook_embedded.kill()
        daybook_embedded.start()
        output, _ = importer.communicate(timeout=120)
    finally:
        if importer.poll() is None:
            importer.kill()
            importer.wait()
    assert importer.returncode == 0, output[-2000:]
    assert json.loads(output.splitlines()[-1])["refused"] == 0
    assert len(tasks(daybook_embedded)) == 1500
    assert len(comments(daybook_embedded)) == 375
    assert run(daybook_embedded, file)[:2] == (0, counts(1500, 0, 0, 1500, 0, 0))


def test_a_history_is_played_version_after_version(daybook_embedded, tmp_path):
    def version(seq, *changes):
        return {"seq": seq, "commit": "c", "committed_at": f"2026-01-0{seq}T12:00:00+01:00", "file": "f", "changes": list(changes)}
    one = {"id": "1", "title": "One", "status": "open", "created_at": "2026-01-01T00:00:00Z", "notes": "n"}
    two = {"id": "2", "title": "Two", "status": "open", "created_at": "2026-01-01T00:00:00Z",
           "dependencies": [{"issue_id": "2", "depends_on_id": "1", "type": "blocks"}]}
    file = write(tmp_path / "history.jsonl", [
        version(1, {"op": "add", "id": "1", "task": one}, {"op": "add", "id": "2", "task": two}),
        version(2, {"op": "change", "id": "1", "set": {"status": "in_progress"}, "unset": ["notes"]}),
        version(3, {"op": "remove", "id": "1"}),
        version(4, {"op": "add", "id": "1", "task": {**one, "status": "closed"}})])
    status, found, lines = run(daybook_embedded, file)
    assert (status, found["read"], found["created"], found["refused"]) == (0, 5, 2, 0)
    stored = {task["x_source_id"]: task for task in tasks(daybook_embedded)}
    assert stored["1"]["status"] == "completed" and stored["1"]["x_notes"] == "n"
    assert stored["2"]["depends_on"] == [stored["1"]["task_id"]]
    client = daybook_embedded.http("ana")
    types = [entry["event_type"] for entry in client.get(f"/v1/tasks/{stored['1']['task_id']}/history").json["items"]]
    client.close()
    assert types[:2] == ["task.created", "task.updated"]
    assert types.count("task.created") == 1 and types.count("task.deleted") == 1 and types.count("task.restored") == 1
    assert run(daybook_embedded, file)[0] == 0
    assert len(tasks(daybook_embedded)) == 2


@pytest.mark.parametrize("source,text", [
    ("taskwarrior", '[{"uuid":"6fd0ba4a-ab67-49cd-ac69-64aa999aff8a","description":"Party","entry":"20120629T191421Z",'
                    '"project":"party","status":"pending"},\n{"uuid":"c992448a-f1ea-4982-8461-47f0705ff509",'
                    '"description":"Venue","entry":"20120629T191634Z","project":"party","status":"pending",'
                    '"depends":"6fd0ba4a-ab67-49cd-ac69-64aa999aff8a"}]'),
    ("daybook", '{"title":"a","project":"party","due":"2026-08-31","tags":["#x"]}\n{"title":"b","status":"completed"}\n')])
def test_other_sources_arrive_and_stay(daybook_embedded, tmp_path, source, text):
    (tmp_path / "file").write_text(text)
    assert run(daybook_embedded, tmp_path / "file", source=source)[:2] == (0, counts(2, 2, 0, 0, 0, 0))
    assert run(daybook_embedded, tmp_path / "file", source=source)[:2] == (0, counts(2, 0, 0, 2, 0, 0))
    assert "party" in {task["project"] for task in tasks(daybook_embedded)}
