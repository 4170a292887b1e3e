"""The test suites, and how each one is run and counted."""
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from dataclasses import dataclass, field
from pathlib import Path

from scripts.commands.common import ROOT
from tests.support import process


@dataclass
class Suite:
    """`what`: a folder of pytest files, or a Boost.Test program in build/<preset>."""
    name: str
    what: str
    preset: str = "dev"
    broker: bool = False   # needs Kafka and PostgreSQL
    quick: bool = False    # part of --quick
    arguments: list[str] = field(default_factory=list)


SUITES = [
    Suite("tidy", "tests/tidy", quick=True),
    Suite("unit", "unit_tests", quick=True),
    Suite("contract", "contract_tests", broker=True, quick=True),  # memory and rocks alone if there is no broker
    Suite("views", "view_contract_tests", broker=True),
    Suite("import", "import_tests"),
    Suite("integration", "tests/integration", broker=True),
    Suite("fault", "tests/fault", broker=True),
]
# preset -> programs built and run under it
SANITIZED = {
    "asan": ["unit_tests", "contract_tests", "view_contract_tests"],
    "tsan": ["unit_tests", "contract_tests"],
}


@dataclass
class Result:
    suite: Suite
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    note: str = ""


def all_suites() -> list[Suite]:
    sanitized = [Suite(f"{program} ({preset})", program, preset=preset, broker=program != "unit_tests")
                 for preset, programs in SANITIZED.items() for program in programs]
    return SUITES + sanitized


def run(suite: Suite, environment: dict, reports: Path) -> Result:
    """Runs one suite to its end; one that crashes, counts nothing or is missing has at least one failure."""
    report = reports / f"{suite.name.replace(' ', '-').strip(')').replace('(', '')}.xml"
    report.unlink(missing_ok=True)
    pytest = suite.what.startswith("tests/")
    program = ROOT / (suite.what if pytest else f"build/{suite.preset}/{suite.what}")
    if not program.exists():
        return Result(suite, failed=1, note=f"missing: {program.relative_to(ROOT)}")
    command = (["/usr/bin/python3", "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", program]
               if pytest else [program, "--report_format=XML", "--report_level=short", f"--report_sink={report}"])
    started = time.monotonic()
    status = run_group([*map(str, command), *suite.arguments], environment)
    counted = count(report, pytest)
    result = Result(suite, *counted, seconds=time.monotonic() - started)
    if status != 0 and result.failed == 0:
        result.failed, result.note = 1, f"ended with {status}"
    if result.passed + result.failed == 0:
        result.failed, result.note = 1, "ran no test"
    return result


def run_group(command: list[str], environment: dict) -> int:
    """Runs a program and, when we are interrupted, ends it with all that it started."""
    child = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr,
                             start_new_session=True, preexec_fn=lambda: process.end_with_parent(signal.SIGINT))
    try:
        return child.wait()
    finally:
        if child.poll() is None:
            end_group(child)


def end_group(child: subprocess.Popen) -> None:
    for number in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
            child.wait(10)
            return
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def count(report: Path, pytest: bool) -> tuple[int, int, int]:
    """Passed, failed and skipped cases of a report; zeros if there is none or only half of one."""
    try:
        root = xml.parse(report).getroot()
    except (FileNotFoundError, xml.ParseError):
        return 0, 0, 0
    if pytest:
        suites = list(root.iter("testsuite"))
        total, failures, errors, skipped = (sum(int(suite.get(name, 0)) for suite in suites)
                                            for name in ("tests", "failures", "errors", "skipped"))
        return total - failures - errors - skipped, failures + errors, skipped
    top = root.find("TestSuite")
    passed = int(top.get("test_cases_passed")) + int(top.get("test_cases_passed_with_warnings", 0))
    return passed, int(top.get("test_cases_failed")), int(top.get("test_cases_skipped", 0))
