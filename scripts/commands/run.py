"""Builds and serves on 127.0.0.1:8080 with the embedded log in ./var; installs what is missing first."""
import os

from scripts.commands import bootstrap, build
from scripts.commands.common import ROOT

EXAMPLES = """
Daybook serves on http://{listen} and keeps its log in {data}. Stop it with Ctrl-C. Try, in another terminal:

  curl -s http://{listen}/v1/tasks -H 'content-type: application/json' -d '{{"title":"Pay rent","due":"2026-08-31","tags":["home"]}}'
  curl -s http://{listen}/v1/tasks
  curl -s http://{listen}/v1/audit
"""


def add_arguments(parser) -> None:
    parser.add_argument("--data", default="./var", help="folder of the log and the views (default ./var)")
    parser.add_argument("--listen", default="127.0.0.1:8080", help="address (default 127.0.0.1:8080)")


def main(args) -> int:
    bootstrap.ensure("build")
    build.build("release", "daybook")
    print(EXAMPLES.format(listen=args.listen, data=args.data), flush=True)
    program = str(ROOT / "build/release/daybook")
    os.chdir(ROOT)
    os.execv(program, [program, "serve", "--data", args.data, "--listen", args.listen])
