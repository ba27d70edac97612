"""Delivery promises: models, promised dates and how they were kept."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# When an order left and arrived: with its last parcel, unless the channel itself says when.
ARRIVAL = """
CREATE VIEW orders.arrival AS
SELECT o.id AS order_id, o.placed_at,
       coalesce(o.shipped_at, sent.shipped_at) AS shipped_at,
       coalesce(o.delivered_at, CASE WHEN sent.all_delivered THEN sent.delivered_at END) AS delivered_at,
       CASE WHEN o.delivered_at IS NULL AND sent.all_delivered IS NOT TRUE
            THEN coalesce(o.cancelled_at, CASE WHEN o.fulfilment_status = 'cancelled' THEN o.updated_at END)
       END AS closed_at
FROM orders.orders o
LEFT JOIN LATERAL (
    SELECT min(s.shipped_at) AS shipped_at, max(coalesce(p.delivered_at, s.delivered_at)) AS delivered_at,
           bool_and(p.delivered_at IS NOT NULL OR s.delivered_at IS NOT NULL) AS all_delivered
    FROM orders.shipment s LEFT JOIN orders.parcel p ON p.tracking_no = s.tracking_no
    WHERE s.order_id = o.id
) sent ON true
WHERE o.placed_at IS NOT NULL AND coalesce(o.fulfil_mode, 'ship') = 'ship';
COMMENT ON VIEW orders.arrival IS 'orders sent to their buyers: when they left, arrived, or were given up';
"""

# A promise names the model it was made with, so a model that promised is never edited; its trees may be forgotten.
MODELS = """
CREATE TABLE orders.promise_model (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version    text NOT NULL,
    as_of      date NOT NULL,
    fitted_at  timestamptz NOT NULL,
    orders     integer NOT NULL CHECK (orders >= 0),
    deliveries integer NOT NULL CHECK (deliveries >= 0),
    metrics    jsonb NOT NULL,
    body       bytea,
    actor      text NOT NULL
);
COMMENT ON TABLE orders.promise_model IS 'every fit; the newest with a body promises';
COMMENT ON COLUMN orders.promise_model.as_of IS 'it knows nothing of this day or later';
COMMENT ON COLUMN orders.promise_model.body IS 'the model itself, as JSON, deflated; null once it is forgotten';
"""

# The first promise of an order and each that replaced it; nothing here is edited.
PROMISES = """
CREATE TABLE orders.promise (
    order_id    text COLLATE "C" NOT NULL,
    no          integer NOT NULL CHECK (no > 0),
    promised    date NOT NULL,
    quantile    double precision NOT NULL CHECK (quantile > 0 AND quantile < 1),
    p10         date NOT NULL,
    p25         date NOT NULL,
    p50         date NOT NULL,
    p75         date NOT NULL,
    p90         date NOT NULL,
    p95         date NOT NULL,
    channel     text COLLATE "C" NOT NULL,
    lane        text COLLATE "C" NOT NULL,
    placed_on   date NOT NULL,
    curve       real[] NOT NULL,
    model       bigint NOT NULL REFERENCES orders.promise_model (id),
    as_of       timestamptz NOT NULL,
    source      text NOT NULL CHECK (source IN ('placed', 'watch')),
    late_chance double precision NOT NULL CHECK (late_chance BETWEEN 0 AND 1),
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (order_id, no)
);
CREATE INDEX promise_placed ON orders.promise (placed_on) WHERE no = 1;
COMMENT ON TABLE orders.promise IS 'the date each order was promised, and every date that replaced it';
COMMENT ON COLUMN orders.promise.curve IS 'cumulative hazard by the end of each day from the day it was placed';
COMMENT ON COLUMN orders.promise.late_chance IS 'chance, when it was made, that the date before it would be missed';

CREATE FUNCTION orders.refuse_promise_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on %.% is refused: what was promised is append-only. Promise again instead.', TG_OP,
        TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON orders.promise
    FOR EACH STATEMENT EXECUTE FUNCTION orders.refuse_promise_change();
ALTER TABLE orders.promise ENABLE ALWAYS TRIGGER append_only;
REVOKE UPDATE, DELETE, TRUNCATE ON orders.promise FROM PUBLIC;
"""

WATCH = """
CREATE TABLE orders.promise_risk (
    order_id    text COLLATE "C" PRIMARY KEY,
    promised    date NOT NULL,
    late_chance double precision NOT NULL CHECK (late_chance BETWEEN 0 AND 1),
    likely      date NOT NULL,
    is_shipped  boolean NOT NULL,
    lane        text COLLATE "C" NOT NULL,
    channel     text COLLATE "C" NOT NULL,
    looked_at   timestamptz NOT NULL
);
CREATE INDEX promise_risk_worst ON orders.promise_risk (late_chance DESC, order_id);
COMMENT ON TABLE orders.promise_risk IS 'open orders likely to miss their date, as the last watch saw them';
COMMENT ON COLUMN orders.promise_risk.likely IS 'median of what is left of the distribution';

CREATE TABLE orders.promise_quality (
    month       date NOT NULL,
    lane        text COLLATE "C" NOT NULL,
    channel     text COLLATE "C" NOT NULL,
    orders      integer NOT NULL CHECK (orders >= 0),
    judged      integer NOT NULL CHECK (judged >= 0),
    late        integer NOT NULL CHECK (late >= 0),
    expected    double precision NOT NULL CHECK (expected >= 0),
    days        double precision NOT NULL CHECK (days >= 0),
    moved       integer NOT NULL CHECK (moved >= 0),
    measured_at timestamptz NOT NULL,
    PRIMARY KEY (month, lane, channel)
);
COMMENT ON TABLE orders.promise_quality IS 'first promises by month of purchase; * is all lanes or all channels';
COMMENT ON COLUMN orders.promise_quality.judged IS 'delivered, or open past the date';
COMMENT ON COLUMN orders.promise_quality.expected IS 'deliveries in time that the quantiles promised: their sum';
COMMENT ON COLUMN orders.promise_quality.days IS 'days from purchase to the date, summed over judged orders';
COMMENT ON COLUMN orders.promise_quality.moved IS 'orders promised again';
"""


def upgrade() -> None:
    """Create the tables."""
    for sql in (ARRIVAL, MODELS, PROMISES, WATCH):
        op.execute(sql)


def downgrade() -> None:
    """Drop them with all they hold."""
    op.execute("DROP VIEW orders.arrival")
    op.execute("DROP TABLE orders.promise_quality, orders.promise_risk, orders.promise, orders.promise_model")
    op.execute("DROP FUNCTION orders.refuse_promise_change()")
