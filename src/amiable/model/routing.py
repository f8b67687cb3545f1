"""Internet gateways and route tables: where packets go that leave a subnet.

A subnet uses the table that it is associated with, else its VPC's main table: the one whose association
names no subnet. Every table has the VPC's own range as `local`; that route is no row.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from amiable.core import clock, ids
from amiable.model.base import AccountId, Base, Id, Region

ANYWHERE = "0.0.0.0/0"
MAIN = "subnet_id IS NULL"


class InternetGateway(Base):
    """A way to the internet; a VPC has at most one."""

    __tablename__ = "internet_gateway"

    id: Mapped[Id]
    region: Mapped[Region]
    account_id: Mapped[AccountId]
    vpc_id: Mapped[str | None] = mapped_column(ForeignKey("vpc.id"), unique=True)
    created_at: Mapped[datetime]


class RouteTable(Base):
    """A route table of a VPC."""

    __tablename__ = "route_table"

    id: Mapped[Id]
    region: Mapped[Region]
    account_id: Mapped[AccountId]
    vpc_id: Mapped[str] = mapped_column(ForeignKey("vpc.id"), index=True)
    created_at: Mapped[datetime]

    routes: Mapped[list["Route"]] = relationship(
        order_by="Route.destination", cascade="all, delete-orphan", lazy="selectin"
    )
    associations: Mapped[list["RouteTableAssociation"]] = relationship(
        order_by="RouteTableAssociation.id", cascade="all, delete-orphan", lazy="selectin"
    )


class RouteTableAssociation(Base):
    """That a subnet uses a table; without a subnet, that the table is its VPC's main one."""

    __tablename__ = "route_table_association"
    __table_args__ = (
        Index(
            "uq_route_table_association_main",
            "vpc_id",
            unique=True,
            sqlite_where=text(MAIN),
            postgresql_where=text(MAIN),
        ),
    )

    id: Mapped[Id]
    route_table_id: Mapped[str] = mapped_column(ForeignKey("route_table.id"), index=True)
    vpc_id: Mapped[str] = mapped_column(ForeignKey("vpc.id"))
    subnet_id: Mapped[str | None] = mapped_column(ForeignKey("subnet.id"), unique=True)


class Route(Base):
    """A route to a range: by a gateway or an interface, which may be gone (then it leads nowhere)."""

    __tablename__ = "route"
    __table_args__ = (CheckConstraint("(gateway_id IS NULL) <> (interface_id IS NULL)", name="one_target"),)

    route_table_id: Mapped[str] = mapped_column(ForeignKey("route_table.id"), primary_key=True)
    destination: Mapped[str] = mapped_column(String(18), primary_key=True)
    gateway_id: Mapped[str | None] = mapped_column(String(40))
    interface_id: Mapped[str | None] = mapped_column(String(40))


def create_table(session: Session, vpc_id: str, account_id: str, region: str) -> RouteTable:
    """A table with nothing but the local route, used by nobody."""
    table = RouteTable(
        id=ids.new_id("rtb"), region=region, account_id=account_id, vpc_id=vpc_id, created_at=clock.now()
    )
    session.add(table)
    session.flush()
    return table


def associate(session: Session, table: RouteTable, subnet_id: str | None) -> RouteTableAssociation:
    """Let a subnet use the table; None: make it the main one."""
    made = RouteTableAssociation(
        id=ids.new_id("rtbassoc"), route_table_id=table.id, vpc_id=table.vpc_id, subnet_id=subnet_id
    )
    table.associations.append(made)
    session.flush()
    return made


def create_gateway(session: Session, account_id: str, region: str, vpc_id: str | None) -> InternetGateway:
    """A gateway, attached to a VPC if one is named."""
    gateway = InternetGateway(
        id=ids.new_id("igw"), region=region, account_id=account_id, vpc_id=vpc_id, created_at=clock.now()
    )
    session.add(gateway)
    session.flush()
    return gateway


def gateway_of(session: Session, vpc_id: str) -> InternetGateway | None:
    """The gateway that is attached to a VPC."""
    return session.scalar(select(InternetGateway).where(InternetGateway.vpc_id == vpc_id))


def main_table(session: Session, vpc_id: str) -> RouteTable:
    """The main table of a VPC."""
    main = select(RouteTableAssociation.route_table_id).where(
        RouteTableAssociation.vpc_id == vpc_id, RouteTableAssociation.subnet_id.is_(None)
    )
    return session.scalars(select(RouteTable).where(RouteTable.id == main.scalar_subquery())).one()


def tables_of(session: Session, vpc_id: str) -> dict[str | None, RouteTable]:
    """The tables in use in a VPC by subnet; the main one under None."""
    tables = session.scalars(select(RouteTable).where(RouteTable.vpc_id == vpc_id)).all()
    return {made.subnet_id: table for table in tables for made in table.associations}
