"""Removes what was built (build/); with --all also ./var and the fetched Kafka."""
import shutil

from scripts.commands import kafka, postgres
from scripts.commands.common import ROOT


def add_arguments(parser) -> None:
    parser.add_argument("--all", action="store_true", help="also ./var (your tasks!) and .cache")


def main(args) -> int:
    shutil.rmtree(ROOT / "build", ignore_errors=True)
    if args.all:
        kafka.stop(kafka.DEFAULT_DIR)
        postgres.stop(postgres.DEFAULT_DIR, remove=True)
        for folder in ("var", ".cache"):
            shutil.rmtree(ROOT / folder, ignore_errors=True)
    return 0
