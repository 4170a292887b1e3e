"""Builds everything and runs every suite against a real Kafka and PostgreSQL, which it starts and stops.

The last line says "N passed, N failed". Exit 1 if a test failed or none ran."""
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

from scripts.commands import background, bootstrap, build, suites
from scripts.commands.common import ROOT, say
from tests.support import Broker, Postgres


def add_arguments(parser) -> None:
    parser.add_argument("suite", nargs="*", help="only these: " + ", ".join(s.name for s in suites.SUITES))
    parser.add_argument("--quick", action="store_true", help="dev build, no broker, no database")
    parser.add_argument("--no-sanitizers", action="store_true", help="no asan and tsan builds")


def main(args) -> int:
    chosen = [suite for suite in suites.all_suites() if wanted(suite, args)]
    unknown = set(args.suite) - {suite.name for suite in suites.all_suites()}
    if unknown:
        print(f"scripts/x test: no such suite: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    bootstrap.ensure("build", "test")
    if any(suite.preset == "dev" for suite in chosen):
        say("building (dev)")
        try:
            build.build("dev", "all")
        except subprocess.CalledProcessError:
            return summary([suites.Result(suites.Suite("build", "all"), failed=1, note="dev does not build")])
    sanitized = {suite.preset: suites.SANITIZED[suite.preset] for suite in chosen if suite.preset != "dev"}
    reports = ROOT / "build/reports"
    reports.mkdir(parents=True, exist_ok=True)
    results = []
    with ExitStack() as stack:
        # The sanitizer builds fill the cores that suites leave idle while they wait for brokers and disks.
        compiling = stack.enter_context(background.builds(sanitized, reports))
        environment = stack.enter_context(services(not args.quick and any(suite.broker for suite in chosen)))
        for suite in chosen:
            if suite.preset != "dev" and not compiling.wait(suite.preset):
                results.append(suites.Result(suite, failed=1, note=f"does not build: {compiling.log(suite.preset)}"))
                continue
            say(suite.name)
            results.append(suites.run(suite, environment, reports))
    return summary(results)


def wanted(suite, args) -> bool:
    if args.suite:
        return suite.name in args.suite
    if args.quick:
        return suite.quick
    return suite.preset == "dev" or not args.no_sanitizers


@contextmanager
def services(needed: bool):
    """Yields the environment that the suites see, and stops afterwards what it started."""
    environment = {**os.environ, "DAYBOOK_TEST_BINARY": str(ROOT / "build/dev/daybook"),
                   "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1", "TSAN_OPTIONS": "halt_on_error=0:exitcode=66"}
    for name in ("DAYBOOK_TEST_KAFKA", "DAYBOOK_TEST_POSTGRES"):
        environment.pop(name, None)
    shared = ROOT.parent / "shared"
    if shared.is_dir():
        environment.setdefault("DAYBOOK_SHARED", str(shared))
    if not needed:
        yield environment
        return
    with tempfile.TemporaryDirectory(prefix="daybook-test-") as folder:
        broker, postgres = Broker(Path(folder, "kafka")), Postgres(Path(folder, "postgres"))
        try:
            say("starting Kafka and PostgreSQL")
            environment["DAYBOOK_TEST_KAFKA"] = broker.start().address
            environment["DAYBOOK_TEST_POSTGRES"] = postgres.start().url
            yield environment
        finally:
            broker.remove()
            postgres.remove()


def summary(results) -> int:
    width = max((len(result.suite.name) for result in results), default=5)
    print(f"\n{'suite':<{width}}  passed  failed  skipped  seconds")
    for result in results:
        print(f"{result.suite.name:<{width}}  {result.passed:6}  {result.failed:6}  {result.skipped:7}"
              f"  {result.seconds:7.1f}  {result.note}".rstrip())
    passed, failed = sum(result.passed for result in results), sum(result.failed for result in results)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 0 if passed and not failed else 1
