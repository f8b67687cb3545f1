"""Image Builder: resources, builds, workflows, cache, lifecycle; longer ids for client tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "build_cache",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("snapshot_id", sa.String(length=40), nullable=True),
        sa.Column("image_id", sa.String(length=40), nullable=True),
        sa.Column("what", sa.String(length=512), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", "account_id", "region", name=op.f("pk_build_cache")),
    )
    op.create_table(
        "builder_resource",
        sa.Column("arn", sa.String(length=512), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("slug", sa.String(length=256), nullable=False),
        sa.Column("resource_type", sa.String(length=16), nullable=True),
        sa.Column("major", sa.Integer(), nullable=True),
        sa.Column("minor", sa.Integer(), nullable=True),
        sa.Column("patch", sa.Integer(), nullable=True),
        sa.Column("build", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('component', 'image-recipe', 'infrastructure-configuration', 'distribution-configuration', 'image-pipeline', 'workflow', 'lifecycle-policy')",
            name=op.f("ck_builder_resource_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('ACTIVE', 'DEPRECATED', 'DISABLED', 'ENABLED')", name=op.f("ck_builder_resource_state")
        ),
        sa.PrimaryKeyConstraint("arn", name=op.f("pk_builder_resource")),
    )
    with op.batch_alter_table("builder_resource", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_builder_resource_account_id"), ["account_id"], unique=False)
        batch_op.create_index(
            "ix_builder_resource_place", ["region", "account_id", "kind", "slug"], unique=False
        )

    op.create_table(
        "image_build",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("arn", sa.String(length=512), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("slug", sa.String(length=256), nullable=False),
        sa.Column("major", sa.Integer(), nullable=False),
        sa.Column("minor", sa.Integer(), nullable=False),
        sa.Column("patch", sa.Integer(), nullable=False),
        sa.Column("build", sa.Integer(), nullable=False),
        sa.Column("build_type", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("failure", sa.JSON(), nullable=False),
        sa.Column("pipeline_arn", sa.String(length=512), nullable=True),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("outputs", sa.JSON(), nullable=False),
        sa.Column("image_id", sa.String(length=40), nullable=True),
        sa.Column("os_version", sa.String(length=128), nullable=True),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deprecated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "build_type IN ('USER_INITIATED', 'SCHEDULED', 'IMPORT')", name=op.f("ck_image_build_build_type")
        ),
        sa.CheckConstraint(
            "state IN ('PENDING', 'CREATING', 'BUILDING', 'TESTING', 'DISTRIBUTING', 'INTEGRATING', 'AVAILABLE', 'FAILED', 'CANCELLED', 'DEPRECATED', 'DISABLED', 'DELETED')",
            name=op.f("ck_image_build_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image_build")),
        sa.UniqueConstraint("arn", name=op.f("uq_image_build_arn")),
    )
    with op.batch_alter_table("image_build", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_image_build_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_image_build_image_id"), ["image_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_image_build_pipeline_arn"), ["pipeline_arn"], unique=False)
        batch_op.create_index("ix_image_build_region_account_id", ["region", "account_id"], unique=False)
        batch_op.create_index(
            "uq_image_build_number",
            ["region", "account_id", "slug", "major", "minor", "patch", "build"],
            unique=True,
        )

    op.create_table(
        "lifecycle_execution",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("subject_arn", sa.String(length=512), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("resources", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('IN_PROGRESS', 'CANCELLED', 'CANCELLING', 'FAILED', 'SUCCESS', 'PENDING')",
            name=op.f("ck_lifecycle_execution_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lifecycle_execution")),
    )
    with op.batch_alter_table("lifecycle_execution", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lifecycle_execution_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lifecycle_execution_subject_arn"), ["subject_arn"], unique=False)

    op.create_table(
        "workflow_execution",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("build_id", sa.String(length=40), nullable=False),
        sa.Column("workflow_arn", sa.String(length=512), nullable=False),
        sa.Column("workflow_type", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("on_failure", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("retried", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('PENDING', 'SKIPPED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED')",
            name=op.f("ck_workflow_execution_state"),
        ),
        sa.CheckConstraint(
            "workflow_type IN ('BUILD', 'TEST', 'DISTRIBUTION')",
            name=op.f("ck_workflow_execution_workflow_type"),
        ),
        sa.ForeignKeyConstraint(
            ["build_id"], ["image_build.id"], name=op.f("fk_workflow_execution_build_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workflow_execution")),
    )
    with op.batch_alter_table("workflow_execution", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_workflow_execution_build_id"), ["build_id"], unique=False)

    op.create_table(
        "workflow_step",
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("execution_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("description", sa.String(length=512), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("outputs", sa.JSON(), nullable=False),
        sa.Column("journal", sa.JSON(), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=True),
        sa.Column("answer_reason", sa.Text(), nullable=True),
        sa.Column("on_failure", sa.String(length=16), nullable=False),
        sa.Column("timeout_seconds", sa.Integer(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('PENDING', 'SKIPPED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED')",
            name=op.f("ck_workflow_step_state"),
        ),
        sa.ForeignKeyConstraint(
            ["execution_id"],
            ["workflow_execution.id"],
            name=op.f("fk_workflow_step_execution_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workflow_step")),
    )
    with op.batch_alter_table("workflow_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_workflow_step_execution_id"), ["execution_id"], unique=False)

    with op.batch_alter_table("client_token", schema=None) as batch_op:
        batch_op.alter_column(
            "resource_id",
            existing_type=sa.VARCHAR(length=40),
            type_=sa.String(length=512),
            existing_nullable=False,
        )
