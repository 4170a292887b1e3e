"""The jars of a stock Kafka broker, fetched once with Maven into .cache/kafka/libs."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.commands.common import ROOT, run, say

POM = ROOT / "scripts/kafka/pom.xml"
LIBS = ROOT / ".cache/kafka/libs"


def ensure() -> Path:
    """Returns the folder; fetches it when it is missing or was fetched for another pom.xml."""
    stamp = LIBS / "pom.xml"
    if stamp.exists() and stamp.read_bytes() == POM.read_bytes():
        return LIBS
    say("fetching Kafka's jars (54 MB, once)")
    fresh = LIBS.with_name(f"libs.{os.getpid()}")
    run("mvn", "-q", "-B", "-Dstyle.color=never", "-f", POM, "dependency:copy-dependencies",
        f"-DoutputDirectory={fresh}", stdout=sys.stderr, stdin=subprocess.DEVNULL)
    shutil.copy(POM, fresh / "pom.xml")
    shutil.rmtree(LIBS, ignore_errors=True)
    fresh.rename(LIBS)
    return LIBS
