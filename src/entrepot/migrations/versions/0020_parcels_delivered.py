"""An index of the deliveries of the last days."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create it."""
    op.execute("CREATE INDEX parcel_delivered ON orders.parcel (delivered_at) WHERE delivered_at IS NOT NULL")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP INDEX orders.parcel_delivered")
