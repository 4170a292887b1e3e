"""Checks the format of every C++ file and the rules of tests/tidy; changes nothing."""
import subprocess

from scripts.commands import bootstrap, fmt
from scripts.commands.common import ROOT


def add_arguments(parser) -> None:
    pass


def main(args) -> int:
    bootstrap.ensure("lint", "test")
    tidy = subprocess.run(["/usr/bin/python3", "-m", "pytest", "-q", "tests/tidy"], cwd=ROOT).returncode
    return fmt.clang_format(check=True) or tidy
