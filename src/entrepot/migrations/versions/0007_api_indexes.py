"""Indexes for what the API lists: orders by amount, held orders, quarantined messages."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"

UPGRADE = """
CREATE INDEX orders_paid ON orders.orders (paid DESC, id DESC);
CREATE INDEX orders_held ON orders.orders (placed_at DESC, id DESC) WHERE hold_status <> 'none';
CREATE INDEX raw_quarantined ON hub.raw (received_at, seq) WHERE outcome = 'quarantined';
CREATE INDEX quarantine_record ON hub.quarantine (record) WHERE resolved_at IS NULL AND record <> '';
"""

DOWNGRADE = """
DROP INDEX hub.quarantine_record;
DROP INDEX hub.raw_quarantined;
DROP INDEX orders.orders_held;
DROP INDEX orders.orders_paid;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
