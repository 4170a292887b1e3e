"""Random relative reminders, by Python's datetime and zoneinfo (M1, M2)."""
import random
from datetime import datetime, timedelta

from tests.oracle import zones
from tests.oracle.recurrence import start_of

WORDS = {"minute": (0, 60), "hour": (0, 3600), "day": (1, 0), "week": (7, 0)}


def lines(number: int, seed: int):
    chance = random.Random(f"{seed}:reminder:{number}")
    zone, user_zone = chance.choice(zones.NAMES), chance.choice(zones.NAMES)
    local = start_of(chance, False)
    kind = chance.choice(["zoned", "zoned", "floating", "date"])
    due = {"zoned": {"type": "zoned", "local": zones.text(local), "zone": zone},
           "floating": {"type": "floating", "local": zones.text(local)},
           "date": {"type": "date", "date": zones.text(local, True)}}[kind]
    all_day_time = timedelta(hours=chance.randint(0, 23), minutes=chance.choice([0, 30]))
    if kind == "date":
        local = datetime(local.year, local.month, local.day) + all_day_time
    home = zone if kind == "zoned" else user_zone
    reminders = [offset(chance) for _ in range(4)]
    wanted = []
    for _, days, seconds in reminders:
        at = zones.instant(local + timedelta(days=days), home) + timedelta(seconds=seconds)
        wanted.append({"local": zones.text(zones.wall_clock(at, home)), "utc": zones.utc_text(at)})
    minutes = int(all_day_time.total_seconds()) // 60
    said = {"op": "instants", "due": due, "start": None, "user_zone": user_zone,
            "all_day_time": f"{minutes // 60:02}:{minutes % 60:02}", "reminders": [text for text, _, _ in reminders]}
    yield said, lambda out: None if out == {"instants": wanted} else f"expected {wanted}"


def offset(chance: random.Random) -> tuple[str, int, int]:
    """(text, days, seconds after them)"""
    number = chance.choice([0, 1, 2, 3, 7, 24, 25, 30, 48, 90])
    if chance.random() < 0.6:
        unit, (days, seconds) = chance.choice(list(WORDS.items()))
        side = chance.choice(["", " before", " after", " before due", " after due"])
        sign = 1 if "after" in side else -1
        return f"{number} {unit}{'' if number == 1 else 's'}{side}", sign * number * days, sign * number * seconds
    sign, hours = chance.choice([-1, 1]), chance.choice([0, 1, 12, 36])
    text = f"{'-' if sign < 0 else ''}P{number}D" + (f"T{hours}H" if hours else "")
    return text, sign * number, sign * hours * 3600
