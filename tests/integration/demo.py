"""scripts/x demo: a task's life on a real Kafka and PostgreSQL, every role a process of its own.

Each step says what it shows and checks it; the first check that does not hold ends the demo with exit 1."""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support import Broker, Daybook, Postgres, wait_until
from tests.support.daybook import ROOT, binary, run as tool
from tests.support.postgres import psql

SNAPSHOTS = [("beads", "beads-beads.jsonl"), ("beads", "beads-antwort.jsonl"), ("beads", "beads-relay.jsonl"),
             ("beads", "beads-prompt-language.jsonl"), ("taskwarrior", "taskwarrior-webpp.json"),
             ("taskwarrior", "taskwarrior-nerab-party-taxes.json"), ("taskwarrior", "taskwarrior-nerab-party2.json"),
             ("taskwarrior", "taskwarrior-nerab-no-deps.json")]
CONSUMER = "org.apache.kafka.tools.consumer.ConsoleConsumer"


class Step:
    """Numbers the steps and turns a failed check into the end of the demo."""
    number = 0

    def __init__(self, title: str):
        Step.number += 1
        print(f"\n\033[1m{Step.number}. {title}\033[0m" if sys.stdout.isatty() else f"\n{Step.number}. {title}", flush=True)

    def check(self, holds, what: str) -> None:
        print(f"   {'ok' if holds else 'FAILED'}: {what}", flush=True)
        if not holds:
            raise SystemExit(1)


def show(text: str, lines: int = 12) -> None:
    for line in text.splitlines()[:lines]:
        print("   | " + line[:180], flush=True)


def console_consumer(broker: Broker, topic: str, records: int) -> list[str]:
    """So many records of the topic as the stock console consumer prints them with default settings. It is told the
    number: a consumer that waits for more ends with a complaint on standard output."""
    done = broker.tool(CONSUMER, "--bootstrap-server", broker.address, "--topic", topic, "--from-beginning",
                       "--max-messages", records, timeout=120)
    return done.stdout.rstrip("\n").split("\n")  # not splitlines(): titles may hold other line separators


def books_of(shared: Path) -> list[tuple[str, str, Path]]:
    return [(kind, name.split(".")[0], shared / "data" / name) for kind, name in SNAPSHOTS]


