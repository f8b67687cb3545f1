"""create-volume and delete-volume: a volume that no instance has.

    create-volume:  hydrate ──► make_disk ──► done (available)
    delete-volume:  remove ──► done (the row is gone)

Nobody has written to a new volume's file, so it belongs to the unprivileged user that reads imports; from
its first attachment on, to the machine it is or was attached to.
"""

import shutil

from amiable.flows.bases import ensure_base, make_overlay
from amiable.flows.host import Host
from amiable.flows.story import Done, Goto, Next, Work, story
from amiable.model.product_code import drop_codes
from amiable.model.tag import drop_tags
from amiable.model.volume import Volume


def _creating(work: Work[Host]) -> Volume | None:
    with work.database.read() as session:
        volume = session.get(Volume, work.subject)
        return volume if volume is not None and volume.state == "creating" else None


def hydrate(work: Work[Host]) -> Next:
    """Bring the base image into the cache."""
    volume = _creating(work)
    if volume is None:
        return Done()
    ensure_base(work, volume.region, volume.snapshot_id)
    return Goto("make_disk")


def make_disk(work: Work[Host]) -> Next:
    """Make the file; the volume is available."""
    volume = _creating(work)
    if volume is None:
        return Done()
    if not make_overlay(work.host, volume, work.host.settings.parser_uid):
        return Goto("hydrate")
    with work.transaction() as session:
        session.get_one(Volume, volume.id).state = "available"
    return Done()


def _in_error(work: Work[Host], _reason: str) -> None:
    with work.transaction() as session:
        volume = session.get(Volume, work.subject)
        if volume is not None:
            volume.state = "error"


def create_failed(work: Work[Host], reason: str) -> None:
    """No file stays; the volume is in `error`, and can be deleted."""
    shutil.rmtree(work.host.volume_path(work.subject).parent, ignore_errors=True)
    _in_error(work, reason)


def remove(work: Work[Host]) -> Next:
    """Remove the file, then the row."""
    folder = work.host.volume_path(work.subject).parent
    if folder.exists():
        shutil.rmtree(folder)
    with work.transaction() as session:
        volume = session.get(Volume, work.subject)
        if volume is not None:
            drop_tags(session, volume.id)
            drop_codes(session, volume.id)
            session.delete(volume)
    return Done()


create_volume = story("create-volume", hydrate, make_disk, failed=create_failed)
delete_volume = story("delete-volume", remove, failed=_in_error)
