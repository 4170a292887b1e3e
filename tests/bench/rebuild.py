"""Import of generated events, rebuild of both views from the log, restart to ready, memory."""
import argparse
import time

from tests.bench.support import broker, conditions, folder, load, new_topic, postgres, raw, resident_mib, row
from tests.support import Daybook, wait_until
from tests.support.daybook import run as tool


def rebuild(server: Daybook, view: str, events: int) -> dict:
    began = time.monotonic()
    tool("rebuild", "--view", view, "--url", server.url, timeout=1800)
    seconds = time.monotonic() - began
    return {"events_per_s": events / seconds, "tasks_per_s": events / 10 / seconds, "seconds": seconds}


def settled(server: Daybook) -> None:
    wait_until(lambda: all(part["lag_events"] == 0 for view in server.http().get("/v1/admin/views").json["views"]
                           for part in view["partitions"]), 1800, "views caught up")


def restart(server: Daybook, what: str) -> None:
    server.kill()
    began = time.monotonic()
    server.start(deadline=120)
    print(f"{what:<44} {time.monotonic() - began:>10.2f} s to ready after SIGKILL, {resident_mib(server.child.pid):.0f} MiB resident", flush=True)


def run(server: Daybook, events: int, name: str, consumer: dict | None = None) -> None:
    began = time.monotonic()
    load(server.port, "life", 8, 300, requests=events // 100)
    print(f"{name + ', import over HTTP':<44} {events / (time.monotonic() - began):>10,.0f} events/s", flush=True)
    settled(server)
    row(f"{name}, rebuild RocksDB", rebuild(server, "rocks", events), "events_per_s", consumer, "target 300,000/s")
    row(f"{name}, rebuild Postgres", rebuild(server, "postgres", events), "tasks_per_s", target="tasks; target 25,000/s")
    done = tool("verify", "--url", server.url, check=False, timeout=1800)
    print(f"{name}, verify: {'equal' if done.returncode == 0 else 'DIFFERENT'}")
    restart(server, f"{name}, {events:,} events")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--only", choices=["embedded", "kafka"])
    args = parser.parse_args()
    conditions()
    with postgres() as database, folder() as path:
        if args.only != "kafka":
            with Daybook(path / "embedded", "--postgres", database.create_database()) as server:
                run(server, args.events, "embedded")
        if args.only != "embedded":
            with broker() as kafka:
                topic = new_topic()
                with Daybook(path / "kafka", "--kafka", kafka.address, "--topic", topic, "--postgres", database.create_database()) as server:
                    run(server, args.events, "Kafka")
                print(f"raw: {raw('consume', kafka.address, topic)}")


if __name__ == "__main__":
    main()
