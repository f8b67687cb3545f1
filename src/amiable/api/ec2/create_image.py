"""CreateImage: an image of an instance, running or stopped.

The operation writes the image (`pending`), one snapshot a volume, and the story `create-image`, which does
the work (flows/create_image.py). With NoReboot absent or false the instance is shut down cleanly first and
started again, as on AWS.

CreateCleanImage (clean_images.py) begins in the same way; its volumes' snapshots are temporary, and the image
has others, which are made of them (flows/clean_image.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from amiable.api.call import Call
from amiable.api.ec2.block_devices import Device, overlaid, rows_of
from amiable.api.ec2.create_snapshots import check_room, pending_snapshot, settled_instance
from amiable.api.ec2.volume_attachments import check_has_root
from amiable.api.faults import invalid
from amiable.api.image_names import check_image_name
from amiable.api.table import Shape, operation
from amiable.api.tags import apply, specified
from amiable.core import ids
from amiable.model.account import Account
from amiable.model.flow import enqueue
from amiable.model.image import Image
from amiable.model.instance import Instance
from amiable.model.product_code import inherit_codes
from amiable.model.volume import Volume
from amiable.model.watermark import inherit_watermarks
from amiable.protocol.faults import Fault


@operation("ec2", "CreateImage")
def create_image(call: Call, request: Shape) -> Shape:
    """Make an image of an instance and all its volumes."""
    return {"ImageId": begin_image(call, request)}


def begin_image(call: Call, request: Shape, cleaning: Mapping[str, Sequence[str]] | None = None) -> str:
    """Write the image of a checked request, its snapshots and its story; the image's id.

    `cleaning`: what a clean-up leaves (`keep`) and which services it disables (`disable`).
    """
    instance = settled_instance(call, request["InstanceId"], "an image")
    check_has_root(instance)
    name, description = request["Name"], request.get("Description")
    check_image_name(call, name)
    if description and len(description) > 255:
        raise invalid("The description must not be longer than 255 characters.")
    for refused in ("SnapshotLocation", "BootModeOverride"):
        if request.get(refused):
            raise Fault("UnsupportedOperation", f"The parameter {refused} is not supported.")
    tags = specified(request, "image", "snapshot")
    image_id = ids.new_id("ami")
    staying = [row for row in instance.attachments if row.state != "detaching"]
    volumes = {row.device: row.volume for row in staying}
    own = [
        Device(
            name=row.device,
            size=row.volume.size,
            volume_type=row.volume.volume_type,
            iops=row.volume.iops,
            throughput=row.volume.throughput,
            delete_on_termination=row.delete_on_termination,
        )
        for row in sorted(staying, key=lambda row: (row.device != instance.root_device_name, row.device))
    ]
    devices = overlaid(call, own, request.get("BlockDeviceMappings") or (), fixed=True)
    if instance.root_device_name not in {device.name for device in devices}:
        raise Fault("InvalidBlockDeviceMapping", "The root device cannot be left out of an image.")
    snapshots = {}
    check_room(call, len(volumes) * (1 if cleaning is None else 2))
    for position, device in enumerate(devices):
        if device.name not in volumes:
            continue
        snapshot = pending_snapshot(
            call,
            volumes[device.name],
            f"Created by CreateImage({instance.id}) for {image_id}",
            tags.get("snapshot"),
            device.size,
        )
        snapshots[volumes[device.name].id] = snapshot.id
        devices[position] = replace(device, snapshot_id=snapshot.id)
    image = Image(
        id=image_id,
        region=call.region,
        account_id=call.account_id,
        owner_alias=call.session.get_one(Account, call.account_id).alias,
        name=name,
        description=description,
        architecture=instance.architecture,
        boot_mode=instance.boot_mode,
        root_device_name=instance.root_device_name,
        imds_support=_imds_support(call, instance),
        source_instance_id=instance.id,
        source_image_id=instance.image_id,
        source_image_region=call.region,
        cleaning=None if cleaning is None else dict(cleaning),
        created_at=call.now,
        devices=rows_of(devices, image_id),
    )
    call.session.add(image)
    backing = [device.snapshot_id for device in devices if device.snapshot_id]
    inherit_codes(call.session, image_id, instance.id, *backing)
    inherit_watermarks(call.session, image_id, instance.image_id)
    apply(call, image_id, "image", tags.get("image"))
    call.session.flush()
    story: Shape = {"image_id": image_id, "reboot": not request.get("NoReboot", False)}
    if cleaning is None:
        story["snapshots"] = snapshots
    else:
        taken = [volumes[device.name] for device in devices if device.name in volumes]
        parts = _parts(call, image_id, taken, snapshots)
        story["snapshots"] = {part["volume"]: part["temporary"] for part in parts}
        story["cleaning"] = {"parts": parts, **cleaning}
    enqueue(call.session, "create-image", instance.id, host=instance.host, **story)
    return image_id


def _parts(
    call: Call, image_id: str, volumes: Sequence[Volume], snapshots: Mapping[str, str]
) -> list[dict[str, str]]:
    """What the story clean-image works on: each volume, a temporary snapshot of it, and the image's own."""
    description = f"Temporary: what {image_id} is made of before it is cleaned"
    made = [(volume, pending_snapshot(call, volume, description, None)) for volume in volumes]
    call.session.flush()
    return [
        {"volume": volume.id, "temporary": temporary.id, "snapshot": snapshots[volume.id]}
        for volume, temporary in made
    ]


def _imds_support(call: Call, instance: Instance) -> str | None:
    source = call.session.get(Image, instance.image_id)
    return source.imds_support if source else None
