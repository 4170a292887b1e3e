"""Kills, pauses and doubles processes under load and checks that nothing acknowledged is lost or doubled."""
from scripts.commands.demo import run_module


def add_arguments(parser) -> None:
    parser.add_argument("--kills", type=int, default=500, help="how many (default 500)")
    parser.add_argument("--seed", type=int, help="replays one run; default: a random one, printed")
    parser.add_argument("rest", nargs="...", help="passed on")


def main(args) -> int:
    seed = [] if args.seed is None else ["--seed", str(args.seed)]
    return run_module("tests.fault.fault", ["--kills", str(args.kills), *seed, *args.rest])
