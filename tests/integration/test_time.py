"""What follows from events and from time, through the real binary: next occurrences, reminders, the reactors' faults."""
import hashlib
import json
import shutil
from datetime import datetime, timedelta, timezone

from tests.support import Daybook, wait_until
from tests.support.daybook import run as tool


def later(**shift) -> str:
    """A floating wall clock in UTC, as a book has it by default."""
    return (datetime.now(timezone.utc) + timedelta(**shift)).strftime("%Y-%m-%dT%H:%M:%S")


def events(daybook, *types) -> list[dict]:
    done = tool("log", "--url", daybook.url, "--json")
    found = [json.loads(line)["value"] for line in done.stdout.splitlines()]
    return [event for event in found if event["event_type"] in types]


def children(client, parent: str) -> list[dict]:
    return [task for task in client.get("/v1/tasks?limit=200").json["items"] if task["recurrence_parent_id"] == parent]


def test_a_completed_weekly_task_brings_the_next_one_within_a_second(daybook_embedded):
    client = daybook_embedded.http()
    task = client.post("/v1/tasks", {"title": "water plants", "due": "2030-03-04", "priority": "P1", "tags": ["home"],
                                     "recurrence": {"rule": "weekly"}}).json
    assert task["recurrence_rule"] == "FREQ=WEEKLY" and task["series_id"] and task["recurrence_depth"] == 0
    client.post(f"/v1/tasks/{task['task_id']}/complete", {})
    (child,) = wait_until(lambda: children(client, task["task_id"]), 1.0, "the next occurrence")
    assert child["due"] == "2030-03-11" and child["recurrence_depth"] == 1 and child["series_id"] == task["series_id"]
    assert child["title"] == "water plants" and child["priority"] == "P1" and child["tags"] == ["#home"]

    client.post(f"/v1/tasks/{task['task_id']}/reopen", {})
    wait_until(lambda: not children(client, task["task_id"]), 5.0, "the untouched child is gone")
    client.post(f"/v1/tasks/{task['task_id']}/complete", {})
    (again,) = wait_until(lambda: children(client, task["task_id"]), 5.0, "the child is back")
    assert again["task_id"] == child["task_id"]
    assert tool("verify", "--url", daybook_embedded.url).returncode == 0


def test_a_reminder_fires_once_and_never_early_and_a_moved_date_takes_it_along(daybook_embedded):
    client = daybook_embedded.http()
    task = client.post("/v1/tasks", {"title": "call", "due": later(minutes=10, seconds=2), "reminder_minutes": 10}).json
    moved = client.post("/v1/tasks", {"title": "moved", "due": later(minutes=10, seconds=2), "reminder_minutes": 10}).json
    client.post(f"/v1/tasks/{moved['task_id']}/reschedule", {"due": later(days=2)})
    fired = wait_until(lambda: events(daybook_embedded, "reminder.fired"), 10.0, "the fire")
    assert [event["task_id"] for event in fired] == [task["task_id"]]
    assert 0 <= fired[0]["data"]["late_ms"] < 1000
    assert fired[0]["timestamp"] >= fired[0]["data"]["scheduled_at"]
    (shown,) = client.get(f"/v1/tasks/{task['task_id']}/reminders").json["items"]
    assert shown["state"] == "fired" and shown["fires"][0]["fire_id"] == fired[0]["data"]["fire_id"]
    acked = client.post(f"/v1/tasks/{task['task_id']}/reminders/{shown['reminder_id']}/ack", {})
    assert acked.status == 200 and acked.json["reminders"][0]["state"] == "acked"
    assert tool("verify", "--url", daybook_embedded.url).returncode == 0


