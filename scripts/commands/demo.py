"""Shows the whole system on a real Kafka and PostgreSQL, roles as separate processes; checks every step."""
import os
import sys

from scripts.commands import bootstrap, build
from scripts.commands.common import ROOT, run


def add_arguments(parser) -> None:
    parser.add_argument("rest", nargs="...", help="passed on")


def main(args) -> int:
    return run_module("tests.integration.demo", args.rest)


def run_module(module: str, arguments: list[str]) -> int:
    """Runs a Python program of the tests against the release build."""
    path = module.replace(".", "/") + ".py"
    if not (ROOT / path).exists():
        print(f"scripts/x: {path} is missing in this tree", file=sys.stderr)
        return 2
    bootstrap.ensure("build", "test")
    build.build("release", "daybook")
    run("/usr/bin/python3", "-B", "-m", module, *arguments,
        env={**os.environ, "DAYBOOK_TEST_BINARY": "build/release/daybook"})
    return 0
