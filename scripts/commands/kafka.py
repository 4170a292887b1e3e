"""Starts or stops a single stock Kafka broker of your own (KRaft, loopback only); prints host:port."""
from pathlib import Path

from scripts.commands import bootstrap
from scripts.commands.common import ROOT, say
from tests.support import Broker

DEFAULT_DIR = ROOT / "var/kafka"


def add_arguments(parser) -> None:
    parser.add_argument("action", choices=["start", "stop"])
    parser.add_argument("--dir", type=Path, default=DEFAULT_DIR, help="its data and state (default var/kafka)")
    parser.add_argument("--port", type=int, help="default: a free one, kept for later starts")


def main(args) -> int:
    if args.action == "stop":
        return stop(args.dir)
    bootstrap.ensure("test")
    broker = Broker(args.dir, port=args.port, stay=True)
    broker.start()
    print(broker.address)
    return 0


def stop(folder: Path) -> int:
    if not Broker(folder, stay=True).stop():
        say(f"no broker of ours runs in {folder}")
    return 0
