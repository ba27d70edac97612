"""Walks through the book's own past: how promises would have been kept."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE orders.promise_backtest (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    made_at timestamptz NOT NULL,
    actor   text NOT NULL,
    report  jsonb NOT NULL
);
COMMENT ON TABLE orders.promise_backtest IS 'how promises to past orders would have been kept';
COMMENT ON COLUMN orders.promise_backtest.report IS 'period, target, figures over all, by month and by lane';
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(UP)


def downgrade() -> None:
    """Drop it with all it holds."""
    op.execute("DROP TABLE orders.promise_backtest")
