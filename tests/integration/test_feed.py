"""The live feed over SSE: every change of the own book, once, in order, after it can be read (Y2)."""
import datetime
import json
import threading

import pytest

from tests.support import Daybook, wait_until
from tests.support.sse import Sse


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Daybook(tmp_path_factory.mktemp("feed") / "data") as daybook:
        yield daybook


def create(client, title, **members):
    answer = client.post("/v1/tasks", {"title": title, **members})
    assert answer.status == 201, answer.body
    return answer


def write_much(client, first: int) -> int:
    """50 tasks of 16 KB that no view analyses, with their numbers as titles."""
    commands = [{"id": str(first + i), "type": "create_task", "args": {"title": str(first + i), "x_note": "x" * 16_000}} for i in range(50)]
    assert client.commands(commands).status == 200
    return len(commands)


def shown(client) -> None:
    """Waits until the view has what the log holds: what comes "from now on" is what comes after it."""
    assert client.get("/v1/tasks?min_position=end&wait_ms=5000").status == 200


def offset(position: str) -> int:
    return int(position.rsplit(".", 1)[1])


def titles(events):
    return [event.data["data"]["title"] for event in events if event.event == "task.created"]


def test_a_change_is_told_once_it_can_be_read_and_names_task_type_and_position(server):
    with Sse(server.port, daybook_user="live") as feed:
        assert feed.status == 200
        assert feed.header("content-type") == "text/event-stream"
        assert feed.header("cache-control") == "no-store"
        assert feed.next().event == "ready"
        client = server.http("live")
        made = create(client, "Rent")
        told = feed.next()
        task = client.get(f"/v1/tasks/{told.data['task_id']}")
        assert task.status == 200 and task.json["version"] == told.data["version"] == 1
        assert told.event == told.data["event_type"] == "task.created"
        assert told.id == told.data["position"] == made.position
        assert told.data["data"]["title"] == "Rent"
        assert told.data["actor"] == {"type": "user", "id": "live"}
        client.post(f"/v1/tasks/{told.data['task_id']}/complete", {})
        assert feed.next().event == "task.completed"


def test_a_client_resumes_where_it_was_without_a_gap_or_a_repeat(server):
    client = server.http("resume")
    with Sse(server.port, daybook_user="resume") as feed:
        feed.until("ready")
        create(client, "one")
        create(client, "two")
        first, second = feed.take(2)
    create(client, "three")
    create(client, "four")
    for how in ({"path": f"/v1/events?since={first.id}"},
                {"Last_Event_ID": first.id},
                {"path": "/v1/events?since=beginning", "Last_Event_ID": first.id}):
        with Sse(server.port, daybook_user="resume", **how) as again:
            missed = again.until("ready")
            assert titles(missed) == ["two", "three", "four"], how
            assert offset(missed[0].id) == offset(second.id)
            assert missed[-1].id == missed[-2].id
    with Sse(server.port, "/v1/events?since=beginning", daybook_user="resume") as whole:
        assert titles(whole.until("ready")) == ["one", "two", "three", "four"]


def test_resuming_while_others_write_loses_and_doubles_nothing(server):
    client = server.http("busy")
    total, stop = 300, threading.Event()

    def write():
        for batch in range(total // 10):
            client.commands([{"id": f"{batch}-{i}", "type": "create_task", "args": {"title": f"{batch * 10 + i}"}} for i in range(10)])
        stop.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen, since = [], "beginning"
    try:
        while len(seen) < total:
            with Sse(server.port, f"/v1/events?since={since}", daybook_user="busy") as feed:
                for _ in range(37):
                    event = feed.next()
                    if event.event == "ready":
                        if stop.is_set() and len(seen) == total:
                            break
                        continue
                    seen.append(event)
                    if len(seen) == total:
                        break
            since = seen[-1].id if seen else "beginning"
    finally:
        writer.join()
    assert titles(seen) == [str(number) for number in range(total)]
    offsets = [offset(event.id) for event in seen]
    assert offsets == sorted(set(offsets))


def test_all_sessions_of_a_book_are_told_the_same_bytes_and_another_book_nothing(server):
    ana, mine, bob = (Sse(server.port, daybook_user=user) for user in ("twins", "twins", "stranger"))
    with ana, mine, bob:
        for feed in (ana, mine, bob):
            feed.until("ready")
        for number in range(20):
            create(server.http("twins"), f"secret {number}")
        assert ana.take(20) == mine.take(20)
        create(server.http("stranger"), "own")
        assert bob.next().data["data"]["title"] == "own"


def test_a_commit_of_many_events_arrives_whole_and_in_order(server):
    client = server.http("commit")
    parent = create(client, "parent").json["task_id"]
    for number in range(60):
        create(client, f"child {number}", parent_id=parent)
    shown(client)
    with Sse(server.port, daybook_user="commit") as feed:
        feed.until("ready")
        client.post(f"/v1/tasks/{parent}/complete", {"children": "cascade"})
        told = feed.take(61)
    assert {event.event for event in told} == {"task.completed"}
    offsets = [offset(event.id) for event in told]
    assert offsets == list(range(offsets[0], offsets[0] + 61))


def test_resuming_inside_a_commit_tells_its_other_half(server):
    client = server.http("half")
    parent = create(client, "parent").json["task_id"]
    for number in range(5):
        create(client, f"child {number}", parent_id=parent)
    shown(client)
    with Sse(server.port, daybook_user="half") as feed:
        feed.until("ready")
        client.post(f"/v1/tasks/{parent}/complete", {"children": "cascade"})
        told = feed.take(6)
    with Sse(server.port, f"/v1/events?since={told[2].id}", daybook_user="half") as again:
        assert [event.id for event in again.until("ready")[:-1]] == [event.id for event in told[3:]]


def test_a_purged_task_leaves_only_its_tombstone_behind(server):
    client = server.http("purge")
    task = create(client, "a secret").json["task_id"]
    client.delete(f"/v1/tasks/{task}")
    answer = client.commands([{"id": "purge", "type": "purge_task", "args": {"task_id": task}}])
    client.get(f"/v1/tasks?min_position={answer.json['position']}")
    with Sse(server.port, "/v1/events?since=beginning", daybook_user="purge") as feed:
        told = feed.until("ready")
    assert [event.event for event in told] == ["task.purged", "ready"]
    assert told[0].data["task_id"] == task
    assert "a secret" not in json.dumps([event.data for event in told])


def test_a_subscription_to_reminders_is_told_of_nothing_else(server):
    client = server.http("bell")
    with Sse(server.port, "/v1/events?topics=reminders", daybook_user="bell") as feed:
        feed.until("ready")
        task = create(client, "Call").json["task_id"]
        soon = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(milliseconds=1500)).strftime("%FT%T.%fZ")
        made = client.post(f"/v1/tasks/{task}/reminders", {"at": soon})
        assert made.status in (200, 201), made.body
        told = feed.until("reminder.fired")
        assert {event.event.split(".")[0] for event in told} == {"reminder"}
        fire = told[-1].data["data"]
        assert told[-1].data["task_id"] == task and fire["late_ms"] >= 0 and fire["fire_id"]
    # Nobody acknowledged it: who connects again is told again, once it is live, without an id to resume from.
    with Sse(server.port, daybook_user="bell") as again:
        again.until("ready")
        repeat = again.next()
        assert repeat.event == "reminder.fired" and repeat.id is None
        assert repeat.data["redelivered"] is True and repeat.data["data"]["fire_id"] == fire["fire_id"]
    # What was just told of while resuming is not told twice.
    with Sse(server.port, "/v1/events?since=beginning", daybook_user="bell") as whole:
        assert [event.event for event in whole.until("ready")].count("reminder.fired") == 1
        create(client, "next")
        assert whole.next().event == "task.created"
    acked = client.post(f"/v1/tasks/{task}/reminders/{fire['reminder_id']}/ack", {"fire_id": fire["fire_id"]})
    assert acked.status == 200, acked.body
    with Sse(server.port, f"/v1/events?since={acked.position}", daybook_user="bell") as quiet:
        quiet.until("ready")
        create(client, "last")
        assert quiet.next().event == "task.created"


