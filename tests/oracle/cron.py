"""Random cron expressions, and what croniter makes of them.

croniter is asked for wall clocks without any zone; gaps and overlaps are C3's, worked out here with zoneinfo:
fixed hours by R4, wildcard and stepped hours stretch by stretch of constant offset.
"""
import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter

from tests.oracle import zones

MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
DAYS = "SUN MON TUE WED THU FRI SAT".split()
SLOTS = 6
LOOKAHEAD = 3 * zones.DAY
GIVE_UP = 100  # years that croniter searches
KNOWN = 2060   # up to here changes of offset are looked up; what lies behind it is not compared


def field(chance: random.Random, least: int, most: int, names=None, star=0.35, extra=()) -> str:
    if chance.random() < star:
        return chance.choice(["*", "*", f"*/{chance.randint(1, max(2, (most - least) // 2))}"])
    items = []
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        a, b = sorted(chance.sample(range(least, most + 1), 2))  # croniter takes a range like 4-4 for the whole field
        say = lambda n: chance.choice([str(n), names[n - least]]) if names and n - least < len(names) else str(n)
        if names and chance.random() < 0.5:
            say = str
        form = chance.random()
        items.append(say(a) if form < 0.6 else f"{say(a)}-{say(b)}" if form < 0.85 else f"{say(a)}-{say(b)}/{chance.randint(1, 5)}")
    if extra and chance.random() < 0.15:
        items = chance.choice([list(extra), [*items, *extra]])
        if "2-31" in items:  # croniter counts 31 entries with the L, and takes them for the whole field
            items = list(extra)
    return ",".join(items)


class Case:
    def __init__(self, chance: random.Random):
        self.zone = chance.choice(zones.NAMES)
        self.minute = field(chance, 0, 59, star=0.2)
        self.hour = field(chance, 0, 23)
        if chance.random() < 0.4:  # the hours around which clocks change
            self.hour = chance.choice(["1", "2", "3", "0", "2,3", "1-3", "0-4", "22,23", "*", "*/2", "0-23/2"])
        self.day = field(chance, 1, 31, star=0.6, extra=("L",))
        self.month = field(chance, 1, 12, MONTHS, star=0.7)
        self.weekday = field(chance, 0, 6, DAYS, star=0.6)
        self.expression = f"{self.minute} {self.hour} {self.day} {self.month} {self.weekday}"
        known = zones.changes(self.zone)
        if known and chance.random() < 0.6:
            self.after = chance.choice(known) + timedelta(minutes=chance.randint(-3000, 300))
        else:
            self.after = datetime(chance.randint(1999, 2036), chance.randint(1, 12), chance.randint(1, 28),
                                  chance.randint(0, 23), chance.randint(0, 59), tzinfo=zones.UTC)

    def walls(self, after: datetime):
        """Wall clocks after a wall clock."""
        found = croniter(self.expression, after, implement_cron_bug=True, max_years_between_matches=GIVE_UP)
        while True:
            try:
                yield found.get_next(datetime)
            except CroniterBadDateError:
                return

    def slots(self) -> list[datetime]:
        return self._real_time() if set(self.hour) & set("*/") else self._fixed()

    def _fixed(self) -> list[datetime]:
        """By R4. Wall clocks near a gap can change places, so it is read on for some days before it is sorted."""
        found, enough = set(), None
        for wall in self.walls(zones.wall_clock(self.after, self.zone) - LOOKAHEAD):
            if wall.year > KNOWN or enough is not None and wall > enough:
                break
            at = zones.instant(wall, self.zone)
            if at > self.after:
                found.add(at)
            if enough is None and len(found) >= SLOTS:
                enough = wall + LOOKAHEAD
        return sorted(found)[:SLOTS]

    def _real_time(self) -> list[datetime]:
        found, begin = [], self.after
        ends = [at for at in zones.changes(self.zone, KNOWN - 1) if at > self.after] + [datetime(KNOWN, 1, 1, tzinfo=zones.UTC)]
        for end in ends:
            offset = begin.astimezone(ZoneInfo(self.zone)).utcoffset() if begin != self.after else \
                self.after.astimezone(ZoneInfo(self.zone)).utcoffset()
            first = begin.replace(tzinfo=None) + offset
            # croniter gives what is after its start; a stretch includes its first second.
            for wall in self.walls(first - timedelta(seconds=1) if begin != self.after else first):
                at = (wall - offset).replace(tzinfo=zones.UTC)
                if at >= end:
                    break
                found.append(at)
                if len(found) == SLOTS:
                    return found
            begin = end
        return found


def lines(number: int, seed: int):
    case = Case(random.Random(f"{seed}:cron:{number}"))
    said = {"op": "next", "expr": case.expression, "zone": case.zone, "after": zones.utc_text(case.after), "n": SLOTS}
    yield said, lambda out: compare(case, out)


def compare(case: Case, out: dict) -> str | None:
    if out.get("error") == "cron.never_matches":
        return "refused, though it matches" if next(case.walls(case.after.replace(tzinfo=None)), None) else None
    if "error" in out:
        return "refused"
    wanted = [zones.utc_text(at) for at in case.slots() if at.year < KNOWN]
    got = [slot for slot in out["slots"] if slot < str(KNOWN)]
    return None if got == wanted else f"expected {wanted}"
