"""Clients that write for ever and remember what they were promised.

The promises (settled 14): an answer `applied` or `replayed` means the command is in the log, once. A 503 means it is not
and never will be. Anything else (504, a torn connection) means nothing yet: the client sends the same command with the
same id until it is told one of the two."""
import json
import random
import threading
import time
import uuid
from dataclasses import dataclass, field

from tests.support import Http


@dataclass
class Promises:
    """What the clients were told, by command id. Guarded by `lock`."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    applied: dict = field(default_factory=dict)     # id -> (user, position, event_ids)
    refused: dict = field(default_factory=dict)     # id -> reason: a first attempt that was answered 503 and given up
    open: set = field(default_factory=set)          # sent, outcome not known yet
    unexpected: list = field(default_factory=list)  # answers that no command here may get
    unsure: int = 0                                 # attempts that had to be repeated


class Client(threading.Thread):
    """One user's book, one command after another."""

    def __init__(self, number: int, seed: int, address, promises: Promises, stop: threading.Event):
        super().__init__(name=f"client-{number}", daemon=True)
        self.user = f"user-{number}"
        self.random = random.Random(f"{seed}/{number}")
        self.address = address          # () -> (host, port) of the command-api in force
        self.promises = promises
        self.stopping = stop
        self.tasks: list[str] = []
        self.unsure: list[dict] = []    # sent once on the side, to be repeated until the outcome is known

    def run(self):
        connection = None
        while not self.stopping.is_set() or self.unsure:
            first_attempt = not self.unsure
            command = self.next_command() if first_attempt else self.unsure.pop()
            with self.promises.lock:
                self.promises.open.add(command["id"])
            while True:
                host, port = self.address()
                if connection is None:
                    connection = Http(host, port, {"daybook-user": self.user}, timeout=10)
                try:
                    answer = connection.commands([command])
                    outcome = self.judge(command, answer, first_attempt)
                except OSError as error:
                    outcome = ("unsure", repr(error))
                except Exception as error:  # a half answer: http.client's own errors
                    outcome = ("unsure", repr(error))
                if outcome[0] == "done":
                    break
                first_attempt = False
                with self.promises.lock:
                    self.promises.unsure += 1
                if not self.stopping.is_set() and self.random.random() < 0.2:
                    self.ask_on_the_side()
                connection.close()
                connection = None
                if self.stopping.wait(0.02) and time.monotonic() > self.give_up_at:
                    return  # stays in `open`
        if connection:
            connection.close()

    give_up_at = float("inf")

    def ask_on_the_side(self) -> None:
        """While a command is unsure the log is often away: a new one is then refused with 503, for good."""
        command = self.next_command()
        with self.promises.lock:
            self.promises.open.add(command["id"])
        connection = Http(*self.address(), {"daybook-user": self.user}, timeout=10)
        try:
            decided = self.judge(command, connection.commands([command]), True)[0] == "done"
        except Exception:  # torn anywhere
            decided = False
        finally:
            connection.close()
        if not decided:
            self.unsure.append(command)

    def next_command(self) -> dict:
        identity = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        choice = self.random.random()
        if choice < 0.4 or not self.tasks:
            task = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
            self.tasks.append(task)
            return {"id": identity, "type": "create_task", "args": {
                "task_id": task, "title": f"task {len(self.tasks)}", "tags": [f"t{self.random.randrange(9)}"],
                "priority": self.random.choice(["P1", "P2", "P3", "P4"])}}
        task = self.random.choice(self.tasks[-50:])
        if choice < 0.8:
            return {"id": identity, "type": "update_task", "args": {
                "task_id": task, "title": f"renamed by {identity}"}}
        return {"id": identity, "type": "change_tags", "args": {"task_id": task, "add": [f"x{identity[:8]}"], "remove": []}
                } if choice < 0.9 else {"id": identity, "type": "add_comment", "args": {"task_id": task, "text": identity}}

    def judge(self, command, answer, first_attempt):
        if answer.status == 503 or answer.status == 504:
            code = answer.json.get("code", "")
            return self.refused(command, answer.status, code, first_attempt)
        if answer.status != 200:
            with self.promises.lock:
                self.promises.unexpected.append((command, answer.status, answer.body[:400].decode(errors="replace")))
                self.promises.open.discard(command["id"])
            return ("done", None)
        result = answer.json["results"][0]
        if result["status"] in ("applied", "replayed"):
            with self.promises.lock:
                self.promises.applied[command["id"]] = (self.user, result["position"], result["event_ids"])
                self.promises.open.discard(command["id"])
            return ("done", None)
        error = result.get("error") or {}
        status = error.get("status", 0)
        if status in (503, 504):
            return self.refused(command, status, error.get("code", ""), first_attempt)
        with self.promises.lock:
            self.promises.open.discard(command["id"])
            # Rejections that depend on a command which was refused before are expected; anything else is a finding.
            if error.get("code") not in ("not_found", "limit.exceeded"):
                self.promises.unexpected.append((command, result))
        return ("done", None)

    def refused(self, command, status, code, first_attempt):
        """503 on the first attempt is a promise of its own; every third such command is given up to test it."""
        if status == 503 and first_attempt and self.random.random() < 0.33:
            with self.promises.lock:
                self.promises.refused[command["id"]] = code
                self.promises.open.discard(command["id"])
            return ("done", None)
        return ("unsure", code)


