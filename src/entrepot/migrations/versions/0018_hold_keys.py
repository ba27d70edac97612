"""Indexes that cost every hold and that nobody reads by: entries are found by their hold, events by their position."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# One index serves both: a number is given once, and entries are read by their hold, in the order of their numbers.
UP = """
ALTER TABLE stock.hold_entry DROP CONSTRAINT hold_entry_pkey, ADD PRIMARY KEY (hold, seq);
DROP INDEX stock.hold_entry_hold;
DROP INDEX log.event_key;
"""

DOWN = """
CREATE INDEX event_key ON log.event (key, seq);
ALTER TABLE stock.hold_entry DROP CONSTRAINT hold_entry_pkey, ADD PRIMARY KEY (seq);
CREATE INDEX hold_entry_hold ON stock.hold_entry (hold);
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
