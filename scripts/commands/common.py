"""What every command needs: where the project is, how to run a program, how to say what happens."""
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
JOBS = os.cpu_count() or 2


def say(text: str) -> None:
    """One line of progress, on stderr, so that stdout stays a command's own output."""
    print(f"== {text}", file=sys.stderr, flush=True)


def run(*command, **options) -> None:
    """Runs a program in the project's root; CalledProcessError when it fails."""
    subprocess.run([str(part) for part in command], check=True, **{"cwd": ROOT, **options})


def as_root(*command, **options) -> None:
    """The same with root's rights: directly as root, through sudo otherwise."""
    run(*([] if os.geteuid() == 0 else ["sudo"]), *command, **options)


def tracked(*patterns: str) -> list[str]:
    """Files of the project that match, also new ones git does not know yet; ignored ones never."""
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(name for name in set(listing.split("\0")) if name and (ROOT / name).is_file())
