"""The real binary at moments that a clock change or a leap day makes special, by libfaketime: never early, once, never lost."""
import time
from pathlib import Path

import pytest

from tests.integration.test_time import events
from tests.support import Daybook, wait_until
from tests.support.daybook import run as tool

LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


def serving(folder, moment: str) -> Daybook:
    """`serve` whose clock stands at `moment` (UTC) when it starts, and goes on from there."""
    assert LIBRARIES, "libfaketime is missing: scripts/x bootstrap test"
    return Daybook(folder, environment={"LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME": f"@{moment}", "TZ": "UTC",
                                        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1"})


def fires(daybook) -> list[str]:
    return [event["data"]["scheduled_at"] for event in events(daybook, "reminder.fired", "schedule.fired")
            if not event["data"].get("extra")]


@pytest.mark.parametrize("before, due, reminder, instant", [
    # 02:30 does not exist in Berlin on this day: the task is due an hour later (R4, C3).
    ("2026-03-29 01:29:56", "2026-03-29T02:30[Europe/Berlin]", "2026-03-29T02:30[Europe/Berlin]", "2026-03-29T01:30:00.000Z"),
    # 02:30 comes twice: the first one counts.
    ("2026-10-25 00:29:56", "2026-10-25T02:30[Europe/Berlin]", "2026-10-25T02:30[Europe/Berlin]", "2026-10-25T00:30:00.000Z"),
    ("2028-02-29 08:59:56", "2028-02-29T10:00[Europe/Berlin]", "2028-02-29T10:00[Europe/Berlin]", "2028-02-29T09:00:00.000Z"),
])
def test_a_reminder_and_a_slot_at_a_clock_change_or_leap_day_fire_once_at_their_instant(tmp_path, before, due, reminder, instant):
    with serving(tmp_path / "data", before) as daybook:
        client = daybook.http()
        client.patch("/v1/book", {"zone": "Europe/Berlin"})
        made = client.post("/v1/tasks", {"title": "t", "due": due, "reminders": [{"at": reminder}], "recurrence_rule": "daily"}).json
        assert made["due_at"] == instant
        wall = due[11:16].split(":")
        slot = client.post("/v1/schedules", {"name": "s", "cron": f"{int(wall[1])} {int(wall[0])} * * *",
                                             "reminder": {"text": "now"}}).json
        assert slot["next_at"] == instant
        assert wait_until(lambda: len(f := fires(daybook)) == 2 and f, 20.0, "both fire") == [instant, instant]
        for event in events(daybook, "reminder.fired", "schedule.fired"):
            assert event["log"]["at"] >= instant and event["data"]["late_ms"] < 2000
        client.post(f"/v1/tasks/{made['task_id']}/complete", {})
        (child,) = wait_until(lambda: [e for e in events(daybook, "task.created") if e["data"].get("recurrence_parent_id")],
                              10.0, "the next occurrence")
        assert child["data"]["due"][:16] == {"2026-03-29": "2026-03-30", "2026-10-25": "2026-10-26", "2028-02-29": "2028-03-01"}[due[:10]] + due[10:16]
        daybook.stop()

    # The clock steps back to before the instant and passes it again: what fired does not fire again (M8).
    with serving(tmp_path / "data", before) as daybook:
        passed = time.monotonic() + 6
        wait_until(lambda: time.monotonic() > passed, 10.0, "the instant comes again")
        assert fires(daybook) == [instant, instant]
        assert tool("verify", "--url", daybook.url).returncode == 0
        daybook.stop()
