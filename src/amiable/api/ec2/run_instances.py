"""RunInstances: checks a launch request, writes its rows, starts one `launch` story an instance.

The request is what its launch template says, replaced by what it says itself (launch_template_data.py); what
each part means is in launch_request.py. All instances of a request are made, or none.
"""

from typing import Any

from sqlalchemy import func, select

from amiable.api.call import Call
from amiable.api.catalog import import_listed
from amiable.api.client_tokens import made_before, remember
from amiable.api.ec2.block_devices import Device
from amiable.api.ec2.create_volume import check_volume_quota
from amiable.api.ec2.images import launchable_image
from amiable.api.ec2.instances import instance_shapes, reservation_shape
from amiable.api.ec2.launch_network import Placement, add_interfaces, place
from amiable.api.ec2.launch_request import (
    counts,
    devices,
    instance_profile,
    key_pair,
    metadata_options,
    refuse_unsupported,
    shutdown_behavior,
    type_of,
    user_data,
)
from amiable.api.ec2.launch_template_data import with_template
from amiable.api.ec2.subscribed import check_subscribed
from amiable.api.faults import combination
from amiable.api.image_alias import image_id_of
from amiable.api.owned import select_owned
from amiable.api.quotas import check_quota
from amiable.api.table import Shape, operation
from amiable.api.tags import apply, specified
from amiable.core import ids
from amiable.model.flow import enqueue
from amiable.model.instance import Instance, next_uid
from amiable.model.product_code import inherit_codes
from amiable.model.volume import Attachment, Volume
from amiable.protocol.faults import Fault


@operation("ec2", "RunInstances")
def run_instances(call: Call, request: Shape) -> Shape:
    """Launch instances from an image."""
    if known := made_before(call, "RunInstances", request):
        return _answer(call, known)
    wanted, template_tags = with_template(call, request)
    refuse_unsupported(wanted)
    if not wanted.get("ImageId"):
        raise Fault("MissingParameter", "The request must contain the parameter ImageId")
    image = launchable_image(call, image_id_of(call, wanted["ImageId"]))
    kind = type_of(wanted, image)
    volumes = devices(call, wanted, image)
    check_subscribed(call, image.id, *(device.snapshot_id for device in volumes if device.snapshot_id))
    image.last_launched_at = call.now
    key = key_pair(call, wanted)
    tags = specified(wanted, "instance", "volume", "network-interface")
    tags["instance"] = tags.get("instance", {}) | template_tags
    placement = place(call, wanted)
    common = {
        "region": call.region,
        "account_id": call.account_id,
        "availability_zone": placement.subnet.availability_zone,
        "reservation_id": ids.new_id("r"),
        "client_token": wanted.get("ClientToken"),
        "image_id": image.id,
        "instance_type": kind.name,
        "architecture": image.architecture,
        "boot_mode": image.boot_mode,
        "root_device_name": image.root_device_name,
        "key_name": key.name if key else None,
        "public_key": key.public_key if key else None,
        "user_data": user_data(wanted),
        "shutdown_behavior": shutdown_behavior(wanted),
        "monitoring": bool((wanted.get("Monitoring") or {}).get("Enabled")),
        "ebs_optimized": bool(wanted.get("EbsOptimized")),
        "options": {
            "termination_protection": bool(wanted.get("DisableApiTermination")),
            "stop_protection": bool(wanted.get("DisableApiStop")),
            "instance_profile": instance_profile(call, wanted),
        },
        "vpc_id": placement.subnet.vpc_id,
        "subnet_id": placement.subnet.id,
        "host": call.settings.host_name,
        "launched_at": call.now,
        **metadata_options(call, wanted, image),
    }
    count = counts(wanted)
    if count > 1 and placement.single:
        raise combination("Addresses and interfaces can be given for a single instance only.")
    check_quota(call, "instances", _live(call) + count)
    check_volume_quota(call, count * len(volumes))
    if image.listed:
        import_listed(call, image)
    instances = [_make(call, index, common, volumes, placement, tags) for index in range(count)]
    remember(call, "RunInstances", request, instances[0].reservation_id)
    return reservation_shape(instances[0], instance_shapes(call, instances))


def _live(call: Call) -> int:
    query = select_owned(call, Instance).where(Instance.state != "terminated")
    return call.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _make(
    call: Call,
    index: int,
    common: dict[str, Any],
    devices: list[Device],
    placement: Placement,
    tags: dict[str, dict[str, str]],
) -> Instance:
    """One instance with its interface and volumes, and the story that launches it."""
    uid = next_uid(call.session, call.settings.host_name, call.settings.uid_base, call.settings.uid_count)
    if uid is None:
        raise Fault("InsufficientInstanceCapacity", "This host has no free user id for another instance.")
    instance = Instance(id=ids.new_id("i"), launch_index=index, uid=uid, **common)
    call.session.add(instance)
    call.session.flush()
    interfaces = add_interfaces(call, instance, placement)
    apply(call, instance.id, "instance", tags.get("instance"))
    for interface in interfaces:
        apply(call, interface.id, "network-interface", tags.get("network-interface"))
    for device in devices:
        volume = Volume(
            id=ids.new_id("vol"),
            region=call.region,
            account_id=call.account_id,
            availability_zone=instance.availability_zone,
            size=device.size,
            volume_type=device.volume_type,
            iops=device.iops,
            throughput=device.throughput,
            snapshot_id=device.snapshot_id,
            host=instance.host,
            created_at=call.now,
        )
        call.session.add(volume)
        call.session.add(
            Attachment(
                volume_id=volume.id,
                instance_id=instance.id,
                device=device.name,
                attached_at=call.now,
                delete_on_termination=device.delete_on_termination,
            )
        )
        apply(call, volume.id, "volume", tags.get("volume"))
        if device.snapshot_id:
            inherit_codes(call.session, volume.id, device.snapshot_id)
            inherit_codes(call.session, instance.id, device.snapshot_id)
    inherit_codes(call.session, instance.id, instance.image_id)
    call.session.flush()
    call.session.refresh(instance)
    enqueue(call.session, "launch", instance.id, host=instance.host)
    return instance


def _answer(call: Call, reservation_id: str) -> Shape:
    """A reservation that was made before, with its instances as they are now."""
    instances = list(
        call.session.scalars(
            select(Instance).where(Instance.reservation_id == reservation_id).order_by(Instance.launch_index)
        )
    )
    return reservation_shape(instances[0], instance_shapes(call, instances))
