"""scripts/x fault: kills, pauses and doubles every part under load; ends in `verify` and a check of every promise.

Scenarios (--only NAME):
  embedded   `serve` on the embedded log, SIGKILL at random moments
  kafka      command-api, projector, broker and PostgreSQL as processes of their own, SIGKILL of any of them
  takeover   a writer paused by SIGSTOP, another command-api takes over, the first wakes up: it must not answer success
  projector  two projectors on one pair of views
  reactors   two reactors, command-api and broker, SIGKILL of any of them while reminders and slots are due

The seed chooses victims, moments and commands; the machine's timing is its own, so a seed replays the plan of a run."""
import argparse
import contextlib
import random
import secrets
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.fault.load import Load, check_log
from tests.fault.reactors import rounds as reaction_rounds
from tests.support import Broker, Daybook, Postgres, wait_until
from tests.support.daybook import run as tool


def pause(seconds: float) -> None:
    """The random moment before the next fault; nothing is being waited for."""
    threading.Event().wait(seconds)


class Report:
    """What a scenario found, printed as it goes."""

    def __init__(self, name: str):
        self.name = name
        self.wrong: list[str] = []
        self.started = time.monotonic()

    def progress(self, text: str) -> None:
        print(f"\r{self.name}: {text}", end="" if sys.stdout.isatty() else "\n", flush=True)

    def judge(self, where: Daybook, promises) -> "Report":
        """`verify` and every promise against the log, both through the running server."""
        done = tool("verify", "--url", where.url, check=False, timeout=600)
        if done.returncode != 0:
            self.wrong.append(f"verify: {done.stdout}{done.stderr}")
        log = tool("log", "--url", where.url, "--json", timeout=600)
        self.wrong += check_log(log.stdout.splitlines(), promises)
        print(f"\r{self.name}: {len(promises.applied)} acknowledged, {len(promises.refused)} refused for good, "
              f"{promises.unsure} attempts repeated, {len(self.wrong)} wrong, {time.monotonic() - self.started:.0f} s")
        for text in self.wrong[:20]:
            print(f"  {text}")
        return self


def embedded(kills: int, seed: int, folder: Path, clients: int) -> Report:
    report, rng = Report("embedded"), random.Random(f"{seed}/embedded")
    server = Daybook(folder / "data").start()
    try:
        with Load(clients, seed, lambda: ("127.0.0.1", server.port)) as load:
            for number in range(kills):
                pause(rng.uniform(0.02, 0.6))
                server.kill()
                server.start(ready=rng.random() < 0.7, deadline=120)  # sometimes killed again while it starts
                report.progress(f"kill {number + 1}/{kills}, {len(load.promises.applied)} acknowledged")
            server.wait_ready()
            promises = load.stop()
        return report.judge(server, promises)
    finally:
        server.kill()


def kafka(kills: int, seed: int, folder: Path, clients: int) -> Report:
    report, rng = Report("kafka"), random.Random(f"{seed}/kafka")
    with cluster(folder) as (broker, postgres, topic, database):
        log = ["--kafka", broker.address, "--topic", topic]
        writer = Daybook(folder / "command-api", *log, role="command-api")
        reader = Daybook(folder / "projector", *log, "--postgres", database, "--command-api", writer.url, role="projector")
        processes = {"command-api": writer, "projector": reader, "broker": broker, "postgres": postgres}
        weights = {"command-api": 5, "projector": 5, "broker": 1, "postgres": 2}
        counts = dict.fromkeys(processes, 0)
        try:
            writer.start()
            reader.start()
            with Load(clients, seed, lambda: ("127.0.0.1", writer.port)) as load:
                for number in range(kills):
                    pause(rng.uniform(0.05, 1.0))
                    victim = rng.choices(list(weights), list(weights.values()))[0]
                    processes[victim].kill()
                    counts[victim] += 1
                    pause(rng.uniform(0.0, 0.3))
                    if victim in ("broker", "postgres"):
                        processes[victim].start()
                    else:
                        processes[victim].start(ready=False)
                    report.progress(f"kill {number + 1}/{kills} {counts}, {len(load.promises.applied)} acknowledged")
                writer.wait_ready(60)
                reader.wait_ready(1_800)  # it may have much to catch up with
                promises = load.stop()
            caught_up(reader)
            return report.judge(reader, promises)
        finally:
            writer.kill()
            reader.kill()


