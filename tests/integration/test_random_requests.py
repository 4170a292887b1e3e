"""10,000 random requests over every route of the real binary: each is answered by a 2xx, 3xx or 4xx, nothing crashes, and
afterwards the views still equal a fresh fold. DAYBOOK_TEST_SEED replays a run, DAYBOOK_TEST_REQUESTS makes a longer one."""
import json
import os
import random
import re
import secrets
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support import Daybook
from tests.support.daybook import ROOT, run

FOLDERS = ("command-api", "projector", "app")
ROUTE = re.compile(r'(?:http::method::(\w+), )?"(/(?:v1/|health|metrics)[^"]*)"')
SCHEMAS = {path.stem: json.loads(path.read_text()) for path in (ROOT / "schema/command").glob("*.json")}
MEMBERS = sorted({member for schema in SCHEMAS.values()
                  for member in schema["properties"]["args"].get("properties", {})} | {"x_a", "x_\u0000", "unknown", ""})
PARAMETERS = ["q", "search", "priority", "tags", "status", "completed", "due_before", "due_after", "project", "sort_by", "order",
              "limit", "cursor", "page", "store", "min_position", "wait_ms", "partition", "from", "user", "field", "type", "actor",
              "explain", "rule", "dtstart", "zone", "expr", "n", "after", "state", "text", "children", "format", "since", "nonsense"]
NASTY = [None, True, False, 0, -1, 1, 2**31, 2**53 + 1, 2**63 - 1, -2**63, 2**63, 1.5, 1e308, -0.0, "", " ", "x", "P1", "high", "#work",
         "a" * 501, "ä" * 500, "\u0000", "\u202e", "\ud800", "👩‍👩‍👧‍👦", "e\u0301", "今日は", "' OR 1=1 --", "%s%n", "../../etc/passwd", "due", "-created",
         "2026-02-30", "2026-08-31", "9999-12-31", "0001-01-01", "2026-03-29T02:30", "2026-03-29T02:30[Europe/Berlin]",
         "2026-08-31T17:00[No/Where]", "2026-08-31T25:00Z", "2016-12-31T23:59:60Z", "Europe/Berlin", "09:00", "24:00", "monday", "de",
         "FREQ=DAILY", "FREQ=MINUTELY", "every 2 weeks on mon,fri", "0 9 * * 1-5", "* * * * * *", "-PT15M", "1 day before due",
         "0.0.0", "00000000000000000000000000000000.0.0", "refuse", "cascade", "keep", "rocks", "postgres",
         [], {}, [[]], [None], ["a"] * 11, ["#a", "a"], [{"when": "1 hour"}], {"rule": "daily"}, {"a": {"b": {"c": []}}},
         "(", '"', "NOT", "a OR", "tag:", "due:<=+7d", "sort:due", "-is:blocked has:reminder", "p1 p2 p3"]


def routes() -> list[tuple[str, str]]:
    """Every route that the sources name, so that a new one is never forgotten."""
    found = set()
    for folder in FOLDERS:
        for source in (ROOT / folder).rglob("*routes*.cpp"):
            for method, path in ROUTE.findall(source.read_text()):
                if not path.endswith("/"):
                    found.add(((method or "get").rstrip("_").upper(), path))
    return sorted(found)


