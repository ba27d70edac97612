"""Orders: the folded state, its parts as rows to query, parcels and their tracking."""

from alembic import op

revision = "0003"
down_revision = "0002"

SQL = """
CREATE SCHEMA orders;

CREATE SEQUENCE orders.change;

CREATE TABLE orders.orders (
    id text PRIMARY KEY,
    channel text NOT NULL,
    shop text NOT NULL,
    native_id text NOT NULL,
    kind text,
    placed_at timestamptz,
    paid_at timestamptz,
    shipped_at timestamptz,
    delivered_at timestamptz,
    completed_at timestamptz,
    cancelled_at timestamptz,
    promised_at timestamptz,
    updated_at timestamptz,
    payment_status text,
    fulfilment_status text,
    aftersale_status text,
    hold_status text,
    fulfil_mode text,
    store text,
    country text,
    province text,
    city text,
    buyer_id text,
    currency text,
    goods bigint,
    freight bigint,
    discount bigint,
    paid bigint,
    refunded bigint,
    lines integer NOT NULL,
    pieces bigint NOT NULL,
    revision integer NOT NULL,
    change bigint NOT NULL DEFAULT nextval('orders.change'),
    changed_at timestamptz NOT NULL DEFAULT now(),
    doc json NOT NULL
);
COMMENT ON COLUMN orders.orders.doc IS 'The folded state: each field with the message that won it; the rest follows.';
CREATE INDEX orders_placed ON orders.orders (placed_at DESC, id DESC);
CREATE INDEX orders_channel ON orders.orders (channel, shop, placed_at DESC);
CREATE INDEX orders_native ON orders.orders (native_id text_pattern_ops);
CREATE INDEX orders_changed ON orders.orders (changed_at);
CREATE INDEX orders_open ON orders.orders (placed_at)
    WHERE fulfilment_status IN ('open', 'in_progress', 'part_shipped');

CREATE TABLE orders.line (
    order_id text NOT NULL,
    line_id text NOT NULL,
    line_no integer,
    sku text,
    merchant_code text,
    item_id text,
    sku_native_id text,
    title text,
    qty bigint,
    unit_price bigint,
    line_total bigint,
    discount bigint,
    freight bigint,
    status text,
    refund_status text,
    store text,
    PRIMARY KEY (order_id, line_id)
);
CREATE INDEX line_sku ON orders.line (sku) WHERE sku IS NOT NULL;
CREATE INDEX line_unmatched ON orders.line (merchant_code) WHERE sku IS NULL AND merchant_code IS NOT NULL;

CREATE TABLE orders.payment (
    order_id text NOT NULL,
    payment_id text NOT NULL,
    method text,
    status text,
    amount bigint,
    currency text,
    paid_at timestamptz,
    instalments integer,
    PRIMARY KEY (order_id, payment_id)
);

CREATE TABLE orders.refund (
    order_id text NOT NULL,
    refund_id text NOT NULL,
    kind text,
    status text,
    amount bigint,
    freight bigint,
    currency text,
    reason text,
    restock text,
    asked_at timestamptz,
    refunded_at timestamptz,
    PRIMARY KEY (order_id, refund_id)
);

CREATE TABLE orders.shipment (
    order_id text NOT NULL,
    shipment_id text NOT NULL,
    carrier text,
    carrier_name text,
    tracking_no text,
    status text,
    from_node text,
    shipped_at timestamptz,
    delivered_at timestamptz,
    lines json,
    PRIMARY KEY (order_id, shipment_id)
);
CREATE INDEX shipment_tracking ON orders.shipment (tracking_no) WHERE tracking_no IS NOT NULL;

CREATE TABLE orders.source (
    order_id text NOT NULL,
    message_id bytea NOT NULL,
    version bigint NOT NULL,
    topic text NOT NULL,
    received_at timestamptz NOT NULL,
    kinds text NOT NULL,
    PRIMARY KEY (order_id, message_id)
);
COMMENT ON TABLE orders.source IS 'Which messages spoke of an order: its timeline.';

CREATE TABLE orders.parcel (
    tracking_no text PRIMARY KEY,
    carrier text,
    status text NOT NULL,
    status_at timestamptz,
    place text,
    delivered_at timestamptz,
    events integer NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX parcel_status ON orders.parcel (status, status_at);

CREATE TABLE orders.tracking_event (
    id text PRIMARY KEY,
    tracking_no text NOT NULL,
    carrier text,
    code text,
    raw_code text,
    at timestamptz NOT NULL,
    place text,
    note text,
    version bigint NOT NULL,
    message_id bytea NOT NULL
);
CREATE INDEX tracking_event_parcel ON orders.tracking_event (tracking_no, at);
"""


def upgrade() -> None:
    op.execute(SQL)


def downgrade() -> None:
    op.execute("DROP SCHEMA orders CASCADE")
