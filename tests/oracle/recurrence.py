"""Random rules, and what python-dateutil makes of them.

Where dateutil reads RFC 5545 otherwise than R1-R4, the rule is put to it in words on which both agree
(docs/decisions/0030-oracles-for-time.md says why):
- plain and numbered weekdays in one BYDAY are a union here: all are numbered before dateutil sees them;
- dateutil's first week begins at dtstart, so BYSETPOS miscounts in it: it starts at the beginning of that week;
- dateutil has no SKIP: what it moves is worked out month by month with the months that dateutil names.
"""
import calendar
import datetime as datetime_module
import random
from datetime import datetime, timedelta
from itertools import islice
from types import SimpleNamespace

from dateutil import rrule

from tests.oracle import zones

DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
FREQUENCIES = {"HOURLY": rrule.HOURLY, "DAILY": rrule.DAILY, "WEEKLY": rrule.WEEKLY, "MONTHLY": rrule.MONTHLY,
               "YEARLY": rrule.YEARLY}
HORIZON_YEARS = {"HOURLY": 1, "DAILY": 5, "WEEKLY": 12, "MONTHLY": 25, "YEARLY": 40}
INSTANCES = 8

# dateutil looks for a next one up to the year 9999, which takes minutes where a rule names no day: it gets a nearer end.
BOUNDS = rrule.datetime = SimpleNamespace(**vars(datetime_module))


