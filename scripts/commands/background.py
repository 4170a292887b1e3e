"""Builds of other presets in the background, while tests run."""
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

from scripts.commands import suites
from scripts.commands.common import JOBS, ROOT, say
from tests.support import process


class Builds:
    """One preset after another (two at once would only take each other's cores), at low priority."""

    def __init__(self, programs: dict[str, list[str]], logs: Path):
        self._programs, self._logs = programs, logs
        self._status = {preset: None for preset in programs}
        self._ended = {preset: threading.Event() for preset in programs}
        self._lock = threading.Lock()  # guards the two below
        self._child: subprocess.Popen | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="builds")
        self._thread.start()

    def wait(self, preset: str) -> bool:
        """Whether the preset's programs are built; on failure the end of the compiler's output is shown."""
        if not self._ended[preset].is_set():
            say(f"building ({preset})")
        self._ended[preset].wait()
        if self._status[preset] == 0:
            return True
        print("\n".join(self.log(preset).read_text(errors="replace").splitlines()[-60:]), file=sys.stderr)
        return False

    def log(self, preset: str) -> Path:
        return self._logs / f"build-{preset}.log"

    def stop(self) -> None:
        with self._lock:
            self._stopping = True
            if self._child is not None:
                suites.end_group(self._child)
        self._thread.join()

    def _work(self) -> None:
        for preset, targets in self._programs.items():
            folder = ROOT / "build" / preset
            with open(self.log(preset), "wb") as sink:
                configured = (folder / "build.ninja").exists()
                steps = [] if configured else [["cmake", "--preset", preset, "--log-level=WARNING", "-Wno-dev"]]
                for step in [*steps, ["cmake", "--build", folder, f"-j{JOBS}", "--target", *targets]]:
                    self._status[preset] = self._run(step, sink)
                    if self._status[preset] != 0:
                        break
            self._ended[preset].set()

    def _run(self, step: list, sink) -> int:
        with self._lock:
            if self._stopping:
                return 1
            self._child = subprocess.Popen(["nice", "-n", "10", *map(str, step)], cwd=ROOT, stdin=subprocess.DEVNULL,
                                           stdout=sink, stderr=sink, start_new_session=True,
                                           preexec_fn=lambda: process.end_with_parent(signal.SIGINT))
        return self._child.wait()


@contextmanager
def builds(programs: dict[str, list[str]], logs: Path):
    """Starts them; what still builds at the end of the block is stopped."""
    started = Builds(programs, logs)
    try:
        yield started
    finally:
        started.stop()
