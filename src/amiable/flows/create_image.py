"""create-image: from an instance's volumes at one instant to an available image.

    begin ─┬─ reboot wanted ──► shut_down ──► restart ──► capture ──┐
           ├─ running ─────────────────────────────────► capture ──┼─► ingest ──► publish ──► release ──► done
           └─ stopped ──────────────────────────────────────────────┘

capture   the point in time: all volumes in one instant, in milliseconds; the guest goes on
ingest    what changed since the last snapshot (or the base image) goes into the store
publish   snapshots complete, image available, in one transaction
release   the point in time is closed

Of a clean image (`work.state` has `cleaning`) the snapshots are temporary: instead of being published they
are handed on to the story clean-image, and the point in time leaves no mark for the next image.

With reboot the machine is started again *paused*, the point is taken before its first instruction, and it
goes on: the image holds a cleanly shut down disk, and the instance is away no longer than a reboot takes.
The point in time itself is moment.py's.
"""

from amiable.compute import machine
from amiable.core.errors import AmiableError
from amiable.core.log import logger
from amiable.flows import clean_image, moment, networks
from amiable.flows.host import Host
from amiable.flows.machines import boot, instance_of
from amiable.flows.publish import publish as publish_rows
from amiable.flows.publish import withdraw
from amiable.flows.story import Done, Goto, Next, Work, story
from amiable.model.image import Image
from amiable.model.instance import Instance

log = logger(__name__)


def begin(work: Work[Host]) -> Next:
    """Choose the way, and fix which earlier snapshots this one builds on."""
    moment.choose(work)
    with work.database.read() as session:
        instance = instance_of(session, work.subject)
    work.state["reboot"] = work.state["reboot"] and work.state["live"] and instance.state == "running"
    if work.state["reboot"]:
        return Goto("shut_down")
    return Goto("capture" if work.state["live"] else "ingest")


def shut_down(work: Work[Host]) -> Next:
    """A clean shutdown, so that everything is on the disks."""
    grace = work.host.settings.stop_grace_seconds
    ended = machine.stop(work.host.machine_directory(work.subject), grace)
    work.state["clean"] = ended in ("clean", "absent")
    return Goto("restart")


def restart(work: Work[Host]) -> Next:
    """Start the machine again, but not yet its processors."""
    with work.database.read() as session:
        instance = instance_of(session, work.subject)
    networks.refresh(work.host, work.database, instance.vpc_id)
    boot(work.host, instance, paused=True)
    return Goto("capture")


def capture(work: Work[Host]) -> Next:
    """Take the point in time; from here on the guest may write again."""
    moment.capture(work, freeze_seconds=0.0 if work.state["reboot"] else 10.0)
    if work.state["reboot"]:
        if work.state["clean"]:
            work.state["consistency"] = "file-system"
        machine.cont(work.host.machine_directory(work.subject))
    return Goto("ingest")


def ingest(work: Work[Host]) -> Next:
    """Read what changed and store it, volume by volume."""
    moment.ingest(work)
    return Goto("publish")


def publish(work: Work[Host]) -> Next:
    """Make the image available; or hand its snapshots on to be cleaned."""
    with work.transaction() as session:
        if "cleaning" in work.state:
            clean_image.hand_on(session, work)
            work.state["published"] = False
            return Goto("release")
        snapshots = work.state["snapshots"].values()
        work.state["published"] = publish_rows(session, work.state["image_id"], snapshots)
        if work.state["published"]:
            moment.note_latest(work, session)
    return Goto("release")


def release(work: Work[Host]) -> Next:
    """Close the point in time; its bitmaps stay for the next image."""
    moment.close(work, keep=work.state["published"])
    return Done()


def failed(work: Work[Host], reason: str) -> None:
    """The image failed, with its reason; the instance goes on as before."""
    with work.transaction() as session:
        image = session.get_one(Image, work.state["image_id"])
        if "cleaning" in work.state:
            clean_image.abandon(session, image.id, work.state["cleaning"]["parts"], reason)
        withdraw(session, image.id, work.state["snapshots"].values(), reason)
        instance = instance_of(session, work.subject)
        should_run = instance.state == "running"
    try:
        moment.close(work, keep=False)
    except AmiableError as trouble:
        log.error("%s: the point in time could not be closed: %s", work.subject, trouble)
    if should_run and work.state["reboot"] and "live" in work.state:
        _bring_back(work, instance)


def _bring_back(work: Work[Host], instance: Instance) -> None:
    """A reboot that stopped half-way is finished, so that the instance runs as before."""
    directory = work.host.machine_directory(work.subject)
    if machine.status(directory) == "absent":
        networks.refresh(work.host, work.database, instance.vpc_id)
        boot(work.host, instance)
    elif machine.status(directory) == "paused":
        machine.cont(directory)


create_image = story(
    "create-image", begin, shut_down, restart, capture, ingest, publish, release, failed=failed
)
