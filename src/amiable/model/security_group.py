"""Security groups and their rules: stateful allow lists, default deny in.

A rule names exactly one peer: an IPv4 range or another group.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from amiable.core import clock, ids
from amiable.model.base import AccountId, Base, Id, Region

DEFAULT_NAME = "default"


class SecurityGroup(Base):
    """A security group. Names are unique in a VPC."""

    __tablename__ = "security_group"
    __table_args__ = (UniqueConstraint("vpc_id", "name"),)

    id: Mapped[Id]
    region: Mapped[Region]
    account_id: Mapped[AccountId]
    vpc_id: Mapped[str] = mapped_column(ForeignKey("vpc.id"))
    name: Mapped[str] = mapped_column(String(255))
    description: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime]

    rules: Mapped[list["SecurityGroupRule"]] = relationship(
        foreign_keys="SecurityGroupRule.group_id",
        order_by="SecurityGroupRule.position, SecurityGroupRule.id",
        cascade="all, delete-orphan",
        lazy="selectin",
    )


class SecurityGroupRule(Base):
    """One permission. `protocol` is tcp, udp, icmp, -1 (all) or a protocol number as text.

    Ports are -1 when the protocol has none; for icmp they are type and code (-1 = any).
    """

    __tablename__ = "security_group_rule"
    __table_args__ = (
        CheckConstraint("(cidr IS NULL) <> (peer_group_id IS NULL)", name="one_peer"),
        CheckConstraint("from_port BETWEEN -1 AND 65535 AND to_port BETWEEN -1 AND 65535", name="ports"),
    )

    id: Mapped[Id]
    group_id: Mapped[str] = mapped_column(ForeignKey("security_group.id"), index=True)
    egress: Mapped[bool]
    position: Mapped[int] = mapped_column(default=0)
    protocol: Mapped[str] = mapped_column(String(8))
    from_port: Mapped[int]
    to_port: Mapped[int]
    cidr: Mapped[str | None] = mapped_column(String(18))
    peer_group_id: Mapped[str | None] = mapped_column(ForeignKey("security_group.id"), index=True)
    description: Mapped[str | None] = mapped_column(String(255))

    @property
    def sameness(self) -> tuple[object, ...]:
        """What makes two rules of a group duplicates; the description does not count."""
        return (self.egress, self.protocol, self.from_port, self.to_port, self.cidr, self.peer_group_id)


def allow_all_out(group_id: str) -> SecurityGroupRule:
    """The egress rule that every new group starts with."""
    return SecurityGroupRule(
        id=ids.new_id("sgr"),
        group_id=group_id,
        egress=True,
        protocol="-1",
        from_port=-1,
        to_port=-1,
        cidr="0.0.0.0/0",
    )


def create_group(
    session: Session, vpc_id: str, account_id: str, region: str, name: str, description: str
) -> SecurityGroup:
    """A new group that lets nothing in and everything out."""
    group = SecurityGroup(
        id=ids.new_id("sg"),
        region=region,
        account_id=account_id,
        vpc_id=vpc_id,
        name=name,
        description=description,
        created_at=clock.now(),
    )
    group.rules.append(allow_all_out(group.id))
    session.add(group)
    session.flush()
    return group


def create_default_group(session: Session, vpc_id: str, account_id: str, region: str) -> SecurityGroup:
    """A VPC's default group: its members reach each other on every port."""
    group = create_group(session, vpc_id, account_id, region, DEFAULT_NAME, "default VPC security group")
    group.rules.append(
        SecurityGroupRule(
            id=ids.new_id("sgr"),
            group_id=group.id,
            egress=False,
            protocol="-1",
            from_port=-1,
            to_port=-1,
            peer_group_id=group.id,
        )
    )
    session.flush()
    return group


def default_group(session: Session, vpc_id: str) -> SecurityGroup:
    """A VPC's default group."""
    return session.scalars(
        select(SecurityGroup).where(SecurityGroup.vpc_id == vpc_id, SecurityGroup.name == DEFAULT_NAME)
    ).one()
