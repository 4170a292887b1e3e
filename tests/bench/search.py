"""Search: one large book among many, in both views, in process and over HTTP, beside SQLite FTS5 and Xapian on the same corpus."""
import argparse
import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

from tests.bench import rivals
from tests.bench.support import PROGRAMS, conditions, folder, load, postgres
from tests.support import Daybook
from tests.support.postgres import psql

TARGETS = {"rocks": "p99 5 ms", "postgres": "p99 5 ms; 100 ms for very common words by rank", "rocks, HTTP": "p99 10 ms"}


def bench(command: str, at: Path, *more) -> list[dict]:
    done = subprocess.run([str(PROGRAMS / "search_bench"), command, "--folder", str(at), *map(str, more)], text=True, capture_output=True, timeout=7200)
    if done.returncode != 0:
        raise RuntimeError(done.stderr + done.stdout)
    return [json.loads(line) for line in done.stdout.splitlines()]


def forget_pages(at: Path) -> None:
    """The files are read from the disk the next time (as far as the kernel follows the advice)."""
    for file in at.rglob("*"):
        if file.is_file():
            handle = os.open(file, os.O_RDONLY)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(handle)


def show(what: str, rows: list[dict], target: str = "") -> None:
    for got in rows:
        times = "  ".join(f"{name} {got[name + '_ms']:>8.2f}" for name in ("p50", "p95", "p99"))
        print(f"{what:<22} {got['kind']:<24} {got['found']:>7} found  {times} ms  {target}".rstrip(), flush=True)


def show_built(got: dict, tasks: int) -> None:
    index = f", text index {got['index_bytes'] / got['view_bytes']:.0%} of the view before compression (target 40 %)" if "index_bytes" in got else ""
    rate = f", {got['events'] / got['seconds']:,.0f} events/s" if "events" in got else f", {tasks / got['seconds']:,.0f} tasks/s"
    print(f"{got['store']:<22} built in {got['seconds']:.1f} s{rate}, {got['bytes_on_disk'] / 2**20:,.0f} MiB on disk{index}", flush=True)


def cold(what: str, at: Path, kinds: list[str], restart, *more) -> None:
    """The first question of each kind, each in a new process whose files are not in memory."""
    for kind in kinds:
        restart()
        forget_pages(at)
        got, = bench("ask", at, "--rounds", 1, "--kind", kind, *more)
        print(f"{what:<22} {kind:<24} first question cold {got['first_ms']:>8.2f} ms", flush=True)


def over_http(at: Path, kinds: list[str], seconds: float, *arguments) -> None:
    stores = ["rocks", "postgres"] if arguments else ["rocks"]
    server = Daybook(at, *arguments)
    try:
        server.start(deadline=600)  # it folds the log into its decision state first
        for store in stores:
            for kind in kinds:
                targets = at / "targets"
                with open(targets, "w") as out:
                    for q in rivals.read(at, "questions.jsonl"):
                        if q["kind"] == kind:
                            out.write(f"{q['book']} /v1/tasks?limit=50&store={store}&q={urllib.parse.quote(q['q'])}\n")
                load(server.port, "targets", 1, 1, ids=targets)  # columns and connections are there
                for clients in (1, 8):
                    got = load(server.port, "targets", clients, seconds, ids=targets)
                    print(f"{store + ', HTTP':<22} {kind:<24} {clients} clients  p50 {got['p50_ms']:>8.2f}  p95 {got['p95_ms']:>8.2f}  "
                          f"p99 {got['p99_ms']:>8.2f} ms  {got['requests_per_s']:,.0f}/s  {TARGETS.get(store + ', HTTP', '')}".rstrip(), flush=True)
    finally:
        server.stop()


def show_tables(url: str) -> None:
    print(f"postgres               tables and indexes: {psql(url, TABLES)} MiB", flush=True)


TABLES = """SELECT string_agg(format('%s %s', c.relname, pg_relation_size(c.oid) / 1048576), ', ' ORDER BY c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname LIKE 'daybook_v%' AND pg_relation_size(c.oid) > 1048576"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=1_000_000)
    parser.add_argument("--books", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=100_000, help="tasks of the large book, which is asked")
    parser.add_argument("--only-large", action="store_true", help="the large book alone: minutes instead of an hour")
    parser.add_argument("--rounds", type=int, default=10, help="each question so often in process")
    parser.add_argument("--seconds", type=float, default=5, help="of each kind and number of clients over HTTP")
    parser.add_argument("--skip", default="", help="any of postgres,http,cold,rivals")
    args = parser.parse_args()
    skip = set(filter(None, args.skip.split(",")))
    if args.only_large:
        args.tasks, args.books = args.large, 1
    conditions()
    with folder() as at, (contextlib.nullcontext() if "postgres" in skip else postgres()) as database:
        began = time.monotonic()
        made, = bench("corpus", at, "--tasks", args.tasks, "--books", args.books, "--large", args.large)
        print(f"{made['tasks']:,} tasks in {args.books:,} books, {args.large:,} of them in the one that is asked; {made['events']:,} events, "
              f"written in {made['seconds']:.0f} s")
        for got in bench("analyse", at):
            print(f"analysis: {got['words_per_s']:,.0f} words/s with stems, {got['words_per_s'] / got['bare_icu_per_s']:.2f} of bare ICU\n")
        kinds = list(dict.fromkeys(q["kind"] for q in rivals.read(at, "questions.jsonl")))
        built, = bench("rebuild", at)
        show_built(built, args.tasks)
        show("rocks", bench("ask", at, "--rounds", args.rounds), TARGETS["rocks"])
        if "cold" not in skip:
            cold("rocks", at, kinds, lambda: None)
        url = None
        if database is not None:
            url = database.create_database("bench")
            built, = bench("rebuild", at, "--postgres", url)
            show_built({**built, "bytes_on_disk": int(psql(url, "SELECT pg_database_size(current_database())"))}, args.tasks)
            show_tables(url)
            show("postgres", bench("ask", at, "--rounds", args.rounds, "--postgres", url), TARGETS["postgres"])
            if "cold" not in skip:
                def restart():
                    database.stop()
                    forget_pages(database.data)
                    database.start()
                cold("postgres", at, kinds, restart, "--postgres", url)
        if "http" not in skip:
            over_http(at, kinds, args.seconds, *(["--postgres", url] if url else []))
        if "rivals" not in skip:
            for make in (rivals.Fts5, rivals.Xapian):
                try:
                    rival = make(at)
                except ImportError:
                    print(f"{make.name}: not installed (scripts/x bootstrap bench)", file=sys.stderr)
                    continue
                built, rows = rivals.measure(rival, at, args.rounds)
                show_built(built, args.tasks)
                show(rival.name, rows)
        print(f"\nall of it in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
