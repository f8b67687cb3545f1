"""Rows of things that take long to make for real, for tests of what the API says of them."""

from amiable.core import clock, ids
from amiable.model.instance import Instance
from amiable.model.network import NetworkInterface, default_vpc
from amiable.model.security_group import SecurityGroup
from amiable.model.volume import Attachment, Volume
from tests.helpers.api import Api


def add_instance(api: Api, group_id: str, private_ip: str = "172.31.0.10") -> Instance:
    """A running instance, as rows only."""
    with api.database.write() as session:
        vpc = default_vpc(session, api.account_id, api.region)
        assert vpc
        instance = Instance(
            id=ids.new_id("i"),
            region=api.region,
            account_id=api.account_id,
            availability_zone=vpc.subnets[0].availability_zone,
            reservation_id=ids.new_id("r"),
            image_id=ids.new_id("ami"),
            instance_type="t3.micro",
            state="running",
            vpc_id=vpc.id,
            subnet_id=vpc.subnets[0].id,
            host=api.settings.host_name,
            uid=int(private_ip.rsplit(".", maxsplit=1)[-1]),
            launched_at=clock.now(),
        )
        instance.interfaces.append(
            NetworkInterface(
                id=ids.new_id("eni"),
                region=api.region,
                account_id=api.account_id,
                vpc_id=vpc.id,
                subnet_id=vpc.subnets[0].id,
                attachment_id=ids.new_id("eni-attach"),
                mac=f"02:00:00:00:00:{int(private_ip.rsplit('.', maxsplit=1)[-1]):02x}",
                private_ip=private_ip,
                description="eth0",
                attached_at=clock.now(),
                groups=[session.get_one(SecurityGroup, group_id)],
            )
        )
        session.add(instance)
        return instance


def add_volume(api: Api, instance: Instance | None = None, device: str = "/dev/sdf", size: int = 1) -> str:
    """An available volume, or one that is attached to an instance, as rows only; its id."""
    with api.database.write() as session:
        volume = Volume(
            id=ids.new_id("vol"),
            region=api.region,
            account_id=api.account_id,
            availability_zone=api.settings.zone_names(api.region)[0],
            size=size,
            state="in-use" if instance else "available",
            host=instance.host if instance else api.settings.host_name,
            created_at=clock.now(),
        )
        session.add(volume)
        if instance:
            attachment = Attachment(
                volume_id=volume.id,
                instance_id=instance.id,
                device=device,
                state="attached",
                attached_at=clock.now(),
                delete_on_termination=False,
            )
            session.add(attachment)
        return volume.id
