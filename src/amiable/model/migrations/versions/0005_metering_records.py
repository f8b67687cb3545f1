"""What products' own software meters, at prices by dimension."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("product", sa.Column("dimensions", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("product") as table:
        table.alter_column("dimensions", server_default=None)
    op.create_table(
        "metering_record",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=25), nullable=False),
        sa.Column("dimension", sa.String(length=255), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("quantity", sa.String(length=24), nullable=False),
        sa.Column("price", sa.String(length=24), nullable=False),
        sa.Column("allocations", sa.JSON(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["code"], ["product.code"], name=op.f("fk_metering_record_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metering_record")),
    )
    op.create_index(op.f("ix_metering_record_account_id"), "metering_record", ["account_id"])
    op.create_index("ix_metering_record_account_id_hour", "metering_record", ["account_id", "hour"])
    columns = ["code", "account_id", "dimension", "hour"]
    op.create_index("uq_metering_record_hour", "metering_record", columns, unique=True)
