"""Locks of snapshots: LockSnapshot, UnlockSnapshot, DescribeLockedSnapshots. States: model/snapshot_lock.py.

A lock in force keeps its beginning when it is changed: a new duration counts from there, not from now.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.ec2.snapshot_access import own_snapshot
from amiable.api.faults import combination, invalid
from amiable.api.owned import answer, listed, select_owned
from amiable.api.table import Shape, operation
from amiable.model.snapshot import GONE_STATES, LOCK_MODES, Snapshot
from amiable.model.snapshot_lock import is_locked, lock_state, unlock
from amiable.protocol.faults import Fault

MOST_DAYS = 36500
MOST_HOURS = 72


def _asked(request: Shape, now: datetime) -> tuple[str, int | None, datetime | None, int | None]:
    """(mode, days, expiry, hours of cooling off) of a request, checked by themselves."""
    mode, hours = request["LockMode"], request.get("CoolOffPeriod")
    days, expiry = request.get("LockDuration"), request.get("ExpirationDate")
    if mode not in LOCK_MODES:
        raise invalid(f"Value ({mode}) for parameter lockMode is invalid.")
    if (days is None) == (expiry is None):
        raise combination("Specify either LockDuration or ExpirationDate.")
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise invalid(f"LockDuration must be from 1 to {MOST_DAYS} days.")
    if expiry is not None and not now < expiry <= now + timedelta(days=MOST_DAYS):
        raise invalid(f"ExpirationDate must lie ahead, by {MOST_DAYS} days at most.")
    if hours is not None and mode == "governance":
        raise combination("CoolOffPeriod belongs to the compliance mode only.")
    if hours is not None and not 1 <= hours <= MOST_HOURS:
        raise invalid(f"CoolOffPeriod must be from 1 to {MOST_HOURS} hours.")
    return mode, days, expiry, hours


@operation("ec2", "LockSnapshot")
def lock_snapshot(call: Call, request: Shape) -> Shape:
    """Keep a snapshot from being deleted, for some days or until a date; or change such a lock."""
    mode, days, expiry, hours = _asked(request, call.now)
    snapshot = own_snapshot(call, request["SnapshotId"])
    if snapshot.state not in ("pending", "completed"):
        raise Fault("IncorrectState", f"The snapshot {snapshot.id} is in state {snapshot.state}.")
    if not is_locked(snapshot, call.now):
        unlock(snapshot)
        snapshot.locked_at = call.now
        snapshot.lock_started_at = call.now if snapshot.state == "completed" else None
    begun = snapshot.lock_started_at or call.now
    if expiry is not None:
        until: datetime | None = expiry
        days = -(-(expiry - begun) // timedelta(days=1))
    else:
        assert days is not None
        until = snapshot.lock_started_at and snapshot.lock_started_at + timedelta(days=days)
    if lock_state(snapshot, call.now) == "compliance":
        _check_longer(snapshot, mode, days, until, hours)
    snapshot.lock_mode, snapshot.lock_days, snapshot.locked_until = mode, days, until
    snapshot.cooloff_hours = hours
    since = snapshot.locked_at or call.now
    snapshot.cooloff_until = since + timedelta(hours=hours) if hours else None
    return _shape(snapshot, call.now)


def _check_longer(
    snapshot: Snapshot, mode: str, days: int, until: datetime | None, hours: int | None
) -> None:
    """A compliance lock after its cooling-off period may only become longer."""
    if mode != "compliance":
        raise _compliance(snapshot, "its mode cannot be changed")
    if hours is not None:
        raise _compliance(snapshot, "it cannot have another cooling-off period")
    shorter = days < (snapshot.lock_days or 0)
    if until is not None and snapshot.locked_until is not None:
        shorter = until < snapshot.locked_until
    if shorter:
        raise _compliance(snapshot, "it can only be made longer")


def _compliance(snapshot: Snapshot, what: str) -> Fault:
    return Fault("OperationNotPermitted", f"The snapshot {snapshot.id} is locked in compliance mode: {what}.")


@operation("ec2", "UnlockSnapshot")
def unlock_snapshot(call: Call, request: Shape) -> Shape:
    """Take a lock off, in governance mode or during the cooling-off period of the compliance mode."""
    snapshot = own_snapshot(call, request["SnapshotId"])
    if not is_locked(snapshot, call.now):
        raise Fault("IncorrectState", f"The snapshot {snapshot.id} is not locked.")
    if lock_state(snapshot, call.now) == "compliance":
        raise _compliance(snapshot, f"the lock ends by itself, it holds {_how_long(snapshot)}")
    unlock(snapshot)
    return {"SnapshotId": snapshot.id}


def check_unlocked(call: Call, snapshot: Snapshot) -> None:
    """Raise OperationNotPermitted while a lock is in force."""
    if is_locked(snapshot, call.now):
        raise Fault("OperationNotPermitted", f"The snapshot {snapshot.id} is locked {_how_long(snapshot)}.")


def _how_long(snapshot: Snapshot) -> str:
    if snapshot.locked_until is None:
        return f"for {snapshot.lock_days} days once it is completed"
    return f"until {snapshot.locked_until:%Y-%m-%dT%H:%M}Z"


def _in_state(call: Call) -> filters.Filter:
    """The filter `lock-state`, in the words of `lock_state`."""
    over = or_(
        Snapshot.state == "error",
        and_(Snapshot.locked_until.is_not(None), Snapshot.locked_until <= call.now),
    )
    cooling = and_(
        Snapshot.lock_mode == "compliance",
        Snapshot.cooloff_until.is_not(None),
        Snapshot.cooloff_until > call.now,
    )
    states: dict[str, ColumnElement[bool]] = {
        "expired": over,
        "governance": and_(~over, Snapshot.lock_mode == "governance"),
        "compliance-cooloff": and_(~over, cooling),
        "compliance": and_(~over, ~cooling, Snapshot.lock_mode == "compliance"),
    }

    def apply(value: str) -> ColumnElement[bool]:
        if value not in states:
            raise invalid(f"Value ( {value} ) for the filter lock-state is invalid.")
        return states[value]

    return apply


@operation("ec2", "DescribeLockedSnapshots")
def describe_locked_snapshots(call: Call, request: Shape) -> Shape:
    """The caller's snapshots that are or were locked, with their locks."""
    query = select_owned(call, Snapshot).where(
        Snapshot.lock_mode.is_not(None), Snapshot.state.not_in(GONE_STATES)
    )
    rows, _, token = listed(
        call,
        "DescribeLockedSnapshots",
        request,
        query,
        Snapshot.id,
        "snap",
        "SnapshotIds",
        {"lock-state": _in_state(call)},
    )
    return answer("Snapshots", [_shape(row, call.now) | {"OwnerId": row.account_id} for row in rows], token)


def _shape(snapshot: Snapshot, now: datetime) -> Shape:
    optional = {
        "CoolOffPeriod": snapshot.cooloff_hours,
        "CoolOffPeriodExpiresOn": snapshot.cooloff_until,
        "LockCreatedOn": snapshot.locked_at,
        "LockExpiresOn": snapshot.locked_until,
        "LockDurationStartTime": snapshot.lock_started_at,
    }
    return {
        "SnapshotId": snapshot.id,
        "LockState": lock_state(snapshot, now),
        "LockDuration": snapshot.lock_days,
        **{name: value for name, value in optional.items() if value is not None},
    }
