"""VPCs, subnets, network interfaces and public addresses.

Each account has one default VPC in each region, with one subnet a zone, as on AWS
(172.31.0.0/16, /20 each). Private addresses are unique in a subnet, public ones on the endpoint.
"""

from datetime import datetime
from ipaddress import IPv4Network

from sqlalchemy import Column, ForeignKey, Index, String, Table, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from amiable.core import clock, ids
from amiable.model.base import AccountId, Base, Id, Region, one_of
from amiable.model.dhcp_options import default_options
from amiable.model.routing import ANYWHERE, Route, associate, create_gateway, create_table, main_table
from amiable.model.security_group import SecurityGroup, create_default_group
from amiable.model.tag import drop_tags

DEFAULT_CIDR = IPv4Network("172.31.0.0/16")
DEFAULT_VPC_DELETED = "default-vpc-deleted"
"""The account setting that keeps a deleted default VPC from coming back at the next start."""

IS_DEFAULT = "is_default"


class Vpc(Base):
    """A VPC; on a host it is a network namespace. `link_index` numbers its link to the host."""

    __tablename__ = "vpc"
    __table_args__ = (
        one_of("state", ("pending", "available")),
        Index(
            "uq_vpc_default",
            "region",
            "account_id",
            unique=True,
            sqlite_where=text(IS_DEFAULT),
            postgresql_where=text(IS_DEFAULT),
        ),
    )

    id: Mapped[Id]
    region: Mapped[Region]
    account_id: Mapped[AccountId]
    cidr: Mapped[str] = mapped_column(String(18))
    state: Mapped[str] = mapped_column(String(16), default="available")
    is_default: Mapped[bool] = mapped_column(default=False)
    link_index: Mapped[int] = mapped_column(unique=True)
    dhcp_options_id: Mapped[str | None] = mapped_column(ForeignKey("dhcp_options.id"), index=True)
    dns_support: Mapped[bool] = mapped_column(default=True)
    dns_hostnames: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    subnets: Mapped[list["Subnet"]] = relationship(order_by="Subnet.position", lazy="selectin")


class Subnet(Base):
    """A subnet; on a host it is a bridge in the VPC's namespace."""

    __tablename__ = "subnet"

    id: Mapped[Id]
    region: Mapped[Region]
    account_id: Mapped[AccountId]
    vpc_id: Mapped[str] = mapped_column(ForeignKey("vpc.id"), index=True)
    position: Mapped[int]
    cidr: Mapped[str] = mapped_column(String(18))
    availability_zone: Mapped[str] = mapped_column(String(40))
    default_for_az: Mapped[bool] = mapped_column(default=False)
    map_public_ip_on_launch: Mapped[bool] = mapped_column(default=True)

    interfaces: Mapped[list["NetworkInterface"]] = relationship(viewonly=True)


interface_group = Table(
    "interface_group",
    Base.metadata,
    Column("interface_id", ForeignKey("network_interface.id"), primary_key=True),
    Column("group_id", ForeignKey("security_group.id"), primary_key=True, index=True),
)


class NetworkInterface(Base):
    """An elastic network interface; on a host it is a tap on the subnet's bridge.

    `instance_id`, `attachment_id`, `attached_at` are set while it is attached, and on the way there and back.
    """

    __tablename__ = "network_interface"
    __table_args__ = (
        Index("uq_network_interface_address", "subnet_id", "private_ip", unique=True),
        one_of("attachment_state", ("attaching", "attached", "detaching")),
    )

    id: Mapped[Id]
    region: Mapped[Region]
    account_id: Mapped[AccountId]
    vpc_id: Mapped[str] = mapped_column(ForeignKey("vpc.id"), index=True)
    subnet_id: Mapped[str] = mapped_column(ForeignKey("subnet.id"))
    instance_id: Mapped[str | None] = mapped_column(ForeignKey("instance.id"), index=True)
    attachment_id: Mapped[str | None] = mapped_column(String(40))
    attachment_state: Mapped[str] = mapped_column(String(16), default="attached")
    device_index: Mapped[int] = mapped_column(default=0)
    mac: Mapped[str] = mapped_column(String(17), unique=True)
    private_ip: Mapped[str] = mapped_column(String(15))
    description: Mapped[str] = mapped_column(String(255), default="")
    wants_public_ip: Mapped[bool] = mapped_column(default=True)
    delete_on_termination: Mapped[bool] = mapped_column(default=True)
    source_dest_check: Mapped[bool] = mapped_column(default=True)
    attached_at: Mapped[datetime | None]

    groups: Mapped[list[SecurityGroup]] = relationship(
        secondary=interface_group, order_by=SecurityGroup.id, lazy="selectin"
    )
    public_address: Mapped["PublicAddress | None"] = relationship(lazy="selectin")

    @property
    def public_ip(self) -> str | None:
        """Its public address, while it has one."""
        return self.public_address.ip if self.public_address else None


