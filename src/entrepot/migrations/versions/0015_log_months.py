"""Months of the log whose events came before their partition: they are moved into it."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

HEAD = """
CREATE OR REPLACE FUNCTION log.make_partition(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first date := date_trunc('month', month);
    name text := 'event_' || to_char(first, 'YYYY_MM');
    since timestamptz := first::text || ' 00:00:00+00';
    until timestamptz := (first + interval '1 month')::date::text || ' 00:00:00+00';
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('log.make_partition'));
    IF to_regclass('log.' || name) IS NOT NULL THEN
        RETURN;
    END IF;
"""

MAKE = """
    EXECUTE format('CREATE TABLE log.%I PARTITION OF log.event FOR VALUES FROM (%L) TO (%L)', name, since, until);
END $$;
"""

# An app that ran past its last month, or a writer that never made one, leaves events in the partition for the rest;
# a month cannot be cut out of it while they are there. Writers wait for as long as the move takes.
MOVE = """
    LOCK TABLE log.event_other IN ACCESS EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM log.event_other WHERE recorded_at >= since AND recorded_at < until) THEN
        EXECUTE format('CREATE TABLE log.%I (LIKE log.event)', name);
        EXECUTE format('
            WITH moved AS (
                DELETE FROM log.event_other WHERE recorded_at >= %L AND recorded_at < %L RETURNING *
            )
            INSERT INTO log.%I SELECT * FROM moved', since, until, name);
        EXECUTE format('ALTER TABLE log.event ATTACH PARTITION log.%I FOR VALUES FROM (%L) TO (%L)',
                       name, since, until);
        RETURN;
    END IF;
"""


def upgrade() -> None:
    op.execute(HEAD + MOVE + MAKE)


def downgrade() -> None:
    op.execute(HEAD + MAKE)
