"""The topics beside the log: `task-updates` from the projector, `reminders` from the reactors, read by Kafka's own consumer."""
import datetime
import json
import shutil

import pytest

from tests.support import Broker, Daybook, wait_until

CONSUMER = "org.apache.kafka.tools.consumer.ConsoleConsumer"
OFFSETS = "org.apache.kafka.tools.GetOffsetShell"


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    """Of our own: on the shared one other logs write to the same topics."""
    broker = Broker(tmp_path_factory.mktemp("kafka"))
    try:
        yield broker.start()
    finally:
        broker.remove()


def count(broker, topic) -> int:
    lines = broker.tool(OFFSETS, "--bootstrap-server", broker.address, "--topic", topic).stdout.split()
    return sum(int(line.rsplit(":", 1)[1]) for line in lines)


def consume(broker, topic, records) -> list[tuple[dict, str, dict]]:
    """So many records: headers, key, value."""
    done = broker.tool(CONSUMER, "--bootstrap-server", broker.address, "--topic", topic, "--from-beginning", "--max-messages", records,
                       "--timeout-ms", 30000, "--formatter-property", "print.headers=true", "--formatter-property", "print.key=true")
    found = []
    for line in done.stdout.splitlines():
        headers, key, value = line.split("\t", 2)
        found.append((dict(one.split(":", 1) for one in headers.split(",")), key, json.loads(value)))
    assert len(found) == records
    return found


def soon() -> str:
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)).strftime("%FT%T.%fZ")


def ring(client, title):
    """A task whose reminder has fired; its id."""
    task = client.post("/v1/tasks", {"title": title}).json["task_id"]
    assert client.post(f"/v1/tasks/{task}/reminders", {"at": soon()}).status in (200, 201)
    wait_until(lambda: "reminder.fired" in client.get(f"/v1/tasks/{task}/history?type=reminder.fired").body.decode(), 30, "it fires")
    return task


def test_deltas_and_fires_are_published_and_a_restart_doubles_nothing(broker, tmp_path):
    with Daybook(tmp_path / "data", "--kafka", broker.address) as daybook:
        client = daybook.http("ana")
        task = ring(client, "Call")
        events = client.get("/v1/audit?limit=200").json["items"]
        wait_until(lambda: count(broker, "task-updates") == len(events), 60, "all deltas are published")
        wait_until(lambda: count(broker, "reminders") == 1, 60, "the fire is published")
        deltas = consume(broker, "task-updates", len(events))
        assert [value["event_id"] for _, _, value in deltas] == [event["event_id"] for event in events]
        for headers, key, value in deltas:
            assert key == "ana"
            assert headers["ce_specversion"] == "1.0" and headers["content-type"] == "application/json"
            assert (headers["ce_id"], headers["ce_type"], headers["ce_position"]) == (
                value["event_id"], value["event_type"], value["position"])
            assert headers["ce_subject"] == value["task_id"]
        assert deltas[0][2]["data"]["title"] == "Call"
        headers, key, fire = consume(broker, "reminders", 1)[0]
        assert headers["ce_type"] == "reminder.fired" and fire["task_id"] == task and fire["data"]["late_ms"] >= 0
        published, remembered = len(events), tmp_path / "data" / "published"
        assert sorted(each.name for each in remembered.iterdir()) == ["reminders", "task-updates"]
        # Killed, and without what its folder remembered: the topics' own last records say how far it was.
        daybook.kill()
        shutil.rmtree(remembered)
        daybook.start()
        client = daybook.http("ana")
        client.post(f"/v1/tasks/{task}/complete", {})
        wait_until(lambda: count(broker, "task-updates") > published, 60, "it goes on")
        total = len(client.get("/v1/audit?limit=200&min_position=end").json["items"])
        wait_until(lambda: count(broker, "task-updates") >= total, 60, "to the end")
        assert count(broker, "task-updates") == total
        assert count(broker, "reminders") == 1
        # A broker that was away keeps nobody waiting, and nothing is lost.
        broker.kill()
        broker.start()
        wait_until(lambda: client.post("/v1/tasks", {"title": "after"}).status == 201, 60, "the log is back")
        total = wait_until(lambda: len(client.get("/v1/audit?limit=200&min_position=end&wait_ms=5000").json["items"]), 30)
        wait_until(lambda: count(broker, "task-updates") >= total, 60, "published after the outage")
        assert daybook.stop() == 0


def test_lost_topics_are_filled_again(broker, tmp_path, topic):
    """Topics that are deleted with what the folder remembers are made anew: all deltas, and the fires of the last day."""
    with Daybook(tmp_path / "data", "--kafka", broker.address, "--topic", topic) as daybook:
        client = daybook.http("bob")
        ring(client, "Call")
        total = len(client.get("/v1/audit?limit=200").json["items"])
        daybook.stop()
        for name in ("task-updates", "reminders"):
            broker.tool("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", broker.address, "--delete", "--topic", name)
        shutil.rmtree(tmp_path / "data" / "published")
        daybook.start()
        wait_until(lambda: count(broker, "task-updates") == total, 60, "the deltas are there again")
        wait_until(lambda: count(broker, "reminders") == 1, 60, "the fire of a moment ago too")
