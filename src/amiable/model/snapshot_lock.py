"""Locks of snapshots: while one is in force, nobody can delete the snapshot.

    (none) ──► governance ──► expired          may be changed and taken off at any time
       └─────► compliance-cooloff ──► compliance ──► expired
                    may be changed and taken off │ may only be made longer

A lock of a pending snapshot is in force at once; its days begin when the snapshot is completed. A snapshot in
error holds nothing, so its lock counts as expired.
"""

from datetime import datetime

from amiable.model.snapshot import Snapshot


def lock_state(snapshot: Snapshot, now: datetime) -> str | None:
    """governance, compliance-cooloff, compliance or expired; None if it was never locked."""
    if snapshot.lock_mode is None:
        return None
    if snapshot.state == "error" or (snapshot.locked_until and snapshot.locked_until <= now):
        return "expired"
    if snapshot.lock_mode == "compliance" and snapshot.cooloff_until and snapshot.cooloff_until > now:
        return "compliance-cooloff"
    return snapshot.lock_mode


def is_locked(snapshot: Snapshot, now: datetime) -> bool:
    """Whether a lock is in force."""
    return lock_state(snapshot, now) not in (None, "expired")


def unlock(snapshot: Snapshot) -> None:
    """Take the lock off, whatever its state: the caller has checked that it may be."""
    snapshot.lock_mode = snapshot.lock_days = snapshot.cooloff_hours = None
    snapshot.locked_at = snapshot.lock_started_at = snapshot.locked_until = snapshot.cooloff_until = None
