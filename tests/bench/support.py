"""What the benchmarks share: the load program, the raw limits, tables with ratios."""
import contextlib
import json
import os
import resource
import secrets
import subprocess
import tempfile
from pathlib import Path

from tests.support import Broker, Daybook, Postgres
from tests.support.daybook import ROOT

os.environ.setdefault("DAYBOOK_TEST_BINARY", "build/release/daybook")
PROGRAMS = (ROOT / os.environ["DAYBOOK_TEST_BINARY"]).parent  # beside the binary that is measured


def load(port: int, mode: str, connections: int, seconds: float, **options) -> dict:
    """Runs http_load and returns its figures; a failed request is an error here."""
    command = [PROGRAMS / "http_load", "--port", port, "--mode", mode, "--connections", connections, "--seconds", seconds]
    for name, value in options.items():
        command += [f"--{name}", value]
    done = subprocess.run([str(part) for part in command], text=True, capture_output=True, timeout=seconds + 60)
    if done.returncode != 0:
        raise RuntimeError(f"http_load: {done.stderr}{done.stdout}")
    return json.loads(done.stdout)


def raw(*arguments) -> dict:
    done = subprocess.run([str(PROGRAMS / "raw_limits"), *map(str, arguments)], text=True, capture_output=True, timeout=300, check=True)
    return json.loads(done.stdout)


def resident_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def row(what: str, got: dict, rate: str, beside: dict | None = None, target: str = "") -> None:
    """One line: figure, latency, target, and the ratio to the raw limit of the same run."""
    latency = f"p50 {got['p50_ms']:.2f}  p99 {got['p99_ms']:.2f} ms" if "p50_ms" in got else ""
    ratio = f"{got[rate] / beside['per_s']:.2f} of {beside['per_s']:,.0f}/s {beside['raw']}" if beside else ""
    print(f"{what:<44} {got[rate]:>10,.0f}/s  {latency:<28} {ratio:<60} {target}".rstrip(), flush=True)


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="daybook-bench-", dir=ROOT / "build") as path:
        yield Path(path)


@contextlib.contextmanager
def embedded(*arguments):
    """`serve` of the release build on an empty embedded log on the disk of the tree."""
    with folder() as path, Daybook(path / "data", *arguments) as server:
        yield server


@contextlib.contextmanager
def broker():
    with folder() as path:
        server = Broker(path / "kafka")
        try:
            yield server.start()
        finally:
            server.remove()


@contextlib.contextmanager
def postgres():
    with folder() as path:
        server = Postgres(path / "postgres")
        try:
            yield server.start()
        finally:
            server.remove()


def new_topic() -> str:
    return f"task-events-{secrets.token_hex(4)}"


def conditions() -> None:
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "?")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    print(f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, load generator on the same cores, one run\n")
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
