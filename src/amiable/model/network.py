"""VPCs, subnets, network interfaces and public addresses.

Each account has one default VPC in each region, with one subnet a zone, as on AWS
(172.31.0.0/16, /20 each). Private addresses are unique in a subnet, public ones on the endpoint.
"""

from datetime import datetime
from ipaddress import IPv4Network

from sqlalchemy import Column, ForeignKey, Index, String, Table, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from amiable.core import clock, ids
from amiable.model.base import AccountId, Base, Id, Region, one_of
from amiable.model.security_group import SecurityGroup, create_default_group

DEFAULT_CIDR = IPv4Network("172.31.0.0/16")
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
    dhcp_options_id: Mapped[str] = mapped_column(String(40))
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
    """An elastic network interface; on a host it is a tap on the subnet's bridge."""

    __tablename__ = "network_interface"
    __table_args__ = (Index("uq_network_interface_address", "subnet_id", "private_ip", unique=True),)

    id: Mapped[Id]
    region: Mapped[Region]
    account_id: Mapped[AccountId]
    vpc_id: Mapped[str] = mapped_column(ForeignKey("vpc.id"), index=True)
    subnet_id: Mapped[str] = mapped_column(ForeignKey("subnet.id"))
    instance_id: Mapped[str | None] = mapped_column(ForeignKey("instance.id"), index=True)
    attachment_id: Mapped[str] = mapped_column(String(40))
    device_index: Mapped[int] = mapped_column(default=0)
    mac: Mapped[str] = mapped_column(String(17), unique=True)
    private_ip: Mapped[str] = mapped_column(String(15))
    description: Mapped[str] = mapped_column(String(255), default="")
    wants_public_ip: Mapped[bool] = mapped_column(default=True)
    delete_on_termination: Mapped[bool] = mapped_column(default=True)
    attached_at: Mapped[datetime]

    groups: Mapped[list[SecurityGroup]] = relationship(
        secondary=interface_group, order_by=SecurityGroup.id, lazy="selectin"
    )
    public_address: Mapped["PublicAddress | None"] = relationship(
        cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def public_ip(self) -> str | None:
        """Its public address, while it has one."""
        return self.public_address.ip if self.public_address else None


class PublicAddress(Base):
    """A public address of the pool while an interface has it; the row goes when it is released."""

    __tablename__ = "public_address"

    ip: Mapped[str] = mapped_column(String(15), primary_key=True)
    interface_id: Mapped[str] = mapped_column(ForeignKey("network_interface.id"), unique=True)
    account_id: Mapped[AccountId]
    region: Mapped[Region]
    allocated_at: Mapped[datetime]


def ensure_default_vpc(session: Session, account_id: str, region: str, zones: list[str]) -> Vpc:
    """The account's default VPC in a region, made with subnets and default group if missing."""
    vpc = default_vpc(session, account_id, region)
    if vpc is not None:
        return vpc
    last = session.scalar(select(func.max(Vpc.link_index)))
    vpc = Vpc(
        id=ids.new_id("vpc"),
        region=region,
        account_id=account_id,
        cidr=str(DEFAULT_CIDR),
        is_default=True,
        link_index=0 if last is None else last + 1,
        dhcp_options_id=ids.new_id("dopt"),
        created_at=clock.now(),
    )
    session.add(vpc)
    session.flush()
    for position, (zone, cidr) in enumerate(zip(zones, DEFAULT_CIDR.subnets(new_prefix=20), strict=False)):
        session.add(
            Subnet(
                id=ids.new_id("subnet"),
                region=region,
                account_id=account_id,
                vpc_id=vpc.id,
                position=position,
                cidr=str(cidr),
                availability_zone=zone,
                default_for_az=True,
            )
        )
    session.flush()
    create_default_group(session, vpc.id, account_id, region)
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
