"""Carriers: rate cards, calendars, capacities, parcels given out, labels and scorecards."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# What carriers and the retailer agreed on the day: replaced by key, each row with the sheet that said it last.
TERMS = """
CREATE SCHEMA delivery;

CREATE TABLE delivery.sheet (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL,
    actor       text NOT NULL,
    counts      jsonb NOT NULL,
    faults      jsonb NOT NULL,
    imported_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE delivery.sheet IS 'every import; the newest id tells readers whether what they remember is still so';

CREATE TABLE delivery.carrier (
    code       text COLLATE "C" PRIMARY KEY CHECK (code <> ''),
    name       text NOT NULL DEFAULT '',
    name_en    text NOT NULL DEFAULT '',
    aliases    text[] NOT NULL DEFAULT '{}',
    weekdays   integer[] NOT NULL,
    zone       text NOT NULL,
    holidays   text NOT NULL DEFAULT '',
    active     boolean NOT NULL DEFAULT true,
    sheet      bigint NOT NULL REFERENCES delivery.sheet (id)
);
COMMENT ON COLUMN delivery.carrier.aliases IS 'what channels and trackers call it';
COMMENT ON COLUMN delivery.carrier.holidays IS 'whose public holidays it keeps: CN, US/CA; empty keeps none';

CREATE TABLE delivery.own_day (
    carrier text COLLATE "C" NOT NULL REFERENCES delivery.carrier (code),
    day     date NOT NULL,
    works   boolean NOT NULL,
    note    text NOT NULL DEFAULT '',
    sheet   bigint NOT NULL REFERENCES delivery.sheet (id),
    PRIMARY KEY (carrier, day)
);

CREATE TABLE delivery.cut_off (
    node    text COLLATE "C" NOT NULL,
    carrier text COLLATE "C" NOT NULL REFERENCES delivery.carrier (code),
    weekday integer NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    at      time NOT NULL,
    sheet   bigint NOT NULL REFERENCES delivery.sheet (id),
    PRIMARY KEY (node, carrier, weekday)
);
COMMENT ON COLUMN delivery.cut_off.at IS 'in the carrier''s time zone';

CREATE TABLE delivery.capacity (
    node    text COLLATE "C" NOT NULL,
    carrier text COLLATE "C" NOT NULL REFERENCES delivery.carrier (code),
    weekday integer CHECK (weekday BETWEEN 1 AND 7),
    day     date,
    parcels integer NOT NULL CHECK (parcels >= 0),
    sheet   bigint NOT NULL REFERENCES delivery.sheet (id),
    CHECK ((weekday IS NULL) <> (day IS NULL))
);
CREATE UNIQUE INDEX capacity_weekday ON delivery.capacity (node, carrier, weekday) WHERE day IS NULL;
CREATE UNIQUE INDEX capacity_day ON delivery.capacity (node, carrier, day) WHERE weekday IS NULL;
COMMENT ON TABLE delivery.capacity IS 'a date goes before its weekday';

CREATE TABLE delivery.carton (
    code         text COLLATE "C" PRIMARY KEY CHECK (code <> ''),
    length_mm    integer NOT NULL CHECK (length_mm > 0),
    width_mm     integer NOT NULL CHECK (width_mm > 0),
    height_mm    integer NOT NULL CHECK (height_mm > 0),
    max_weight_g integer NOT NULL CHECK (max_weight_g > 0),
    tare_g       integer NOT NULL DEFAULT 0 CHECK (tare_g >= 0),
    wall_mm      integer NOT NULL DEFAULT 0 CHECK (wall_mm >= 0),
    sheet        bigint NOT NULL REFERENCES delivery.sheet (id)
);
"""

# A card is what a price was made with, so it is never edited: a newer version takes its place.
CARDS = """
CREATE TABLE delivery.card (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    carrier        text COLLATE "C" NOT NULL REFERENCES delivery.carrier (code),
    service        text COLLATE "C" NOT NULL CHECK (service <> ''),
    version        integer NOT NULL CHECK (version > 0),
    name           text NOT NULL DEFAULT '',
    name_en        text NOT NULL DEFAULT '',
    currency       text NOT NULL,
    valid_from     date NOT NULL,
    valid_to       date CHECK (valid_to > valid_from),
    divisor        integer CHECK (divisor > 0),
    weight_step_g  integer NOT NULL CHECK (weight_step_g > 0),
    minimum        bigint NOT NULL CHECK (minimum >= 0),
    max_weight_g   bigint CHECK (max_weight_g > 0),
    max_longest_mm integer CHECK (max_longest_mm > 0),
    max_girth_mm   integer CHECK (max_girth_mm > 0),
    takes_hazmat   boolean NOT NULL,
    digest         bytea NOT NULL,
    sheet          bigint NOT NULL REFERENCES delivery.sheet (id),
    UNIQUE (carrier, service, version)
);
COMMENT ON COLUMN delivery.card.divisor IS 'cubic centimetres that count as a kilogram';
COMMENT ON COLUMN delivery.card.digest IS 'sha256 of the content: the same card again is no new version';

CREATE TABLE delivery.bracket (
    card       bigint NOT NULL REFERENCES delivery.card (id),
    zone       text COLLATE "C" NOT NULL,
    up_to_g    bigint CHECK (up_to_g > 0),
    base       bigint NOT NULL CHECK (base >= 0),
    first_g    bigint NOT NULL CHECK (first_g >= 0),
    step_g     bigint NOT NULL CHECK (step_g >= 0),
    step_price bigint NOT NULL CHECK (step_price >= 0)
);
CREATE UNIQUE INDEX bracket_key ON delivery.bracket (card, zone, (coalesce(up_to_g, 9223372036854775807)));

CREATE TABLE delivery.lane (
    card         bigint NOT NULL REFERENCES delivery.card (id),
    origin       text COLLATE "C" NOT NULL,
    destination  text COLLATE "C" NOT NULL,
    zone         text COLLATE "C",
    transit_days integer NOT NULL CHECK (transit_days >= 0),
    why          text NOT NULL DEFAULT '',
    PRIMARY KEY (card, origin, destination),
    CHECK ((zone IS NULL) = (why <> ''))
);
COMMENT ON TABLE delivery.lane IS 'areas as delivery.places names them; without a zone the lane is closed, and why';

CREATE TABLE delivery.surcharge (
    card            bigint NOT NULL REFERENCES delivery.card (id),
    place           integer NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('fuel', 'remote', 'oversize', 'weekend', 'hazmat')),
    percent_bp      integer NOT NULL CHECK (percent_bp >= 0),
    amount          bigint NOT NULL CHECK (amount >= 0),
    per_kg          bigint NOT NULL CHECK (per_kg >= 0),
    destination     text COLLATE "C" NOT NULL,
    over_g          bigint,
    over_longest_mm integer,
    over_girth_mm   integer,
    PRIMARY KEY (card, place)
);

