"""Own fleets: vehicles at a node, known as a carrier, so that their parcels are scored as others' are."""

from __future__ import annotations

from psycopg import Connection

from entrepot.delivery import Carriers, Sheet
from entrepot.delivery.calendar import EVERY_DAY, Calendar
from entrepot.delivery.dispatch import Fleet, fleet_store
from entrepot.delivery.tariff import Carrier
from entrepot.flows.delivery_days import depot_of


def set_fleet(conn: Connection, carriers: Carriers, fleet: Fleet, zone: str, actor: str) -> None:
    """Set the vehicles of a node, all of them.

    Raises
    ------
    NotFound
        ``delivery.node``.
    InputError
        ``dispatch.no_depot`` where nobody knows where the node is.
    """
    depot_of(conn, fleet.node)
    fleet_store.put_fleet(conn, fleet)
    if conn.execute("SELECT 1 FROM delivery.carrier WHERE code = %s", (fleet.carrier,)).fetchone() is None:
        carrier = Carrier(fleet.carrier, Calendar(EVERY_DAY, zone), "自有车队", "Own fleet", (fleet.carrier,))
        carriers.import_sheet(conn, Sheet("own fleet", carriers={fleet.carrier: carrier}), actor)
