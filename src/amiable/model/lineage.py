"""Lineage of snapshots: which of them tell of the same disk, so that comparing their blocks makes sense."""

from sqlalchemy.orm import Session

from amiable.model.snapshot import Snapshot

DEEPEST = 100_000
"""Generations that are looked back; a chain is never that long, unless rows are damaged."""


def origins(session: Session, snapshot: Snapshot) -> set[str]:
    """A snapshot, its ancestors as far as rows are left, and the volumes that any of them is of."""
    found: set[str] = set()
    row: Snapshot | None = snapshot
    while row is not None and row.id not in found and len(found) < DEEPEST:
        found.add(row.id)
        if row.volume_id:
            found.add(row.volume_id)
        if row.parent_id is None:
            break
        parent = session.get(Snapshot, row.parent_id)
        if parent is None:
            found.add(row.parent_id)
        row = parent
    return found


def related(session: Session, first: Snapshot, second: Snapshot) -> bool:
    """Whether both are of one volume, or one descends from the other, or both from a third."""
    return bool(origins(session, first) & origins(session, second))
