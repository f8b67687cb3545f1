"""replace-root-volume: a running instance gets another root volume; id, addresses and interfaces stay.

    prepare ──► shut_down ──► swap ──► start_again ──► finish ──► done
                                                         (the former root stays, or is deleted)

The new volume is ready before the guest is asked to shut down, so it is away no longer than for a reboot. A
failure brings the former root back: until `finish` it is untouched.
"""

from sqlalchemy.orm import Session

from amiable.compute import disk, machine
from amiable.core import clock
from amiable.core.errors import AmiableError, NotFound
from amiable.core.log import logger
from amiable.flows import metering
from amiable.flows.bases import ensure_base, make_overlay
from amiable.flows.host import Host
from amiable.flows.machines import instance_of
from amiable.flows.stop import resume
from amiable.flows.story import Done, Goto, Next, Wait, Work, story
from amiable.model.flow import enqueue, unfinished
from amiable.model.instance import Instance
from amiable.model.product_code import inherit_codes, leave_codes
from amiable.model.task import Task
from amiable.model.volume import Attachment, Volume

log = logger(__name__)


def prepare(work: Work[Host]) -> Next:
    """Make the new volume's file; one that was there before is waited for, if it is busy."""
    with work.transaction() as session:
        session.get_one(Task, work.state["task_id"]).progress = 10
        instance = instance_of(session, work.subject)
        volume = session.get(Volume, work.state["volume_id"])
        if volume is None or instance.root is None:
            raise NotFound(f"{instance.id} has no root volume, or its replacement is gone.")
        work.state["former"] = instance.root.volume_id
        work.state["former_image"] = instance.image_id
        busy = unfinished(session, volume.id)
    if work.state["given"]:
        return Wait(0.5) if busy else Goto("shut_down")
    ensure_base(work, volume.region, volume.snapshot_id)
    return Goto("shut_down") if make_overlay(work.host, volume, instance.uid) else Wait(0)


def shut_down(work: Work[Host]) -> Next:
    """Let the guest shut down."""
    metering.see(work.host, work.database, work.subject)
    machine.stop(work.host.machine_directory(work.subject), work.host.settings.stop_grace_seconds)
    return Goto("swap")


def swap(work: Work[Host]) -> Next:
    """The rows have the new root; the file belongs to the machine."""
    with work.transaction() as session:
        instance = instance_of(session, work.subject)
        _exchange(session, instance, work.state["volume_id"])
        if work.state["image_id"]:
            instance.image_id = work.state["image_id"]
    disk.hand_over(work.host.volume_path(work.state["volume_id"]), instance.uid)
    return Goto("start_again")


def _exchange(session: Session, instance: Instance, volume_id: str) -> None:
    """Make that volume the root; the present one, if it is another, is available afterwards."""
    former = instance.root
    if former is None or former.volume_id == volume_id:
        return
    volume = session.get_one(Volume, volume_id)
    others = [row.volume_id for row in instance.attachments if row is not former]
    leave_codes(session, instance.id, former.volume_id, instance.image_id, volume_id, *others)
    inherit_codes(session, instance.id, volume_id)
    options = instance.options
    instance.options = {
        **options,
        "launch_snapshot": options.get("launch_snapshot") or former.volume.snapshot_id,
        "former_roots": [*options.get("former_roots", ()), former.volume_id],
    }
    former.volume.state = "available"
    volume.state = "in-use"
    session.delete(former)
    session.flush()
    session.add(
        Attachment(
            volume_id=volume_id,
            instance_id=instance.id,
            device=instance.root_device_name,
            state="attached",
            attached_at=clock.now(),
            delete_on_termination=former.delete_on_termination,
        )
    )
    session.flush()
    session.expire(instance, ["attachments"])


def start_again(work: Work[Host]) -> Next:
    """Boot from the new root, unless somebody stops or terminates the instance meanwhile."""
    resume(work)
    return Goto("finish")


def finish(work: Work[Host]) -> Next:
    """The task has succeeded."""
    with work.transaction() as session:
        _end(session, work, "completed")
        if work.state["delete_former"]:
            _delete(session, work, work.state["former"])
    return Done()


def _end(session: Session, work: Work[Host], state: str, message: str | None = None) -> None:
    task = session.get_one(Task, work.state["task_id"])
    task.state, task.progress, task.message, task.ended_at = state, 100, message, clock.now()


def _delete(session: Session, work: Work[Host], volume_id: str) -> None:
    volume = session.get(Volume, volume_id)
    if volume is not None and volume.attachment is None:
        volume.state = "deleting"
        enqueue(session, "delete-volume", volume_id, host=work.host.name)


def failed(work: Work[Host], reason: str) -> None:
    """The instance has its former root again, and runs if it should."""
    with work.database.read() as session:
        root = instance_of(session, work.subject).root
    if root is not None and root.volume_id == work.state["volume_id"]:
        machine.kill(work.host.machine_directory(work.subject))
    with work.transaction() as session:
        instance = instance_of(session, work.subject)
        if former := work.state.get("former"):
            _exchange(session, instance, former)
            instance.image_id = work.state["former_image"]
        _end(session, work, "failed", reason)
        volume = session.get(Volume, work.state["volume_id"])
        if volume is not None and work.state["given"]:
            volume.state = "available"
        elif volume is not None:
            session.expire(volume, ["attachment"])
            _delete(session, work, volume.id)
    try:
        resume(work)
    except AmiableError as trouble:
        log.error("%s: could not be started again: %s", work.subject, trouble)


replace_root_volume = story(
    "replace-root-volume", prepare, shut_down, swap, start_again, finish, failed=failed
)
