"""Acknowledged commands a second over HTTP, embedded and on Kafka, beside what disk and broker give without Daybook."""
import argparse

from tests.bench.support import broker, conditions, embedded, folder, load, new_topic, raw, row
from tests.support import Daybook


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8)
    seconds = parser.parse_args().seconds
    conditions()
    with embedded() as server:
        disk = raw("fdatasync", server.data, 3)
        print(f"raw: {disk['raw']}: {disk['per_s']:,}/s, p50 {disk['p50_ms']} ms, p99 {disk['p99_ms']} ms")
        load(server.port, "create", 8, 2)
        row("embedded, 1 client", load(server.port, "create", 1, seconds), "commands_per_s", disk, "target 3,000/s p99 1.5 ms")
        row("embedded, 64 clients", load(server.port, "create", 64, seconds), "commands_per_s", disk, "target 20,000/s p99 10 ms")
        row("embedded, batches of 100, 8 clients", load(server.port, "batch", 8, seconds), "commands_per_s", disk)
    with broker() as kafka, folder() as path:
        topic = new_topic()
        with Daybook(path / "command-api", "--kafka", kafka.address, "--topic", topic, role="command-api") as writer:
            load(writer.port, "create", 8, 2)
            one = load(writer.port, "create", 1, seconds)
            many = load(writer.port, "create", 64, seconds)
            batch = load(writer.port, "batch", 8, seconds)
            with Daybook(path / "projector", "--kafka", kafka.address, "--topic", topic, role="projector"):
                beside = load(writer.port, "batch", 8, seconds)
        spare = new_topic()
        kafka.tool("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", kafka.address, "--create", "--topic", spare,
                   "--partitions", 1, "--replication-factor", 1)
        limits = {n: raw("produce", kafka.address, spare, 3, n) for n in (1, 64, 1000)}
        for each in limits.values():
            print(f"raw: {each['raw']}: {each['per_s']:,}/s, p50 {each['p50_ms']} ms, p99 {each['p99_ms']} ms")
        row("Kafka, 1 client", one, "commands_per_s", limits[1], "target p50 0.6 ms")
        row("Kafka, 64 clients", many, "commands_per_s", limits[64], "target 20,000/s p99 10 ms")
        row("Kafka, batches of 100, 8 clients", batch, "commands_per_s", limits[1000], "target 100,000/s")
        row("Kafka, batches, projector beside", beside, "commands_per_s", limits[1000], "target 40,000/s")


if __name__ == "__main__":
    main()
