"""GET of one task by id, random over 64 books."""
import argparse

from tests.bench.support import conditions, embedded, load, row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--tasks", type=int, default=100_000)
    args = parser.parse_args()
    conditions()
    with embedded() as server:
        load(server.port, "batch", 8, 300, requests=args.tasks // 100)
        ids = server.data / "ids"
        with open(ids, "w") as out:
            for number in range(64):
                client, cursor = server.http(user=f"load-{number}"), ""
                for _ in range(5):
                    page = client.get(f"/v1/tasks?limit=200&sort_by=id{cursor}").json
                    out.writelines(f"load-{number} {item['task_id']}\n" for item in page["items"])
                    if not page["next_cursor"]:
                        break
                    cursor = f"&cursor={page['next_cursor']}"
        for clients in (1, 16, 64):
            got = load(server.port, "get", clients, args.seconds, ids=ids)
            row(f"GET task, {clients} clients", got, "requests_per_s", target="target 40,000/s p99 3 ms" if clients == 64 else "")


if __name__ == "__main__":
    main()
