"""What was removed when an image was made."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("image", sa.Column("cleaning", sa.JSON(), nullable=True))
