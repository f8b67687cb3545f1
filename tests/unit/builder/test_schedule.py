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
    ],
)
def test_the_next_time(expression: str, zone: str | None, after: str, expected: str) -> None:
    moment = datetime.fromisoformat(f"{after}+00:00")
    found = parse(expression, zone).after(moment, BEGAN)
    assert found == datetime.fromisoformat(f"{expected}+00:00")


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
        "cron(0 10 15W * ? *)",
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
