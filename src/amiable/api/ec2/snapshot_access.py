"""Who may do what with a snapshot: find it, as its owner or as one whom it is shared with; use its content.

Everything that names a snapshot goes through here or `owned`: what is not shared with an account does not
exist for it, and what is in the recycle bin exists for nobody.
"""

from sqlalchemy import select

from amiable.api.call import Call
from amiable.api.faults import check_ids, not_found
from amiable.model.snapshot import GONE_STATES, Snapshot, readable_by
from amiable.protocol.faults import Fault


def visible_snapshot(call: Call, snapshot_id: str, *, lock: bool = False) -> Snapshot:
    """A snapshot of the caller, or shared with it. Raises InvalidSnapshot.NotFound and …ID.Malformed."""
    check_ids("snap", snapshot_id)
    query = select(Snapshot).where(
        Snapshot.id == snapshot_id,
        Snapshot.region == call.region,
        Snapshot.state.not_in(GONE_STATES),
        readable_by(call.account_id),
    )
    snapshot = call.session.scalar(query.with_for_update(of=Snapshot) if lock else query)
    if snapshot is None:
        raise not_found("snap", snapshot_id)
    return snapshot


def readable_snapshot(call: Call, snapshot_id: str) -> Snapshot:
    """A completed snapshot that the caller may read. Raises as `visible_snapshot`, and IncorrectState."""
    snapshot = visible_snapshot(call, snapshot_id)
    if snapshot.state != "completed":
        raise Fault("IncorrectState", f"Snapshot {snapshot_id} is in invalid state - {snapshot.state}")
    return snapshot


def own_snapshot(call: Call, snapshot_id: str) -> Snapshot:
    """A snapshot of the caller, locked. Raises as `visible_snapshot`, and AuthFailure if it is another's."""
    snapshot = visible_snapshot(call, snapshot_id, lock=True)
    if snapshot.account_id != call.account_id:
        raise Fault("AuthFailure", f"Not authorized for snapshot:{snapshot_id}")
    return snapshot