CREATE FUNCTION delivery.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on %.% is refused: a rate card is never edited. Import a newer version instead.',
        TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""

APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON delivery.{table}
    FOR EACH STATEMENT EXECUTE FUNCTION delivery.refuse_change();
ALTER TABLE delivery.{table} ENABLE ALWAYS TRIGGER append_only;
REVOKE UPDATE, DELETE, TRUNCATE ON delivery.{table} FROM PUBLIC;
"""

WORK = """
CREATE TABLE delivery.load (
    node    text COLLATE "C" NOT NULL,
    carrier text COLLATE "C" NOT NULL,
    day     date NOT NULL,
    parcels integer NOT NULL DEFAULT 0 CHECK (parcels >= 0),
    PRIMARY KEY (node, carrier, day)
) WITH (fillfactor = 50);
COMMENT ON TABLE delivery.load IS 'parcels given to a carrier at a node for a day: its open delivery.parcel rows';

CREATE TABLE delivery.parcel (
    id         text COLLATE "C" PRIMARY KEY CHECK (id <> ''),
    digest     bytea NOT NULL,
    state      text NOT NULL CHECK (state IN ('chosen', 'cancelled')),
    node       text COLLATE "C" NOT NULL,
    carrier    text COLLATE "C" NOT NULL,
    service    text COLLATE "C" NOT NULL,
    version    integer NOT NULL,
    day        date NOT NULL,
    deliver_by timestamptz NOT NULL,
    weight_g   bigint NOT NULL CHECK (weight_g > 0),
    amount     bigint NOT NULL,
    currency   text NOT NULL,
    decision   json NOT NULL,
    actor      text NOT NULL,
    chosen_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX parcel_cell ON delivery.parcel (node, carrier, day) WHERE state = 'chosen';
COMMENT ON COLUMN delivery.parcel.id IS 'made by the client: the same id with the same content is the same choice';
COMMENT ON COLUMN delivery.parcel.decision IS 'all candidates with their cost parts, and what was binding';

CREATE TABLE delivery.label (
    id          text COLLATE "C" PRIMARY KEY CHECK (id <> ''),
    parcel      text COLLATE "C" NOT NULL REFERENCES delivery.parcel (id),
    serial      bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    digest      bytea NOT NULL,
    state       text NOT NULL CHECK (state IN ('asked', 'made', 'refused', 'voided')),
    tracking_no text UNIQUE,
    reason      text NOT NULL DEFAULT '',
    actor       text NOT NULL,
    asked_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((state IN ('made', 'voided')) = (tracking_no IS NOT NULL))
);
CREATE INDEX label_parcel ON delivery.label (parcel);
COMMENT ON TABLE delivery.label IS 'numbers given; addresses and prints are not kept: the same request prints the same';

CREATE TABLE delivery.scorecard (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    as_of   date NOT NULL UNIQUE,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE delivery.scorecard IS 'one a day, made again as often as wanted; the greatest id holds';

CREATE TABLE delivery.score (
    scorecard   bigint NOT NULL REFERENCES delivery.scorecard (id) ON DELETE CASCADE,
    carrier     text COLLATE "C" NOT NULL,
    node        text COLLATE "C" NOT NULL,
    country     text COLLATE "C" NOT NULL,
    province    text COLLATE "C" NOT NULL,
    parcels     integer NOT NULL,
    judged      integer NOT NULL,
    on_time     integer NOT NULL,
    late        integer NOT NULL,
    promised    integer NOT NULL,
    open        integer NOT NULL,
    lost        integer NOT NULL,
    returned    integer NOT NULL,
    troubled    integer NOT NULL,
    damaged     integer NOT NULL,
    p50_hours   integer,
    p90_hours   integer,
    costed      integer NOT NULL,
    cost        bigint NOT NULL,
    on_time_ppm integer NOT NULL,
    lost_ppm    integer NOT NULL,
    PRIMARY KEY (scorecard, carrier, node, country, province)
);
COMMENT ON TABLE delivery.score IS '* is all carriers, nodes or places';
"""


def upgrade() -> None:
    """Create the tables."""
    for sql in (TERMS, CARDS, *(APPEND_ONLY.format(table=name) for name in _CARD_TABLES), WORK):
        op.execute(sql)


def downgrade() -> None:
    """Drop them with all they hold."""
    op.execute("DROP SCHEMA delivery CASCADE")


_CARD_TABLES = ("card", "bracket", "lane", "surcharge")