class Case:
    """One rule with its start; `zone` says near whose clock change it starts."""

    def __init__(self, chance: random.Random):
        self.freq = chance.choices(list(FREQUENCIES), weights=[2, 2, 3, 6, 5])[0]
        self.all_day = self.freq != "HOURLY" and chance.random() < 0.15
        self.start = start_of(chance, self.all_day)
        by_month = self.freq in ("MONTHLY", "YEARLY")
        some = lambda share: chance.random() < share
        self.interval = chance.choice([1, 1, 1, 2, 3, 4, chance.randint(1, 4 if self.freq == "YEARLY" else 60)])
        self.months = numbers(chance, 1, 12, 4, False) if some(0.3) else []
        self.month_days = numbers(chance, 1, 31, 4, True) if self.freq != "WEEKLY" and some(0.45 if by_month else 0.2) else []
        self.weekdays = weekdays(chance, by_month) if some(0.45) else []
        by_part = self.months or self.month_days or self.weekdays
        self.positions = numbers(chance, 1, self._set_size(), 2, True) if by_part and some(0.3) else []
        self.week_start = chance.choice(DAYS) if some(0.3) else None
        self.skip = chance.choice(["OMIT", "BACKWARD", "FORWARD"]) if some(0.4) else None
        end = chance.random()
        self.count = chance.randint(1, 9) if end < 0.2 else None
        self.until = None
        self.until_utc = False
        if 0.2 <= end < 0.4:
            days = {"HOURLY": 3, "DAILY": 90, "WEEKLY": 200, "MONTHLY": 900, "YEARLY": 4000}[self.freq]
            self.until = self.start + timedelta(days=chance.randint(0, days), seconds=chance.randint(-3, 3))
            self.until_utc = not self.all_day and some(0.5)
            if self.all_day:
                self.until = datetime(self.until.year, self.until.month, self.until.day)

    def _set_size(self) -> int:
        """Most that one period can name, or one more: BYSETPOS beyond it would be empty."""
        if self.freq in ("HOURLY", "DAILY"):
            return 1
        if self.freq == "WEEKLY":
            return len(self.weekdays) + 1
        months = 1 if self.freq == "MONTHLY" else len(self.months) or 12
        if self.month_days:
            return max(1, months * len(self.month_days) // (4 if self.weekdays else 1))
        return months * max(1, sum(1 if number else 4 for number, _ in self.weekdays))

    def text(self) -> str:
        parts = [f"FREQ={self.freq}"]
        if self.interval != 1:
            parts.append(f"INTERVAL={self.interval}")
        for name, values in (("BYMONTH", self.months), ("BYMONTHDAY", self.month_days), ("BYSETPOS", self.positions)):
            if values:
                parts.append(f"{name}={','.join(map(str, values))}")
        if self.weekdays:
            parts.append("BYDAY=" + ",".join(f"{n or ''}{DAYS[day]}" for n, day in self.weekdays))
        if self.week_start:
            parts.append(f"WKST={self.week_start}")
        if self.skip:
            parts.append(f"SKIP={self.skip}")
        if self.count:
            parts.append(f"COUNT={self.count}")
        if self.until:
            parts.append("UNTIL=" + self.until.strftime("%Y%m%d" if self.all_day else "%Y%m%dT%H%M%S")
                         + ("Z" if self.until_utc else ""))
        return ";".join(parts)

    def horizon(self) -> datetime:
        return self.start + timedelta(days=366 * HORIZON_YEARS[self.freq])

    def wall_clocks(self):
        """What the rule names up to the horizon, ascending; COUNT and UNTIL left aside."""
        if self.skip in ("BACKWARD", "FORWARD") and self.freq in ("MONTHLY", "YEARLY") and \
                (self.month_days or not self.weekdays):
            yield from self._moved()
            return
        BOUNDS.MAXYEAR = self.horizon().year
        start, given = self.start, self._weekdays_for_dateutil()
        if self.freq == "WEEKLY":
            week_start = DAYS.index(self.week_start or "MO")
            given = given or [rrule.weekday(start.weekday())]
            start -= timedelta(days=(start.weekday() - week_start) % 7)
        rule = rrule.rrule(FREQUENCIES[self.freq], dtstart=start, interval=self.interval, bymonth=self.months or None,
                           bymonthday=self.month_days or None, byweekday=given or None, bysetpos=self.positions or None,
                           wkst=DAYS.index(self.week_start or "MO"), until=self.horizon())
        for each in rule:
            if each >= self.start:
                yield each

    def _weekdays_for_dateutil(self):
        numbered = any(n for n, _ in self.weekdays)
        if not numbered:
            return [rrule.weekday(day) for _, day in self.weekdays]
        most = 5 if self.freq == "MONTHLY" or self.months else 53
        return [rrule.weekday(day, n) for number, day in self.weekdays
                for n in ([number] if number else range(1, most + 1))]

    def _moved(self):
        BOUNDS.MAXYEAR = self.horizon().year
        first = self.start.replace(day=1)
        if self.freq == "YEARLY":
            named = self.months or (list(range(1, 13)) if self.month_days else [self.start.month])
            periods = ([(y, m) for m in sorted(set(named))]
                       for y in range(self.start.year, self.horizon().year + 1, self.interval))
        else:
            months = rrule.rrule(rrule.MONTHLY, dtstart=first, interval=self.interval, bymonth=self.months or None,
                                 until=self.horizon())
            periods = ([(m.year, m.month)] for m in months)
        last = None
        for period in periods:
            days = {self._land(y, m, wanted) for y, m in period for wanted in self.month_days or [self.start.day]}
            days = sorted(day for day in days if not self.weekdays or self._weekday_named(day))
            if self.positions:
                days = [day for i, day in enumerate(days)
                        if i + 1 in self.positions or i - len(days) in self.positions]
            for day in days:
                at = self.start.replace(year=day.year, month=day.month, day=day.day)
                if at >= self.start and (last is None or at > last) and at <= self.horizon():
                    last = at
                    yield at

    def _land(self, year: int, month: int, wanted: int) -> datetime:
        length = calendar.monthrange(year, month)[1]
        number = wanted if wanted > 0 else length + 1 + wanted
        if number > length:
            number = length if self.skip == "BACKWARD" else length + 1
        if number < 1:
            number = 0 if self.skip == "BACKWARD" else 1
        return datetime(year, month, 1) + timedelta(days=number - 1)

    def _weekday_named(self, day: datetime) -> bool:
        in_year = self.freq == "YEARLY" and not self.months
        place = day.timetuple().tm_yday if in_year else day.day
        length = (366 if calendar.isleap(day.year) else 365) if in_year else calendar.monthrange(day.year, day.month)[1]
        return any(day.weekday() == weekday and (n == 0 or n == (place - 1) // 7 + 1 or -n == (length - place) // 7 + 1)
                   for n, weekday in self.weekdays)

    def instances(self, zone: str | None, named: "Lazy"):
        """(nominal, instant) in order: COUNT or UNTIL, one per instant. `zone` none: floating or all-day."""
        seen = set()
        for i, wall in enumerate(named):
            if self.count and i >= self.count:
                return
            if self.until and not self.until_utc and wall > self.until:
                return
            at = zones.instant(wall, zone) if zone else None
            if at is not None:
                if self.until_utc and at.replace(tzinfo=None) > self.until:
                    if at.replace(tzinfo=None) > self.until + 3 * zones.DAY:
                        return
                    continue  # behind a gap an instant can come before that of the wall clock before it
                if at in seen:
                    continue
                seen.add(at)
            yield wall, at

    def is_comparable(self, zone: str | None) -> bool:
        """UNTIL with Z exists in zoned series only."""
        return zone is not None or not self.until_utc


class Lazy:
    """A sequence that is generated once and read often."""

    def __init__(self, source):
        self._source, self._known = iter(source), []

    def __iter__(self):
        i = 0
        while True:
            if i == len(self._known):
                try:
                    self._known.append(next(self._source))
                except StopIteration:
                    return
            yield self._known[i]
            i += 1


def start_of(chance: random.Random, all_day: bool) -> datetime:
    if chance.random() < 0.4 and not all_day:
        zone = chance.choice([name for name in zones.NAMES if zones.changes(name)])
        wall = zones.wall_clock(chance.choice(zones.changes(zone)), zone)
        wall += timedelta(days=-chance.randint(0, 3), minutes=15 * chance.randint(-8, 8))
        return wall.replace(second=chance.choice([0, 0, 30]))
    year, month = chance.randint(zones.FIRST_YEAR, zones.LAST_YEAR - 4), chance.randint(1, 12)
    length = calendar.monthrange(year, month)[1]
    day = chance.choice([chance.randint(1, length), chance.randint(28, length)])
    if all_day:
        return datetime(year, month, day)
    return datetime(year, month, day, chance.randint(0, 23), chance.choice([0, 30, 59]), chance.choice([0, 0, 30]))


def numbers(chance: random.Random, least: int, most: int, length_max: int, negative: bool) -> list[int]:
    found = {chance.randint(least, most) * (-1 if negative and chance.random() < 0.35 else 1)
             for _ in range(chance.randint(1, length_max))}
    return sorted(found)


def weekdays(chance: random.Random, numbered: bool) -> list[tuple[int, int]]:
    if chance.random() < 0.2:
        return [(0, day) for day in range(5)]
    number = lambda: chance.choice([-5, -4, -3, -2, -1, 1, 2, 3, 4, 5]) if numbered and chance.random() < 0.5 else 0
    return sorted({(number(), chance.randrange(7)) for _ in range(chance.randint(1, 4))})


def lines(number: int, seed: int):
    """(line of `in`, check(out) -> complaint or None) of one case: every zone, and without one."""
    chance = random.Random(f"{seed}:recurrence:{number}")
    case = Case(chance)
    named = Lazy(case.wall_clocks())
    for zone in [None] if case.all_day else [None, *zones.NAMES]:
        if not case.is_comparable(zone):
            continue
        said = {"rule": case.text(), "dtstart": zones.text(case.start, case.all_day),
                "zone": "date" if case.all_day else zone, "n": INSTANCES}
        yield said, lambda out, zone=zone: compare(case, zone, named, out)


def compare(case: Case, zone: str | None, named: Lazy, out: dict) -> str | None:
    horizon = case.horizon()
    if "error" in out:
        if out["error"] != "recurrence.invalid" or out.get("part") != "rule":
            return "refused"
        return None if next(iter(named), None) is None else "refused, though it names a day"
    expected = list(islice(case.instances(zone, named), INSTANCES + 1))
    got = [each for each in out["instances"] if zones.read(each["nominal"]) <= horizon]
    wanted = []
    for wall, at in expected[:INSTANCES]:
        one = {"nominal": zones.text(wall, case.all_day)}
        if at is not None:
            one["utc"] = zones.utc_text(at)
        wanted.append(one)
    if got != wanted:
        return f"expected {wanted}"
    # What lies behind the horizon is not known, unless COUNT or UNTIL ends the rule before it.
    reached = len(list(islice(iter(named), (case.count or 0) + 1))) > (case.count or 0)
    ends = (case.count and reached or case.count and len(list(named)) == case.count) or (case.until and case.until < horizon)
    if len(expected) > INSTANCES and out["ended"] or ends and out["ended"] != (len(expected) <= INSTANCES):
        return f"ended should be {len(expected) <= INSTANCES}"
    return None
