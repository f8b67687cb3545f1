"""store-image and restore-image: an image as one object, and back (blocks/bundle.py).

    store-image:    write ──► done                          the object appears whole or not at all
    restore-image:  read ──► transfer ──► publish ──► done  a new image, with a new id

read      the object's directory is read and checked; the image's rows become what it says
transfer  chunks that the region's store lacks are read from the object, each checked
"""

from collections.abc import Callable
from contextlib import ExitStack

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from amiable.blocks.bundle import Bundle, pieces
from amiable.blocks.lease import hold
from amiable.blocks.manifest import load
from amiable.blocks.place import Place
from amiable.blocks.replicate import receive
from amiable.core import clock, ids
from amiable.core.errors import AlreadyExists, Conflict, NotFound
from amiable.flows import tasks
from amiable.flows.disk_files import gib
from amiable.flows.host import Host
from amiable.flows.places import place_of, source_of
from amiable.flows.progress import EVERY_SECONDS, snapshot_progress
from amiable.flows.publish import publish as publish_rows
from amiable.flows.publish import stored, withdraw
from amiable.flows.stored_image import columns_of, describe, devices_of, row_of, tags_in
from amiable.flows.story import Done, Goto, Next, Work, story
from amiable.model.image import LIVE_STATES, Image
from amiable.model.snapshot import Snapshot
from amiable.model.tag import put_tags
from amiable.model.task import Task


def write(work: Work[Host]) -> Next:
    """Write the object, under leases that keep its chunks in the store."""
    with work.database.read() as session:
        task = session.get_one(Task, work.subject)
        image = session.get_one(Image, work.state["image_id"])
        wanted = [row.snapshot_id for row in image.devices if row.snapshot_id]
        found = {one: session.get(Snapshot, one) for one in wanted}
        digests = {one: row.manifest_digest for one, row in found.items() if row is not None}
    if len(digests) < len(found):
        raise NotFound(f"A snapshot of {image.id} was deleted before the image was stored.")
    store = work.host.stores[image.region]
    place = place_of(work.host.settings, task.account_id, task.detail["bucket"])
    with ExitStack() as leases:
        held = [leases.enter_context(hold(store, name)) for name in digests]
        manifests = {name: load(store, name, digest) for name, digest in digests.items()}

        def progress(done: int, total: int) -> None:
            for lease in held:
                lease.beat_if_due()
            note(done, total)

        note = _task_progress(work)
        about = describe(image, work.state["tags"])
        place.write(task.detail["key"], pieces(store, manifests, about, progress), work.state["object_tags"])
    with work.transaction() as session:
        tasks.end(session, work.subject, "completed")
    return Done()


def _task_progress(work: Work[Host]) -> Callable[[int, int], None]:
    last = clock.monotonic()

    def note(done: int, total: int) -> None:
        nonlocal last
        if clock.monotonic() - last < EVERY_SECONDS:
            return
        last = clock.monotonic()
        with work.transaction() as session:
            session.execute(
                update(Task).where(Task.id == work.subject).values(progress=99 * done // max(total, 1))
            )

    return note


def store_failed(work: Work[Host], reason: str) -> None:
    """The task failed, with its reason."""
    with work.transaction() as session:
        tasks.end(session, work.subject, "failed", reason)


def _bundle(work: Work[Host]) -> Bundle:
    bucket, key = work.state["bucket"], work.state["key"]
    with work.database.read() as session:
        account_id = session.get_one(Image, work.subject).account_id
    place: Place = source_of(work.host.settings, account_id, bucket, key)
    return Bundle(lambda offset, length: place.read(key, offset, length), place.size(key), key)


def read(work: Work[Host]) -> Next:
    """Fill in the image's rows, once."""
    bundle = _bundle(work)
    key = work.state["key"]
    sizes = {name: gib(manifest.volume_size) for name, manifest in bundle.manifests.items()}
    columns, devices = columns_of(bundle.about, key), devices_of(bundle.about, sizes, key)
    tags = tags_in(bundle.about, key) | work.state["tags"].get("image", {})
    with work.transaction() as session:
        image = session.get_one(Image, work.subject)
        if image.devices:
            return Goto("transfer")  # a former run of this step came so far
        columns["name"] = work.state["name"] or columns["name"]
        _check_name(session, image, columns["name"])
        for column, value in columns.items():
            setattr(image, column, value)
        for position, device in enumerate(devices):
            snapshot_id = None
            if device.manifest is not None:
                snapshot_id = _add_snapshot(work, session, image, sizes[device.manifest])
            image.devices.append(row_of(device, image.id, position, snapshot_id))
        owner = {"account_id": image.account_id, "region": image.region}
        put_tags(session, image.id, "image", tags, **owner)
    return Goto("transfer")


def _check_name(session: Session, image: Image, name: str) -> None:
    """Raises AlreadyExists when a live image has the name."""
    taken = select(Image.id).where(
        Image.account_id == image.account_id,
        Image.region == image.region,
        Image.name == name,
        Image.id != image.id,
        Image.state.in_(LIVE_STATES),
    )
    if (other := session.scalar(taken)) is not None:
        raise AlreadyExists(
            f"AMI name {name} is already in use by AMI {other}; restore it with another Name."
        )


def _add_snapshot(work: Work[Host], session: Session, image: Image, size: int) -> str:
    snapshot = Snapshot(
        id=ids.new_id("snap"),
        region=image.region,
        account_id=image.account_id,
        volume_size=size,
        description=f"Restored for {image.id} from {work.state['key']}",
        started_at=clock.now(),
    )
    session.add(snapshot)
    owner = {"account_id": image.account_id, "region": image.region}
    put_tags(session, snapshot.id, "snapshot", work.state["tags"].get("snapshot", {}), **owner)
    return snapshot.id


def _snapshots(work: Work[Host]) -> list[str]:
    """The image's snapshots, in the order of its devices."""
    with work.database.read() as session:
        return [row.snapshot_id for row in session.get_one(Image, work.subject).devices if row.snapshot_id]


def transfer(work: Work[Host]) -> Next:
    """Read what the store lacks from the object."""
    bundle = _bundle(work)
    with work.database.read() as session:
        image = session.get_one(Image, work.subject)
        _check_wanted(work, session)
    sizes = {name: gib(manifest.volume_size) for name, manifest in bundle.manifests.items()}
    devices = devices_of(bundle.about, sizes, work.state["key"])
    for device, row in zip(devices, image.devices, strict=True):
        if device.manifest is None or row.snapshot_id is None:
            continue
        received = receive(
            bundle,
            bundle.manifests[device.manifest],
            work.host.stores[image.region],
            name=row.snapshot_id,
            progress=snapshot_progress(
                work, row.snapshot_id, check=lambda session: _check_wanted(work, session)
            ),
        )
        with work.transaction() as session:
            stored(session, row.snapshot_id, received)
    return Goto("publish")


def _check_wanted(work: Work[Host], session: Session) -> None:
    if (state := session.get_one(Image, work.subject).state) != "pending":
        raise Conflict(f"The image {work.subject} is {state}: its restoration was cancelled.")


def publish(work: Work[Host]) -> Next:
    """Make the image available."""
    snapshots = _snapshots(work)
    with work.transaction() as session:
        publish_rows(session, work.subject, snapshots)
    return Done()


def restore_failed(work: Work[Host], reason: str) -> None:
    """The image failed, with its reason."""
    snapshots = _snapshots(work)
    with work.transaction() as session:
        withdraw(session, work.subject, snapshots, reason)


store_image = story("store-image", write, failed=store_failed)
restore_image = story("restore-image", read, transfer, publish, failed=restore_failed)
