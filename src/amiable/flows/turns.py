"""Turns at heavy work: few at once on a host, one an account, so that nobody keeps others waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from amiable.flows.host import Host


@contextmanager
def turn(host: Host, what: str, account_id: str, slots: BoundedSemaphore) -> Iterator[bool]:
    """Whether there is a place among the `slots`, and the account has no other; it is held for the block."""
    theirs = host.locks.of(f"{what} of {account_id}")
    if not theirs.acquire(blocking=False):
        yield False
        return
    try:
        if not slots.acquire(blocking=False):
            yield False
            return
        try:
            yield True
        finally:
            slots.release()
    finally:
        theirs.release()
