"""launch and start: from rows in `pending` to a running machine.

    launch:  await_image ──► hydrate ──► make_disks ──► connect ──► power_on ──► done (running)
    start:                                              connect ──► power_on ──► done (running)

await_image  an image of the catalog is imported by its first launch; all others are there
hydrate      the image's snapshots become base images in this host's cache
make_disks   an overlay a volume; the volumes are in use
connect      namespace, tap, addresses, rules, metadata
power_on     QEMU starts; the instance is running

A launch that fails ends as `terminated` with its reason, as on AWS; a start that fails, as `stopped`. An
instance that somebody terminates meanwhile is left to the terminate story, which waits behind this one.
"""

from amiable.compute import machine
from amiable.core import clock
from amiable.core.errors import Conflict
from amiable.flows import networks
from amiable.flows.bases import ensure_base, make_overlay
from amiable.flows.catalog import under_way
from amiable.flows.disposal import discard, let_go
from amiable.flows.host import Host
from amiable.flows.machines import boot, instance_of
from amiable.flows.story import Done, Goto, Next, Wait, Work, story
from amiable.model.image import Image
from amiable.model.instance import Instance
from amiable.model.snapshot import Snapshot
from amiable.model.usage import begin_use

IMPORT_LOOK_SECONDS = 1.0
SERVER_ERROR = "Server.InternalError"


def _pending(work: Work[Host]) -> Instance | None:
    """The instance, unless it is to be terminated."""
    with work.database.read() as session:
        instance = instance_of(session, work.subject)
        return instance if instance.state == "pending" else None


def await_image(work: Work[Host]) -> Next:
    """Wait for the import that the request began; disks grow to what it brought."""
    instance = _pending(work)
    if instance is None:
        return Done()
    with work.transaction() as session:
        image = session.get(Image, instance.image_id)
        if image is not None and image.listed:
            if under_way(session, str(image.catalog_name)) is not None:
                return Wait(IMPORT_LOOK_SECONDS)
            raise Conflict(f"The image {image.id} could not be imported. {image.state_reason_message}")
        for attachment in instance_of(session, work.subject).attachments:
            volume = attachment.volume
            snapshot = session.get(Snapshot, volume.snapshot_id) if volume.snapshot_id else None
            if snapshot is not None:
                volume.size = max(volume.size, snapshot.volume_size)
    return Goto("hydrate")


def hydrate(work: Work[Host]) -> Next:
    """Bring the base images into the cache; nothing to do for those that are there."""
    instance = _pending(work)
    if instance is None:
        return Done()
    for attachment in instance.attachments:
        ensure_base(work, instance.region, attachment.volume.snapshot_id)
    return Goto("make_disks")


def make_disks(work: Work[Host]) -> Next:
    """Make the volumes' files."""
    instance = _pending(work)
    if instance is None:
        return Done()
    for attachment in instance.attachments:
        if not make_overlay(work.host, attachment.volume, instance.uid):
            return Goto("hydrate")  # evicted between the two steps
    with work.transaction() as session:
        for attachment in instance_of(session, work.subject).attachments:
            attachment.volume.state = "in-use"
            attachment.state = "attached"
    return Goto("connect")


def connect(work: Work[Host]) -> Next:
    """Let the instance's network stand."""
    instance = _pending(work)
    if instance is None:
        return Done()
    networks.refresh(work.host, work.database, instance.vpc_id)
    return Goto("power_on")


def power_on(work: Work[Host]) -> Next:
    """Start the machine."""
    instance = _pending(work)
    if instance is None:
        return Done()
    boot(work.host, instance)
    with work.transaction() as session:
        instance = instance_of(session, work.subject)
        instance.accelerator = work.host.accelerator
        instance.reached, instance.reached_at = None, clock.now()
        if instance.state == "pending":
            instance.state = "running"
            begin_use(session, instance, clock.now())
    return Done()


def _note(instance: Instance, state: str, reason: str) -> None:
    if instance.state == "pending":
        instance.state = state
    instance.state_reason_code = SERVER_ERROR
    instance.state_reason_message = f"{SERVER_ERROR}: {reason}"


def launch_failed(work: Work[Host], reason: str) -> None:
    """Leave nothing of an instance that could not be launched, but say why."""
    with work.transaction() as session:
        _note(instance_of(session, work.subject), "shutting-down", reason)
    discard(work)


def start_failed(work: Work[Host], reason: str) -> None:
    """Back to stopped."""
    machine.kill(work.host.machine_directory(work.subject))
    let_go(work, lambda instance: _note(instance, "stopped", reason))


launch = story("launch", await_image, hydrate, make_disks, connect, power_on, failed=launch_failed)
start = story("start", connect, power_on, failed=start_failed)