def test_a_fire_that_came_while_the_process_was_dead_is_made_up_for_once_and_a_replay_fires_nothing(tmp_path):
    with Daybook(tmp_path / "data") as daybook:
        client = daybook.http()
        for number in range(5):
            client.post("/v1/tasks", {"title": f"t{number}", "due": later(minutes=10, seconds=2), "reminder_minutes": 10})
        scheduled = [one for event in events(daybook, "reminder.scheduled") for one in event["data"]["scheduled"]]
        daybook.kill()
        last = max(datetime.fromisoformat(one["at"].replace("Z", "+00:00")) for one in scheduled)
        wait_until(lambda: datetime.now(timezone.utc) > last + timedelta(seconds=0.5), 10.0, "the instants pass")
        daybook.start()
        fired = wait_until(lambda: (f := events(daybook, "reminder.fired")) and len(f) == 5 and f, 10.0, "five fires")
        assert {event["data"]["fire_id"] for event in fired} == {one["fire_id"] for one in scheduled}
        assert all(event["data"]["late_ms"] > 0 for event in fired)

        # A state of nothing reads the whole log again, and nothing leaves the gate that left it before.
        for folder in ("reactors", "decisions"):
            daybook.stop()
            shutil.rmtree(daybook.data / folder)
            daybook.start()
            health = wait_until(lambda: (h := daybook.http().get("/health").json) and h["status"] == "ready" and h, 10.0, "ready")
            (part,) = [part for part in health["parts"] if part["part"] == "reactors"]
            assert part["gate"] == "open" and part["pending"] == 0
            assert len(events(daybook, "reminder.fired", "reminder.missed")) == 5


def test_reactors_as_a_role_work_over_http_and_two_of_them_do_nothing_twice(tmp_path, kafka, topic):
    tokens = tmp_path / "tokens"
    rows = [{"sha256": hashlib.sha256(b"svc").hexdigest(), "user": "reactors", "scopes": ["service"]},
            {"sha256": hashlib.sha256(b"ana").hexdigest(), "user": "ana", "scopes": ["read", "write", "admin"]}]
    tokens.write_text("".join(json.dumps(row) + "\n" for row in rows))
    at = ("--kafka", kafka, "--topic", topic, "--auth", f"tokens:{tokens}")
    with Daybook(tmp_path / "c", *at, role="command-api") as writer:
        away = (*at, "--command-api", writer.url, "--token", "svc")
        with Daybook(tmp_path / "r1", *away, role="reactors") as one, \
                Daybook(tmp_path / "r2", *away, role="reactors"), Daybook(tmp_path / "p", *away, role="projector") as reader:
            client, reads = writer.http(authorization="Bearer ana"), reader.http(authorization="Bearer ana")
            made = [client.post("/v1/tasks", {"title": f"t{n}", "due": "2030-03-04", "recurrence": {"rule": "daily"}}).json
                    for n in range(10)]
            one.kill()
            for task in made:
                client.post(f"/v1/tasks/{task['task_id']}/complete", {})
            one.start()

            def next_ones():
                found = reads.get("/v1/tasks?limit=200&status=open").json["items"]
                return found if len(found) == len(made) else None
            found = wait_until(next_ones, 15.0, "ten next occurrences")
            assert {task["due"] for task in found} == {"2030-03-05"}
            assert one.stop() == 0


def test_reminders_are_listed_by_what_became_of_them_in_both_stores(tmp_path, postgres):
    with Daybook(tmp_path / "data", "--postgres", postgres) as daybook:
        look_at_lists(daybook)


