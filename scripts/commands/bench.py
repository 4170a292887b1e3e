"""Measures append, rebuild, get or lag; prints figure, raw limit and ratio of the same run."""
import sys

from scripts.commands import bootstrap, build
from scripts.commands.common import ROOT, run


def add_arguments(parser) -> None:
    parser.add_argument("name", help="append, rebuild, get or lag")
    parser.add_argument("rest", nargs="...", help="passed on")


def main(args) -> int:
    program = ROOT / f"tests/bench/{args.name}.py"
    if not program.exists():
        known = sorted(path.stem for path in (ROOT / "tests/bench").glob("[a-z]*.py"))
        print(f"scripts/x bench: no {program.relative_to(ROOT)}; there is: {' '.join(known) or 'none yet'}",
              file=sys.stderr)
        return 2
    bootstrap.ensure("build", "test")
    build.build("release", "all")
    run("/usr/bin/python3", "-B", "-m", f"tests.bench.{args.name}", *args.rest)
    return 0
