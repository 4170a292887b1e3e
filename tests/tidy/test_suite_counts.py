"""What `scripts/x test` counts: a suite that crashes, runs nothing, or is missing must not look green."""
import os
from pathlib import Path

import pytest

from scripts.commands import suites
from scripts.commands.test import summary

BOOST = ('<TestResult><TestSuite name="x" test_cases_passed="{passed}" test_cases_passed_with_warnings="1"'
         ' test_cases_failed="{failed}" test_cases_skipped="2" test_cases_aborted="{failed}"/></TestResult>')


def run_program(folder: Path, monkeypatch, body: str) -> suites.Result:
    """Runs a stand-in for a Boost.Test program that does `body`, with $report as its report."""
    monkeypatch.setattr(suites, "ROOT", folder)
    program = folder / "build/dev/program"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\nfor argument; do report="${argument#--report_sink=}"; done\n' + body)
    program.chmod(0o755)
    return suites.run(suites.Suite("name", "program"), dict(os.environ), folder)


def test_cases_with_warnings_are_passed_and_aborted_ones_failed_once(tmp_path, monkeypatch):
    result = run_program(tmp_path, monkeypatch, f"echo '{BOOST.format(passed=4, failed=3)}' > $report; exit 201")
    assert (result.passed, result.failed, result.skipped) == (5, 3, 2)


@pytest.mark.parametrize("body", ["kill -SEGV $$", "exit 0", "echo '<TestResult><TestS' > $report",
                                  f"echo '{BOOST.format(passed=4, failed=0)}' > $report; exit 66"])
def test_a_crash_or_an_empty_run_is_a_failure(tmp_path, monkeypatch, body):
    result = run_program(tmp_path, monkeypatch, body)
    assert result.failed == 1 and result.note


def test_a_missing_program_is_a_failure(tmp_path, monkeypatch):
    monkeypatch.setattr(suites, "ROOT", tmp_path)
    for what in ("no_such_program", "tests/no_such_folder"):
        result = suites.run(suites.Suite("name", what), dict(os.environ), tmp_path)
        assert (result.failed, result.note.split(":")[0]) == (1, "missing")


def test_pytest_reports_count_errors_as_failures(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text('<testsuites><testsuite tests="9" failures="2" errors="1" skipped="3"/></testsuites>')
    assert suites.count(report, pytest=True) == (3, 3, 3)


def test_the_last_line_has_the_counts_and_nothing_run_is_no_success(capsys):
    suite = suites.Suite("name", "program")
    assert summary([suites.Result(suite, passed=2), suites.Result(suite, passed=1, failed=1)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "3 passed, 1 failed"
    assert summary([suites.Result(suite, passed=2)]) == 0
    assert summary([]) == 1
