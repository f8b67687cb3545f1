"""catalog-import: an entry of the catalog becomes an available image in every region.

    obtain ──► store ──► publish ──► tidy ──► done

obtain    the disk: built from Debian packages, or fetched from where the catalog says, verified and read by
          the unprivileged importer
store     into the store of one region, and from there into the others
publish   in one transaction: what was listed is available; an image that this one replaces gives its name up
tidy      the temporary files go

When it fails, what was listed is listed again and says why; the next launch or pull tries anew. The disk of
each try goes into snapshots of its own, so that two tries never meet under one name in the store.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.orm import Session

from amiable.blocks.ingest import ingest as store_source
from amiable.blocks.replicate import replicate
from amiable.blocks.source import raw_file_source
from amiable.compute.base.debian import build_debian
from amiable.compute.base.lamp import build_lamp
from amiable.compute.base.tiny import build_tiny
from amiable.compute.catalog import Entry, entry_named
from amiable.compute.fetch import fetch_verified, file_name
from amiable.compute.importer import convert
from amiable.core import clock
from amiable.flows import catalog, catalog_listing
from amiable.flows.host import Host
from amiable.flows.progress import snapshot_progress
from amiable.flows.publish import stored
from amiable.flows.story import Done, Goto, Next, Work, story
from amiable.model.account import Account
from amiable.model.image import NOT_IMPORTED, Image
from amiable.model.product_code import codes_of, inherit_codes
from amiable.model.snapshot import Snapshot

GIB = 1024**3
Tell = Callable[[str, float | None], None]


def _entry(work: Work[Host]) -> Entry:
    return entry_named(catalog.folder_of(work.host.settings), work.state["name"])


def _disk(work: Work[Host]) -> Path:
    return work.host.work_directory(work.number) / "disk.raw"


def obtain(work: Work[Host]) -> Next:
    """Make or fetch the disk."""
    entry = _entry(work)
    folder = work.host.work_directory(work.number)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    notes = [snapshot_progress(work, one, upto=48) for one in work.state["snapshots"].values()]

    def tell(what: str, fraction: float | None) -> None:
        for note in notes:
            note(int((fraction or 0) * 1000), 1000)

    if entry.recipe is not None:
        _build(work, entry, tell)
    else:
        _fetch(work, entry, tell)
    return Goto("store")


def _build(work: Work[Host], entry: Entry, tell: Tell) -> None:
    """By a recipe; the packages are kept for the next time."""
    packages = work.host.settings.data_dir / "build"
    packages.mkdir(mode=0o755, exist_ok=True)
    if entry.recipe == "tiny":
        build_tiny(_disk(work), packages, tell)
    elif entry.recipe == "lamp":
        build_lamp(_disk(work), packages, size_gib=entry.size, progress=tell)
    else:
        build_debian(_disk(work), packages, size_gib=entry.size, progress=tell)


def _fetch(work: Work[Host], entry: Entry, tell: Tell) -> None:
    """From the distributor, by what the catalog's file says and nobody else."""
    folder = work.host.work_directory(work.number)
    fetched = folder / "fetched" / file_name(str(entry.url))
    fetched.parent.mkdir()
    fetch_verified(
        str(entry.url),
        fetched,
        lambda what, fraction: tell(what, 0.8 * (fraction or 0)),
        checksum=entry.checksum,
        checksums=entry.checksums,
    )
    uid = work.host.settings.parser_uid
    convert(fetched, _disk(work), folder, uid, lambda what, fraction: tell(what, 0.8 + 0.2 * fraction))
    fetched.unlink()


def store(work: Work[Host]) -> Next:
    """Store it once, and let the other regions copy the chunks that they lack."""
    stores = work.host.stores
    first = next(iter(work.state["snapshots"].items()))
    for region, snapshot_id in work.state["snapshots"].items():
        note = snapshot_progress(work, snapshot_id, start=50)
        if (region, snapshot_id) == first:
            with raw_file_source(_disk(work)) as source:
                gib = -(-source.size // GIB)
                ingested = store_source(stores[region], source, name=snapshot_id, progress=note)
            digest = ingested.digest
        else:
            ingested = replicate(
                stores[first[0]], first[1], digest, stores[region], name=snapshot_id, progress=note
            )
        with work.transaction() as session:
            stored(session, snapshot_id, ingested, volume_size=gib)
    return Goto("publish")


def publish(work: Work[Host]) -> Next:
    """Make it available everywhere at once."""
    entry = _entry(work)
    with work.transaction() as session:
        listed = catalog.on_snapshots(session, work.state["snapshots"].values())
        for snapshot_id in work.state["snapshots"].values():
            snapshot = session.get_one(Snapshot, snapshot_id)
            if snapshot.state == "pending":  # else this step has run before
                snapshot.state, snapshot.progress = "completed", 100
                snapshot.completed_at = clock.now()
                image = listed.get(snapshot_id) or _successor(session, entry, snapshot)
                image.state, image.created_at = "available", clock.now()
                image.state_reason_code = image.state_reason_message = None
                image.devices[0].volume_size = max(entry.size, snapshot.volume_size)
    return Goto("tidy")


def _successor(session: Session, entry: Entry, snapshot: Snapshot) -> Image:
    """A new image of the entry; the one before keeps its id, for whoever refers to it, but not its name."""
    now = clock.now()
    before = catalog.current(session, entry.name, snapshot.region)
    if before is not None:
        before.name = f"{before.name} until {now:%Y-%m-%d} {before.id}"
        before.catalog_name = None
        before.deprecated_at = now
        session.flush()
    owner = session.get_one(Account, snapshot.account_id)
    code = next(iter(codes_of(session, [snapshot.id]).get(snapshot.id, [])), None)
    return catalog_listing.new_image(session, owner, entry, snapshot, code)


def tidy(work: Work[Host]) -> Next:
    """Remove the temporary files."""
    shutil.rmtree(work.host.work_directory(work.number), ignore_errors=True)
    return Done()


def failed(work: Work[Host], reason: str) -> None:
    """List again what was to be imported, and say why it was not; nothing of this try stays."""
    shutil.rmtree(work.host.work_directory(work.number), ignore_errors=True)
    with work.transaction() as session:
        listed = catalog.on_snapshots(session, work.state["snapshots"].values())
        for snapshot_id, image in listed.items():
            old = session.get_one(Snapshot, snapshot_id)
            fresh = catalog_listing.new_snapshot(
                session, old.account_id, old.volume_size, str(image.catalog_name), old.region
            )
            inherit_codes(session, fresh.id, old.id)
            image.devices[0].snapshot_id = fresh.id
            image.state_reason_code = NOT_IMPORTED
            image.state_reason_message = f"The import failed: {reason} The next launch tries again."
        session.flush()
        for snapshot_id in work.state["snapshots"].values():
            catalog.discard_snapshot(session, snapshot_id)


catalog_import = story(catalog.KIND, obtain, store, publish, tidy, failed=failed)
