"""From a completion to the next occurrence being readable, and a backlog of completions drained by reactors that start."""
import argparse
import hashlib
import json
import statistics
import threading
import time
import uuid

from tests.bench.support import conditions, folder
from tests.support import Broker, Daybook, wait_until

NAMESPACE = uuid.UUID("5b0e1c74-2f9d-4d61-9a33-d16a7eb00c8f")  # docs/formats/ids.md


def next_id(series: str, nominal: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"occurrence\n{series}\n{nominal}"))


def one_by_one(count: int) -> None:
    with folder() as path, Daybook(path / "data") as server:
        client, times = server.http(), []
        for number in range(count):
            task = client.post("/v1/tasks", {"title": f"t{number}", "due": "2030-03-04", "recurrence_rule": "weekly"}).json
            client.post(f"/v1/tasks/{task['task_id']}/complete", {})
            child, began = next_id(task["series_id"], "2030-03-11"), time.perf_counter()
            while client.get(f"/v1/tasks/{child}").status != 200:
                if time.perf_counter() - began > 5:
                    raise RuntimeError("no next occurrence within 5 s")
                threading.Event().wait(0.0005)
            times.append((time.perf_counter() - began) * 1000)
        times.sort()
        print(f"completion -> next occurrence readable   p50 {statistics.median(times):.1f} ms, p99 {times[int(count * 0.99) - 1]:.1f} ms "
              f"({count} completions)  target p99 50 ms", flush=True)


def drained(count: int) -> None:
    """On Kafka, because there the reactors can be away while everything else works."""
    with folder() as path:
        broker = Broker(path / "kafka")
        try:
            broker.start()
            log = ["--kafka", broker.address, "--topic", "bench"]
            tokens = path / "tokens"
            tokens.write_text("".join(json.dumps({"sha256": hashlib.sha256(name.encode()).hexdigest(), "user": name, "scopes": scopes}) + "\n"
                                      for name, scopes in (("service", ["service"]), ("ana", ["read", "write"]))))
            with Daybook(path / "c", *log, "--auth", f"tokens:{tokens}", role="command-api") as writer:
                client = writer.http(authorization="Bearer ana")
                tasks = []
                for first in range(0, count, 100):
                    made = client.commands([{"id": f"a{n}", "type": "create_task", "args": {"title": f"t{n}", "due": "2030-03-04",
                                             "recurrence_rule": "weekly"}} for n in range(first, min(first + 100, count))])
                    tasks += [one["task_id"] for one in made.json["results"]]
                for first in range(0, count, 100):
                    client.commands([{"id": f"b{first + n}", "type": "complete_task", "args": {"task_id": task}}
                                     for n, task in enumerate(tasks[first:first + 100])])
                reactors = Daybook(path / "r", *log, "--command-api", writer.url, "--token", "service", role="reactors")
                began = time.perf_counter()
                try:
                    reactors.start(deadline=60)

                    def done():
                        lines = reactors.http().get("/metrics").body.decode().splitlines()
                        return sum(float(line.split()[-1]) for line in lines
                                   if line.startswith("daybook_reactions_total") and 'outcome="applied"' in line) >= count
                    wait_until(done, 300, "every completion has its next occurrence")
                    seconds = time.perf_counter() - began
                finally:
                    reactors.stop()
                print(f"{count:,} completions drained after a start   {seconds:.1f} s, {count / seconds:,.0f}/s  target 10 s for 10,000", flush=True)
        finally:
            broker.remove()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--completions", type=int, default=500)
    parser.add_argument("--backlog", type=int, default=10_000)
    args = parser.parse_args()
    conditions()
    one_by_one(args.completions)
    drained(args.backlog)


if __name__ == "__main__":
    main()
