"""Cron expressions of AWS: the times that six fields name, in a time zone.

    minutes hours day-of-month month day-of-week year        `, - * /` everywhere
            day-of-month   L the last day, LW the last weekday, 15W the weekday nearest to the 15th
            day-of-week    1-7 are SUN-SAT; L is Saturday, 6L the last Friday, 6#3 the third one

Of the two days one is `?`: the other decides. `*` beside a value is taken for it, as in AWS's own examples.

A time that the zone skips (spring) is the next one that exists. One that it has twice (autumn) is the first
of them, or both where every hour is named. Days are found by month, so that rare times are found as fast.

Source: AWS's "Use cron expressions in Image Builder".
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from amiable.core.errors import InvalidInput

FIELDS = "minutes, hours, day of month, month, day of week, year"
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Cron:
    """Minutes, hours, months and years by their numbers; days by the parts of the field that decides."""

    minutes: Sequence[int]
    hours: Sequence[int]
    months: frozenset[int]
    years: Sequence[int]
    days: Sequence[str]
    weekdays: Sequence[str]
    """One of the two is empty."""

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """The first time later than a moment, in UTC; None if there is none."""
        local = moment.astimezone(zone)
        for day in self._days(local.date()):
            for instant in self._times(day, local if day == local.date() else None, zone):
                if instant > moment:
                    return instant
        return None

    def _days(self, first: date) -> Iterator[date]:
        """Days from one on."""
        for year in self.years:
            if year < first.year:
                continue
            for month in sorted(self.months):
                if (year, month) >= (first.year, first.month):
                    found = (date(year, month, number) for number in self._of_month(year, month))
                    yield from (day for day in found if day >= first)

    def _of_month(self, year: int, month: int) -> list[int]:
        if self.days:
            return sorted({number for part in self.days for number in _by_day(part, year, month)})
        return sorted({number for part in self.weekdays for number in _by_weekday(part, year, month)})

    def _times(self, day: date, local: datetime | None, zone: ZoneInfo) -> Iterator[datetime]:
        """The times of a day in their order; of the day of `local`, at least those later than it."""
        midnight = datetime.combine(day, time(), zone)
        if midnight.utcoffset() != (midnight + _DAY).utcoffset():
            yield from sorted({instant for wall in self._walls(day, 0) for instant in self._at(wall, zone)})
            return
        for wall in self._walls(day, local.hour if local else 0):
            yield wall.replace(tzinfo=zone).astimezone(UTC)

    def _walls(self, day: date, hour: int) -> Iterator[datetime]:
        for each in self.hours:
            if each >= hour:
                for minute in self.minutes:
                    yield datetime.combine(day, time(each, minute))

    def _at(self, wall: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """When a clock on the wall shows a time, on a day on which it is turned."""
        while not _exists(wall, zone):
            wall += _MINUTE
        yield wall.replace(tzinfo=zone).astimezone(UTC)
        if len(self.hours) == 24:
            yield wall.replace(tzinfo=zone, fold=1).astimezone(UTC)


def _exists(wall: datetime, zone: ZoneInfo) -> bool:
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall


def _by_day(part: str, year: int, month: int) -> list[int]:
    """The days of a month that a part of day-of-month names."""
    last = monthrange(year, month)[1]
    if part == "L":
        return [last]
    if part.endswith("W"):
        day = last if part == "LW" else int(part.removesuffix("W"))
        return [_nearest_weekday(year, month, day, last)] if day <= last else []
    return [day for day in _numbers(part, "day of month", 1, 31) if day <= last]


def _nearest_weekday(year: int, month: int, day: int, last: int) -> int:
    """Monday to Friday nearest to a day, in its month."""
    match date(year, month, day).isoweekday():
        case 6:
            return day - 1 if day > 1 else day + 2
        case 7:
            return day + 1 if day < last else day - 2
        case _:
            return day


def _by_weekday(part: str, year: int, month: int) -> list[int]:
    """The days of a month that a part of day-of-week names."""
    last = monthrange(year, month)[1]
    name, _, which = part.partition("#")
    latest = part != "L" and part.endswith("L")
    wanted = _numbers("7" if part == "L" else name.removesuffix("L"), "day of week", 1, 7, _WEEKDAYS)
    found = [day for day in range(1, last + 1) if date(year, month, day).isoweekday() % 7 + 1 in wanted]
    if which:
        return found[int(which) - 1 : int(which)]
    return found[-1:] if latest else found


def parse_cron(text: str) -> Cron:
    """The times that six fields name. Raises InvalidInput with what is wrong."""
    fields = text.upper().split()
    if len(fields) != 6:
        raise InvalidInput(f"cron({text}) must have six fields: {FIELDS}.")
    minutes, hours, day, month, weekday, year = fields
    if day == weekday or not {"?", "*"} & {day, weekday}:
        raise InvalidInput("One of day of month and day of week must be ?, and not both.")
    by_day = weekday in ("?", "*") and day != "?"
    cron = Cron(
        minutes=_numbers(minutes, "minutes", 0, 59),
        hours=_numbers(hours, "hours", 0, 23),
        months=frozenset(_numbers(month, "month", 1, 12, _MONTHS)),
        years=_numbers(year, "year", 1970, 2199),
        days=day.split(",") if by_day else (),
        weekdays=() if by_day else weekday.split(","),
    )
    for part in cron.days:
        if not re.fullmatch(r"L|LW|([1-9]|[12]\d|3[01])W", part):
            _numbers(part, "day of month", 1, 31)
    for part in cron.weekdays:
        if part != "L":
            _numbers(re.sub(r"(?<=.)(L|#[1-5])$", "", part), "day of week", 1, 7, _WEEKDAYS)
            if re.search(r"[-*/].*[L#]", part):
                raise InvalidInput(f"'{part}' in day of week: L and # follow one day, as in 6L and 6#3.")
    return cron


def _numbers(text: str, what: str, low: int, high: int, names: Sequence[str] = ()) -> list[int]:
    """The numbers of a field in their order: `3`, `1-5`, `*`, each also as `/2` (every second), by commas."""
    found: set[int] = set()
    for part in text.split(","):
        base, slash, step = part.partition("/")
        first, dash, last = base.partition("-")
        begin = low if base == "*" else _number(first, low, names)
        end = high if base == "*" or (slash and not dash) else _number(last if dash else first, low, names)
        every = (_number(step, 1) or 0) if slash else 1
        if begin is None or end is None or not low <= begin <= end <= high or every < 1:
            raise InvalidInput(f"'{part}' is not right in {what}, which is {low} to {high}.")
        found.update(range(begin, end + 1, every))
    return sorted(found)


def _number(text: str, low: int, names: Sequence[str] = ()) -> int | None:
    if text in names:
        return names.index(text) + low
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else None
