"""Starts or stops a PostgreSQL of your own (loopback only, no password); prints its URL."""
from pathlib import Path

from scripts.commands import bootstrap
from scripts.commands.common import ROOT, say
from tests.support import Postgres

DEFAULT_DIR = ROOT / "var/postgres"


def add_arguments(parser) -> None:
    parser.add_argument("action", choices=["start", "stop"])
    parser.add_argument("--dir", type=Path, default=DEFAULT_DIR, help="its state (default var/postgres)")
    parser.add_argument("--port", type=int, help="default: a free one, kept for later starts")


def main(args) -> int:
    if args.action == "stop":
        return stop(args.dir)
    bootstrap.ensure("test")
    server = Postgres(args.dir, port=args.port, stay=True)
    server.start()
    print(server.url)
    return 0


def stop(folder: Path, remove: bool = False) -> int:
    server = Postgres(folder, stay=True)
    if not server.stop():
        say(f"no PostgreSQL of ours runs in {folder}")
    if remove:
        server.remove()
    return 0
