"""Schedules: cron and rate expressions of AWS, with time zones.

    cron(minutes hours day-of-month month day-of-week year)   see cron.py
    rate(1 hour)  rate(5 days)                                singular for 1, plural otherwise

Source: AWS's "Schedule expressions".
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from amiable.builder.cron import FIELDS, Cron, parse_cron
from amiable.core.errors import InvalidInput

_CRON = re.compile(r"cron\((.*)\)")
_RATE = re.compile(r"rate\((\d{1,5}) (minute|hour|day)(s?)\)")
_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}


@dataclass(frozen=True)
class Schedule:
    """When something runs: by a clock in a zone, or every so often."""

    zone: ZoneInfo
    cron: Cron | None = None
    every: timedelta | None = None

    def after(self, moment: datetime, began: datetime) -> datetime | None:
        """The first time later than a moment, in UTC; None if there is none. A rate counts from `began`."""
        if self.every is not None:
            passed = max(0, (moment - began) // self.every)
            return began + (passed + 1) * self.every
        assert self.cron is not None
        return self.cron.after(moment, self.zone)


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
    if match := _CRON.fullmatch(expression):
        return Schedule(zone, cron=parse_cron(match[1]))
    raise InvalidInput(
        f"'{expression}' is not a schedule: write rate(1 day), or cron() with six fields: {FIELDS}."
    )
