"""Own fleets: vehicles at a node, known as a carrier, so that their parcels are scored as others' are."""

from __future__ import annotations

from psycopg import Connection

from entrepot.delivery import Carriers, Sheet
from entrepot.delivery.calendar import EVERY_DAY, Calendar
from entrepot.delivery.dispatch import Fleet, Spot, Vehicle, fleet_store
from entrepot.delivery.tariff import Carrier
from entrepot.kernel.errors import InputError, NotFound


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


def fleet_of(conn: Connection, node: str) -> Fleet:
    """Return a node's fleet.

    Raises
    ------
    NotFound
        ``dispatch.no_fleet``.
    """
    found = fleet_store.fleets(conn, node)
    if not found or not found[0].types:
        mend = "Say what stands there: PUT /api/v1/dispatch/fleets/NODE."
        raise NotFound("dispatch.no_fleet", f"{node[:80]!r} has no vehicles of its own.", mend)
    return found[0]


def depot_of(conn: Connection, node: str) -> Spot:
    """Return where a node is.

    Raises
    ------
    NotFound
        ``delivery.node``.
    InputError
        ``dispatch.no_depot``.
    """
    row = conn.execute("SELECT latitude, longitude FROM stock.node WHERE id = %s", (node,)).fetchone()
    if row is None:
        raise NotFound("delivery.node", f"There is no node {node[:80]!r}.", "Look it up in the list of nodes.")
    if row[0] is None or row[1] is None:
        mend = "Give its latitude and longitude in the file of nodes."
        raise InputError("dispatch.no_depot", f"Nobody knows where {node} is.", mend)
    return Spot(row[0], row[1])


def vehicles_of(fleet: Fleet) -> tuple[Vehicle, ...]:
    """Return every vehicle of a fleet, numbered within its type where there are several."""
    return tuple(
        Vehicle(
            one.code if one.count == 1 else f"{one.code}-{number}",
            one.name,
            one.weight_g,
            one.volume_mm3,
            one.opens,
            one.closes,
            one.fixed_cost,
            one.cost_per_km,
            one.cost_per_hour,
            one.max_stops,
        )
        for one in fleet.types
        for number in range(1, one.count + 1)
    )
