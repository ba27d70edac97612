"""Available to promise: supply that is due, what backorders are pegged to, and the read model."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SUPPLY = """
CREATE TABLE stock.supply (
    id          text COLLATE "C" PRIMARY KEY CHECK (id <> ''),
    kind        text NOT NULL CHECK (kind IN ('purchase', 'transfer', 'return')),
    sku         text COLLATE "C" NOT NULL CHECK (sku <> ''),
    node        text COLLATE "C" NOT NULL CHECK (node <> ''),
    qty         bigint NOT NULL CHECK (qty >= 0),
    received    bigint NOT NULL DEFAULT 0 CHECK (received >= 0),
    origin      text COLLATE "C" NOT NULL DEFAULT '',
    doc         text COLLATE "C",
    sent_at     timestamptz,
    due_p10     timestamptz,
    due_p50     timestamptz,
    due_p90     timestamptz,
    is_closed   boolean NOT NULL DEFAULT false,
    source      text NOT NULL CHECK (source IN ('book', 'file', 'api', 'cli')),
    version     bigint NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (due_p10 <= due_p50 AND due_p50 <= due_p90),
    CHECK ((due_p10 IS NULL) = (due_p90 IS NULL) AND (due_p50 IS NULL) = (due_p90 IS NULL))
);
CREATE INDEX supply_open ON stock.supply (sku, node) WHERE NOT is_closed AND received < qty;
CREATE UNIQUE INDEX supply_doc ON stock.supply (doc, sku, node) WHERE doc IS NOT NULL AND source <> 'book';
COMMENT ON TABLE stock.supply IS 'what is on its way to a node; qty - received is still to come';
COMMENT ON COLUMN stock.supply.source IS 'book: derived from movements by document, never edited by hand';
COMMENT ON COLUMN stock.supply.due_p90 IS 'it is here by then in nine cases of ten; null: nobody can say';

CREATE TABLE stock.lane_time (
    origin      text COLLATE "C" NOT NULL,
    node        text COLLATE "C" NOT NULL,
    trips       integer NOT NULL,
    p10         interval NOT NULL,
    p50         interval NOT NULL,
    p90         interval NOT NULL,
    measured_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (origin, node)
);
COMMENT ON TABLE stock.lane_time IS 'observed from despatch to receipt; origin and node empty: all lanes together';

CREATE TABLE stock.peg (
    hold        text COLLATE "C" NOT NULL,
    line        text COLLATE "C" NOT NULL,
    sku         text COLLATE "C" NOT NULL,
    node        text COLLATE "C" NOT NULL,
    supply      text COLLATE "C" NOT NULL,
    qty         bigint NOT NULL CHECK (qty > 0),
    PRIMARY KEY (sku, hold, line, node, supply)
);
COMMENT ON TABLE stock.peg IS 'which supply an order that waits will be served from; made anew with every change';
"""

ATP = """
CREATE TABLE stock.channel_policy (
    channel        text COLLATE "C" NOT NULL CHECK (channel <> ''),
    shop           text COLLATE "C" NOT NULL CHECK (shop <> ''),
    nodes          text[],
    buffer_units   bigint NOT NULL DEFAULT 0 CHECK (buffer_units >= 0),
    buffer_percent integer NOT NULL DEFAULT 0 CHECK (buffer_percent BETWEEN 0 AND 100),
    keep_per_node  bigint NOT NULL DEFAULT 0 CHECK (keep_per_node >= 0),
    may_oversell   boolean NOT NULL DEFAULT false,
    quantile       text NOT NULL DEFAULT 'p90' CHECK (quantile IN ('p10', 'p50', 'p90')),
    is_active      boolean NOT NULL DEFAULT true,
    updated_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (channel, shop)
);
COMMENT ON COLUMN stock.channel_policy.nodes IS 'which nodes serve it; null: every active warehouse and store';

CREATE TABLE stock.atp (
    sku         text COLLATE "C" NOT NULL,
    channel     text COLLATE "C" NOT NULL,
    shop        text COLLATE "C" NOT NULL,
    now         bigint NOT NULL,
    offered     bigint NOT NULL,
    next_date   date,
    next_qty    bigint,
    owed        bigint NOT NULL,
    overdue     bigint NOT NULL,
    curve       jsonb NOT NULL,
    version     bigint NOT NULL DEFAULT 1,
    log_xid     bigint NOT NULL,
    log_seq     bigint NOT NULL,
    changed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (sku, channel, shop)
);
CREATE INDEX atp_channel ON stock.atp (channel, shop, sku);
COMMENT ON COLUMN stock.atp.offered IS 'what the channel is told: now, less its buffer, plus backorders it may take';
COMMENT ON COLUMN stock.atp.curve IS '[[day, p10, p50, p90], ...]: units from that day on, by when supply is counted';
COMMENT ON COLUMN stock.atp.log_seq IS 'with log_xid, the place in the log up to which all is reflected';
"""


def upgrade() -> None:
    """Create the tables."""
    for sql in (SUPPLY, ATP):
        op.execute(sql)


def downgrade() -> None:
    """Drop them with all they hold."""
    op.execute("DROP TABLE stock.atp, stock.channel_policy, stock.peg, stock.lane_time, stock.supply")
