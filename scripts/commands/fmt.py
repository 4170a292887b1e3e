"""Formats every C++ file in place."""
import shutil
import sys

from scripts.commands import bootstrap
from scripts.commands.common import run, tracked


def add_arguments(parser) -> None:
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a file would change")


def main(args) -> int:
    return clang_format(check=args.check)


def clang_format(check: bool) -> int:
    bootstrap.ensure("lint")
    program = next(filter(shutil.which, ["clang-format-16", "clang-format-19", "clang-format"]))
    files = tracked("*.cpp", "*.hpp")
    run(program, *(["--dry-run", "--Werror"] if check else ["-i"]), *files)
    print(f"{len(files)} files", file=sys.stderr)
    return 0
