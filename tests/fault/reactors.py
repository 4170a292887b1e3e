"""Kills around fires: reactors (two of them), command-api and broker die while occurrences, reminders and slots are due.

Afterwards the log is the judge: every reminder that was scheduled and not cancelled fired once and never early, every
completed occurrence has one next one, every slot of a schedule fired once, and no acknowledged command is missing."""
import hashlib
import json
import random
import secrets
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

from tests.support import Daybook, wait_until
from tests.support.daybook import run as tool


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def soon(rng: random.Random) -> str:
    """A due date whose reminder of one minute rings within the next seconds."""
    return (datetime.now(timezone.utc) + timedelta(seconds=60 + rng.uniform(0.2, 4.0))).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(seconds: float) -> None:
    """The random one of the next fault; nothing is being waited for."""
    threading.Event().wait(seconds)


class Work:
    """Commands with ids of their own, sent again with the same id until they are answered."""

    def __init__(self, writer: Daybook, rng: random.Random):
        self.writer, self.rng = writer, rng
        self.asked: list[dict] = []  # not answered yet
        self.applied: dict[str, str] = {}
        self.open: list[str] = []

    def ask(self, type_: str, **args) -> None:
        self.asked.append({"id": secrets.token_hex(12), "type": type_, "args": args})

    def more(self) -> None:
        for _ in range(4):
            rule = {"recurrence_rule": "daily"} if self.rng.random() < 0.5 else {}
            self.ask("create_task", title="t", due=soon(self.rng), reminder_minutes=1, **rule)
        for task in self.open[:2]:
            self.ask("complete_task", task_id=task)
        del self.open[:2]

    def send(self) -> bool:
        """True: everything is answered."""
        if not self.asked:
            return True
        client = self.writer.http(timeout=10, authorization="Bearer ana")
        try:
            answer = client.commands(self.asked[:50])
        except OSError:
            return False
        finally:
            client.close()
        if answer.status != 200:
            return False
        for one in answer.json["results"]:
            code = (one.get("error") or {}).get("code", "")
            if one["status"] == "rejected" and code in ("outcome_unknown", "log.unavailable", "overloaded", "not_ready", "writer_moved"):
                continue
            (sent,) = [each for each in self.asked if each["id"] == one["id"]]
            self.asked.remove(sent)
            self.applied[one["id"]] = one["status"]
            if sent["type"] == "create_task" and one["task_id"] and "recurrence_rule" in sent["args"]:
                self.open.append(one["task_id"])
        return not self.asked


def effective(lines: list[str]) -> list[dict]:
    found = [json.loads(line) for line in lines]
    return [row["value"] for row in found if row["void"] is None and row["value"].get("event_type") != "log.claimed"]


def check_reactions(events: list[dict], applied: dict[str, str]) -> list[str]:
    """What the log says against what reactions promise; each complaint is a line."""
    wrong: list[str] = []
    scheduled: dict[str, str] = {}
    done: dict[str, int] = {}
    slots: dict[str, int] = {}
    children: dict[str, int] = {}
    completed: list[str] = []
    commands = {event["command_id"] for event in events}
    for event in events:
        data = event["data"]
        for one in data.get("cancelled", []):
            scheduled.pop(one.get("fire_id"), None)
        for one in data.get("scheduled", []):
            if "fire_id" in one:
                scheduled[one["fire_id"]] = one["at"]
        kind = event["event_type"]
        if kind in ("reminder.fired", "reminder.missed"):
            done[data["fire_id"]] = done.get(data["fire_id"], 0) + 1
            if instant(event["log"]["at"]) < instant(data["scheduled_at"]):
                wrong.append(f"fired early: {event}")
            if kind == "reminder.missed":
                wrong.append(f"missed within the grace: {event}")
        if kind == "schedule.fired":
            slots[data["slot_id"]] = slots.get(data["slot_id"], 0) + 1
            if instant(event["log"]["at"]) < instant(data["scheduled_at"]):
                wrong.append(f"slot early: {event}")
        if kind == "task.completed" and "nominal" in data:
            completed.append(event["task_id"])
        if kind == "task.created" and data.get("recurrence_parent_id"):
            children[data["recurrence_parent_id"]] = children.get(data["recurrence_parent_id"], 0) + 1
    end = max((instant(event["log"]["at"]) for event in events), default=None)
    wrong += [f"lost: fire {fire} due {at}" for fire, at in scheduled.items() if fire not in done and instant(at) < end]
    wrong += [f"doubled: fire {fire}, {count} times" for fire, count in done.items() if count != 1]
    wrong += [f"doubled: slot {slot}, {count} times" for slot, count in slots.items() if count != 1]
    wrong += [f"completed {task} has {children.get(task, 0)} next occurrences" for task in completed if children.get(task, 0) != 1]
    wrong += [f"acknowledged and not in the log: {command}" for command, status in applied.items()
              if status == "applied" and command not in commands]
    return wrong


