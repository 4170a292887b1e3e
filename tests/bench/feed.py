"""Deliveries of the live feed over WebSocket, from the command to each listener, beside a bare Beast fan-out of the same run."""
import argparse
import json
import subprocess

from tests.bench.support import PROGRAMS, conditions, embedded, resident_mib, row


def listen(port: int, connections: int, seconds: float, rate: float, raw: bool) -> subprocess.Popen:
    command = [PROGRAMS / "feed_load", "--port", port, "--connections", connections, "--seconds", seconds, "--rate", rate, "--raw", int(raw)]
    return subprocess.Popen([str(part) for part in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def figures(load: subprocess.Popen, seconds: float) -> dict:
    out, complaints = load.communicate(timeout=seconds + 120)
    if load.returncode != 0:
        raise RuntimeError(f"feed_load: {complaints}")
    return json.loads(out)


def bare(connections: int, seconds: float, rate: float) -> dict:
    command = [PROGRAMS / "feed_limit", "--connections", connections, "--seconds", seconds, "--rate", rate]
    with subprocess.Popen([str(part) for part in command], text=True, stdout=subprocess.PIPE) as server:
        try:
            port = int(server.stdout.readline())
            got = figures(listen(port, connections, seconds, rate, True), seconds)
        finally:
            server.terminate()
    return {**got, "raw": "bare Beast fan-out"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--connections", type=int, default=5000)
    parser.add_argument("--rate", type=float, default=20, help="deltas a second to each connection")
    args = parser.parse_args()
    conditions()
    limit = bare(args.connections, args.seconds, args.rate)
    print(f"raw: {limit['raw']}: {limit['per_s']:,}/s, p50 {limit['p50_ms']} ms, p99 {limit['p99_ms']} ms")
    with embedded() as server:
        before = resident_mib(server.child.pid)
        load = listen(server.port, args.connections, args.seconds, args.rate, False)
        assert load.stderr.readline() == "connected\n"
        connected = resident_mib(server.child.pid)
        got = figures(load, args.seconds)
        busy = resident_mib(server.child.pid)
    row(f"{args.connections} WebSockets x {args.rate:g} deltas/s", got, "per_s", limit, "target 100,000/s p99 100 ms")
    each = (connected - before) * 1024 / args.connections
    print(f"memory: {before:.0f} MiB before, {connected:.0f} MiB connected ({each:.1f} KiB a connection), {busy:.0f} MiB at the end")


if __name__ == "__main__":
    main()
