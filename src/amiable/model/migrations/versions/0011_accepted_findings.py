"""Who accepted the findings of an inspection, and why."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("inspection", sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("inspection", sa.Column("accepted_by", sa.String(length=32), nullable=True))
    op.add_column("inspection", sa.Column("accepted_reason", sa.Text(), nullable=True))
