"""What was made of an image or snapshot is found by an index, and what has a tag by an index alone."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_image_source_image_id", "image", ["source_image_id", "region", "id"])
    op.create_index("ix_snapshot_parent_id", "snapshot", ["parent_id"])
    op.drop_index("ix_tag_account_key_value", "tag")
    op.create_index("ix_tag_account_key_value", "tag", ["account_id", "key", "value", "resource_id"])
