"""Gateways, route tables, DHCP options, elastic addresses, interfaces by themselves.

Every VPC that stands gets what was understood until now: a gateway, and a main table with a route to it.
"""

import sqlalchemy as sa
from alembic import op

from amiable.core import clock, ids

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MAIN = "subnet_id IS NULL"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "dhcp_options",
        *_owned(),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dhcp_options")),
    )
    op.create_table(
        "internet_gateway",
        *_owned(),
        sa.Column("vpc_id", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["vpc_id"], ["vpc.id"], name=op.f("fk_internet_gateway_vpc_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_internet_gateway")),
        sa.UniqueConstraint("vpc_id", name=op.f("uq_internet_gateway_vpc_id")),
    )
    op.create_table(
        "route_table",
        *_owned(),
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["vpc_id"], ["vpc.id"], name=op.f("fk_route_table_vpc_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_route_table")),
    )
    op.create_index(op.f("ix_route_table_vpc_id"), "route_table", ["vpc_id"])
    for table in ("dhcp_options", "internet_gateway", "route_table"):
        op.create_index(f"ix_{table}_account_id", table, ["account_id"])
    op.create_table(
        "route_table_association",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("route_table_id", sa.String(length=40), nullable=False),
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("subnet_id", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["route_table_id"], ["route_table.id"], name=op.f("fk_route_table_association_route_table_id")
        ),
        sa.ForeignKeyConstraint(["vpc_id"], ["vpc.id"], name=op.f("fk_route_table_association_vpc_id")),
        sa.ForeignKeyConstraint(
            ["subnet_id"], ["subnet.id"], name=op.f("fk_route_table_association_subnet_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_route_table_association")),
        sa.UniqueConstraint("subnet_id", name=op.f("uq_route_table_association_subnet_id")),
    )
    op.create_index(
        op.f("ix_route_table_association_route_table_id"), "route_table_association", ["route_table_id"]
    )
    op.create_index(
        "uq_route_table_association_main",
        "route_table_association",
        ["vpc_id"],
        unique=True,
        sqlite_where=sa.text(MAIN),
        postgresql_where=sa.text(MAIN),
    )
    op.create_table(
        "route",
        sa.Column("route_table_id", sa.String(length=40), nullable=False),
        sa.Column("destination", sa.String(length=18), nullable=False),
        sa.Column("gateway_id", sa.String(length=40), nullable=True),
        sa.Column("interface_id", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "(gateway_id IS NULL) <> (interface_id IS NULL)", name=op.f("ck_route_one_target")
        ),
        sa.ForeignKeyConstraint(["route_table_id"], ["route_table.id"], name=op.f("fk_route_route_table_id")),
        sa.PrimaryKeyConstraint("route_table_id", "destination", name=op.f("pk_route")),
    )
    _furnish()
    with op.batch_alter_table("vpc", schema=None) as batch_op:
        batch_op.alter_column("dhcp_options_id", existing_type=sa.String(length=40), nullable=True)
        batch_op.add_column(sa.Column("dns_support", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(
            sa.Column("dns_hostnames", sa.Boolean(), nullable=False, server_default=sa.true())
        )
        batch_op.create_foreign_key(
            op.f("fk_vpc_dhcp_options_id"), "dhcp_options", ["dhcp_options_id"], ["id"]
        )
        batch_op.create_index(op.f("ix_vpc_dhcp_options_id"), ["dhcp_options_id"])
    with op.batch_alter_table("network_interface", schema=None) as batch_op:
        batch_op.alter_column("attachment_id", existing_type=sa.String(length=40), nullable=True)
        batch_op.alter_column("attached_at", existing_type=sa.DateTime(timezone=True), nullable=True)
        batch_op.add_column(
            sa.Column("attachment_state", sa.String(length=16), nullable=False, server_default="attached")
        )
        batch_op.add_column(
            sa.Column("source_dest_check", sa.Boolean(), nullable=False, server_default=sa.true())
        )
        batch_op.create_check_constraint(
            op.f("ck_network_interface_attachment_state"),
            "attachment_state IN ('attaching', 'attached', 'detaching')",
        )
    with op.batch_alter_table("public_address", schema=None) as batch_op:
        batch_op.alter_column("interface_id", existing_type=sa.String(length=40), nullable=True)
        batch_op.add_column(sa.Column("allocation_id", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("association_id", sa.String(length=40), nullable=True))
        batch_op.create_unique_constraint(op.f("uq_public_address_allocation_id"), ["allocation_id"])
    with op.batch_alter_table("instance", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_instance_subnet_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_instance_vpc_id"), type_="foreignkey")


def _owned() -> list[sa.Column[str]]:
    return [
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
    ]


def _furnish() -> None:
    """The gateway, the main table and the DHCP options of the VPCs that stand."""
    connection, now = op.get_bind(), clock.now()
    known = sa.MetaData()
    names = ("vpc", "dhcp_options", "internet_gateway", "route_table", "route_table_association", "route")
    tables = {name: sa.Table(name, known, autoload_with=connection) for name in names}

    def insert(table: str, **values: object) -> None:
        connection.execute(tables[table].insert().values(**values))

    for vpc in connection.execute(sa.select(tables["vpc"])).mappings().all():
        owner = {"region": vpc["region"], "account_id": vpc["account_id"], "created_at": now}
        gateway, table = ids.new_id("igw"), ids.new_id("rtb")
        region = vpc["region"]
        domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
        options = [("domain-name", domain), ("domain-name-servers", "AmazonProvidedDNS")]
        listed = [{"key": key, "values": [value]} for key, value in options]
        insert("dhcp_options", id=vpc["dhcp_options_id"], is_default=True, options=listed, **owner)
        insert("internet_gateway", id=gateway, vpc_id=vpc["id"], **owner)
        insert("route_table", id=table, vpc_id=vpc["id"], **owner)
        main = ids.new_id("rtbassoc")
        insert("route_table_association", id=main, route_table_id=table, vpc_id=vpc["id"])
        insert("route", route_table_id=table, destination="0.0.0.0/0", gateway_id=gateway)
