"""Time enters here. Instants are aware datetimes in UTC; durations are seconds as float."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The current instant, UTC, microseconds."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds that never run backwards; for deadlines and durations."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Block this thread."""
    time.sleep(seconds)


def iso(instant: datetime) -> str:
    """`2026-11-23T07:30:00.000Z`, the form that EC2 prints (milliseconds)."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"
