"""The log: events, readers and their positions."""

from alembic import op

revision = "0001"
down_revision = None

SQL = """
CREATE SCHEMA log;

CREATE TABLE log.event (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    kind text NOT NULL,
    key text NOT NULL,
    payload json NOT NULL
) PARTITION BY RANGE (recorded_at);
COMMENT ON TABLE log.event IS 'Facts as they were committed. Read in (xid, seq) order, below the snapshot''s xmin.';
CREATE INDEX event_position ON log.event (xid, seq);
CREATE INDEX event_key ON log.event (key, seq);
CREATE TABLE log.event_other PARTITION OF log.event DEFAULT;

CREATE FUNCTION log.make_partition(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first date := date_trunc('month', month);
    name text := 'event_' || to_char(first, 'YYYY_MM');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('log.make_partition'));
    IF to_regclass('log.' || name) IS NULL THEN
        EXECUTE format('CREATE TABLE log.%I PARTITION OF log.event FOR VALUES FROM (%L) TO (%L)',
                       name, first::text || ' 00:00:00+00', (first + interval '1 month')::date::text || ' 00:00:00+00');
    END IF;
END $$;

CREATE TABLE log.reader (
    name text PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT '0',
    seq bigint NOT NULL DEFAULT 0,
    read_at timestamptz NOT NULL DEFAULT now()
);
"""


def upgrade() -> None:
    op.execute(SQL)


def downgrade() -> None:
    op.execute("DROP SCHEMA log CASCADE")
