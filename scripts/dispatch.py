"""Finds the command named on the command line in scripts/commands and runs it."""
import argparse
import importlib
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

COMMANDS = ["run", "test", "build", "bootstrap", "fmt", "lint", "bench", "demo", "fault", "oracle", "differential", "kafka", "postgres",
            "interface", "clean"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/x", description="Every chore of the project, one command each.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name in COMMANDS:
        module = importlib.import_module(f"scripts.commands.{name}")
        summary = (module.__doc__ or "").strip().splitlines()[0]
        sub = commands.add_parser(name, help=summary, description=module.__doc__,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
        module.add_arguments(sub)
        sub.set_defaults(main=module.main)
    args = parser.parse_args()
    if args.command is None:
        parser.print_help()
        return 2
    # A Ctrl-C or SIGTERM becomes an exception, so that each `finally` stops what it started.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("scripts/x: terminated"))
    try:
        return args.main(args)
    except KeyboardInterrupt:
        print(f"scripts/x {args.command}: interrupted", file=sys.stderr)
        return 130
    except subprocess.CalledProcessError as failure:
        print(f"scripts/x {args.command}: failed ({failure.returncode}): {' '.join(map(str, failure.cmd))}",
              file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
