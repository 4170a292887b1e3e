"""Measures one part of the system; prints figure, raw limit and ratio of the same run."""
import sys

from scripts.commands import bootstrap, build
from scripts.commands.common import ROOT, run


def known() -> list[str]:
    return sorted(path.stem for path in (ROOT / "tests/bench").glob("[a-z]*.py")
                  if path.stem not in ("support", "rivals"))


def add_arguments(parser) -> None:
    parser.add_argument("name", help="one of " + " ".join(known()))
    parser.add_argument("rest", nargs="...", help="passed on")


def main(args) -> int:
    if args.name not in known():
        print(f"scripts/x bench: no {args.name}; there is: {' '.join(known())}", file=sys.stderr)
        return 2
    bootstrap.ensure("build", "test", *(["bench"] if args.name == "search" else []))
    build.build("release", "daybook", "benches")
    run("/usr/bin/python3", "-B", "-m", f"tests.bench.{args.name}", *args.rest)
    return 0