def takeover(rounds: int, seed: int, folder: Path, clients: int) -> Report:
    """Two command-apis in turn; the one that loses is paused in the middle of its appends and woken afterwards."""
    report, rng = Report("takeover"), random.Random(f"{seed}/takeover")
    with cluster(folder) as (broker, postgres, topic, database):
        log = ["--kafka", broker.address, "--topic", topic]
        writers = [Daybook(folder / "writer-a", *log, role="command-api"), Daybook(folder / "writer-b", *log, role="command-api")]
        reader = Daybook(folder / "projector", *log, role="projector")
        turn = {"now": 0}
        try:
            writers[0].start()
            reader.start()
            with Load(clients, seed, lambda: ("127.0.0.1", writers[turn["now"]].port)) as load:
                moved = 0
                for number in range(rounds):
                    pause(rng.uniform(0.05, 0.3))
                    old, new = writers[turn["now"]], writers[1 - turn["now"]]
                    old.pause()
                    new.start()
                    old.resume()
                    moved += refused_as_moved(old)
                    turn["now"] = 1 - turn["now"]
                    old.kill()
                    report.progress(f"takeover {number + 1}/{rounds}, {moved} refused as moved, {len(load.promises.applied)} acknowledged")
                promises = load.stop()
            if moved != rounds:
                report.wrong.append(f"only {moved} of {rounds} woken writers refused with writer_moved")
            caught_up(reader)
            return report.judge(reader, promises)
        finally:
            for process in [*writers, reader]:
                if process.child:
                    process.kill()


def refused_as_moved(old: Daybook) -> bool:
    """A command to the woken writer: success would be a void record answered as success."""
    client = old.http(user="user-0", timeout=20)

    def answer():
        reply = client.commands([{"id": secrets.token_hex(8), "type": "create_task", "args": {"title": "to the old writer"}}])
        error = reply.json if reply.status != 200 else (reply.json["results"][0].get("error") or {})
        if reply.status == 200 and reply.json["results"][0]["status"] == "applied":
            raise AssertionError(f"the woken writer answered success: {reply.json}")
        return error.get("code") == "writer_moved"
    try:
        return wait_until(answer, 20, "the woken writer knows that it was overtaken")
    except TimeoutError as error:
        print(f"\n  {error}")
        return False
    finally:
        client.close()


def projector(rounds: int, seed: int, folder: Path, clients: int) -> Report:
    """A second projector on the same Postgres view at the same time: one of the two stops, the view stays right."""
    report, rng = Report("projector"), random.Random(f"{seed}/projector")
    with cluster(folder) as (broker, postgres, topic, database):
        log = ["--kafka", broker.address, "--topic", topic]
        writer = Daybook(folder / "command-api", *log, role="command-api")
        first = Daybook(folder / "projector-a", *log, "--postgres", database, role="projector")
        second = Daybook(folder / "projector-b", *log, "--postgres", database, role="projector")
        try:
            writer.start()
            first.start()
            with Load(clients, seed, lambda: ("127.0.0.1", writer.port)) as load:
                for number in range(rounds):
                    second.start(ready=False)
                    pause(rng.uniform(0.3, 1.5))
                    rng.choice([first, second]).kill()
                    pause(rng.uniform(0.0, 0.5))
                    first.kill() if first.child else None
                    second.kill() if second.child else None
                    first.start(ready=False)
                    report.progress(f"doubled {number + 1}/{rounds}, {len(load.promises.applied)} acknowledged")
                promises = load.stop()
            first.wait_ready(60)
            caught_up(first)
            return report.judge(first, promises)
        finally:
            for process in (writer, first, second):
                if process.child:
                    process.kill()


def reactors(kills: int, seed: int, folder: Path, clients: int) -> Report:
    report = Report("reactors")
    with cluster(folder) as (broker, _, topic, _):
        reaction_rounds(kills, seed, folder, broker, topic, report)
    return report


@contextlib.contextmanager
def cluster(folder: Path):
    """A broker that loses nothing by SIGKILL, a database, a topic name."""
    broker = Broker(folder / "kafka", settings={"log.flush.interval.messages": "1"})
    postgres = Postgres(folder / "postgres")
    try:
        broker.start()
        postgres.start()
        yield broker, postgres, f"task-events-{secrets.token_hex(4)}", postgres.create_database("fault")
    finally:
        broker.remove()
        postgres.remove()


def caught_up(reader: Daybook) -> None:
    client = reader.http(timeout=30)

    def all_live():
        views = client.get("/v1/admin/views").json["views"]
        return all(part["lag_events"] == 0 for view in views for part in view["partitions"])
    wait_until(all_live, 120, "every view has read to the end")
    client.close()


SCENARIOS = {"embedded": embedded, "kafka": kafka, "takeover": takeover, "projector": projector, "reactors": reactors}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    parser.add_argument("--only", choices=[*SCENARIOS], action="append")
    parser.add_argument("--clients", type=int, default=8)
    args = parser.parse_args()
    print(f"seed {args.seed}; replay with: scripts/x fault --kills {args.kills} --seed {args.seed}")
    wrong = 0
    for name in args.only or SCENARIOS:
        with tempfile.TemporaryDirectory(prefix="daybook-fault-") as folder:
            kills = args.kills if name in ("embedded", "kafka", "reactors") else max(2, args.kills * 2 // 5) if name == "takeover" else max(2, args.kills // 20)
            wrong += len(SCENARIOS[name](kills, args.seed, Path(folder), args.clients).wrong)
    print("no promise was broken" if not wrong else f"{wrong} promises broken, seed {args.seed}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
