"""The stock book: catalogue, movements, levels, counts and as-of snapshots."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Text that is compared or locked in order is COLLATE "C": the server then sorts as Python does, on every machine.
CATALOGUE = """
CREATE SCHEMA stock;

CREATE TABLE stock.sku (
    id          text COLLATE "C" PRIMARY KEY,
    title       text NOT NULL DEFAULT '',
    title_en    text NOT NULL DEFAULT '',
    brand       text NOT NULL DEFAULT '',
    category    text NOT NULL DEFAULT '',
    barcode     text NOT NULL DEFAULT '',
    weight_g    bigint CHECK (weight_g >= 0),
    length_mm   bigint CHECK (length_mm >= 0),
    width_mm    bigint CHECK (width_mm >= 0),
    height_mm   bigint CHECK (height_mm >= 0),
    price       bigint,
    currency    text,
    attrs       jsonb NOT NULL DEFAULT '{}',
    pinyin      text COLLATE "C" NOT NULL DEFAULT '',
    search      text COLLATE "C" NOT NULL DEFAULT '',
    version     bigint NOT NULL,
    source      text COLLATE "C" NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON COLUMN stock.sku.price IS 'minor units of currency';
COMMENT ON COLUMN stock.sku.pinyin IS 'sorts Chinese titles: the server has no ICU';
COMMENT ON COLUMN stock.sku.search IS 'lower-case id, titles, brand, barcode, pinyin and initials';

CREATE TABLE stock.node (
    id          text COLLATE "C" PRIMARY KEY,
    name        text NOT NULL DEFAULT '',
    name_en     text NOT NULL DEFAULT '',
    kind        text NOT NULL DEFAULT 'store',
    country     text NOT NULL DEFAULT '',
    province    text NOT NULL DEFAULT '',
    city        text NOT NULL DEFAULT '',
    latitude    double precision CHECK (latitude BETWEEN -90 AND 90),
    longitude   double precision CHECK (longitude BETWEEN -180 AND 180),
    active      boolean NOT NULL DEFAULT true,
    pinyin      text COLLATE "C" NOT NULL DEFAULT '',
    search      text COLLATE "C" NOT NULL DEFAULT '',
    version     bigint NOT NULL,
    source      text COLLATE "C" NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE stock.listing (
    channel       text COLLATE "C" NOT NULL,
    shop          text COLLATE "C" NOT NULL,
    item_id       text COLLATE "C" NOT NULL,
    sku_native_id text COLLATE "C" NOT NULL DEFAULT '',
    merchant_code text NOT NULL DEFAULT '',
    stock_item    text NOT NULL DEFAULT '',
    sku_id        text COLLATE "C",
    how           text CHECK (how IN ('exact', 'rule', 'human')),
    confidence    double precision CHECK (confidence BETWEEN 0 AND 1),
    version       bigint NOT NULL,
    source        text COLLATE "C" NOT NULL,
    updated_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (channel, shop, item_id, sku_native_id),
    CHECK ((sku_id IS NULL) = (how IS NULL))
);
CREATE INDEX listing_sku ON stock.listing (sku_id) WHERE sku_id IS NOT NULL;
"""

# One row is one movement: it leaves one account and enters another, so the book sums to zero by construction.
# Not partitioned: no id can be unique across partitions, and the id is what makes a fact count once.
MOVEMENTS = """
CREATE SEQUENCE stock.movement_seq;
CREATE TABLE stock.movement (
    seq         bigint PRIMARY KEY DEFAULT nextval('stock.movement_seq'),
    id          text COLLATE "C" NOT NULL UNIQUE CHECK (id <> ''),
    sku         text COLLATE "C" NOT NULL CHECK (sku <> ''),
    qty         bigint NOT NULL CHECK (qty > 0),
    from_node   text COLLATE "C" NOT NULL CHECK (from_node <> ''),
    from_state  text COLLATE "C" NOT NULL,
    to_node     text COLLATE "C" NOT NULL CHECK (to_node <> ''),
    to_state    text COLLATE "C" NOT NULL,
    reason      text NOT NULL CHECK (reason IN ('receipt', 'sale', 'return', 'transfer_out', 'transfer_in', 'count',
                'adjustment', 'damage', 'scrap', 'quality_hold', 'release', 'reversal')),
    reverses    text COLLATE "C",
    doc         text,
    line        text,
    channel     text,
    source_id   text,
    actor       text,
    valid_at    timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (from_state IN ('on_hand', 'quality_hold', 'damaged', 'in_transit', 'on_order')),
    CHECK (to_state IN ('on_hand', 'quality_hold', 'damaged', 'in_transit', 'on_order')),
    CHECK ((from_node, from_state) <> (to_node, to_state)),
    CHECK ((reason = 'reversal') = (reverses IS NOT NULL))
);
ALTER SEQUENCE stock.movement_seq OWNED BY stock.movement.seq;
CREATE INDEX movement_from ON stock.movement (sku, from_node, valid_at);
CREATE INDEX movement_to ON stock.movement (sku, to_node, valid_at);
CREATE INDEX movement_valid ON stock.movement USING brin (valid_at) WITH (pages_per_range = 16);
CREATE INDEX movement_doc ON stock.movement (doc) WHERE doc IS NOT NULL;
CREATE INDEX movement_outflow ON stock.movement (valid_at) INCLUDE (sku, from_node, from_state, to_node, qty, reason)
    WHERE reason IN ('sale', 'transfer_out', 'reversal');
CREATE INDEX movement_transit ON stock.movement (valid_at)
    WHERE from_state = 'in_transit' OR to_state = 'in_transit';
CREATE UNIQUE INDEX movement_reverses ON stock.movement (reverses) WHERE reverses IS NOT NULL;

CREATE FUNCTION stock.is_outside(node text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN split_part(node, ':', 1) IN ('supplier', 'customer', 'scrap', 'difference');

CREATE VIEW stock.leg AS
    SELECT seq, id, sku, from_node AS node, from_state AS state, -qty AS delta, reason, doc, valid_at, recorded_at
    FROM stock.movement
    UNION ALL
    SELECT seq, id, sku, to_node, to_state, qty, reason, doc, valid_at, recorded_at
    FROM stock.movement;
COMMENT ON VIEW stock.leg IS 'the two signed sides of each movement';

CREATE TABLE stock.level (
    sku           text COLLATE "C" NOT NULL,
    node          text COLLATE "C" NOT NULL,
    on_hand       bigint NOT NULL DEFAULT 0,
    quality_hold  bigint NOT NULL DEFAULT 0,
    damaged       bigint NOT NULL DEFAULT 0,
    in_transit    bigint NOT NULL DEFAULT 0,
    on_order      bigint NOT NULL DEFAULT 0,
    counted_until timestamptz,
    version       bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (sku, node)
) WITH (fillfactor = 50);
CREATE INDEX level_node ON stock.level (node);
COMMENT ON TABLE stock.level IS 'fold of stock.movement, written in the same transaction; audited, never repaired';
COMMENT ON COLUMN stock.level.counted_until IS 'latest count of this cell: facts valid before it are late';

CREATE TABLE stock.count (
    id          text COLLATE "C" PRIMARY KEY CHECK (id <> ''),
    sku         text COLLATE "C" NOT NULL,
    node        text COLLATE "C" NOT NULL,
    state       text COLLATE "C" NOT NULL
                CHECK (state IN ('on_hand', 'quality_hold', 'damaged', 'in_transit', 'on_order')),
    qty         bigint NOT NULL,
    book        bigint NOT NULL,
    as_of       timestamptz NOT NULL,
    cause       text,
    channel     text,
    source_id   text,
    actor       text,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX count_cell ON stock.count (sku, node, state, as_of);
COMMENT ON COLUMN stock.count.book IS 'balance at as_of, as known when the count was recorded';

CREATE TABLE stock.snapshot (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    day        date NOT NULL,
    up_to_seq  bigint NOT NULL,
    taken_at   timestamptz NOT NULL
);
CREATE TABLE stock.snapshot_cell (
    snapshot bigint NOT NULL REFERENCES stock.snapshot (id) ON DELETE CASCADE,
    sku      text COLLATE "C" NOT NULL,
    node     text COLLATE "C" NOT NULL,
    state    text COLLATE "C" NOT NULL,
    qty      bigint NOT NULL,
    PRIMARY KEY (snapshot, sku, node, state)
);
COMMENT ON TABLE stock.snapshot IS 'sum of movements valid before the day (UTC) with seq <= up_to_seq';
"""

# The trigger binds the table's owner too, and ENABLE ALWAYS binds replication roles; the REVOKE binds everybody else.
APPEND_ONLY = """
CREATE FUNCTION stock.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on %.% is refused: the stock book is append-only. Post a reversal instead.',
        TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stock.movement
    FOR EACH STATEMENT EXECUTE FUNCTION stock.refuse_change();
ALTER TABLE stock.movement ENABLE ALWAYS TRIGGER append_only;
REVOKE UPDATE, DELETE, TRUNCATE ON stock.movement FROM PUBLIC;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stock.count
    FOR EACH STATEMENT EXECUTE FUNCTION stock.refuse_change();
ALTER TABLE stock.count ENABLE ALWAYS TRIGGER append_only;
REVOKE UPDATE, DELETE, TRUNCATE ON stock.count FROM PUBLIC;
"""


def upgrade() -> None:
    """Create the schema."""
    for sql in (CATALOGUE, MOVEMENTS, APPEND_ONLY):
        op.execute(sql)


def downgrade() -> None:
    """Drop the schema with all it holds."""
    op.execute("DROP SCHEMA stock CASCADE")
