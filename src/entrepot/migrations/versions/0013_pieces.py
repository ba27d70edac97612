"""The life of an order's pieces: states, commands and fulfilments."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

PIECES = """
CREATE TABLE orders.life (
    order_id    text COLLATE "C" PRIMARY KEY,
    version     bigint NOT NULL,
    destination text NOT NULL DEFAULT '',
    sourced_for text NOT NULL DEFAULT '',
    over_issued bigint NOT NULL DEFAULT 0,
    release_at  timestamptz,
    settled_at  timestamptz,
    entered_at  timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL
);
CREATE INDEX life_over_issued ON orders.life (order_id) WHERE over_issued > 0;
CREATE INDEX life_release ON orders.life (release_at) WHERE release_at IS NOT NULL;
COMMENT ON TABLE orders.life IS 'an order kept in pieces; its row is locked by whoever changes them';
COMMENT ON COLUMN orders.life.version IS 'commands done so far';
COMMENT ON COLUMN orders.life.destination IS 'digest of the address as the channel last told it';
COMMENT ON COLUMN orders.life.sourced_for IS 'digest of the address its nodes were chosen for';
COMMENT ON COLUMN orders.life.over_issued IS 'units that left by the book and that no piece accounts for';
COMMENT ON COLUMN orders.life.release_at IS 'until then the order waits for a better plan';

CREATE TABLE orders.piece (
    order_id text COLLATE "C" NOT NULL,
    line     text COLLATE "C" NOT NULL,
    no       integer NOT NULL CHECK (no > 0),
    sku      text COLLATE "C",
    qty      bigint NOT NULL CHECK (qty > 0),
    state    text COLLATE "C" NOT NULL CHECK (state IN (
             'placed', 'risk_hold', 'backordered', 'refused', 'short', 'timed_out', 'reserved', 'sourced', 'released',
             'cancel_asked', 'accepted', 'picking', 'packed', 'ready', 'uncollected', 'lost', 'damaged', 'shipped',
             'returning', 'delivered', 'collected', 'return_asked', 'return_authorised', 'in_return', 'received',
             'graded', 'restocked', 'scrapped', 'vendor', 'cancelled')),
    node     text COLLATE "C",
    hold     text COLLATE "C",
    barred   text[] NOT NULL DEFAULT '{}',
    was      text,
    grade    text CHECK (grade IN ('sound', 'faulty')),
    work     text COLLATE "C",
    issues   integer NOT NULL DEFAULT 0 CHECK (issues >= 0),
    since    timestamptz NOT NULL,
    PRIMARY KEY (order_id, line, no)
) WITH (fillfactor = 80);
CREATE INDEX piece_open ON orders.piece (state, since)
    WHERE state NOT IN ('delivered', 'collected', 'cancelled', 'restocked', 'scrapped', 'vendor');
CREATE INDEX piece_unconfirmed ON orders.piece (since)
    WHERE hold IS NOT NULL AND state IN ('shipped', 'delivered', 'collected');
CREATE INDEX piece_at_node ON orders.piece (node, state) WHERE work IS NOT NULL;
CREATE INDEX piece_work ON orders.piece (work) WHERE work IS NOT NULL;
CREATE INDEX piece_awaited ON orders.piece (sku) WHERE state = 'backordered';
COMMENT ON TABLE orders.piece IS 'units of an order line that share one fate';
COMMENT ON COLUMN orders.piece.since IS 'in this state';
COMMENT ON COLUMN orders.piece.issues IS 'how often they left a node''s stock';

CREATE TABLE orders.piece_line (
    order_id text COLLATE "C" NOT NULL,
    line     text COLLATE "C" NOT NULL,
    ordered  bigint NOT NULL CHECK (ordered >= 0),
    known    bigint CHECK (known >= 0),
    PRIMARY KEY (order_id, line)
);
COMMENT ON COLUMN orders.piece_line.ordered IS 'units ever asked for: always the sum of the line''s pieces';
COMMENT ON COLUMN orders.piece_line.known IS 'units the channel last asked for; null for lines it does not know';

CREATE TABLE orders.fulfilment (
    id          text COLLATE "C" PRIMARY KEY,
    order_id    text COLLATE "C" NOT NULL,
    node        text COLLATE "C" NOT NULL,
    mode        text NOT NULL,
    released_at timestamptz NOT NULL,
    accept_by   timestamptz,
    ship_by     timestamptz NOT NULL,
    collect_by  timestamptz,
    parcels     jsonb NOT NULL DEFAULT '[]'
);
CREATE INDEX fulfilment_order ON orders.fulfilment (order_id);
CREATE INDEX fulfilment_accept ON orders.fulfilment (accept_by) WHERE accept_by IS NOT NULL;
CREATE INDEX fulfilment_collect ON orders.fulfilment (collect_by) WHERE collect_by IS NOT NULL;
COMMENT ON TABLE orders.fulfilment IS 'the work order of one node; its state is a rule over its pieces';
"""

# What a command did to which units is never edited: the pieces are its fold, and a replay finds its answer here.
EVENTS = """
CREATE TABLE orders.piece_event (
    order_id   text COLLATE "C" NOT NULL,
    version    bigint NOT NULL,
    command_id text COLLATE "C" NOT NULL,
    command    text NOT NULL,
    digest     text NOT NULL,
    actor      text NOT NULL,
    reason     text NOT NULL DEFAULT '',
    node       text,
    changes    jsonb NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (order_id, version),
    UNIQUE (order_id, command_id)
);
CREATE FUNCTION orders.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on %.% is refused: what was done to an order is append-only.', TG_OP, TG_TABLE_SCHEMA,
        TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON orders.piece_event
    FOR EACH STATEMENT EXECUTE FUNCTION orders.refuse_change();
ALTER TABLE orders.piece_event ENABLE ALWAYS TRIGGER append_only;
REVOKE UPDATE, DELETE, TRUNCATE ON orders.piece_event FROM PUBLIC;
"""


def upgrade() -> None:
    """Create the tables."""
    for sql in (PIECES, EVENTS):
        op.execute(sql)


def downgrade() -> None:
    """Drop them with all they hold."""
    op.execute("DROP TABLE orders.piece_event, orders.fulfilment, orders.piece_line, orders.piece, orders.life")
    op.execute("DROP FUNCTION orders.refuse_change()")