@pytest.mark.parametrize("path, status, code", [
    ("/v1/events?since=nonsense", 422, "field.invalid"),
    ("/v1/events?topics=weather", 422, "field.invalid"),
    ("/v1/events?topics=", 422, "field.invalid"),
    ("/v1/events?from=beginning", 422, "field.unknown"),
    ("/v1/events?since=00000000-0000-4000-8000-000000000000.{partition}.3", 422, "position.foreign"),
    ("/v1/events?since=00000000-0000-4000-8000-000000000000.{other}.3", 422, "position.foreign"),
    ("/v1/events?since={beyond}", 504, "position.not_reached"),
])
def test_what_cannot_be_meant_is_refused_before_the_stream_begins(server, path, status, code):
    made = create(server.http("refused"), "one").position
    log_id, partition, at = made.split(".")
    path = path.format(partition=partition, other=(int(partition) + 1) % 8, beyond=f"{log_id}.{partition}.{int(at) + 1000}")
    with Sse(server.port, path, daybook_user="refused") as feed:
        assert (feed.status, feed.refused["code"]) == (status, code)


def test_a_web_page_of_another_origin_is_refused(server):
    with Sse(server.port, origin="http://evil.example") as feed:
        assert (feed.status, feed.refused["code"]) == (403, "origin.refused")


def test_a_client_that_does_not_read_is_ended_with_a_reason_and_can_resume(server):
    client = server.http("slow")
    slow = Sse(server.port, daybook_user="slow", receive_bytes=4096, deadline=60)
    quick = Sse(server.port, daybook_user="slow")
    with slow, quick:
        slow.until("ready")
        quick.until("ready")
        sent = 0

        def was_closed():
            return 'feed_sessions_closed_total{reason="slow"} 1' in client.get("/metrics").body.decode()

        def write_more():
            nonlocal sent
            sent += write_much(client, sent)
            for _ in range(50):
                assert quick.next().event == "task.created"  # never waits for the other
            slow.raw += slow.socket.recv(4096)  # slow, not deaf
            return was_closed()

        wait_until(write_more, 120, "the slow session is ended")
        told = slow.rest()
    assert told[-1].event == "closed" and told[-1].data["reason"] == "slow"
    heard = titles(told)
    assert heard == [str(number) for number in range(len(heard))] and len(heard) < sent
    with Sse(server.port, daybook_user="slow", Last_Event_ID=told[-2].id, deadline=60) as again:
        assert titles(again.until("ready", 60)) == [str(number) for number in range(len(heard), sent)]


def test_a_restart_is_survived_by_resuming(tmp_path):
    with Daybook(tmp_path / "data") as daybook:
        client = daybook.http()
        with Sse(daybook.port) as feed:
            feed.until("ready")
            create(client, "before")
            before = feed.next()
            daybook.kill()
            assert feed.rest() == []
        daybook.start()
        create(daybook.http(), "after")
        with Sse(daybook.port, Last_Event_ID=before.id) as again:
            assert titles(again.until("ready")) == ["after"]
        assert daybook.stop() == 0


def test_a_server_that_stops_does_not_wait_for_its_listeners(tmp_path):
    with Daybook(tmp_path / "data") as daybook:
        with Sse(daybook.port) as feed:
            feed.until("ready")
            assert daybook.stop() == 0
            assert feed.rest() == []
