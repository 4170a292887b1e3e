"""Asks the evaluator, RocksDB and PostgreSQL the same of random books; 0 differences are expected.

A PostgreSQL of its own runs for it. Exit 1 at the first difference; the last line says how to see it again."""
import os
import secrets
import tempfile
from pathlib import Path

from scripts.commands import bootstrap, build
from scripts.commands.common import ROOT, run
from tests.support import Postgres


def add_arguments(parser) -> None:
    parser.add_argument("--pairs", type=int, default=100_000, help="of a book and a query (default 100000)")
    parser.add_argument("--seed", type=int, help="replays one run; default: a random one, printed")
    parser.add_argument("--block", type=int, help="only this part of the run, as a difference names it")
    parser.add_argument("--binary", type=Path, help="the test program; default: the release build")


def main(args) -> int:
    bootstrap.ensure("build", "test")
    if args.binary is None:
        build.build("release", "differential")
    seed = secrets.randbelow(2**32) if args.seed is None else args.seed
    block = [] if args.block is None else ["--block", args.block]
    with tempfile.TemporaryDirectory(prefix="daybook-differential-") as folder:
        postgres = Postgres(Path(folder, "postgres"))
        try:
            environment = {**os.environ, "DAYBOOK_TEST_POSTGRES": postgres.start().url}
            run((args.binary or ROOT / "build/release/differential").absolute(), "--pairs", args.pairs, "--seed", seed,
                *block, env=environment)
        finally:
            postgres.remove()
    return 0
