"""Delivery days of own vehicles: fleets, plans with their versions, stops, what drivers report; roles for both."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ROLES = """
ALTER TABLE auth.users DROP CONSTRAINT users_role_check;
ALTER TABLE auth.users ADD CONSTRAINT users_role_check
    CHECK (role IN ('viewer', 'operator', 'dispatcher', 'driver', 'planner', 'finance', 'admin'));
"""

FLEET = """
CREATE TABLE delivery.fleet (
    node               text COLLATE "C" PRIMARY KEY,
    carrier            text COLLATE "C" NOT NULL,
    reach_km           integer NOT NULL CHECK (reach_km > 0),
    service_seconds    integer NOT NULL CHECK (service_seconds >= 0),
    books_on_departure boolean NOT NULL,
    currency           text NOT NULL
);
COMMENT ON TABLE delivery.fleet IS 'a node that delivers with own vehicles';
COMMENT ON COLUMN delivery.fleet.carrier IS 'under which its parcels are tracked and scored';
COMMENT ON COLUMN delivery.fleet.reach_km IS 'as the crow flies; what is farther is left to carriers';
COMMENT ON COLUMN delivery.fleet.books_on_departure IS 'departures book goods out; off where a warehouse system does';

CREATE TABLE delivery.vehicle (
    node          text COLLATE "C" NOT NULL REFERENCES delivery.fleet ON DELETE CASCADE,
    code          text COLLATE "C" NOT NULL,
    name          text NOT NULL,
    count         integer NOT NULL CHECK (count > 0),
    weight_g      bigint NOT NULL CHECK (weight_g > 0),
    volume_mm3    bigint NOT NULL CHECK (volume_mm3 > 0),
    opens         integer NOT NULL CHECK (opens >= 0),
    closes        integer NOT NULL CHECK (closes > opens AND closes <= 129600),
    fixed_cost    bigint NOT NULL CHECK (fixed_cost >= 0),
    cost_per_km   bigint NOT NULL CHECK (cost_per_km >= 0),
    cost_per_hour bigint NOT NULL CHECK (cost_per_hour >= 0),
    max_stops     integer CHECK (max_stops > 0),
    PRIMARY KEY (node, code)
);
COMMENT ON TABLE delivery.vehicle IS 'own vehicles of one type at a node; money in minor units';
COMMENT ON COLUMN delivery.vehicle.opens IS 'seconds after midnight of the node''s day, as closes';
"""

DISPATCH = """
CREATE TABLE delivery.dispatch (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node    text COLLATE "C" NOT NULL,
    day     date NOT NULL,
    state   text NOT NULL CHECK (state IN ('draft', 'released', 'closed')),
    version integer NOT NULL CHECK (version >= 0),
    problem json NOT NULL,
    job     text,
    made_at timestamptz NOT NULL,
    UNIQUE (node, day)
);
CREATE INDEX dispatch_day ON delivery.dispatch (day DESC, node);
COMMENT ON TABLE delivery.dispatch IS 'the delivery day of a node''s own vehicles';
COMMENT ON COLUMN delivery.dispatch.problem IS 'vehicles and stops as they were last read; places are personal data';
COMMENT ON COLUMN delivery.dispatch.job IS 'the search under way, or the last one';

CREATE TABLE delivery.dispatch_version (
    dispatch bigint NOT NULL REFERENCES delivery.dispatch ON DELETE CASCADE,
    version  integer NOT NULL,
    plan     json NOT NULL,
    cost     bigint NOT NULL,
    bound    bigint,
    unserved integer NOT NULL,
    broken   integer NOT NULL,
    engine   text NOT NULL,
    seconds  double precision NOT NULL,
    action   text NOT NULL,
    actor    text NOT NULL,
    reason   text NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (dispatch, version)
);
COMMENT ON TABLE delivery.dispatch_version IS 'a plan as it was after one change; routes name stops by number';
COMMENT ON COLUMN delivery.dispatch_version.cost IS 'of driving, minor units; what is left undone costs nothing here';
COMMENT ON COLUMN delivery.dispatch_version.bound IS 'no plan with the same stops costs less; null where none is cheap';

CREATE TABLE delivery.dispatch_stop (
    dispatch   bigint NOT NULL REFERENCES delivery.dispatch ON DELETE CASCADE,
    no         integer NOT NULL CHECK (no > 0),
    work       text COLLATE "C" NOT NULL,
    order_id   text COLLATE "C" NOT NULL,
    status     text NOT NULL CHECK (status IN ('waiting', 'arrived', 'delivered', 'failed', 'skipped', 'gone')),
    reason     text NOT NULL DEFAULT '',
    vehicle    text COLLATE "C",
    place      integer,
    parcel     text COLLATE "C",
    planned_at timestamptz,
    arrived_at timestamptz,
    ended_at   timestamptz,
    actor      text NOT NULL DEFAULT '',
    PRIMARY KEY (dispatch, no),
    UNIQUE (dispatch, work)
);
CREATE INDEX dispatch_stop_work ON delivery.dispatch_stop (work);
CREATE INDEX dispatch_stop_order ON delivery.dispatch_stop (order_id);
COMMENT ON TABLE delivery.dispatch_stop IS 'a work order to deliver, and how far its delivery is';
COMMENT ON COLUMN delivery.dispatch_stop.vehicle IS 'on whose route it is in the newest version, at which place from 1';
COMMENT ON COLUMN delivery.dispatch_stop.planned_at IS 'when its visit was to begin, as its vehicle left';
COMMENT ON COLUMN delivery.dispatch_stop.parcel IS 'its tracking number since it left; kept over further attempts';

CREATE TABLE delivery.dispatch_run (
    dispatch        bigint NOT NULL REFERENCES delivery.dispatch ON DELETE CASCADE,
    vehicle         text COLLATE "C" NOT NULL,
    driver          text COLLATE "C" NOT NULL DEFAULT '',
    departed_at     timestamptz,
    returned_at     timestamptz,
    planned_back_at timestamptz,
    PRIMARY KEY (dispatch, vehicle)
);
CREATE INDEX dispatch_run_driver ON delivery.dispatch_run (driver) WHERE driver <> '';
COMMENT ON TABLE delivery.dispatch_run IS 'a vehicle''s day: who drives it, when it left and came back';
"""


def upgrade() -> None:
    """Create the tables and let the roles in."""
    for sql in (ROLES, FLEET, DISPATCH):
        op.execute(sql)


def downgrade() -> None:
    """Drop the tables with all they hold; dispatchers become operators, drivers lose their access."""
    op.execute(
        "DROP TABLE delivery.dispatch_run, delivery.dispatch_stop, delivery.dispatch_version, delivery.dispatch, "
        "delivery.vehicle, delivery.fleet"
    )
    op.execute("UPDATE auth.users SET role = 'operator' WHERE role = 'dispatcher'")
    op.execute(
        "UPDATE auth.users SET role = 'viewer', disabled_at = coalesce(disabled_at, now()) WHERE role = 'driver'"
    )
    op.execute(
        "ALTER TABLE auth.users DROP CONSTRAINT users_role_check; ALTER TABLE auth.users ADD CONSTRAINT "
        "users_role_check CHECK (role IN ('viewer', 'operator', 'planner', 'finance', 'admin'))"
    )
