"""The hub: shops, raw messages, findings, quarantine, schema observations, file mappings."""

from alembic import op

revision = "0002"
down_revision = "0001"

SQL = """
CREATE SCHEMA hub;

CREATE TABLE hub.shop (
    channel text NOT NULL,
    shop text NOT NULL,
    name text NOT NULL,
    name_en text NOT NULL DEFAULT '',
    currency text NOT NULL,
    zone text NOT NULL,
    secrets bytea,
    stock_policy text NOT NULL DEFAULT 'confirmations' CHECK (stock_policy IN ('confirmations', 'sales', 'none')),
    default_node text,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (channel, shop)
);
COMMENT ON COLUMN hub.shop.secrets IS 'Encrypted JSON of the names the signature rule asks for.';

CREATE TABLE hub.raw (
    id bytea PRIMARY KEY CHECK (length(id) = 32),
    seq bigint GENERATED ALWAYS AS IDENTITY,
    channel text NOT NULL,
    shop text NOT NULL,
    topic text NOT NULL,
    transport text NOT NULL,
    delivery_id text NOT NULL,
    headers json,
    body bytea,
    received_at timestamptz NOT NULL,
    signature text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('translated', 'quarantined', 'ignored')),
    adapter_version integer NOT NULL,
    records integer NOT NULL,
    findings integer NOT NULL,
    erased_at timestamptz
);
CREATE UNIQUE INDEX raw_seq ON hub.raw (seq);
CREATE INDEX raw_shop ON hub.raw (channel, shop, received_at);
CREATE INDEX raw_received ON hub.raw (received_at);

CREATE FUNCTION hub.raw_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR (OLD.id, OLD.channel, OLD.shop, OLD.topic, OLD.received_at)
            IS DISTINCT FROM (NEW.id, NEW.channel, NEW.shop, NEW.topic, NEW.received_at)
        OR (NEW.body IS DISTINCT FROM OLD.body AND NOT (NEW.body IS NULL AND NEW.erased_at IS NOT NULL)) THEN
        RAISE EXCEPTION 'hub.raw is kept as it came: only its outcome may change, or its body be erased';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER raw_is_kept BEFORE UPDATE OR DELETE ON hub.raw FOR EACH ROW EXECUTE FUNCTION hub.raw_is_kept();
CREATE TRIGGER raw_is_kept_whole BEFORE TRUNCATE ON hub.raw EXECUTE FUNCTION hub.raw_is_kept();

CREATE TABLE hub.finding (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id bytea NOT NULL,
    channel text NOT NULL,
    shop text NOT NULL,
    rule text NOT NULL,
    severity text NOT NULL,
    scope text NOT NULL,
    pointer text NOT NULL,
    message text NOT NULL,
    mend text NOT NULL,
    record text NOT NULL,
    field text NOT NULL,
    observed text NOT NULL,
    expected text NOT NULL,
    found_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX finding_message ON hub.finding (message_id);
CREATE INDEX finding_shop ON hub.finding (channel, shop, found_at);

CREATE TABLE hub.quarantine (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id bytea NOT NULL REFERENCES hub.raw,
    channel text NOT NULL,
    shop text NOT NULL,
    topic text NOT NULL,
    scope text NOT NULL,
    reason text NOT NULL,
    pointer text NOT NULL,
    record text NOT NULL,
    message text NOT NULL,
    mend text NOT NULL,
    first_seen timestamptz NOT NULL DEFAULT now(),
    last_seen timestamptz NOT NULL DEFAULT now(),
    replays integer NOT NULL DEFAULT 0,
    resolved_at timestamptz,
    resolution text,
    resolved_by text,
    UNIQUE (message_id, reason, pointer)
);
CREATE INDEX quarantine_open ON hub.quarantine (reason, channel) WHERE resolved_at IS NULL;

CREATE TABLE hub.observation (
    channel text NOT NULL,
    shop text NOT NULL,
    topic text NOT NULL,
    path text NOT NULL,
    type text NOT NULL,
    is_known boolean NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    count bigint NOT NULL,
    sample bytea,
    PRIMARY KEY (channel, shop, topic, path, type)
);

CREATE TABLE hub.file_mapping (
    name text NOT NULL,
    digest text NOT NULL,
    body text NOT NULL,
    used_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name, digest)
);

CREATE TABLE hub.latency (
    at timestamptz NOT NULL DEFAULT now(),
    messages integer NOT NULL,
    milliseconds integer NOT NULL
);
CREATE INDEX latency_at ON hub.latency (at);
"""


def upgrade() -> None:
    op.execute(SQL)


def downgrade() -> None:
    op.execute("DROP SCHEMA hub CASCADE")
