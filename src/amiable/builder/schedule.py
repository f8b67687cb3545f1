"""Schedules: cron and rate expressions of AWS, with time zones.

    cron(minutes hours day-of-month month day-of-week year)   one of the two days is ?; 1-7 are SUN-SAT
    rate(1 hour)  rate(5 days)                                singular for 1, plural otherwise

A time that a zone skips (spring) runs at the next one that exists; one that it has twice (autumn) runs once.
`W` is not built, but for `LW`. Source: AWS's "Schedule expressions", Image Builder's "Use cron expressions".
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from amiable.core.errors import InvalidInput

_CRON = re.compile(r"cron\((.+)\)")
_RATE = re.compile(r"rate\((\d{1,5}) (minute|hour|day)(s?)\)")
_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_FAR = 200
"""Occurrences that are looked at for one in a wanted year."""


@dataclass(frozen=True)
class Schedule:
    """When something runs. `cron` in five fields of Unix with the years it holds in, or `every`."""

    zone: ZoneInfo
    cron: str | None = None
    years: frozenset[int] | None = None
    every: timedelta | None = None

    def after(self, moment: datetime, began: datetime) -> datetime | None:
        """The first time later than a moment, in UTC; None if there is none. A rate counts from `began`."""
        if self.every is not None:
            passed = max(0, (moment - began) // self.every)
            return began + (passed + 1) * self.every
        assert self.cron is not None
        times = CronSim(self.cron, moment.astimezone(self.zone))
        for _ in range(_FAR):
            try:
                found = next(times)
            except StopIteration:
                return None
            if self.years is None or found.year in self.years:
                return found.astimezone(UTC)
            if found.year > max(self.years):
                return None
        return None


def parse(expression: str, timezone: str | None = None) -> Schedule:
    """The schedule that an expression is. Raises InvalidInput with what is wrong."""
    try:
        zone = ZoneInfo(timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise InvalidInput(f"There is no time zone {timezone}.") from unknown
    if found := _RATE.fullmatch(expression):
        number, unit, plural = int(found[1]), found[2], bool(found[3])
        if number < 1 or plural != (number != 1):
            raise InvalidInput(f"Write rate(1 {unit}) or rate(2 {unit}s), not {expression}.")
        return Schedule(zone, every=number * _UNITS[unit])
    match = _CRON.fullmatch(expression)
    fields = match[1].split() if match else []
    if len(fields) != 6:
        raise InvalidInput(
            f"'{expression}' is not a schedule: write rate(1 day), or cron() with six fields: minutes, "
            "hours, day of month, month, day of week, year."
        )
    minutes, hours, day, month, weekday, year = (field.upper() for field in fields)
    if (day == "?") == (weekday == "?"):
        raise InvalidInput("One of day of month and day of week must be ?, and not both.")
    if "W" in day and day != "LW":
        raise InvalidInput("W (the nearest weekday) is not supported in day of month, but for LW.")
    cron = " ".join((minutes, hours, day.replace("?", "*"), month, _weekday(weekday.replace("?", "*"))))
    try:
        CronSim(cron, datetime(2000, 1, 1, tzinfo=zone))
    except (CronSimError, ValueError) as wrong:
        raise InvalidInput(f"'{expression}' is not a schedule: {wrong}.") from wrong
    return Schedule(zone, cron=cron, years=_years(year))


def _weekday(field: str) -> str:
    """AWS counts days of the week from 1 (Sunday), Unix from 0; AWS's L alone is Saturday."""
    if field == "L":
        return "6"

    def lower(found: re.Match[str]) -> str:
        if found[0] == "0":
            raise InvalidInput("Days of the week are 1 (Sunday) to 7 (Saturday).")
        return str(int(found[0]) - 1)

    # not the number behind # (which week) or / (a step)
    return re.sub(r"(?<![#/\d])\d+", lower, field)


def _years(field: str) -> frozenset[int] | None:
    """The years of a field; None for all."""
    if field in ("*", "?"):
        return None
    years: set[int] = set()
    for part in field.split(","):
        found = re.fullmatch(r"(\d{4}|\*)(?:-(\d{4}))?(?:/(\d{1,3}))?", part)
        if found is None:
            raise InvalidInput(f"'{part}' is not a year such as 2030, 2030-2035 or 2030/2.")
        first = 1970 if found[1] == "*" else int(found[1])
        last = int(found[2] or (2199 if found[3] or found[1] == "*" else first))
        if not 1970 <= first <= last <= 2199:
            raise InvalidInput("Years are 1970 to 2199.")
        years |= set(range(first, last + 1, int(found[3] or 1)))
    return frozenset(years)
