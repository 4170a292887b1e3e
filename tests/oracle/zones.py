"""Wall clocks and instants by Python's zoneinfo, as rule R4 reads them; and the days that are worth trying."""
from datetime import datetime, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

NAMES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "America/St_Johns",
         "Africa/Casablanca", "Asia/Tehran", "UTC", "America/Sao_Paulo", "Pacific/Chatham", "Europe/Dublin"]
FIRST_YEAR, LAST_YEAR = 1999, 2037
UTC = timezone.utc
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def instant(wall: datetime, zone: str) -> datetime:
    """fold=0 is what R4 says: the offset before a gap, the first pass of an overlap."""
    return wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def wall_clock(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


@cache
def changes(zone: str, last_year: int = LAST_YEAR) -> list[datetime]:
    """The instants at which the offset changes, up to the end of a year."""
    found = []
    at, last = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(last_year, 12, 31, tzinfo=UTC)
    tz = ZoneInfo(zone)
    while at < last:
        if at.astimezone(tz).utcoffset() != (at + DAY).astimezone(tz).utcoffset():
            low, high = at, at + DAY
            before = low.astimezone(tz).utcoffset()
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
                low, high = (middle, high) if middle.astimezone(tz).utcoffset() == before else (low, middle)
            found.append(high)
        at += DAY
    return found


def text(wall: datetime, all_day: bool = False) -> str:
    return wall.strftime("%Y-%m-%d") if all_day else wall.strftime("%Y-%m-%dT%H:%M:%S")


def utc_text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def read(said: str) -> datetime:
    return datetime.fromisoformat(said.removesuffix("Z"))
