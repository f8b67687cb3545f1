"""attach-volume and detach-volume: they stand in line with the other stories of the instance.

    attach-volume:  plug ──► done (attached)
    detach-volume:  unplug ──► done (available), or `detaching` for as long as the guest holds on to it

A running machine is given the volume, or asked to give it back; for a stopped one the rows say it all. The
guest may never answer: the story asks for a while, then ends, so that it holds up no stop or reboot; those
end the attachment, and until then a chore asks again every minute. By force, the volume is taken away.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from amiable.compute import disk, hotplug
from amiable.core import clock
from amiable.core.log import logger
from amiable.flows.detachment import set_free
from amiable.flows.host import Host
from amiable.flows.machines import disk_of, instance_of
from amiable.flows.story import Done, Next, Wait, Work, story
from amiable.model.database import Database
from amiable.model.flow import enqueue, unfinished
from amiable.model.instance import Instance
from amiable.model.volume import Attachment

log = logger(__name__)
ASK_SECONDS = 10.0
POLL_SECONDS = 0.2


def _attachment(session: Session, work: Work[Host], state: str) -> Attachment | None:
    """The attachment that the story is about, unless another story has dealt with it."""
    row = session.get(Attachment, work.state["volume_id"])
    return row if row is not None and (row.instance_id, row.state) == (work.subject, state) else None


def plug(work: Work[Host]) -> Next:
    """Give the volume to the instance, once the volume's own stories have ended."""
    with work.database.read() as session:
        attachment = _attachment(session, work, "attaching")
        if attachment is None:
            return Done()
        if unfinished(session, attachment.volume_id):
            return Wait(0.5)
        instance = instance_of(session, work.subject)
    item = disk_of(work.host, attachment.volume)
    disk.hand_over(item.path, instance.uid)
    hotplug.plug(work.host.machine_directory(work.subject), item)
    with work.transaction() as session:
        attachment = _attachment(session, work, "attaching")
        if attachment is not None:
            attachment.state = "attached"
    return Done()


def attach_failed(work: Work[Host], reason: str) -> None:
    """The volume goes back; a machine that was given it nevertheless loses it."""
    log.error("%s: %s could not be attached: %s", work.subject, work.state["volume_id"], reason)
    with work.transaction() as session:
        attachment = _attachment(session, work, "attaching")
        if attachment is not None:
            attachment.state = "detaching"
            _enqueue_detach(session, work.host.name, attachment, force=True)


def unplug(work: Work[Host]) -> Next:
    """Ask the guest for the volume; the volume is available once nothing holds its file."""
    with work.database.read() as session:
        attachment = _attachment(session, work, "detaching")
    if attachment is None:
        return Done()
    directory = work.host.machine_directory(work.subject)
    item = disk_of(work.host, attachment.volume)
    until = clock.monotonic() + ASK_SECONDS
    while not hotplug.unplug(directory, item):
        if clock.monotonic() < until:
            clock.sleep(POLL_SECONDS)
        elif work.state["force"] and hotplug.revoke(directory, item):
            log.warning("%s: %s was taken away by force", work.subject, item.volume_id)
            break
        else:
            log.warning("%s does not give %s back; it will be asked again", work.subject, item.volume_id)
            return Done()
    with work.transaction() as session:
        attachment = _attachment(session, work, "detaching")
        if attachment is not None:
            set_free(session, instance_of(session, work.subject), attachment)
    return Done()


def _enqueue_detach(session: Session, host: str, attachment: Attachment, *, force: bool) -> None:
    enqueue(
        session,
        "detach-volume",
        attachment.instance_id,
        host=host,
        volume_id=attachment.volume_id,
        force=force,
    )


def detach_failed(work: Work[Host], reason: str) -> None:
    """It stays `detaching`, and is tried again in a minute."""
    log.error("%s: %s could not be detached: %s", work.subject, work.state["volume_id"], reason)


def ask_again(host: Host, database: Database) -> None:
    """A chore: volumes that guests have not given back yet."""
    held = (
        select(Attachment.volume_id, Attachment.instance_id)
        .join(Instance, Instance.id == Attachment.instance_id)
        .where(Attachment.state == "detaching", Instance.host == host.name)
    )
    with database.read() as session:
        if session.execute(held.limit(1)).first() is None:
            return
    with database.write() as session:
        for volume_id, instance_id in session.execute(held).all():
            if not unfinished(session, instance_id):
                _enqueue_detach(session, host.name, session.get_one(Attachment, volume_id), force=False)


attach_volume = story("attach-volume", plug, failed=attach_failed)
detach_volume = story("detach-volume", unplug, failed=detach_failed)
