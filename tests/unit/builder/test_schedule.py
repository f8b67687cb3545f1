"""Schedules of AWS: when they run next."""

from datetime import UTC, datetime

import pytest

from amiable.builder.schedule import parse
from amiable.core.errors import InvalidInput

BEGAN = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "zone", "after", "expected"),
    [
        ("rate(1 day)", None, "2026-03-01T11:59", "2026-03-01T12:00"),
        ("rate(5 hours)", None, "2026-01-01T12:00", "2026-01-01T17:00"),
        ("rate(30 minutes)", None, "2025-12-01T00:00", "2026-01-01T12:30"),
        ("cron(0 10 * * ? *)", None, "2026-11-26T10:00", "2026-11-27T10:00"),
        ("cron(0 10 * * ? *)", "Europe/Berlin", "2026-11-26T08:59", "2026-11-26T09:00"),
        ("cron(15 12 ? * MON-FRI *)", None, "2026-11-27T13:00", "2026-11-30T12:15"),
        ("cron(15 12 ? * 2-6 *)", None, "2026-11-27T13:00", "2026-11-30T12:15"),
        ("cron(0 0 1 * ? *)", None, "2026-11-26T00:00", "2026-12-01T00:00"),
        ("cron(0 0 L * ? *)", None, "2026-11-26T00:00", "2026-11-30T00:00"),
        ("cron(0 0 ? * L *)", None, "2026-11-26T00:00", "2026-11-28T00:00"),
        ("cron(0 0 ? * 6L *)", None, "2026-11-01T00:00", "2026-11-27T00:00"),
        ("cron(0 0 ? * 6#3 *)", None, "2026-11-01T00:00", "2026-11-20T00:00"),
        ("cron(0/15 8 * * ? *)", None, "2026-11-26T08:16", "2026-11-26T08:30"),
        ("cron(0 0 1 1 ? 2030-2031)", None, "2026-11-26T00:00", "2030-01-01T00:00"),
        ("cron(* * * * ? 2030)", None, "2026-11-26T00:00", "2030-01-01T00:00"),
        ("cron(0 0 29 FEB ? *)", None, "2026-11-26T00:00", "2028-02-29T00:00"),
        ("cron(0 0 31 * ? *)", None, "2026-11-26T00:00", "2026-12-31T00:00"),
        ("cron(0 0 ? 2 6#5 *)", None, "2026-11-26T00:00", "2036-02-29T00:00"),
        ("cron(0 0 LW * ? *)", None, "2026-05-01T00:00", "2026-05-29T00:00"),
        ("cron(0 0 15W * ? *)", None, "2026-08-01T00:00", "2026-08-14T00:00"),
        ("cron(0 0 15W * ? *)", None, "2026-11-01T00:00", "2026-11-16T00:00"),
        ("cron(0 0 1W * ? *)", None, "2026-08-01T00:00", "2026-08-03T00:00"),
        ("cron(0 0 31W * ? *)", None, "2026-05-01T00:00", "2026-05-29T00:00"),
        ("cron(0 0 ? * FRIL *)", None, "2026-11-01T00:00", "2026-11-27T00:00"),
        ("cron(0 0 ? * MON#1,6L *)", None, "2026-11-03T00:00", "2026-11-27T00:00"),
        ("cron(0 0 ? * 2/2 *)", None, "2026-11-27T00:00", "2026-11-30T00:00"),
        ("cron(0 0 ? * 2/3 *)", None, "2026-11-26T00:00", "2026-11-30T00:00"),
        ("cron(0 0 * * SUN *)", None, "2026-11-26T00:00", "2026-11-29T00:00"),
        ("cron(0 0 5 * * *)", None, "2026-11-26T00:00", "2026-12-05T00:00"),
        ("cron(0 0 1 jan-mar/2 ? *)", None, "2026-01-02T00:00", "2026-03-01T00:00"),
        ("cron(10-30/10,5 9-17 ? * * *)", None, "2026-11-26T17:21", "2026-11-26T17:30"),
        ("cron(0 0 1 1 ? 2027/3)", None, "2027-01-01T00:00", "2030-01-01T00:00"),
        # Berlin has no 02:00 to 03:00 on 29 March 2026, and 25 October 2026 has it twice.
        ("cron(30 2 * * ? *)", "Europe/Berlin", "2026-03-28T02:00", "2026-03-29T01:00"),
        ("cron(0/20 2 * * ? *)", "Europe/Berlin", "2026-03-29T01:00", "2026-03-30T00:00"),
        ("cron(*/20 2 * * ? *)", "Europe/Berlin", "2026-03-29T00:59", "2026-03-29T01:00"),
        ("cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-24T22:00", "2026-10-25T00:30"),
        ("cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-25T00:30", "2026-10-26T01:30"),
        ("cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-25T01:10", "2026-10-26T01:30"),
        ("cron(0/30 * * * ? *)", "Europe/Berlin", "2026-10-25T00:40", "2026-10-25T01:00"),
        ("cron(0 0 * * ? *)", "Asia/Beirut", "2026-03-28T00:00", "2026-03-28T22:00"),
    ],
)
def test_the_next_time(expression: str, zone: str | None, after: str, expected: str) -> None:
    moment = datetime.fromisoformat(f"{after}+00:00")
    found = parse(expression, zone).after(moment, BEGAN)
    assert found == datetime.fromisoformat(f"{expected}+00:00")


def test_every_time_is_later_than_the_one_before() -> None:
    """Also where a clock shows the same hour twice: a run there must not find itself due again."""
    for zone in ("Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Asia/Beirut", "UTC"):
        for expression in ("cron(0/30 * * * ? *)", "cron(15,45 0-3 * * ? *)", "cron(30 1 * * ? *)"):
            schedule = parse(expression, zone)
            moment = datetime(2026, 1, 1, 0, 7, tzinfo=UTC)
            while moment < datetime(2026, 12, 31, tzinfo=UTC):
                found = schedule.after(moment, BEGAN)
                assert found is not None
                assert found > moment, (zone, expression)
                moment = found


def test_years_that_have_passed_have_no_next_time() -> None:
    assert parse("cron(0 0 1 1 ? 2020)").after(BEGAN, BEGAN) is None


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "daily",
        "rate(1 days)",
        "rate(5 hour)",
        "rate(0 days)",
        "rate(1 week)",
        "cron(0 10 * * *)",
        "cron(0 10 * * * *)",
        "cron(0 10 ? * ? *)",
        "cron(61 10 * * ? *)",
        "cron(0 10 ? * 0 *)",
        "cron(0 10 32W * ? *)",
        "cron(0 10 ? * 8 *)",
        "cron(0 10 ? * 6#6 *)",
        "cron(0 10 ? * 2-6L *)",
        "cron(0 10 L-3 * ? *)",
        "cron(0 10 5 * MON *)",
        "cron(0/0 10 * * ? *)",
        "cron(5-1 10 * * ? *)",
        "cron(1,,2 10 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 10 0 * ? *)",
        "cron(0 10 * FOO ? *)",
        "rate(100000 days)",
        "rate(-1 days)",
        "cron(0 10 * * ? 1969)",
        "cron(0 10 * * ? later)",
    ],
)
def test_what_is_no_schedule_is_refused(expression: str) -> None:
    with pytest.raises(InvalidInput):
        parse(expression)


def test_unknown_zones_are_refused() -> None:
    with pytest.raises(InvalidInput, match="no time zone"):
        parse("rate(1 day)", "Mars/Olympus")
