"""Snapshots: describe."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, or_, select

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.owned import answer, listed
from amiable.api.table import Shape, operation
from amiable.api.tags import tag_set
from amiable.model.account import AMAZON, Account
from amiable.model.snapshot import EVERYONE, GONE_STATES, Snapshot, granted_to, readable_by
from amiable.protocol.faults import Fault

FILTERS: dict[str, filters.Filter] = {
    "description": filters.text(Snapshot.description),
    "encrypted": filters.constant("false"),
    "owner-alias": lambda value: Snapshot.account_id.in_(
        select(Account.id).where(filters.text(Account.alias)(value))
    ),
    "owner-id": filters.text(Snapshot.account_id),
    "progress": lambda value: filters.number(Snapshot.progress)(value.rstrip("%")),
    "snapshot-id": filters.text(Snapshot.id),
    "start-time": filters.instant(Snapshot.started_at),
    "status": filters.text(Snapshot.state),
    "storage-tier": filters.constant("standard"),
    "volume-id": filters.text(Snapshot.volume_id),
    "volume-size": filters.number(Snapshot.volume_size),
}


@operation("ec2", "DescribeSnapshots")
def describe_snapshots(call: Call, request: Shape) -> Shape:
    """The snapshots whose content the caller may use, by id, owner, who may restore them, and filters."""
    query = select(Snapshot).where(
        Snapshot.region == call.region, Snapshot.state.not_in(GONE_STATES), readable_by(call.account_id)
    )
    narrowed = []
    if owners := request.get("OwnerIds"):
        narrowed.append(or_(*(_owned_by(call, one) for one in owners)))
    if users := request.get("RestorableByUserIds"):
        narrowed.append(or_(*(_restorable_by(call, one) for one in users)))
    rows, tags, token = listed(
        call, "DescribeSnapshots", request, query, Snapshot.id, "snap", "SnapshotIds", FILTERS, narrowed
    )
    aliases = _aliases(call, rows)
    shapes = [snapshot_shape(row, tags.get(row.id), aliases.get(row.account_id)) for row in rows]
    return answer("Snapshots", shapes, token)


def _owned_by(call: Call, owner: str) -> ColumnElement[bool]:
    if owner == AMAZON:
        return Snapshot.account_id.in_(select(Account.id).where(Account.alias == AMAZON))
    return Snapshot.account_id == (call.account_id if owner == "self" else _account(owner))


def _restorable_by(call: Call, user: str) -> ColumnElement[bool]:
    """`self`: own ones and those shared with the caller by name; `all`: public ones; else shared with it."""
    if user == "self":
        return or_(Snapshot.account_id == call.account_id, granted_to(call.account_id))
    return granted_to(user if user == EVERYONE else _account(user))


def _account(text: str) -> str:
    if not (text.isdigit() and len(text) == 12):
        raise Fault("InvalidUserID.Malformed", f'Invalid user id: "{text}"')
    return text


def _aliases(call: Call, rows: Iterable[Snapshot]) -> dict[str, str]:
    """Account → alias, for the owners that have one."""
    query = select(Account).where(
        Account.alias.is_not(None), Account.id.in_({row.account_id for row in rows})
    )
    return {account.id: account.alias for account in call.session.scalars(query) if account.alias}


def snapshot_shape(snapshot: Snapshot, tags: dict[str, str] | None, alias: str | None = None) -> Shape:
    """A snapshot as EC2 prints it."""
    shape: Shape = {
        "SnapshotId": snapshot.id,
        "VolumeId": snapshot.volume_id or "vol-ffffffff",
        "State": snapshot.state,
        "StartTime": snapshot.started_at,
        "Progress": f"{snapshot.progress}%",
        "OwnerId": snapshot.account_id,
        "Description": snapshot.description or "",
        "VolumeSize": snapshot.volume_size,
        "Encrypted": False,
        "StorageTier": "standard",
        "Tags": tag_set(tags),
    }
    if snapshot.completed_at:
        shape["CompletionTime"] = snapshot.completed_at
    if alias:
        shape["OwnerAlias"] = alias
    if snapshot.state_message:
        shape["StateMessage"] = snapshot.state_message
    return shape
