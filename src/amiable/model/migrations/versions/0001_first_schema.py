"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "account",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("alias", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("alias", name=op.f("uq_account_alias")),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
    )
    op.create_table(
        "client_token",
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("operation", sa.String(length=64), nullable=False),
        sa.Column("token", sa.String(length=128), nullable=False),
        sa.Column("parameters", sa.String(length=64), nullable=False),
        sa.Column("resource_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "region", "operation", "token", name=op.f("pk_client_token")),
    )
    op.create_table(
        "flow",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("host", sa.String(length=64), nullable=True),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("run_at", sa.Float(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("lease_until", sa.Float(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("outcome IN ('done', 'failed')", name=op.f("ck_flow_outcome")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_flow")),
    )
    with op.batch_alter_table("flow", schema=None) as batch_op:
        batch_op.create_index("ix_flow_due", ["outcome", "run_at"], unique=False)
        batch_op.create_index("ix_flow_subject_outcome", ["subject", "outcome"], unique=False)

    op.create_table(
        "host",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("accelerator", sa.String(length=8), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_host")),
    )
    op.create_table(
        "image",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("owner_alias", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_reason_code", sa.String(length=64), nullable=True),
        sa.Column("state_reason_message", sa.Text(), nullable=True),
        sa.Column("architecture", sa.String(length=8), nullable=False),
        sa.Column("boot_mode", sa.String(length=16), nullable=False),
        sa.Column("root_device_name", sa.String(length=32), nullable=False),
        sa.Column("imds_support", sa.String(length=8), nullable=True),
        sa.Column("source_instance_id", sa.String(length=40), nullable=True),
        sa.Column("source_image_id", sa.String(length=40), nullable=True),
        sa.Column("source_image_region", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deregistered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("architecture IN ('x86_64', 'arm64', 'i386')", name=op.f("ck_image_architecture")),
        sa.CheckConstraint("boot_mode IN ('legacy-bios', 'uefi')", name=op.f("ck_image_boot_mode")),
        sa.CheckConstraint(
            "state IN ('pending', 'available', 'failed', 'deregistered')", name=op.f("ck_image_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image")),
    )
    with op.batch_alter_table("image", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_image_account_id"), ["account_id"], unique=False)
        batch_op.create_index("ix_image_region_id", ["region", "id"], unique=False)
        batch_op.create_index(
            "uq_image_live_name",
            ["region", "account_id", "name"],
            unique=True,
            sqlite_where=sa.text("state IN ('pending', 'available')"),
            postgresql_where=sa.text("state IN ('pending', 'available')"),
        )

    op.create_table(
        "key_pair",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("key_type", sa.String(length=8), nullable=False),
        sa.Column("fingerprint", sa.String(length=128), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("key_type IN ('rsa', 'ed25519')", name=op.f("ck_key_pair_key_type")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_pair")),
        sa.UniqueConstraint("region", "account_id", "name", name=op.f("uq_key_pair_region_account_id_name")),
    )
    with op.batch_alter_table("key_pair", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_key_pair_account_id"), ["account_id"], unique=False)

    op.create_table(
        "snapshot",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("volume_id", sa.String(length=40), nullable=True),
        sa.Column("volume_size", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_message", sa.Text(), nullable=True),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("manifest_digest", sa.String(length=64), nullable=True),
        sa.Column("parent_id", sa.String(length=40), nullable=True),
        sa.Column("consistency", sa.String(length=16), nullable=True),
        sa.Column("bytes_read", sa.BigInteger(), nullable=True),
        sa.Column("stored_bytes", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state <> 'completed' OR manifest_digest IS NOT NULL", name=op.f("ck_snapshot_manifest")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'completed', 'error', 'deleting')", name=op.f("ck_snapshot_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot")),
    )
    with op.batch_alter_table("snapshot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_snapshot_account_id"), ["account_id"], unique=False)
        batch_op.create_index("ix_snapshot_region_account_id", ["region", "account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_snapshot_volume_id"), ["volume_id"], unique=False)

    op.create_table(
        "tag",
        sa.Column("resource_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("value", sa.String(length=256), nullable=False),
        sa.Column("resource_type", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("resource_id", "key", name=op.f("pk_tag")),
    )
    with op.batch_alter_table("tag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tag_account_id"), ["account_id"], unique=False)
        batch_op.create_index("ix_tag_account_key_value", ["account_id", "key", "value"], unique=False)

    op.create_table(
        "volume",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("availability_zone", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("volume_type", sa.String(length=16), nullable=False),
        sa.Column("iops", sa.Integer(), nullable=True),
        sa.Column("throughput", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("snapshot_id", sa.String(length=40), nullable=True),
        sa.Column("host", sa.String(length=64), nullable=True),
        sa.Column("latest_snapshot_id", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('creating', 'available', 'in-use', 'deleting', 'error')", name=op.f("ck_volume_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volume")),
    )
    with op.batch_alter_table("volume", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_volume_account_id"), ["account_id"], unique=False)
        batch_op.create_index("ix_volume_region_account_id", ["region", "account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_volume_snapshot_id"), ["snapshot_id"], unique=False)

    op.create_table(
        "vpc",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("cidr", sa.String(length=18), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("link_index", sa.Integer(), nullable=False),
        sa.Column("dhcp_options_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('pending', 'available')", name=op.f("ck_vpc_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vpc")),
        sa.UniqueConstraint("link_index", name=op.f("uq_vpc_link_index")),
    )
    with op.batch_alter_table("vpc", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vpc_account_id"), ["account_id"], unique=False)
        batch_op.create_index(
            "uq_vpc_default",
            ["region", "account_id"],
            unique=True,
            sqlite_where=sa.text("is_default"),
            postgresql_where=sa.text("is_default"),
        )

    op.create_table(
        "access_key",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('Active', 'Inactive')", name=op.f("ck_access_key_status")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_access_key_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_key")),
    )
    with op.batch_alter_table("access_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_key_account_id"), ["account_id"], unique=False)

    op.create_table(
        "image_device",
        sa.Column("image_id", sa.String(length=40), nullable=False),
        sa.Column("device_name", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("snapshot_id", sa.String(length=40), nullable=True),
        sa.Column("volume_size", sa.Integer(), nullable=False),
        sa.Column("volume_type", sa.String(length=16), nullable=False),
        sa.Column("iops", sa.Integer(), nullable=True),
        sa.Column("throughput", sa.Integer(), nullable=True),
        sa.Column("delete_on_termination", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_image_device_image_id")),
        sa.PrimaryKeyConstraint("image_id", "device_name", name=op.f("pk_image_device")),
    )
    with op.batch_alter_table("image_device", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_image_device_snapshot_id"), ["snapshot_id"], unique=False)

    op.create_table(
        "launch_permission",
        sa.Column("image_id", sa.String(length=40), nullable=False),
        sa.Column("grantee", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_launch_permission_image_id")),
        sa.PrimaryKeyConstraint("image_id", "grantee", name=op.f("pk_launch_permission")),
    )
    with op.batch_alter_table("launch_permission", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_launch_permission_grantee"), ["grantee"], unique=False)

    op.create_table(
        "security_group",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["vpc_id"], ["vpc.id"], name=op.f("fk_security_group_vpc_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_group")),
        sa.UniqueConstraint("vpc_id", "name", name=op.f("uq_security_group_vpc_id_name")),
    )
    with op.batch_alter_table("security_group", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_security_group_account_id"), ["account_id"], unique=False)

    op.create_table(
        "subnet",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("cidr", sa.String(length=18), nullable=False),
        sa.Column("availability_zone", sa.String(length=40), nullable=False),
        sa.Column("default_for_az", sa.Boolean(), nullable=False),
        sa.Column("map_public_ip_on_launch", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["vpc_id"], ["vpc.id"], name=op.f("fk_subnet_vpc_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subnet")),
    )
    with op.batch_alter_table("subnet", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subnet_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_subnet_vpc_id"), ["vpc_id"], unique=False)

    op.create_table(
        "instance",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("availability_zone", sa.String(length=40), nullable=False),
        sa.Column("reservation_id", sa.String(length=40), nullable=False),
        sa.Column("launch_index", sa.Integer(), nullable=False),
        sa.Column("client_token", sa.String(length=64), nullable=True),
        sa.Column("image_id", sa.String(length=40), nullable=False),
        sa.Column("instance_type", sa.String(length=32), nullable=False),
        sa.Column("architecture", sa.String(length=8), nullable=False),
        sa.Column("boot_mode", sa.String(length=16), nullable=False),
        sa.Column("root_device_name", sa.String(length=32), nullable=False),
        sa.Column("key_name", sa.String(length=255), nullable=True),
        sa.Column("public_key", sa.Text(), nullable=True),
        sa.Column("user_data", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_reason_code", sa.String(length=64), nullable=True),
        sa.Column("state_reason_message", sa.Text(), nullable=True),
        sa.Column("state_transition_reason", sa.String(length=255), nullable=False),
        sa.Column("shutdown_behavior", sa.String(length=16), nullable=False),
        sa.Column("http_tokens", sa.String(length=8), nullable=False),
        sa.Column("http_endpoint", sa.String(length=8), nullable=False),
        sa.Column("http_hop_limit", sa.Integer(), nullable=False),
        sa.Column("metadata_tags", sa.Boolean(), nullable=False),
        sa.Column("monitoring", sa.Boolean(), nullable=False),
        sa.Column("ebs_optimized", sa.Boolean(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("subnet_id", sa.String(length=40), nullable=False),
        sa.Column("host", sa.String(length=64), nullable=False),
        sa.Column("uid", sa.Integer(), nullable=False),
        sa.Column("accelerator", sa.String(length=8), nullable=True),
        sa.Column("launched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("terminated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("boot_mode IN ('legacy-bios', 'uefi')", name=op.f("ck_instance_boot_mode")),
        sa.CheckConstraint(
            "http_endpoint IN ('enabled', 'disabled')", name=op.f("ck_instance_http_endpoint")
        ),
        sa.CheckConstraint("http_tokens IN ('optional', 'required')", name=op.f("ck_instance_http_tokens")),
        sa.CheckConstraint(
            "shutdown_behavior IN ('stop', 'terminate')", name=op.f("ck_instance_shutdown_behavior")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'running', 'shutting-down', 'terminated', 'stopping', 'stopped')",
            name=op.f("ck_instance_state"),
        ),
        sa.ForeignKeyConstraint(["subnet_id"], ["subnet.id"], name=op.f("fk_instance_subnet_id")),
        sa.ForeignKeyConstraint(["vpc_id"], ["vpc.id"], name=op.f("fk_instance_vpc_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance")),
    )
    with op.batch_alter_table("instance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_instance_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_instance_image_id"), ["image_id"], unique=False)
        batch_op.create_index("ix_instance_region_account_id", ["region", "account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_instance_reservation_id"), ["reservation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_instance_vpc_id"), ["vpc_id"], unique=False)
        batch_op.create_index(
            "uq_instance_live_uid",
            ["host", "uid"],
            unique=True,
            sqlite_where=sa.text("state <> 'terminated'"),
            postgresql_where=sa.text("state <> 'terminated'"),
        )

    op.create_table(
        "security_group_rule",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("group_id", sa.String(length=40), nullable=False),
        sa.Column("egress", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("protocol", sa.String(length=8), nullable=False),
        sa.Column("from_port", sa.Integer(), nullable=False),
        sa.Column("to_port", sa.Integer(), nullable=False),
        sa.Column("cidr", sa.String(length=18), nullable=True),
        sa.Column("peer_group_id", sa.String(length=40), nullable=True),
        sa.Column("description", sa.String(length=255), nullable=True),
        sa.CheckConstraint(
            "(cidr IS NULL) <> (peer_group_id IS NULL)", name=op.f("ck_security_group_rule_one_peer")
        ),
        sa.CheckConstraint(
            "from_port BETWEEN -1 AND 65535 AND to_port BETWEEN -1 AND 65535",
            name=op.f("ck_security_group_rule_ports"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["security_group.id"], name=op.f("fk_security_group_rule_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["peer_group_id"], ["security_group.id"], name=op.f("fk_security_group_rule_peer_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_group_rule")),
    )
    with op.batch_alter_table("security_group_rule", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_security_group_rule_group_id"), ["group_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_security_group_rule_peer_group_id"), ["peer_group_id"], unique=False
        )

    op.create_table(
        "attachment",
        sa.Column("volume_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delete_on_termination", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "state IN ('attaching', 'attached', 'detaching')", name=op.f("ck_attachment_state")
        ),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_attachment_instance_id")),
        sa.ForeignKeyConstraint(["volume_id"], ["volume.id"], name=op.f("fk_attachment_volume_id")),
        sa.PrimaryKeyConstraint("volume_id", name=op.f("pk_attachment")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index("uq_attachment_instance_id_device", ["instance_id", "device"], unique=True)

    op.create_table(
        "network_interface",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("vpc_id", sa.String(length=40), nullable=False),
        sa.Column("subnet_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=True),
        sa.Column("attachment_id", sa.String(length=40), nullable=False),
        sa.Column("device_index", sa.Integer(), nullable=False),
        sa.Column("mac", sa.String(length=17), nullable=False),
        sa.Column("private_ip", sa.String(length=15), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("wants_public_ip", sa.Boolean(), nullable=False),
        sa.Column("delete_on_termination", sa.Boolean(), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_network_interface_instance_id")
        ),
        sa.ForeignKeyConstraint(["subnet_id"], ["subnet.id"], name=op.f("fk_network_interface_subnet_id")),
        sa.ForeignKeyConstraint(["vpc_id"], ["vpc.id"], name=op.f("fk_network_interface_vpc_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_interface")),
        sa.UniqueConstraint("mac", name=op.f("uq_network_interface_mac")),
    )
    with op.batch_alter_table("network_interface", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_network_interface_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_network_interface_instance_id"), ["instance_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_network_interface_vpc_id"), ["vpc_id"], unique=False)
        batch_op.create_index("uq_network_interface_address", ["subnet_id", "private_ip"], unique=True)

    op.create_table(
        "interface_group",
        sa.Column("interface_id", sa.String(length=40), nullable=False),
        sa.Column("group_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["security_group.id"], name=op.f("fk_interface_group_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["interface_id"], ["network_interface.id"], name=op.f("fk_interface_group_interface_id")
        ),
        sa.PrimaryKeyConstraint("interface_id", "group_id", name=op.f("pk_interface_group")),
    )
    with op.batch_alter_table("interface_group", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_interface_group_group_id"), ["group_id"], unique=False)

    op.create_table(
        "public_address",
        sa.Column("ip", sa.String(length=15), nullable=False),
        sa.Column("interface_id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("allocated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["interface_id"], ["network_interface.id"], name=op.f("fk_public_address_interface_id")
        ),
        sa.PrimaryKeyConstraint("ip", name=op.f("pk_public_address")),
        sa.UniqueConstraint("interface_id", name=op.f("uq_public_address_interface_id")),
    )
    with op.batch_alter_table("public_address", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_public_address_account_id"), ["account_id"], unique=False)
