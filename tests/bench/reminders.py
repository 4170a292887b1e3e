"""Reminders that wait (memory, start), fires on time (lateness), and an overdue heap after an outage.

The raw limit beside the lateness is a bare heap and a timer in this process: how late the machine itself wakes."""
import argparse
import heapq
import json
import threading
import time
from datetime import datetime, timedelta, timezone

from tests.bench.support import conditions, folder, resident_mib
from tests.support import Daybook, wait_until
from tests.support.daybook import run as tool


def percentiles(values: list[float]) -> str:
    values = sorted(values)
    return f"p50 {values[len(values) // 2]:.1f} ms, p99 {values[int(len(values) * 0.99) - 1]:.1f} ms"


def create(client, dues: list[str], first: int = 0) -> None:
    for start in range(0, len(dues), 100):
        made = client.commands([{"id": f"r{first + start + n}", "type": "create_task", "args": {"title": "t", "due": due, "reminder_minutes": 1}}
                                for n, due in enumerate(dues[start:start + 100])])
        if made.status != 200 or any(one["status"] != "applied" for one in made.json["results"]):
            raise RuntimeError(f"{made.status} {made.body[:300]!r}")


def ringing(begin: datetime, count: int, rate: float) -> list[str]:
    """Due dates whose reminders of one minute ring from `begin` on, `rate` a second."""
    return [(begin + timedelta(seconds=60 + n / rate)).strftime("%Y-%m-%dT%H:%M:%S.%fZ") for n in range(count)]


def fired(server: Daybook) -> float:
    lines = server.http().get("/metrics").body.decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("daybook_reminder_lateness_seconds_count"))


def lateness(server: Daybook, after: str) -> list[float]:
    events = (json.loads(line)["value"] for line in tool("log", "--url", server.url, "--json", timeout=600).stdout.splitlines())
    return [event["data"]["late_ms"] for event in events if event["event_type"] == "reminder.fired" and event["data"]["scheduled_at"] >= after]


def raw_lateness(count: int, rate: float) -> list[float]:
    begin = time.monotonic() + 0.2
    heap = [begin + n / rate for n in range(count)]
    heapq.heapify(heap)
    late, never = [], threading.Event()
    while heap:
        due = heapq.heappop(heap)
        never.wait(max(due - time.monotonic(), 0))
        late.append((time.monotonic() - due) * 1000)
    return late


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pending", type=int, default=100_000)
    parser.add_argument("--fires", type=int, default=5_000)
    parser.add_argument("--rate", type=float, default=1_000)
    parser.add_argument("--overdue", type=int, default=20_000)
    args = parser.parse_args()
    conditions()
    with folder() as path:
        server = Daybook(path / "data").start()
        try:
            client = server.http()
            far = ["2035-01-01T00:00:00Z"] * args.pending
            began = time.perf_counter()
            create(client, far)
            print(f"{args.pending:,} reminders set                     {time.perf_counter() - began:.1f} s", flush=True)
            server.stop()
            began = time.perf_counter()
            server.start(deadline=120)
            print(f"start with {args.pending:,} pending              {time.perf_counter() - began:.1f} s, "
                  f"{resident_mib(server.child.pid):.0f} MiB resident", flush=True)

            begin = datetime.now(timezone.utc) + timedelta(seconds=5 + args.fires / 2_000)
            create(server.http(), ringing(begin, args.fires, args.rate), first=args.pending)
            wait_until(lambda: fired(server) >= args.fires, 60 + args.fires / args.rate, "every reminder fired")
            late = lateness(server, begin.strftime("%Y-%m-%dT%H:%M:%S"))
            print(f"{args.fires:,} fires at {args.rate:,.0f}/s                  {percentiles(late)} late, early: "
                  f"{sum(value < 0 for value in late)}  raw heap and timer: {percentiles(raw_lateness(args.fires, args.rate))}  "
                  "target p99 50 ms", flush=True)

            begin = datetime.now(timezone.utc) + timedelta(seconds=5 + args.overdue / 2_000)
            create(server.http(), ringing(begin, args.overdue, 1e6), first=args.pending + args.fires)
            server.kill()
            wait_until(lambda: datetime.now(timezone.utc) > begin + timedelta(seconds=1), 120, "they are overdue")
            began = time.perf_counter()
            server.start(deadline=120)
            wait_until(lambda: fired(server) >= args.overdue, 300, "the overdue ones fired")
            seconds = time.perf_counter() - began
            print(f"{args.overdue:,} overdue after a restart           {seconds:.1f} s, {args.overdue / seconds:,.0f}/s  "
                  "target 10 s for 100,000", flush=True)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
