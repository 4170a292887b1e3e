"""Builds the program: build/release/daybook, or another preset's."""
import os

from scripts.commands import bootstrap
from scripts.commands.common import JOBS, ROOT, run

PRESETS = ["release", "dev", "asan", "tsan", "clang"]


def add_arguments(parser) -> None:
    parser.add_argument("--preset", choices=PRESETS, default="release")
    parser.add_argument("--all", action="store_true", help="the test programs too")


def main(args) -> int:
    bootstrap.ensure("build", *(["clang"] if args.preset == "clang" else []))
    build(args.preset, *(["all"] if args.all else ["daybook"]))
    print(ROOT / "build" / args.preset / "daybook")
    return 0


def build(preset: str, *targets: str, jobs: int = JOBS, wrapper: tuple = (), **options) -> None:
    """Configures where that was never done, then builds the targets; ninja notices changed CMake files itself."""
    folder = ROOT / "build" / preset
    # Another clone of the same sources finds the same objects, wherever it lies.
    os.environ.setdefault("CCACHE_BASEDIR", str(ROOT))
    os.environ.setdefault("CCACHE_NOHASHDIR", "1")
    if not (folder / "build.ninja").exists():
        run(*wrapper, "cmake", "--preset", preset, "--log-level=WARNING", "-Wno-dev", **options)
    run(*wrapper, "cmake", "--build", folder, f"-j{jobs}", "--target", *targets, **options)
