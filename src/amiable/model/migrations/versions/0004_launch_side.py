"""Parameters have tags; instances remember whether they could be reached."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("parameter", sa.Column("tags", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("instance", sa.Column("reached", sa.Boolean(), nullable=True))
    op.add_column("instance", sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True))
