"""From the acknowledgement of a command to its task being readable, under a steady load, in both views."""
import argparse
import statistics
import subprocess
import threading
import time

from tests.bench.support import PROGRAMS, conditions, folder, postgres
from tests.support import Daybook


def measure(server: Daybook, store: str, seconds: float) -> list[float]:
    """Creates a task, then reads with min_position until the view has it; milliseconds."""
    client, lags, end = server.http(user="probe"), [], time.monotonic() + seconds
    while time.monotonic() < end:
        created = client.post("/v1/tasks", {"title": "probe"})
        began = time.perf_counter()
        read = client.get(f"/v1/tasks/{created.json['task_id']}?store={store}&min_position={created.position}&wait_ms=5000")
        if read.status != 200:
            raise RuntimeError(f"{store}: {read.status} {read.body[:200]}")
        lags.append((time.perf_counter() - began) * 1000)
        threading.Event().wait(0.01)  # the probe's own rate: it must not be the load
    return lags


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    args = parser.parse_args()
    conditions()
    with postgres() as database, folder() as path:
        with Daybook(path / "data", "--postgres", database.create_database()) as server:
            for store, connections, target in (("rocks", 2, "p99 50 ms at 5,000 events/s"), ("postgres", 1, "p99 1 s at 1,000 events/s")):
                command = [str(PROGRAMS / "http_load"), "--port", str(server.port), "--mode", "create",
                           "--connections", str(connections), "--seconds", str(args.seconds)]
                with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as loading:
                    lags = sorted(measure(server, store, args.seconds - 1))
                    beside = loading.communicate()[0].strip()
                print(f"{store:<10} readable after: p50 {statistics.median(lags):.1f} ms, p99 {lags[int(len(lags) * 0.99) - 1]:.1f} ms "
                      f"({len(lags)} probes)  target {target}\n           load beside: {beside}", flush=True)


if __name__ == "__main__":
    main()