def rounds(kills: int, seed: int, folder: Path, broker, topic: str, report) -> None:
    """Fills `report`: kills among command-api, two reactors and the broker while things are due."""
    rng = random.Random(f"{seed}/reactors")
    log = ["--kafka", broker.address, "--topic", topic]
    tokens = folder / "tokens"
    tokens.write_text("".join(json.dumps({"sha256": hashlib.sha256(name.encode()).hexdigest(), "user": name, "scopes": scopes}) + "\n"
                              for name, scopes in (("service", ["service"]), ("ana", ["read", "write"]))))
    auth = ["--auth", f"tokens:{tokens}"]
    writer = Daybook(folder / "command-api", *log, *auth, role="command-api")
    reader = Daybook(folder / "projector", *log, role="projector")
    away = [*log, "--command-api", writer.url, "--token", "service"]
    reactors = [Daybook(folder / f"reactors-{n}", *away, role="reactors") for n in range(2)]
    victims = {"command-api": writer, "reactors-0": reactors[0], "reactors-1": reactors[1], "broker": broker}
    weights = {"command-api": 4, "reactors-0": 5, "reactors-1": 5, "broker": 1}
    counts = dict.fromkeys(victims, 0)
    work = Work(writer, rng)
    try:
        for process in (writer, *reactors):
            process.start()
        work.ask("create_schedule", name="minutes", cron="* * * * *", misfire="all", reminder={"text": "a minute"})
        for number in range(kills):
            work.more()
            work.send()
            moment(rng.uniform(0.0, 0.4))
            victim = rng.choices(list(weights), list(weights.values()))[0]
            victims[victim].kill()
            counts[victim] += 1
            moment(rng.uniform(0.0, 0.2))
            if victim == "broker":
                broker.start()
            else:
                victims[victim].start(ready=False)
            report.progress(f"kill {number + 1}/{kills} {counts}, {len(work.applied)} acknowledged")
        for process in (writer, *reactors):
            process.wait_ready(60)
        wait_until(work.send, 60, "every command is answered")
        last = time.monotonic() + 6  # the furthest reminder, and a slot's moment
        wait_until(lambda: time.monotonic() > last, 10, "the last reminders are due")
        settled(reactors)
        reader.start(deadline=120)
        lines = tool("log", "--url", reader.url, "--json", timeout=600).stdout.splitlines()
        events = effective(lines)
        report.wrong += check_reactions(events, work.applied)
        fires = sum(event["event_type"] == "reminder.fired" for event in events)
        slots = sum(event["event_type"] == "schedule.fired" for event in events)
        next_ones = sum(bool(event["data"].get("recurrence_parent_id")) for event in events if event["event_type"] == "task.created")
        swept = sum(metric(process, "daybook_reactors_swept_total") for process in reactors)
        if swept:
            report.wrong.append(f"the sweep found {swept} forgotten items")
        if tool("verify", "--url", reader.url, check=False, timeout=600).returncode != 0:
            report.wrong.append("verify failed")
        print(f"\r{report.name}: {kills} kills {counts}, {fires} fires, {next_ones} next occurrences, {slots} slots, "
              f"{len(report.wrong)} wrong, {time.monotonic() - report.started:.0f} s")
        for text in report.wrong[:20]:
            print(f"  {text}")
    finally:
        for process in (writer, reader, *reactors):
            if process.child:
                process.kill()


def metric(process: Daybook, name: str) -> float:
    client = process.http(timeout=10)
    try:
        lines = client.get("/metrics").body.decode().splitlines()
    finally:
        client.close()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name))


def settled(reactors: list[Daybook]) -> None:
    """Both have read to the same end and have nothing on its way, twice in a row."""
    seen: list[list] = []

    def calm():
        parts = []
        for process in reactors:
            client = process.http(timeout=10)
            try:
                (part,) = [one for one in client.get("/health").json["parts"] if one["part"] == "reactors"]
            finally:
                client.close()
            parts.append((part["gate"], part["in_flight"], part["next_offsets"]))
        seen.append(parts)
        same = len(seen) > 10 and all(each == parts for each in seen[-10:])
        return same and all(gate == "open" and in_flight == 0 for gate, in_flight, _ in parts) and parts[0][2] == parts[1][2]
    wait_until(calm, 90, "the reactors have nothing left to do")
