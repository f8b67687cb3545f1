"""Builds know what was found inside their images."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("image_build", sa.Column("inspection_id", sa.String(length=40), nullable=True))