class Load:
    """`clients` clients against one command-api, until stop()."""

    def __init__(self, clients: int, seed: int, address):
        self.promises = Promises()
        self._stop = threading.Event()
        self.clients = [Client(number, seed, address, self.promises, self._stop) for number in range(clients)]

    def __enter__(self):
        for client in self.clients:
            client.start()
        return self

    def stop(self, patience: float = 60.0):
        """Lets each client finish its command (the servers must be up) and ends them."""
        for client in self.clients:
            client.give_up_at = time.monotonic() + patience
        self._stop.set()
        for client in self.clients:
            client.join()
        return self.promises

    def __exit__(self, *_):
        if not self._stop.is_set():
            self.stop(patience=5)


def check_log(lines, promises: Promises) -> list[str]:
    """Compares promises with the log (`daybook log --json` lines). Returns what is wrong, empty if nothing."""
    wrong = [f"unexpected answer: {item}" for item in promises.unexpected]
    commits: dict[str, set] = {}
    events: dict[str, list] = {}
    voids = 0
    for line in lines:
        record = json.loads(line)
        value = record["value"]
        if record["void"] is not None:
            voids += 1
            continue
        if value["event_type"] == "log.claimed":
            continue
        commits.setdefault(value["command_id"], set()).add((value["log"]["claim"], value["log"]["seq"] - int(value["log"]["part"].split("/")[0])))
        events.setdefault(value["command_id"], []).append((record["position"], value["event_id"]))
    for command, (user, position, event_ids) in promises.applied.items():
        found = events.get(command, [])
        if not found:
            wrong.append(f"LOST: {command} of {user} was acknowledged at {position} and is not in the log")
        elif len(commits[command]) != 1:
            wrong.append(f"DOUBLED: {command} of {user} stands in {len(commits[command])} commits: {found}")
        elif [event for _, event in found] != event_ids or found[-1][0] != position:
            wrong.append(f"DIFFERENT: {command} was answered {position} {event_ids}, the log has {found}")
    for command, code in promises.refused.items():
        if command in events:
            wrong.append(f"UNASKED: {command} was refused with 503 {code} and is in the log: {events[command]}")
    for command, places in commits.items():
        if len(places) > 1 and command not in promises.applied:
            wrong.append(f"DOUBLED: {command} (never acknowledged) stands in {len(places)} commits")
    if promises.open:
        wrong.append(f"{len(promises.open)} commands never got an outcome")
    return wrong
