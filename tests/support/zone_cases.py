"""What Python's zoneinfo says about zones: lines of `zone wall_seconds instant_seconds offset_seconds`.

Wall clocks near each change of offset in some years, and random ones; fold 0 in gaps and overlaps is what rule R4 says.
Arguments: the seed of what is random, and how many zones are drawn beside the ones that are known to be odd (`all`:
every zone).
"""
import random
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

EPOCH = datetime(1970, 1, 1)
YEARS = (1945, 1981, 2011, 2026, 2037, 2038, 2040, 2100)
DAY = timedelta(days=1)
ODD = ("Africa/Casablanca", "Africa/Cairo", "America/Nuuk", "America/St_Johns", "America/Santiago", "Antarctica/Troll",
       "Asia/Gaza", "Asia/Jerusalem", "Asia/Kathmandu", "Asia/Tehran", "Australia/Lord_Howe", "Europe/Berlin",
       "Europe/Dublin", "Europe/London", "Pacific/Apia", "Pacific/Chatham", "Pacific/Kiritimati", "UTC")


def near_changes(zone):
    for year in YEARS:
        at = datetime(year, 1, 1)
        offset = at.replace(tzinfo=zone).utcoffset()
        while at.year == year:
            following = (at + DAY).replace(tzinfo=zone).utcoffset()
            if following != offset:
                for quarter in range(0, 4 * 48):
                    yield at - DAY / 2 + timedelta(minutes=15 * quarter)
            at, offset = at + DAY, following


def main():
    seed = int(sys.argv[1])
    chance = random.Random(seed)
    names = sorted(available_timezones() - {"localtime"})
    if sys.argv[2] != "all":
        names = sorted({*ODD, *chance.sample(names, int(sys.argv[2]))})
    out = []
    for name in names:
        zone = ZoneInfo(name)
        walls = list(near_changes(zone))
        walls += [EPOCH + timedelta(seconds=chance.randrange(-5_000_000_000, 6_000_000_000)) for _ in range(50)]
        for wall in walls:
            offset = wall.replace(tzinfo=zone).utcoffset()
            instant = wall - offset
            shown = instant.replace(tzinfo=timezone.utc).astimezone(zone).utcoffset()
            out.append(f"{name} {int((wall - EPOCH).total_seconds())} {int((instant - EPOCH).total_seconds())} "
                       f"{int(shown.total_seconds())}")
    sys.stdout.write("\n".join(out) + "\n")


main()
