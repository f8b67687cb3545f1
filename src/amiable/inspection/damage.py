"""What libyal says of broken bytes, as our own error.

Its readers raise OSError for whatever they do not like, and some others when numbers are absurd; where an
entry cannot be had they give None (AttributeError, TypeError).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from amiable.core.errors import Corrupt

SAID = (OSError, ValueError, TypeError, AttributeError, OverflowError, MemoryError, RuntimeError)


@contextmanager
def damage(what: str) -> Iterator[None]:
    """Turn a reader's errors into Corrupt, naming `what`."""
    try:
        yield
    except SAID as wrong:
        detail = str(wrong).partition(". ")[0].partition(": ")[2] or str(wrong) or type(wrong).__name__
        raise Corrupt(what, detail) from wrong