class PublicAddress(Base):
    """A public address of the pool that is in use; the row goes when it is released.

    Auto-assigned: there while an interface has it, `id` is None. Elastic: allocated by its owner, `id` is the
    allocation's, and it comes and goes with `association_id`.
    """

    __tablename__ = "public_address"

    ip: Mapped[str] = mapped_column(String(15), primary_key=True)
    id: Mapped[str | None] = mapped_column("allocation_id", String(40), unique=True)
    interface_id: Mapped[str | None] = mapped_column(ForeignKey("network_interface.id"), unique=True)
    association_id: Mapped[str | None] = mapped_column(String(40))
    account_id: Mapped[AccountId]
    region: Mapped[Region]
    allocated_at: Mapped[datetime]


def release_public(session: Session, interface: NetworkInterface, *, elastic: bool = False) -> None:
    """Take an auto-assigned public address back; with `elastic`, an elastic one leaves the interface too."""
    address = interface.public_address
    if address is None or (address.id is not None and not elastic):
        return
    interface.public_address = None
    if address.id is None:
        session.delete(address)
    else:
        address.association_id = None
    session.flush()


def detach(session: Session, interface: NetworkInterface) -> None:
    """Leave the instance. Its auto-assigned public address goes, an elastic one stays."""
    release_public(session, interface)
    interface.instance_id = interface.attachment_id = interface.attached_at = None
    interface.attachment_state, interface.device_index = "attached", 0


def drop_interface(session: Session, interface: NetworkInterface) -> None:
    """Delete an interface with its tags; an elastic address is free again."""
    release_public(session, interface, elastic=True)
    drop_tags(session, interface.id)
    session.delete(interface)


def create_vpc(session: Session, account_id: str, region: str, cidr: str, *, is_default: bool = False) -> Vpc:
    """A VPC with default group and main route table, and no subnets."""
    vpc = Vpc(
        id=ids.new_id("vpc"),
        region=region,
        account_id=account_id,
        cidr=cidr,
        is_default=is_default,
        link_index=_free_link(session),
        dhcp_options_id=default_options(session, account_id, region).id,
        dns_hostnames=is_default,
        created_at=clock.now(),
    )
    session.add(vpc)
    session.flush()
    create_default_group(session, vpc.id, account_id, region)
    associate(session, create_table(session, vpc.id, account_id, region), None)
    return vpc


def _free_link(session: Session) -> int:
    taken = set(session.scalars(select(Vpc.link_index)))
    return next(index for index in range(len(taken) + 1) if index not in taken)


def create_subnet(session: Session, vpc: Vpc, cidr: str, zone: str, *, default: bool = False) -> Subnet:
    """A subnet of a VPC, at the lowest free position."""
    taken = {subnet.position for subnet in vpc.subnets}
    subnet = Subnet(
        id=ids.new_id("subnet"),
        region=vpc.region,
        account_id=vpc.account_id,
        vpc_id=vpc.id,
        position=next(number for number in range(len(taken) + 1) if number not in taken),
        cidr=cidr,
        availability_zone=zone,
        default_for_az=default,
        map_public_ip_on_launch=default,
    )
    vpc.subnets.append(subnet)
    session.flush()
    return subnet


def ensure_default_vpc(session: Session, account_id: str, region: str, zones: list[str]) -> Vpc:
    """The account's default VPC in a region, made with subnets and an internet gateway if missing."""
    vpc = default_vpc(session, account_id, region)
    if vpc is not None:
        return vpc
    vpc = create_vpc(session, account_id, region, str(DEFAULT_CIDR), is_default=True)
    for zone, cidr in zip(zones, DEFAULT_CIDR.subnets(new_prefix=20), strict=False):
        create_subnet(session, vpc, str(cidr), zone, default=True)
    gateway = create_gateway(session, account_id, region, vpc.id)
    table = main_table(session, vpc.id)
    table.routes.append(Route(route_table_id=table.id, destination=ANYWHERE, gateway_id=gateway.id))
    session.flush()
    session.refresh(vpc)
    return vpc


def default_vpc(session: Session, account_id: str, region: str) -> Vpc | None:
    """The account's default VPC in a region, or None."""
    return session.scalar(
        select(Vpc).where(Vpc.account_id == account_id, Vpc.region == region, Vpc.is_default)
    )


def taken_addresses(session: Session, subnet_id: str) -> set[str]:
    """The private addresses in use in a subnet."""
    return set(
        session.scalars(select(NetworkInterface.private_ip).where(NetworkInterface.subnet_id == subnet_id))
    )
