"""Formats every C++ file in place."""
import re
import shutil
import subprocess

from scripts.commands import bootstrap
from scripts.commands.common import ROOT, run, tracked


def add_arguments(parser) -> None:
    parser.add_argument("--check", action="store_true", help="change nothing; name the files that would change")


def main(args) -> int:
    return clang_format(check=args.check)


def clang_format(check: bool) -> int:
    """1 if `check` found a file to change."""
    bootstrap.ensure("lint")
    program = next(filter(shutil.which, ["clang-format-16", "clang-format-19", "clang-format"]))
    files = tracked("*.cpp", "*.hpp")
    if not check:
        run(program, "-i", *files)
        return 0
    done = subprocess.run([program, "--dry-run", *files], cwd=ROOT, capture_output=True, text=True)
    wrong = sorted(set(re.findall(r"^(\S+?):\d+:\d+: (?:warning|error):", done.stderr, re.MULTILINE)))
    print("\n".join([*wrong, f"{len(wrong)} of {len(files)} files are not formatted"]))
    return 1 if wrong or done.returncode != 0 else 0
