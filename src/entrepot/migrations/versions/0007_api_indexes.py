"""Indexes for what the API lists and counts: small ones, over the few rows that wait for somebody."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"

UPGRADE = """
CREATE INDEX orders_paid ON orders.orders (paid DESC, id DESC);
CREATE INDEX orders_under_way ON orders.orders (shipped_at) WHERE fulfilment_status IN ('shipped', 'part_shipped');
CREATE INDEX orders_delivered ON orders.orders (delivered_at) WHERE delivered_at IS NOT NULL;
CREATE INDEX orders_aftersale ON orders.orders (placed_at DESC, id DESC) WHERE aftersale_status <> 'none';
CREATE INDEX orders_held ON orders.orders (placed_at DESC, id DESC) WHERE hold_status <> 'none';
CREATE INDEX raw_quarantined ON hub.raw (received_at, seq) WHERE outcome = 'quarantined';
CREATE INDEX quarantine_record ON hub.quarantine (record) WHERE resolved_at IS NULL AND record <> '';
"""

DOWNGRADE = """
DROP INDEX hub.quarantine_record;
DROP INDEX hub.raw_quarantined;
DROP INDEX orders.orders_held;
DROP INDEX orders.orders_aftersale;
DROP INDEX orders.orders_delivered;
DROP INDEX orders.orders_under_way;
DROP INDEX orders.orders_paid;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
