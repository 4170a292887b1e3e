"""Waiting for a condition, never for a while."""
import threading
import time


def wait_until(predicate, deadline: float = 30.0, what: str = ""):
    """Returns predicate()'s first true value; TimeoutError naming `what` after `deadline` seconds.

    An exception in the predicate counts as "not yet" and is shown when the deadline passes."""
    end = time.monotonic() + deadline
    pause = threading.Event()
    while True:
        last = None
        try:
            value = predicate()
            if value:
                return value
        except Exception as error:  # noqa: BLE001: shown below if it never gets better
            last = error
        if time.monotonic() >= end:
            name = what or getattr(predicate, "__name__", "condition")
            raise TimeoutError(f"not within {deadline} s: {name}" + (f" ({last!r})" if last else ""))
        pause.wait(0.01)
