"""Migrations: they make what the model declares, and keep what an older server wrote."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from amiable.core.errors import Corrupt
from amiable.model import migrations
from amiable.model.database import connect
from amiable.model.dhcp_options import DhcpOptions
from amiable.model.network import NetworkInterface, Vpc
from amiable.model.routing import gateway_of, main_table

FIRST_ROWS = (
    "INSERT INTO account (id, name, created_at) VALUES ('111122223333', 'a', '2026-01-01')",
    "INSERT INTO snapshot (id, region, account_id, volume_size, state, progress, started_at, manifest_digest)"
    " VALUES ('snap-1', 'r', '111122223333', 1, 'completed', 100, '2026-01-01', 'd')",
    "INSERT INTO image (id, region, account_id, name, state, architecture, boot_mode, root_device_name,"
    " created_at) VALUES ('ami-1', 'r', '111122223333', 'web', 'available', 'x86_64', 'legacy-bios',"
    " '/dev/sda1', '2026-01-01')",
    "INSERT INTO image_device (image_id, device_name, position, snapshot_id, volume_size, volume_type,"
    " delete_on_termination) VALUES ('ami-1', '/dev/sda1', 0, 'snap-1', 1, 'gp3', true)",
    "INSERT INTO launch_permission (image_id, grantee) VALUES ('ami-1', 'all')",
)
"""What a server of the first schema wrote of one image."""

FIRST_NETWORK = (
    "INSERT INTO vpc (id, region, account_id, cidr, state, is_default, link_index, dhcp_options_id,"
    " created_at) VALUES ('vpc-1', 'us-east-1', '111122223333', '172.31.0.0/16', 'available', true, 0,"
    " 'dopt-1', '2026-01-01')",
    "INSERT INTO subnet (id, region, account_id, vpc_id, position, cidr, availability_zone, default_for_az,"
    " map_public_ip_on_launch) VALUES ('subnet-1', 'us-east-1', '111122223333', 'vpc-1', 0, '172.31.0.0/20',"
    " 'us-east-1a', true, true)",
    "INSERT INTO network_interface (id, region, account_id, vpc_id, subnet_id, attachment_id, device_index,"
    " mac, private_ip, description, wants_public_ip, delete_on_termination, attached_at) VALUES ('eni-1',"
    " 'us-east-1', '111122223333', 'vpc-1', 'subnet-1', 'eni-attach-1', 0, '02:00:00:00:00:01',"
    " '172.31.0.4', '', true, true, '2026-01-01')",
    "INSERT INTO public_address (ip, interface_id, account_id, region, allocated_at) VALUES ('198.18.0.1',"
    " 'eni-1', '111122223333', 'us-east-1', '2026-01-01')",
)
"""And of a default VPC with one interface."""


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of its own."""
    if request.param == "sqlite":
        made = connect(f"sqlite:///{tmp_path}/state.db")
    else:
        server: Engine = request.getfixturevalue("postgres_engine")
        with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("DROP DATABASE IF EXISTS migrated"))
            connection.execute(text("CREATE DATABASE migrated"))
        made = connect(server.url.set(database="migrated").render_as_string(hide_password=False))
    yield made
    made.dispose()


def test_they_make_what_the_model_declares(engine: Engine) -> None:
    migrations.upgrade(engine)
    migrations.check(engine)


def test_references_are_enforced_after_every_start(engine: Engine) -> None:
    for _ in range(2):  # the second finds nothing to migrate
        migrations.upgrade(engine)
        with engine.begin() as connection, pytest.raises(IntegrityError):
            connection.execute(
                text("INSERT INTO launch_permission (image_id, grantee) VALUES ('ami-0', 'all')")
            )


def test_what_lost_its_owner_goes_at_a_start_or_stops_it(tmp_path: Path) -> None:
    """SQLite only: for a while references were not enforced after a start that migrated nothing."""
    engine = connect(f"sqlite:///{tmp_path}/state.db")
    migrations.upgrade(engine)

    def unchecked(*statements: str) -> None:
        raw = sqlite3.connect(tmp_path / "state.db")
        for statement in statements:
            raw.execute(statement)
        raw.commit()
        raw.close()

    def rows(table: str) -> int:
        with engine.connect() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())

    unchecked(
        "INSERT INTO volume_modification (volume_id, state, progress, original_size, target_size,"
        " original_type, target_type, started_at) VALUES ('vol-1', 'completed', 100, 1, 2, 'gp3', 'gp3',"
        " '2026-01-01')",
    )
    assert rows("volume_modification") == 1
    migrations.upgrade(engine)
    assert rows("volume_modification") == 0

    unchecked(
        "INSERT INTO attachment (volume_id, instance_id, device, state, attached_at, delete_on_termination)"
        " VALUES ('vol-1', 'i-1', '/dev/sdf', 'attached', '2026-01-01', false)"
    )
    with pytest.raises(Corrupt, match="attachment row 1 → volume"):
        migrations.upgrade(engine)
    assert rows("attachment") == 1
    engine.dispose()


def test_rows_of_the_first_schema_survive(engine: Engine) -> None:
    command.upgrade(migrations.config(engine), "0001")
    with engine.begin() as connection:
        for statement in FIRST_ROWS:
            connection.execute(text(statement))
    migrations.upgrade(engine)
    with engine.begin() as connection:
        row = connection.execute(
            text("SELECT state, virtualization_type, deregistration_protection FROM image")
        ).one()
        assert tuple(row) == ("available", "hvm", "disabled")
        assert connection.execute(text("SELECT grantee FROM launch_permission")).scalar() == "all"
        assert connection.execute(text("SELECT snapshot_id FROM image_device")).scalar() == "snap-1"
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("UPDATE image SET state = 'nonsense'"))
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("INSERT INTO launch_permission (image_id, grantee) VALUES ('ami-2', 'all')"))


def test_networks_of_the_first_schema_keep_their_way_out(engine: Engine) -> None:
    command.upgrade(migrations.config(engine), "0001")
    with engine.begin() as connection:
        for statement in FIRST_NETWORK:
            connection.execute(text(statement))
    migrations.upgrade(engine)
    with Session(engine) as session:
        vpc = session.scalars(select(Vpc)).one()
        (route,) = main_table(session, vpc.id).routes
        gateway = gateway_of(session, vpc.id)
        assert gateway is not None
        assert (route.destination, route.gateway_id) == ("0.0.0.0/0", gateway.id)
        options = session.get(DhcpOptions, vpc.dhcp_options_id)
        assert options is not None
        assert options.is_default
        assert options.options[1]["values"] == ["AmazonProvidedDNS"]
        interface = session.scalars(select(NetworkInterface)).one()
        assert (interface.public_ip, interface.source_dest_check) == ("198.18.0.1", True)
        assert interface.public_address is not None
        assert interface.public_address.id is None, "auto-assigned"