def look_at_lists(daybook):
    client = daybook.http()
    for number, minutes in enumerate((10, 60, 120)):
        client.post("/v1/tasks", {"title": f"t{number}", "due": later(minutes=minutes, seconds=1), "reminder_minutes": 10})

    def listed(state, **more):
        query = "&".join(f"{name}={value}" for name, value in {"state": state, "min_position": "end", **more}.items())
        answers = [client.get(f"/v1/reminders?{query}&store={store}") for store in ("rocks", "postgres")]
        assert [answer.status for answer in answers] == [200, 200]
        pages = [(answer.json["items"], answer.json["next_cursor"]) for answer in answers]
        assert pages[0] == pages[1]
        return pages[0]
    fired, _ = wait_until(lambda: (page := listed("fired"))[0] and page, 10.0, "the fire is listed")
    assert [one["title"] for one in fired] == ["t0"] and 0 <= fired[0]["late_ms"] < 1000 and not fired[0]["acknowledged"]
    assert fired[0]["fired_at"] >= fired[0]["scheduled_at"] and fired[0]["reminder"]["when"] == "10 minutes"
    first, cursor = listed("upcoming", limit=1)
    second, end = listed("upcoming", limit=1, cursor=cursor)
    assert [one["title"] for one in first + second] == ["t1", "t2"] and end is None and first[0]["fired_at"] is None
    client.post(f"/v1/tasks/{fired[0]['task_id']}/reminders/{fired[0]['reminder_id']}/snooze", {"for": "1 hour"})
    assert [one["title"] for one in listed("snoozed")[0]] == ["t0"] and listed("missed")[0] == []
    assert client.get("/v1/reminders?state=late").status == 422
    assert client.get(f"/v1/reminders?state=fired&cursor={cursor}").status == 400
    assert daybook.http(user="bob").get("/v1/reminders?state=fired").json["items"] == []


def test_a_schedule_fires_its_slots_once_through_a_crash_and_is_paused_and_run_by_hand(tmp_path):
    with Daybook(tmp_path / "data") as daybook:
        client = daybook.http()
        made = client.post("/v1/schedules", {"name": "minutes", "cron": "* * * * *",
                                             "command": {"type": "create_task", "args": {"title": "at {slot}", "tags": ["cron"]}}})
        assert made.status == 201 and made.json["next_at"] and made.headers["etag"] == '"1"'
        path = made.headers["location"]
        assert client.get(f"{path}?min_position=end").json == made.json
        assert len(client.get(f"{path}/preview?n=3").json["items"]) == 3
        run = client.post(f"{path}/run", {})
        assert run.status == 200 and run.json["fires"] == 1 and run.json["next_at"] == made.json["next_at"]
        (task,) = client.get("/v1/tasks?tag=cron&min_position=end").json["items"]
        assert task["title"].startswith("at 20")
        due = datetime.fromisoformat(made.json["next_at"].replace("Z", "+00:00"))
        daybook.kill()
        wait_until(lambda: datetime.now(timezone.utc) > due + timedelta(seconds=0.2), 65.0, "the slot passes")
        daybook.start()
        slots = wait_until(lambda: [e for e in events(daybook, "schedule.fired") if not e["data"].get("extra")], 10.0, "the slot")
        assert [event["data"]["scheduled_at"] for event in slots] == [made.json["next_at"]] and slots[0]["data"]["late_ms"] >= 0
        created = [e for e in events(daybook, "task.created") if e["causation_id"] == slots[0]["event_id"]]
        assert [e["task_id"] for e in created] == [slots[0]["data"]["task_id"]]
        client = daybook.http()
        paused = client.post(f"{path}/pause", {}).json
        assert paused["paused"] and paused["next_at"] is None
        back = client.post(f"{path}/backfill", {"from": "2026-01-01T00:00:00Z", "until": "2026-01-01T00:01:00Z"})
        assert back.status == 409
        client.post(f"{path}/resume", {})
        client.post(f"{path}/backfill", {"from": "2026-01-01T00:00:00Z", "until": "2026-01-01T00:01:00Z"})
        wait_until(lambda: client.get(path).json["fires"] >= 4, 10.0, "two slots of the past")
        assert client.request("DELETE", path).status == 200 and client.get("/v1/schedules?min_position=end").json["items"] == []
        assert client.post("/v1/schedules", {"name": "x", "cron": "0 0 * * * *", "reminder": {"text": "x"}}).json["code"] == "cron.six_fields"
        assert tool("verify", "--url", daybook.url).returncode == 0
