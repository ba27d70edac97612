"""Holds: promises of stock to carts, orders, transfers and channels, their journal, and protections of channels."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# No constraint says that commitments stay below what is on hand: a reported fact may lower on_hand under them, and is
# never refused. Whoever adds a commitment holds the row's lock and checks.
LEVELS = """
ALTER TABLE stock.level
    ADD COLUMN reserved      bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    ADD COLUMN allocated     bigint NOT NULL DEFAULT 0 CHECK (allocated >= 0),
    ADD COLUMN protected     bigint NOT NULL DEFAULT 0 CHECK (protected >= 0),
    ADD COLUMN safety        bigint NOT NULL DEFAULT 0 CHECK (safety >= 0),
    ADD COLUMN backorder_cap bigint NOT NULL DEFAULT 0 CHECK (backorder_cap >= 0);
COMMENT ON COLUMN stock.level.reserved IS 'sum of open soft holds: carts and channel quotas';
COMMENT ON COLUMN stock.level.allocated IS 'sum of open firm holds: orders and transfers';
COMMENT ON COLUMN stock.level.protected IS 'what the cell''s own quotas still protect, without those of node *';
COMMENT ON COLUMN stock.level.safety IS 'pieces never promised';
COMMENT ON COLUMN stock.level.backorder_cap IS 'pieces that may be promised beyond those on hand';
"""

# A row is a part of a hold at one node; place 0 is always there, so the key settles races for an id. Rows change state
# and never go; how much is open follows from the journal too, and the audit compares.
HOLDS = """
CREATE TABLE stock.hold (
    id              text COLLATE "C" NOT NULL CHECK (id <> ''),
    place           integer NOT NULL,
    line            text COLLATE "C" NOT NULL,
    sku             text COLLATE "C" NOT NULL,
    node            text COLLATE "C" NOT NULL,
    qty             bigint NOT NULL CHECK (qty > 0),
    held            bigint NOT NULL CHECK (held >= 0),
    posted          bigint NOT NULL DEFAULT 0 CHECK (posted >= 0),
    backordered     bigint NOT NULL DEFAULT 0 CHECK (backordered >= 0),
    kind            text NOT NULL CHECK (kind IN ('cart', 'order', 'transfer', 'quota')),
    state           text NOT NULL CHECK (state IN ('held', 'posted', 'displaced', 'expired', 'voided', 'moved')),
    channel         text COLLATE "C",
    doc             text COLLATE "C",
    to_node         text COLLATE "C",
    expires_at      timestamptz,
    is_displaceable boolean NOT NULL DEFAULT false,
    content         bigint NOT NULL,
    actor           text,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (id, place),
    CHECK (held + posted <= qty),
    CHECK ((state = 'held') = (held > 0)),
    CHECK ((kind = 'transfer') = (to_node IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX hold_cell ON stock.hold (sku, node) WHERE state = 'held';
CREATE INDEX hold_doc ON stock.hold (doc) WHERE doc IS NOT NULL;
CREATE INDEX hold_due ON stock.hold (expires_at) WHERE state = 'held' AND expires_at IS NOT NULL;
COMMENT ON COLUMN stock.hold.qty IS 'pieces when the row was made';
COMMENT ON COLUMN stock.hold.held IS 'pieces still promised; 0 when it is over';
COMMENT ON COLUMN stock.hold.posted IS 'pieces that left the node';
COMMENT ON COLUMN stock.hold.backordered IS 'pieces that were not there when the row was made';
COMMENT ON COLUMN stock.hold.content IS 'digest of the request: the same id with another content is refused';

CREATE TABLE stock.hold_entry (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hold        text COLLATE "C" NOT NULL,
    place       integer NOT NULL,
    act         text NOT NULL
                CHECK (act IN ('create', 'confirm', 'extend', 'move', 'post', 'void', 'expire', 'displace')),
    sku         text COLLATE "C" NOT NULL,
    node        text COLLATE "C" NOT NULL,
    reserved    bigint NOT NULL,
    allocated   bigint NOT NULL,
    movement    text COLLATE "C",
    actor       text,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX hold_entry_hold ON stock.hold_entry (hold);
CREATE INDEX hold_entry_movement ON stock.hold_entry (movement) WHERE movement IS NOT NULL;
COMMENT ON TABLE stock.hold_entry IS 'one row per change of a hold; reserved and allocated are what it changed';
COMMENT ON COLUMN stock.hold_entry.movement IS 'the movement by which the goods left';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stock.hold_entry
    FOR EACH STATEMENT EXECUTE FUNCTION stock.refuse_change();
ALTER TABLE stock.hold_entry ENABLE ALWAYS TRIGGER append_only;
REVOKE UPDATE, DELETE, TRUNCATE ON stock.hold_entry FROM PUBLIC;
"""

QUOTAS = """
CREATE TABLE stock.quota (
    sku         text COLLATE "C" NOT NULL CHECK (sku <> ''),
    node        text COLLATE "C" NOT NULL CHECK (node <> ''),
    channel     text COLLATE "C" NOT NULL CHECK (channel <> ''),
    protected   bigint NOT NULL CHECK (protected >= 0),
    drawn       bigint NOT NULL DEFAULT 0 CHECK (drawn >= 0),
    valid_from  timestamptz NOT NULL,
    valid_until timestamptz,
    source      text NOT NULL DEFAULT 'manual' CHECK (source IN ('manual', 'forecast', 'price')),
    actor       text,
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (sku, node, channel),
    CHECK (valid_until > valid_from)
) WITH (fillfactor = 80);
COMMENT ON TABLE stock.quota IS 'pieces kept for one channel at a node, or over all nodes (node *)';
COMMENT ON COLUMN stock.quota.drawn IS 'pieces of the channel''s holds made in the period that are held or posted';
"""


def upgrade() -> None:
    """Create the tables."""
    for sql in (LEVELS, HOLDS, QUOTAS):
        op.execute(sql)


def downgrade() -> None:
    """Drop them with all they hold."""
    op.execute("DROP TABLE stock.quota, stock.hold_entry, stock.hold")
    for column in ("reserved", "allocated", "protected", "safety", "backorder_cap"):
        op.execute(f"ALTER TABLE stock.level DROP COLUMN {column}")