class Generator:
    def __init__(self, seed: int, tasks: list[str]):
        self.random = random.Random(seed)
        self.tasks = tasks
        self.positions = ["0.0.0"]

    def value(self, depth: int = 0):
        choice = self.random.random()
        if choice < 0.15:
            return self.random.choice(self.tasks)
        if choice < 0.18:
            return self.random.choice(self.positions)
        if choice < 0.22 and depth < 3:
            return [self.value(depth + 1) for _ in range(self.random.randrange(4))]
        if choice < 0.28 and depth < 3:
            return {self.random.choice(MEMBERS): self.value(depth + 1) for _ in range(self.random.randrange(4))}
        return self.random.choice(NASTY)

    def plausible(self, name: str):
        """Mostly right, so that requests come past the first checks."""
        return self.random.choice({
            "priority": ["P1", "low", "high"], "tags": [["#a", "b"], []], "add": [["#a"], ["b", "c"]], "remove": [["#a"], []],
            "due": ["2026-08-31", "2026-03-29T02:30[Europe/Berlin]", None], "start": ["2026-01-01", None], "children": ["cascade", "keep", "refuse"],
            "parent_id": [*self.tasks, None], "depends_on": [self.tasks[:2], self.tasks[-3:], []], "zone": ["Europe/Berlin", "UTC"],
            "recurrence": [{"rule": "FREQ=WEEKLY"}, {"rule": "every last day"}, None], "reminders": [[{"when": "1 hour"}], []],
            "percent": [0, 50, 100], "duration": [15], "estimate": [90], "all_day_time": ["08:30"], "project_id": [None],
        }.get(name, ["some text", "été"]))

    def arguments(self, kind: str | None = None) -> dict:
        known = list(SCHEMAS[kind]["properties"]["args"].get("properties", {})) if kind else MEMBERS
        names = self.random.sample(known, self.random.randrange(min(len(known), 5) + 1)) if known else []
        if self.random.random() < 0.1:
            names.append(self.random.choice(MEMBERS))
        made = {name: self.plausible(name) if self.random.random() < 0.6 else self.value() for name in names}
        if "task_id" in known and self.random.random() < 0.7:
            made["task_id"] = self.random.choice(self.tasks)
        if "title" in known and self.random.random() < 0.5:
            made["title"] = "a title"
        return made

    def command(self):
        kind = self.random.choice(list(SCHEMAS))
        made = {"id": command_name(self.random), "type": kind, "args": self.arguments(kind)}
        if self.random.random() < 0.1:
            made[self.random.choice(["if_version", "temp_id", "occurred_at", "type", "args", "id", "extra"])] = self.value()
        return made

    def body(self, path: str) -> bytes:
        if path == "/v1/commands":
            made = {"mode": self.random.choice(["independent", "atomic", "atomic", "both"]),
                    "commands": [self.command() for _ in range(self.random.choice([0, 1, 1, 2, 3, 101]))]}
        else:
            made = self.arguments(command_of(path))
            made.pop("task_id" if "{id}" in path else "", None)  # the path names it
        text = bytearray(json.dumps(made, ensure_ascii=self.random.random() < 0.5).encode(errors="surrogatepass"))
        for _ in range(self.random.choice([0, 0, 0, 0, 0, 0, 1, 3])):
            at = self.random.randrange(len(text))
            action = self.random.randrange(4)
            if action == 0:
                text[at] = self.random.randrange(256)
            elif action == 1:
                del text[at:at + self.random.randrange(1, 9)]
            elif action == 2:
                text[at:at] = text[at:at + self.random.randrange(1, 40)]
            else:
                text = text[:at] or bytearray(b"{")
            if not text:
                break
        return bytes(text)

    def target(self, method: str, path: str) -> str:
        while "{" in path:
            value = self.random.choice([*self.tasks, "rocks", "x", "%00", "%ff", "a" * 300, "00000000-0000-4000-8000-000000000000"])
            path = re.sub(r"\{\w+\}", value, path, count=1)
        query = [f"{self.random.choice(PARAMETERS)}={quote(str(self.value()).encode(errors='surrogatepass'))}"
                 for _ in range(self.random.choice([0, 1, 1, 2, 4] if method == "GET" else [0] * 9 + [1]))]
        return path + ("?" + "&".join(query) if query else "")

    def headers(self) -> dict:
        pool = {"if-match": ['"1"', "*", 'W/"1"', "x", '"99999999999999999999"'], "if-none-match": ['"1"', "*", '"1", "2"'],
                "idempotency-key": ["k1", "x" * 200, "k\t2"], "content-type": ["text/plain", "application/json; charset=utf-8"],
                "accept": ["text/html"], "daybook-wait": ["1"]}
        return {name: self.random.choice(values) for name, values in pool.items() if self.random.random() < 0.06}


def command_of(path: str) -> str | None:
    """The command that a single route stands for, where its name says so."""
    last = path.rsplit("/", 1)[1]
    named = {"comments": "add_comment", "tags": "change_tags", "tasks": "create_task", "book": "configure_book",
             "projects": "create_project", "{id}": "update_task"}.get(last, f"{last}_task")
    return named if named in SCHEMAS else None


def command_name(rng: random.Random) -> str:
    return f"c-{rng.getrandbits(64):x}"


def test_no_random_request_is_answered_5xx_or_ends_the_server(tmp_path, postgres):
    seed = int(os.environ.get("DAYBOOK_TEST_SEED", secrets.randbelow(1 << 31)))
    amount = int(os.environ.get("DAYBOOK_TEST_REQUESTS", 10_000))
    print(f"seed {seed}; replay with DAYBOOK_TEST_SEED={seed} DAYBOOK_TEST_REQUESTS={amount}")
    every = routes()
    assert len(every) > 35 and ("POST", "/v1/commands") in every and ("GET", "/v1/tasks") in every
    answered = {route: {} for route in every}
    with Daybook(tmp_path / "data", "--postgres", postgres) as server:
        client = server.http(user="random")
        tasks = [client.post("/v1/tasks", {"title": f"task {number}"}).json["task_id"] for number in range(20)]
        made = Generator(seed, tasks)
        for number in range(amount):
            method, path = every[number % len(every)]
            if path.endswith("/rebuild") and number >= len(every) * 3:
                continue  # each one builds a whole view
            target, headers = made.target(method, path), made.headers()
            body = made.body(path) if method in ("POST", "PATCH") else None
            if body is not None:
                headers.setdefault("content-type", "application/merge-patch+json" if method == "PATCH" else "application/json")
            answer = client.request(method, target, body=body, headers=headers)
            where = f"request {number}: {method} {target} {headers} {body!r} -> {answer.status} {answer.body[:300]!r}"
            assert answer.status < 500 or allowed(answer), where
            if answer.status >= 400 and method != "HEAD":
                assert answer.headers["content-type"].startswith("application/problem+json"), where
                assert answer.json["code"] and answer.json["status"] == answer.status, where
            if answer.position:
                made.positions = [*made.positions[-9:], answer.position]
            seen = answered[(method, path)]
            seen[answer.status] = seen.get(answer.status, 0) + 1
        assert client.get("/health/ready").status == 200
        assert run("verify", "--url", server.url, check=False).returncode == 0
        assert server.stop() == 0
    for route in [("POST", "/v1/commands"), ("GET", "/v1/tasks"), ("POST", "/v1/tasks")]:
        assert any(status < 300 for status in answered[route]), (route, answered[route])


def allowed(answer) -> bool:
    """The two that say "not now" for a position that was never written."""
    return answer.status == 504 and answer.json["code"] == "position.not_reached"
