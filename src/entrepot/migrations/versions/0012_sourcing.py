"""Sourcing decisions, with their candidates, and the stock prices behind them."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

PRICES = """
CREATE TABLE orders.price_run (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    solved_at    timestamptz NOT NULL,
    log_xid      bigint NOT NULL,
    log_seq      bigint NOT NULL,
    horizon_days integer NOT NULL CHECK (horizon_days > 0),
    history_days integer NOT NULL CHECK (history_days > 0),
    baskets      bigint NOT NULL,
    profiles     integer NOT NULL,
    cells        integer NOT NULL,
    objective    double precision NOT NULL,
    milliseconds integer NOT NULL,
    actor        text NOT NULL
);
COMMENT ON TABLE orders.price_run IS 'every solution of the price problem; decisions name the one they used';
COMMENT ON COLUMN orders.price_run.baskets IS 'orders of the history that demand was read from';
COMMENT ON COLUMN orders.price_run.objective IS 'least cost of the demand expected until the horizon, minor units';

CREATE TABLE orders.node_price (
    run    bigint NOT NULL REFERENCES orders.price_run (id) ON DELETE CASCADE,
    sku    text COLLATE "C" NOT NULL,
    node   text COLLATE "C" NOT NULL,
    price  bigint NOT NULL CHECK (price >= 0),
    credit bigint NOT NULL CHECK (credit >= 0),
    free   bigint NOT NULL,
    spare  double precision NOT NULL,
    PRIMARY KEY (run, sku, node)
);
COMMENT ON COLUMN orders.node_price.price IS 'what one piece more would save later orders, minor units; the dual';
COMMENT ON COLUMN orders.node_price.credit IS 'markdown that selling a piece from here saves, minor units';
COMMENT ON COLUMN orders.node_price.spare IS 'pieces the plan does not need';
"""

SETTINGS = """
CREATE TABLE orders.sourcing_policy (
    only_row            boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    currency            text NOT NULL,
    split_penalty       bigint NOT NULL CHECK (split_penalty >= 0),
    load_cost           bigint NOT NULL CHECK (load_cost >= 0),
    refusal_cost        bigint NOT NULL CHECK (refusal_cost >= 0),
    lost_cost           bigint NOT NULL CHECK (lost_cost >= 0),
    margin_percent      integer NOT NULL CHECK (margin_percent BETWEEN 0 AND 100),
    markdown_percent    integer NOT NULL CHECK (markdown_percent BETWEEN 0 AND 100),
    markdown_after_days integer NOT NULL CHECK (markdown_after_days > 0),
    ship_within_hours   integer CHECK (ship_within_hours > 0),
    horizon_days        integer NOT NULL CHECK (horizon_days > 0),
    history_days        integer NOT NULL CHECK (history_days > 0),
    actor               text NOT NULL,
    changed_at          timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE orders.sourcing_policy IS 'what the retailer weighs; without a row the defaults of the code hold';

CREATE TABLE orders.sourcing_node (
    node                text COLLATE "C" PRIMARY KEY,
    capacity            bigint CHECK (capacity >= 0),
    handling_per_parcel bigint NOT NULL CHECK (handling_per_parcel >= 0),
    handling_per_piece  bigint NOT NULL CHECK (handling_per_piece >= 0),
    channels            text[],
    takes_hazmat        boolean NOT NULL,
    actor               text NOT NULL,
    changed_at          timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE orders.sourcing_node IS 'what is special about a node; without a row it serves all, without a limit';

CREATE TABLE orders.node_answer (
    node     text COLLATE "C" NOT NULL,
    day      date NOT NULL,
    accepted bigint NOT NULL DEFAULT 0,
    refused  bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (node, day)
);
COMMENT ON TABLE orders.node_answer IS 'work orders a node took, and did not: refused, short or not answered in time';
"""

DECISIONS = """
CREATE TABLE orders.sourcing_batch (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL,
    orders   integer NOT NULL,
    moved    integer NOT NULL,
    before   bigint NOT NULL,
    after    bigint NOT NULL CHECK (after <= before),
    bound    double precision NOT NULL,
    version  text NOT NULL,
    actor    text NOT NULL,
    snapshot json NOT NULL
);
COMMENT ON TABLE orders.sourcing_batch IS 'waiting orders decided together, with all they were decided from';

CREATE TABLE orders.decision (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id    text COLLATE "C" NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('single', 'batch', 'override')),
    at          timestamptz NOT NULL,
    log_xid     bigint NOT NULL,
    log_seq     bigint NOT NULL,
    version     text NOT NULL,
    price_run   bigint,
    nodes       text[] NOT NULL,
    total       bigint,
    binding     text NOT NULL,
    batch       bigint REFERENCES orders.sourcing_batch (id),
    overrides   bigint REFERENCES orders.decision (seq),
    actor       text NOT NULL,
    reason      text NOT NULL DEFAULT '',
    snapshot    json,
    answer      json NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((kind = 'batch') = (batch IS NOT NULL)),
    CHECK ((kind = 'batch') = (snapshot IS NULL)),
    CHECK ((kind = 'override') = (reason <> ''))
);
CREATE INDEX decision_order ON orders.decision (order_id, seq DESC);
CREATE INDEX decision_batch ON orders.decision (batch) WHERE batch IS NOT NULL;
COMMENT ON TABLE orders.decision IS 'who sends an order, with candidates, prices and reason; the newest is in force';
COMMENT ON COLUMN orders.decision.snapshot IS 'facts and carriers'' answers: the decision can be made again from them';
COMMENT ON COLUMN orders.decision.nodes IS 'empty where nobody could serve the order';

CREATE FUNCTION orders.refuse_decision_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on %.% is refused: decisions are append-only. Decide again instead.',
        TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""

APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON orders.{table}
    FOR EACH STATEMENT EXECUTE FUNCTION orders.refuse_decision_change();
ALTER TABLE orders.{table} ENABLE ALWAYS TRIGGER append_only;
REVOKE UPDATE, DELETE, TRUNCATE ON orders.{table} FROM PUBLIC;
"""
_KEPT = ("sourcing_batch", "decision")
_TABLES = ("decision", "sourcing_batch", "node_answer", "sourcing_node", "sourcing_policy", "node_price", "price_run")


def upgrade() -> None:
    """Create the tables."""
    for sql in (PRICES, SETTINGS, DECISIONS, *(APPEND_ONLY.format(table=table) for table in _KEPT)):
        op.execute(sql)


def downgrade() -> None:
    """Drop them with all they hold."""
    for table in _TABLES:
        op.execute(f"DROP TABLE orders.{table}")
    op.execute("DROP FUNCTION orders.refuse_decision_change()")