def demo(folder: Path, shared: Path) -> None:
    broker = Broker(folder / "kafka")
    postgres = Postgres(folder / "postgres")
    topic = "task-events"
    roles = []
    try:
        step = Step("A stock Kafka broker, a stock PostgreSQL, a command-api and a projector, each a process")
        broker.start()
        postgres.start()
        database = postgres.create_database("demo")
        log = ["--kafka", broker.address, "--topic", topic]
        writer = Daybook(folder / "command-api", *log, role="command-api")
        reader = Daybook(folder / "projector", *log, "--postgres", database, "--command-api", writer.url, role="projector")
        roles += [writer, reader]
        writer.start()
        reader.start()
        step.check(True, f"broker {broker.address}, command-api {writer.url}, projector {reader.url}")

        step = Step("Import: each tracker into a book of its own, through the API, with the times of its source")
        for kind, book, file in books_of(shared):
            done = tool("import", "--from", kind, file, "--user", book, "--url", reader.url, check=False, timeout=600)
            counts = json.loads(done.stdout.splitlines()[-1])
            show(f"{book}: {json.dumps(counts)}" + (f" ({len(done.stdout.splitlines()) - 1} lines reported)" if done.returncode else ""))
            whole = counts["read"] == sum(counts[part] for part in ("created", "changed", "unchanged", "skipped", "refused"))
            step.check(done.returncode in (0, 1) and counts["created"] > 0 and whole, f"{book}: every line is accounted for")

        step = Step("Over HTTP: complete, reopen, retag, delete")
        book = "taskwarrior-webpp"
        api = writer.http(user=book)
        view = reader.http(user=book)
        listed = view.get("/v1/tasks?status=open&limit=5&sort_by=created").json["items"]
        first, second, third = (item["task_id"] for item in listed[:3])
        done = api.post(f"/v1/tasks/{first}/complete", {})
        step.check(done.status == 200 and done.json["status"] == "completed", "complete")
        done = api.post(f"/v1/tasks/{first}/reopen", {})
        step.check(done.status == 200 and done.json["status"] == "open", "reopen")
        done = api.post(f"/v1/tasks/{second}/tags", {"add": ["demo", "#home"], "remove": []})
        step.check(done.status == 200 and {"#demo", "#home"} <= set(done.json["tags"]), "retag")
        done = api.delete(f"/v1/tasks/{third}")
        step.check(done.status == 200 and done.json["status"] == "deleted", "delete")
        position = done.position

        step = Step("The same rows from RocksDB and from Postgres")
        rows = {}
        for store in ("rocks", "postgres"):
            answers = [view.get(f"/v1/tasks/{task}?store={store}&min_position={position}&wait_ms=5000") for task in (first, second, third)]
            step.check(all(answer.status == 200 for answer in answers), f"{store} answers at or past {position}")
            rows[store] = [answer.json for answer in answers]
        show(json.dumps(rows["rocks"][1]))
        step.check(rows["rocks"] == rows["postgres"], "three tasks are equal, member by member")
        for query in ("status=open&sort_by=title&limit=200", "status=deleted", "priority=P1&sort_by=created&order=desc", "search=implement"):
            pages = [view.get(f"/v1/tasks?{query}&store={store}").json for store in ("rocks", "postgres")]
            step.check([item for item in pages[0]["items"]] == [item for item in pages[1]["items"]]
                       and pages[0]["total_count"] == pages[1]["total_count"], f"list {query}: {pages[0]['total_count']} rows, equal")

        step = Step("The record in a stock Kafka console consumer, and in daybook log --raw")
        raw = tool("log", "--raw", "--kafka", broker.address, "--topic", topic).stdout.rstrip("\n").split("\n")
        consumed = console_consumer(broker, topic, len(raw))
        show("\n".join(line for line in consumed if first in line)[:2000], 4)
        for only_one in sorted(set(consumed) ^ set(raw))[:4]:
            show(("consumer" if only_one in set(consumed) else "daybook") + " only: " + only_one)
        step.check(len(consumed) > 1000 and sorted(consumed) == sorted(raw), f"{len(consumed)} records, equal one by one")

        step = Step("The audit of one task: who changed what, from what, to what, when")
        audit = tool("audit", "--task", second, "--user", book, "--url", reader.url, "--format", "text")
        show(audit.stdout)
        step.check("tags" in audit.stdout, "the new tags are there")

        step = Step("kill -9 of the projector in the middle of a rebuild; then both views are deleted")
        reader.http().post("/v1/admin/views/all/rebuild", {})
        reader.kill()
        api.post("/v1/tasks", {"title": "written while no projector runs"})
        shutil.rmtree(reader.data / "views")
        schemas = psql(database, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'daybook%'").split()
        for schema in schemas:
            psql(database, f'DROP SCHEMA "{schema}" CASCADE')
        step.check(len(schemas) >= 2, f"gone: the folder and {', '.join(schemas)}")
        reader.start()
        wait_until(lambda: all(part["lag_events"] == 0 for each in reader.http().get("/v1/admin/views").json["views"]
                               for part in each["partitions"]), 300, "both views folded again from the log")
        again = [reader.http(user=book).get(f"/v1/tasks/{task}").json for task in (first, second, third)]
        step.check(again == rows["rocks"], "the three tasks are what they were")

        step = Step("Rebuild of both views beside the serving ones, with progress")
        done = subprocess.run([str(binary()), "rebuild", "--view", "all", "--url", reader.url], text=True, capture_output=True, timeout=900)
        show(done.stdout + done.stderr, 8)
        step.check(done.returncode == 0, "switched")

        step = Step("verify: a fresh fold of the log against both views")
        done = tool("verify", "--url", reader.url, check=False, timeout=600)
        show(done.stdout + done.stderr)
        step.check(done.returncode == 0, "equal")
    finally:
        for role in roles:
            if role.child:
                role.stop()
        broker.remove()
        postgres.remove()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("DAYBOOK_SHARED", ROOT.parent / "shared")),
                        help="folder that holds data/ with the trackers to import")
    args = parser.parse_args()
    if not (args.shared / "data").is_dir():
        print(f"demo: {args.shared}/data is missing; name the folder with --shared", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="daybook-demo-") as folder:
        demo(Path(folder), args.shared)
    print("\nevery check held")
    return 0


if __name__ == "__main__":
    sys.exit(main())
