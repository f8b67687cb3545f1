"""Blocks that clients put into snapshots; the state that an image comes back to from the recycle bin."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "written_block",
        sa.Column("snapshot_id", sa.String(length=40), nullable=False),
        sa.Column("block_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("chunk", sa.String(length=64), nullable=False),
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshot.id"], name=op.f("fk_written_block_snapshot_id")),
        sa.PrimaryKeyConstraint("snapshot_id", "block_index", name=op.f("pk_written_block")),
    )
    with op.batch_alter_table("snapshot") as batch_op:
        batch_op.add_column(sa.Column("writable_minutes", sa.Integer(), nullable=True))
    with op.batch_alter_table("image") as batch_op:
        batch_op.add_column(sa.Column("recycled_from", sa.String(length=16), nullable=True))
