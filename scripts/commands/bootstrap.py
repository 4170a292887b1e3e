"""Installs what is missing to build, test and check the project, on Debian 12 or 13.

Does nothing (and asks no package server) when everything is there.
"""
import subprocess
import sys
from pathlib import Path

from scripts.commands import kafka_jars
from scripts.commands.common import as_root, say

SAME = None  # the package has the same name on Debian 13

# What for -> (Debian 12, Debian 13)
PACKAGES = {
    "build": [
        ("g++", SAME), ("cmake", SAME), ("ninja-build", SAME), ("ccache", SAME), ("mold", SAME), ("pkg-config", SAME),
        ("libboost1.81-dev", "libboost1.83-dev"), ("libboost-json1.81-dev", "libboost-json1.83-dev"),
        ("libboost-url1.81-dev", "libboost-url1.83-dev"), ("libboost-test1.81-dev", "libboost-test1.83-dev"),
        ("librdkafka-dev", SAME), ("librocksdb-dev", SAME), ("libroaring-dev", SAME), ("libpq-dev", SAME), ("libspdlog-dev", SAME),
        ("libfmt-dev", SAME), ("libcli11-dev", SAME), ("libicu-dev", SAME), ("libstemmer-dev", SAME), ("prometheus-cpp-dev", SAME),
        ("libzstd-dev", SAME), ("liblz4-dev", SAME), ("libssl-dev", SAME), ("librapidcheck-dev", SAME),
        ("libvalijson-dev", SAME), ("tzdata", SAME),
    ],
    "test": [
        ("git", SAME), ("python3-pytest", SAME), ("python3-websockets", SAME), ("faketime", SAME),
        ("postgresql", SAME), ("maven", SAME),
        ("openjdk-17-jre-headless", "openjdk-21-jre-headless"),
    ],
    "bench": [("libsqlite3-0", SAME), ("python3-xapian", SAME)],
    "clang": [("clang-16", "clang-19")],
    "oracle": [("python3-venv", SAME)],
    "lint": [("git", SAME), ("clang-format-16", "clang-format-19")],
}


def add_arguments(parser) -> None:
    parser.add_argument("what", nargs="*", metavar="|".join(PACKAGES), help="default: build test")


def main(args) -> int:
    unknown = [group for group in args.what if group not in PACKAGES]
    if unknown:
        print(f"scripts/x bootstrap: no such group: {' '.join(unknown)}", file=sys.stderr)
        return 2
    ensure(*(args.what or ["build", "test"]))
    return 0


def ensure(*groups: str) -> None:
    """After it, all packages of the groups are installed, and for "test" Kafka's jars are there."""
    column = 1 if debian_release() >= 13 else 0
    wanted = [row[column] or row[0] for group in groups for row in PACKAGES[group]]
    missing = [name for name in wanted if not installed(name)]
    if missing:
        say(f"installing {' '.join(missing)}")
        as_root("apt-get", "update", "-q")
        install(missing)
    if "test" in groups:
        kafka_jars.ensure()


def install(packages: list[str]) -> None:
    """No services: the cluster that Debian's PostgreSQL would make and start is never used here."""
    drop_in = Path("/etc/postgresql-common/createcluster.d/daybook-bootstrap.conf")
    guarded = "postgresql" in packages
    if guarded:
        as_root("mkdir", "-p", drop_in.parent)
        as_root("sh", "-c", f"echo create_main_cluster = false > {drop_in}")
    try:
        as_root("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-q", "-y", "--no-install-recommends", *packages)
    finally:
        if guarded:
            as_root("rm", "-f", drop_in)


def installed(package: str) -> bool:
    query = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}", package], capture_output=True, text=True)
    return query.returncode == 0 and query.stdout == "installed"


def debian_release() -> int:
    facts = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    release = facts.get("VERSION_ID", "").strip('"')
    if facts.get("ID") != "debian" or release not in ("12", "13"):
        say("this is neither Debian 12 nor 13: trying the package names of Debian 13")
        return 13
    return int(release)
