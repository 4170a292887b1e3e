"""Starting and stopping one server process; it is known by pid and start time, so that no other is ever hit."""
import ctypes
import json
import os
import select
import signal
import subprocess
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def spawn(command, log: Path, *, stay: bool = False, death_signal: int = signal.SIGKILL, **options) -> subprocess.Popen:
    """Starts a program in a session of its own; its output is appended to `log`.

    Unless `stay`, the kernel ends it when the thread that called spawn() ends: a killed test run leaves nothing."""
    def in_child():
        if not stay:
            end_with_parent(death_signal)
    with open(log, "ab") as sink:
        return subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=sink, stderr=sink,
                                start_new_session=True, preexec_fn=in_child, **options)


def end_with_parent(number: int) -> None:
    """For a preexec_fn: the kernel sends this process signal `number` when the thread that started it ends."""
    _libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)


def start_time(pid: int) -> str | None:
    """Tells two processes with the same pid apart; None if there is none, or a dead one that nobody waited for."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else fields[19]


def remember(pid_file: Path, pid: int) -> None:
    pid_file.write_text(json.dumps({"pid": pid, "started": start_time(pid)}) + "\n")


def recall(pid_file: Path) -> int | None:
    """The pid in the file, if that very process still runs."""
    try:
        known = json.loads(pid_file.read_text())
    except FileNotFoundError:
        return None
    return known["pid"] if known["started"] and start_time(known["pid"]) == known["started"] else None


def end(pid: int, first: int = signal.SIGTERM, patience: float = 30.0) -> None:
    """Sends `first`, waits, and sends SIGKILL after `patience` seconds. Returns when the process is gone."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        for number, seconds in ((first, patience), (signal.SIGKILL, 10.0)):
            try:
                signal.pidfd_send_signal(handle, number)
            except ProcessLookupError:
                return
            if select.select([handle], [], [], seconds)[0]:
                return
        raise TimeoutError(f"process {pid} survived SIGKILL")
    finally:
        os.close(handle)


def tail(log: Path, lines: int = 40) -> str:
    """The end of a log, for an error message."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else "(no log)"
