"""`daybook calc` as a filter, the previews over HTTP, and a short run of the oracle."""
import json
import os
import subprocess
import urllib.parse

import pytest

from scripts.commands import oracle
from tests.support.daybook import binary


def calc(kind: str, *asked: dict) -> list[dict]:
    text = "".join(json.dumps({"id": i, "in": each}) + "\n" for i, each in enumerate(asked))
    done = subprocess.run([binary(), "calc", kind], input=text, capture_output=True, text=True, check=True)
    return [json.loads(line)["out"] for line in done.stdout.splitlines()]


def test_a_line_is_answered_before_the_next_one_is_written():
    with subprocess.Popen([binary(), "calc", "cron"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as filter_:
        for hour in (7, 9):
            line = {"id": hour, "in": {"op": "next", "expr": f"0 {hour} * * *", "zone": "UTC", "after": "2026-08-01T00:00:00Z", "n": 1}}
            filter_.stdin.write(json.dumps(line) + "\n")
            filter_.stdin.flush()
            assert json.loads(filter_.stdout.readline()) == {"id": hour, "out": {"slots": [f"2026-08-01T{hour:02}:00:00Z"]}}
        filter_.stdin.close()
        assert filter_.wait(10) == 0


def test_a_bad_line_is_answered_and_the_next_one_too():
    done = subprocess.run([binary(), "calc", "recurrence"], input='nonsense\n\n{"id":1,"in":{"rule":"daily","dtstart":"2026-08-01",'
                          '"zone":"date","n":1}}\n', capture_output=True, text=True)
    assert done.returncode == 0
    first, second = map(json.loads, done.stdout.splitlines())
    assert first["id"] is None and first["out"]["error"] == "json.malformed"
    assert second["out"]["instances"] == [{"nominal": "2026-08-01"}]


def test_the_vectors_shapes_of_next_and_reminder_come_through_the_program():
    assert calc("next", {"rule": "every mon", "dtstart": "2026-08-03", "zone": "date", "user_zone": "Europe/Berlin", "anchor": "due",
                         "nominal": "2026-08-03", "completed_at": "2026-08-12T10:00:00Z", "depth": 0}) == [
        {"next": {"nominal": "2026-08-17", "overdue_at": "2026-08-17T22:00:00Z"}, "missed": ["2026-08-10"], "ended": None}]
    assert calc("reminder", {"op": "recover", "now": "2026-08-10T12:00:00Z", "grace_s": 86400, "scheduled": [],
                             "cron": [{"id": "c", "expr": "*/10 * * * *", "zone": "UTC", "last": "2026-08-10T09:00:00Z",
                                       "until": None}]}) == [
        {"fire": [{"id": "c", "at": "2026-08-10T12:00:00Z", "late_ms": 0, "missed_count": 18}], "missed": []}]


def get(daybook, path: str, **parameters):
    return daybook.http().get(f"{path}?{urllib.parse.urlencode(parameters)}")


def test_a_preview_of_a_rule_shows_dates_with_notes(daybook_embedded):
    got = get(daybook_embedded, "/v1/preview/occurrences", rule="daily", start="2026-03-28T02:30[Europe/Berlin]", n=3)
    assert got.status == 200
    assert got.json["rule"] == "FREQ=DAILY" and got.json["ended"] is False
    assert got.json["items"][1] == {"nominal": "2026-03-29T02:30:00", "due": "2026-03-29T02:30:00[Europe/Berlin]",
                                    "due_at": "2026-03-29T01:30:00.000Z", "local": "2026-03-29T03:30:00", "note": "gap"}
    assert [item["note"] for item in got.json["items"]] == [None, "gap", None]
    got = get(daybook_embedded, "/v1/preview/occurrences", rule="every last day", start="2026-01-31", n=2, after="2026-02-01")
    assert [(item["nominal"], item["due_at"], item["note"]) for item in got.json["items"]] == [
        ("2026-02-28", "2026-02-28T09:00:00.000Z", None), ("2026-03-31", "2026-03-31T09:00:00.000Z", None)]
    got = get(daybook_embedded, "/v1/preview/occurrences", rule="FREQ=DAILY;COUNT=2", start="2026-10-25T02:30", n=9)
    assert len(got.json["items"]) == 2 and got.json["ended"] is True


def test_a_preview_of_a_schedule_shows_slots_with_notes(daybook_embedded):
    got = get(daybook_embedded, "/v1/preview/cron", expr="30 2 * * *", zone="Europe/Berlin", after="2026-03-28T12:00:00Z", n=2)
    assert got.status == 200 and got.json["zone"] == "Europe/Berlin"
    assert got.json["items"] == [
        {"slot": "2026-03-29T01:30:00.000Z", "local": "2026-03-29T03:30:00", "note": "gap"},
        {"slot": "2026-03-30T00:30:00.000Z", "local": "2026-03-30T02:30:00", "note": None}]
    got = get(daybook_embedded, "/v1/preview/cron", expr="30 2 * * *", zone="Europe/Berlin", after="2026-10-24T12:00:00Z", n=1)
    assert got.json["items"][0]["note"] == "overlap"
    assert len(get(daybook_embedded, "/v1/preview/cron", expr="@hourly").json["items"]) == 10


@pytest.mark.parametrize("path, parameters, code, field", [
    ("occurrences", {"rule": "FREQ=DAILY;BYHOUR=9", "start": "2026-01-01"}, "recurrence.unsupported_part", "rule"),
    ("occurrences", {"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "start": "2026-01-01"}, "recurrence.invalid", "rule"),
    ("occurrences", {"rule": "FREQ=DAILY;UNTIL=20250101", "start": "2026-01-01"}, "recurrence.invalid", "rule"),
    ("occurrences", {"rule": "daily", "start": "2026-02-30"}, "date.invalid", "start"),
    ("occurrences", {"rule": "daily", "start": "2026-02-03T09:00[Europe/Berlen]"}, "zone.unknown", "start"),
    ("occurrences", {"rule": "daily"}, "field.required", "start"),
    ("occurrences", {"rule": "daily", "start": "2026-01-01", "n": "101"}, "field.invalid", "n"),
    ("occurrences", {"rule": "daily", "start": "2026-01-01", "count": "3"}, "field.unknown", "count"),
    ("cron", {"expr": "0 0 9 * * MON"}, "cron.six_fields", "expr"),
    ("cron", {"expr": "0 0 31 2 *"}, "cron.never_matches", "expr"),
    ("cron", {"expr": "CRON_TZ=UTC 0 0 * * *", "zone": "UTC"}, "cron.zone_twice", "zone"),
    ("cron", {"expr": "0 0 * * *", "zone": "Nowhere/Land"}, "zone.unknown", "zone"),
    ("cron", {"expr": "0 0 * * *", "after": "yesterday"}, "date.invalid", "after"),
    ("cron", {}, "field.required", "expr"),
])
def test_what_cannot_be_previewed_is_refused_at_its_parameter(daybook_embedded, path, parameters, code, field):
    got = get(daybook_embedded, f"/v1/preview/{path}", **parameters)
    assert (got.status, got.json["code"], got.json["field"]) == (422, code, field)


def test_pythons_libraries_say_the_same():
    """Some hundreds of cases; `scripts/x oracle --cases 100000` is the long run."""
    try:
        python = oracle.python()
    except subprocess.CalledProcessError:
        pytest.skip("the oracle's Python packages could not be installed")
    seed = int(os.environ.get("DAYBOOK_SEED", "5"))
    done = subprocess.run([python, "-B", "-m", "tests.oracle.oracle", os.path.abspath(binary()), "--cases", "200", "--seed", str(seed)],
                          cwd=oracle.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(", 0 differences,") == 3
