"""Products, subscriptions, metered use."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OPEN = "ended_at IS NULL"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "product",
        sa.Column("code", sa.String(length=25), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("prices", sa.JSON(), nullable=False),
        sa.Column("support", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_product")),
        sa.UniqueConstraint("name", name=op.f("uq_product_name")),
    )
    op.create_index(op.f("ix_product_account_id"), "product", ["account_id"])
    op.create_table(
        "subscription",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=25), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["code"], ["product.code"], name=op.f("fk_subscription_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
    )
    op.create_index(op.f("ix_subscription_account_id"), "subscription", ["account_id"])
    op.create_index(op.f("ix_subscription_code"), "subscription", ["code"])
    _one_open("subscription", "account_id", "code")
    op.create_table(
        "usage_interval",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=25), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("instance_type", sa.String(length=32), nullable=False),
        sa.Column("hourly_price", sa.String(length=24), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_interval")),
    )
    op.create_index(op.f("ix_usage_interval_account_id"), "usage_interval", ["account_id"])
    for column in ("account_id", "code"):
        op.create_index(f"ix_usage_interval_{column}_started_at", "usage_interval", [column, "started_at"])
    _one_open("usage_interval", "instance_id", "code")


def _one_open(table: str, *columns: str) -> None:
    """At most one row of these values that has not ended."""
    op.create_index(
        f"uq_{table}_open",
        table,
        list(columns),
        unique=True,
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )
