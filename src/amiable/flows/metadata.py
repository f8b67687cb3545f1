"""What the metadata service tells an instance, read from the rows at every request."""

from sqlalchemy import select

from amiable.compute.net import addresses
from amiable.compute.net.tree import InstanceMetadata, InterfaceMetadata
from amiable.model.database import Database
from amiable.model.image import Image
from amiable.model.instance import Instance
from amiable.model.instance_profile import profile_id
from amiable.model.network import NetworkInterface, Subnet, Vpc
from amiable.model.product_code import codes_of
from amiable.model.tag import tags_of
from amiable.model.zone import zone_id

TOLD = ("pending", "running", "stopping", "shutting-down")


def metadata_of(database: Database, vpc_id: str, source: str) -> InstanceMetadata | None:
    """The metadata of the instance with that private address in the VPC; None for a stranger."""
    with database.read() as session:
        interface = session.scalar(
            select(NetworkInterface).where(
                NetworkInterface.vpc_id == vpc_id, NetworkInterface.private_ip == source
            )
        )
        owner = interface.instance_id if interface else None
        instance = session.get(Instance, owner) if owner else None
        if instance is None or instance.state not in TOLD:
            return None
        tags = tags_of(session, [instance.id], instance.account_id).get(instance.id, {})
        vpc = session.get_one(Vpc, vpc_id)
        subnets = {subnet.id: subnet for subnet in vpc.subnets}
        image = session.get(Image, instance.image_id)
        codes = codes_of(session, [instance.id]).get(instance.id, [])
        return _metadata(instance, vpc, subnets, tags, image, codes)


def _metadata(
    instance: Instance,
    vpc: Vpc,
    subnets: dict[str, Subnet],
    tags: dict[str, str],
    image: Image | None,
    codes: list[str],
) -> InstanceMetadata:
    interfaces = tuple(_interface(row, vpc, subnets[row.subnet_id]) for row in instance.interfaces)
    key = {instance.key_name: instance.public_key} if instance.key_name and instance.public_key else {}
    profile = instance.options.get("instance_profile")
    return InstanceMetadata(
        instance_id=instance.id,
        image_id=instance.image_id,
        instance_type=instance.instance_type,
        account_id=instance.account_id,
        region=instance.region,
        zone=instance.availability_zone,
        zone_id=zone_id(instance.availability_zone, instance.region),
        hostname=interfaces[0].local_hostname,
        interfaces=interfaces,
        reservation_id=instance.reservation_id,
        pending_time=instance.launched_at,
        architecture=instance.architecture,
        launch_index=instance.launch_index,
        public_keys=key,
        user_data=instance.user_data,
        block_devices=_block_devices(instance),
        tags=tags,
        ancestor_image_ids=(image.source_image_id,) if image and image.source_image_id else (),
        product_codes=tuple(codes),
        instance_profile=(profile, profile_id(profile)) if profile else None,
        http_tokens=instance.http_tokens,
        http_endpoint=instance.http_endpoint,
        hop_limit=instance.http_hop_limit,
        instance_metadata_tags="enabled" if instance.metadata_tags else "disabled",
    )


def _block_devices(instance: Instance) -> dict[str, str]:
    """`ami` is the root without /dev/, `root` with it, `ebsN` the others (EC2 User Guide)."""
    root = instance.root_device_name
    further = [row.device for row in instance.attachments if row.device != root]
    named = {f"ebs{at}": device.removeprefix("/dev/") for at, device in enumerate(further, 1)}
    return {"ami": root.removeprefix("/dev/"), "root": root, **named}


def _interface(row: NetworkInterface, vpc: Vpc, subnet: Subnet) -> InterfaceMetadata:
    label = addresses.private_label(row.private_ip)
    return InterfaceMetadata(
        id=row.id,
        mac=row.mac,
        device_number=row.device_index,
        local_ipv4=row.private_ip,
        subnet_id=subnet.id,
        subnet_cidr=subnet.cidr,
        vpc_id=vpc.id,
        vpc_cidr=vpc.cidr,
        local_hostname=f"{label}.{addresses.domain(row.region)}",
        public_ipv4=row.public_ip,
        security_groups=tuple((group.id, group.name) for group in row.groups),
    )
