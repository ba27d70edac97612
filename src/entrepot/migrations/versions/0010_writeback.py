"""Writing back to channels: what each target should be told, and how fast each shop may be told."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SQL = """
ALTER TABLE hub.shop ADD COLUMN settings jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN hub.shop.settings IS 'where and how it is written to: write_url, location_id, ...; no secrets';

CREATE TABLE hub.writeback (
    channel      text COLLATE "C" NOT NULL,
    shop         text COLLATE "C" NOT NULL,
    kind         text COLLATE "C" NOT NULL CHECK (kind IN ('stock', 'shipment')),
    target       text COLLATE "C" NOT NULL,
    wish         jsonb NOT NULL,
    log_xid      bigint NOT NULL,
    log_seq      bigint NOT NULL,
    wished_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'held', 'dead')),
    accepted     jsonb,
    accepted_at  timestamptz,
    attempts     integer NOT NULL DEFAULT 0,
    is_alone     boolean NOT NULL DEFAULT false,
    due_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    lease        uuid,
    leased_until timestamptz,
    reason       text NOT NULL DEFAULT '',
    message      text NOT NULL DEFAULT '',
    mend         text NOT NULL DEFAULT '',
    PRIMARY KEY (channel, shop, kind, target)
);
CREATE INDEX writeback_due ON hub.writeback (channel, shop, kind, due_at) WHERE state = 'waiting';
CREATE INDEX writeback_trouble ON hub.writeback (state, channel, shop, kind, target) WHERE state IN ('held', 'dead');
COMMENT ON TABLE hub.writeback IS 'one row a target: what it should be, and what the channel last accepted';
COMMENT ON COLUMN hub.writeback.is_alone IS 'its batch was refused whole: sent alone, so that a fault names one row';
COMMENT ON COLUMN hub.writeback.lease IS 'who is sending it; after leased_until that sender is taken for dead';

CREATE TABLE hub.write_bucket (
    channel      text COLLATE "C" NOT NULL,
    shop         text COLLATE "C" NOT NULL,
    kind         text COLLATE "C" NOT NULL,
    tokens       double precision NOT NULL,
    filled_at    timestamptz NOT NULL,
    closed_until timestamptz,
    PRIMARY KEY (channel, shop, kind)
);
COMMENT ON TABLE hub.write_bucket IS 'calls a shop takes now, shared by all processes; closed_until: it said to wait';
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(SQL)


def downgrade() -> None:
    """Drop them with all they hold."""
    op.execute("DROP TABLE hub.write_bucket, hub.writeback; ALTER TABLE hub.shop DROP COLUMN settings")
