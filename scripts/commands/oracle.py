"""Compares the date arithmetic with python-dateutil, zoneinfo and croniter on random cases; 0 differences are expected.

The Python packages are installed once, into .cache/oracle. Exit 1 if an answer differs; the case and its seed are shown."""
import secrets
import shutil
from pathlib import Path

from scripts.commands import bootstrap, build
from scripts.commands.common import ROOT, run, say

PACKAGES = ["python-dateutil>=2.9", "croniter>=7,<8"]  # croniter before 7 leaves out slots
FOLDER = ROOT / ".cache/oracle"


def add_arguments(parser) -> None:
    parser.add_argument("--cases", type=int, default=1000, help="of each kind; a rule is tried in 12 zones (default 1000)")
    parser.add_argument("--seed", type=int, help="replays one run; default: a random one, printed")
    parser.add_argument("--kinds", default="recurrence,cron,reminder", help="which calculations")
    parser.add_argument("--binary", type=Path, help="the program to ask; default: the release build")


def main(args) -> int:
    bootstrap.ensure("oracle")
    if args.binary is None:
        bootstrap.ensure("build")
        build.build("release", "daybook")
    seed = secrets.randbelow(2**32) if args.seed is None else args.seed
    run(python(), "-B", "-m", "tests.oracle.oracle", (args.binary or ROOT / "build/release/daybook").absolute(),
        "--cases", args.cases, "--seed", seed, "--kinds", args.kinds)
    return 0


def python() -> Path:
    """The interpreter of a virtual environment that has the packages."""
    stamp, wanted = FOLDER / "packages", "\n".join(PACKAGES)
    if not stamp.exists() or stamp.read_text() != wanted:
        say(f"installing {' '.join(PACKAGES)} into {FOLDER.relative_to(ROOT)}")
        shutil.rmtree(FOLDER, ignore_errors=True)
        run("/usr/bin/python3", "-m", "venv", FOLDER)
        run(FOLDER / "bin/pip", "install", "-q", "--disable-pip-version-check", *PACKAGES)
        stamp.write_text(wanted)
    return FOLDER / "bin/python"
