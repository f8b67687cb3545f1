"""How an image stops being only listed: its import begins, or another image takes its name."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from amiable.compute.catalog import Entry
from amiable.core import clock
from amiable.core.settings import Settings
from amiable.flows.catalog import KIND, discard_snapshot, snapshots_of, subject_of, under_way
from amiable.flows.catalog_listing import list_entry, new_snapshot
from amiable.model.flow import enqueue
from amiable.model.image import IMPORTING, Image
from amiable.model.product_code import inherit_codes


def begin_import(session: Session, settings: Settings, entry: Entry, *, refresh: bool = False) -> None:
    """Enqueue the import of an entry unless it is under way, or done and no newer one is wanted."""
    # Two launches at once, in whatever regions, begin one import.
    rows = select(Image.id).where(Image.catalog_name == entry.name).order_by(Image.id)
    session.execute(rows.with_for_update())
    if under_way(session, entry.name) is not None:
        return
    images = list_entry(session, settings, entry)
    snapshots = {}
    for region, image in images.items():
        if image.listed:
            snapshots[region] = snapshots_of(image)[0]
            image.state_reason_code = IMPORTING
            image.state_reason_message = "It is being imported."
        elif refresh:
            fresh = new_snapshot(session, image.account_id, entry.size, entry.name, region)
            snapshots[region] = fresh.id
            inherit_codes(session, snapshots[region], image.id)
    if snapshots:
        session.flush()
        enqueue(
            session,
            KIND,
            subject_of(entry.name),
            host=settings.host_name,
            name=entry.name,
            snapshots=snapshots,
        )


def give_way(session: Session, account_id: str, region: str, name: str) -> None:
    """Deregister the image that is only listed under a name, unless its import is under way."""
    image = session.scalar(
        select(Image)
        .where(
            Image.account_id == account_id,
            Image.region == region,
            Image.name == name,
            Image.state == "pending",
        )
        .with_for_update(of=Image)
    )
    if image is None or not image.listed or under_way(session, name) is not None:
        return
    image.state, image.deregistered_at = "deregistered", clock.now()
    for snapshot_id in snapshots_of(image):
        discard_snapshot(session, snapshot_id)
    session.flush()
