"""Images say which instance types they may be launched on."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("image", schema=None) as batch_op:
        for name in ("supported_types", "unsupported_types"):
            batch_op.add_column(sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))
