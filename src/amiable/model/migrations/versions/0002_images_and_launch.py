"""Sharing, retirement, recycle bin, watermarks, product codes, tasks; launch templates, parameters."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


IMAGE_STATES = ("pending", "available", "disabled", "failed", "deregistered", "recycled")
VIRTUALIZATION = ("hvm", "paravirtual")
PROTECTIONS = ("disabled", "enabled-without-cooldown", "enabled-with-cooldown")
LIVE = "state IN ('pending', 'available', 'disabled')"
SNAPSHOT_STATES = ("pending", "completed", "error", "recoverable", "deleting")
LOCK_MODES = ("governance", "compliance")


def one_of(column: str, values: tuple[str, ...]) -> str:
    """The condition of a closed set of values."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "account_setting",
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "region", "name", name=op.f("pk_account_setting")),
    )
    op.create_table(
        "product_code",
        sa.Column("resource_id", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("resource_id", "code", name=op.f("pk_product_code")),
    )
    with op.batch_alter_table("product_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_product_code_code"), ["code"], unique=False)

    op.create_table(
        "recycle_rule",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("resource_type", sa.String(length=16), nullable=False),
        sa.Column("retention_days", sa.Integer(), nullable=False),
        sa.Column("resource_tags", sa.JSON(), nullable=False),
        sa.Column("exclude_tags", sa.JSON(), nullable=False),
        sa.Column("lock_state", sa.String(length=16), nullable=False),
        sa.Column("unlock_delay_days", sa.Integer(), nullable=True),
        sa.Column("lock_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "lock_state IN ('unlocked', 'locked', 'pending_unlock')", name=op.f("ck_recycle_rule_lock_state")
        ),
        sa.CheckConstraint(
            "resource_type IN ('EBS_SNAPSHOT', 'EC2_IMAGE', 'EBS_VOLUME')",
            name=op.f("ck_recycle_rule_resource_type"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recycle_rule")),
    )
    with op.batch_alter_table("recycle_rule", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recycle_rule_account_id"), ["account_id"], unique=False)
        batch_op.create_index("ix_recycle_rule_region_account_id", ["region", "account_id"], unique=False)

    op.create_table(
        "task",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("subject", sa.String(length=40), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('active', 'completed', 'failed', 'cancelled')", name=op.f("ck_task_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_account_id"), ["account_id"], unique=False)
        batch_op.create_index(
            "ix_task_region_account_id_kind", ["region", "account_id", "kind"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_task_subject"), ["subject"], unique=False)

    op.create_table(
        "image_watermark",
        sa.Column("image_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("source_image_id", sa.String(length=40), nullable=False),
        sa.Column("source_region", sa.String(length=40), nullable=False),
        sa.Column("source_created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_image_watermark_image_id")),
        sa.PrimaryKeyConstraint("image_id", "key", name=op.f("pk_image_watermark")),
    )
    with op.batch_alter_table("image_watermark", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_image_watermark_key"), ["key"], unique=False)

    op.create_table(
        "snapshot_permission",
        sa.Column("snapshot_id", sa.String(length=40), nullable=False),
        sa.Column("grantee", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["snapshot.id"], name=op.f("fk_snapshot_permission_snapshot_id")
        ),
        sa.PrimaryKeyConstraint("snapshot_id", "grantee", name=op.f("pk_snapshot_permission")),
    )
    with op.batch_alter_table("snapshot_permission", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_snapshot_permission_grantee"), ["grantee"], unique=False)

    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unit", sa.String(length=68), nullable=True))

    with op.batch_alter_table("image", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("virtualization_type", sa.String(length=16), nullable=False, server_default="hvm")
        )
        batch_op.add_column(sa.Column("ena_support", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("sriov_net_support", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("tpm_support", sa.String(length=8), nullable=True))
        batch_op.add_column(sa.Column("uefi_data", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("catalog_name", sa.String(length=128), nullable=True))
        batch_op.add_column(
            sa.Column("free_tier_eligible", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("public_parameter_name", sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column("deprecated_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("last_launched_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column(
                "deregistration_protection", sa.String(length=32), nullable=False, server_default="disabled"
            )
        )
        batch_op.add_column(sa.Column("protected_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("recycled_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("recycled_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_constraint(op.f("ck_image_state"), type_="check")
        batch_op.create_check_constraint(op.f("ck_image_state"), one_of("state", IMAGE_STATES))
        batch_op.create_check_constraint(
            op.f("ck_image_virtualization_type"), one_of("virtualization_type", VIRTUALIZATION)
        )
        batch_op.create_check_constraint(
            op.f("ck_image_deregistration_protection"), one_of("deregistration_protection", PROTECTIONS)
        )
        batch_op.drop_index("uq_image_live_name")
        batch_op.create_index(
            "uq_image_live_name",
            ["region", "account_id", "name"],
            unique=True,
            sqlite_where=sa.text(LIVE),
            postgresql_where=sa.text(LIVE),
        )

    with op.batch_alter_table("launch_permission", schema=None) as batch_op:
        batch_op.alter_column(
            "grantee",
            existing_type=sa.VARCHAR(length=12),
            type_=sa.String(length=255),
            existing_nullable=False,
        )

    with op.batch_alter_table("snapshot", schema=None) as batch_op:
        batch_op.add_column(sa.Column("writable_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("recycled_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("recycled_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("lock_mode", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("lock_days", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("lock_started_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("cooloff_hours", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("cooloff_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_constraint(op.f("ck_snapshot_state"), type_="check")
        batch_op.create_check_constraint(op.f("ck_snapshot_state"), one_of("state", SNAPSHOT_STATES))
        batch_op.create_check_constraint(op.f("ck_snapshot_lock_mode"), one_of("lock_mode", LOCK_MODES))

    op.create_table(
        "launch_template",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("default_version", sa.Integer(), nullable=False),
        sa.Column("latest_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_launch_template")),
    )
    with op.batch_alter_table("launch_template", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_launch_template_account_id"), ["account_id"], unique=False)
        batch_op.create_index("ix_launch_template_region_account_id", ["region", "account_id"], unique=False)
        batch_op.create_index("uq_launch_template_name", ["region", "account_id", "name"], unique=True)

    op.create_table(
        "parameter",
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=1011), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("data_type", sa.String(length=16), nullable=False),
        sa.Column("tier", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "type IN ('String', 'StringList', 'SecureString')", name=op.f("ck_parameter_type")
        ),
        sa.PrimaryKeyConstraint("account_id", "region", "name", name=op.f("pk_parameter")),
    )
    op.create_table(
        "parameter_version",
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=1011), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("image_id", sa.String(length=40), nullable=True),
        sa.Column("description", sa.String(length=1024), nullable=True),
        sa.Column("allowed_pattern", sa.String(length=1024), nullable=True),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified_by", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "region", "name", "number", name=op.f("pk_parameter_version")),
    )
    with op.batch_alter_table("parameter_version", schema=None) as batch_op:
        batch_op.create_index("ix_parameter_version_image_id", ["image_id"], unique=False)

    op.create_table(
        "launch_template_version",
        sa.Column("template_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("image_id", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["template_id"], ["launch_template.id"], name=op.f("fk_launch_template_version_template_id")
        ),
        sa.PrimaryKeyConstraint("template_id", "number", name=op.f("pk_launch_template_version")),
    )
    with op.batch_alter_table("launch_template_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_launch_template_version_image_id"), ["image_id"], unique=False)

    op.create_table(
        "volume_modification",
        sa.Column("volume_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("original_size", sa.Integer(), nullable=False),
        sa.Column("target_size", sa.Integer(), nullable=False),
        sa.Column("original_type", sa.String(length=16), nullable=False),
        sa.Column("target_type", sa.String(length=16), nullable=False),
        sa.Column("original_iops", sa.Integer(), nullable=True),
        sa.Column("target_iops", sa.Integer(), nullable=True),
        sa.Column("original_throughput", sa.Integer(), nullable=True),
        sa.Column("target_throughput", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('modifying', 'optimizing', 'completed', 'failed')",
            name=op.f("ck_volume_modification_state"),
        ),
        sa.ForeignKeyConstraint(
            ["volume_id"], ["volume.id"], name=op.f("fk_volume_modification_volume_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("volume_id", name=op.f("pk_volume_modification")),
    )
