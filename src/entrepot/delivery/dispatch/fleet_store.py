"""Own vehicles by node: reads and writes."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import Final, NamedTuple

from psycopg import Connection


@dataclass(frozen=True, slots=True)
class Type:
    """Own vehicles of one type; see `entrepot.delivery.dispatch.day.Vehicle`."""

    code: str
    name: str
    count: int
    weight_g: int
    volume_mm3: int
    opens: int
    closes: int
    fixed_cost: int
    cost_per_km: int
    cost_per_hour: int
    max_stops: int | None


class Fleet(NamedTuple):
    """A node's own vehicles.

    Parameters
    ----------
    node : str
        Where they stand.
    carrier : str
        Under which its parcels are tracked and scored.
    reach_km : int
        As the crow flies; receivers farther away are left to carriers.
    service_seconds : int
        A visit takes.
    books_on_departure : bool
        A departure books goods out of the node's stock; off where a warehouse system confirms what leaves.
    currency : str
        Of costs.
    types : tuple of Type
        By code.
    """

    node: str
    carrier: str
    reach_km: int
    service_seconds: int
    books_on_departure: bool
    currency: str
    types: tuple[Type, ...]


_TYPE_FIELDS: Final = tuple(field.name for field in fields(Type))
_TYPES: Final = ", ".join(_TYPE_FIELDS)


def put_fleet(conn: Connection, fleet: Fleet) -> None:
    """Write a fleet whole: types that are not named are taken away."""
    conn.execute(
        "INSERT INTO delivery.fleet (node, carrier, reach_km, service_seconds, books_on_departure, currency) "
        "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (node) DO UPDATE SET carrier = excluded.carrier, "
        "reach_km = excluded.reach_km, service_seconds = excluded.service_seconds, "
        "books_on_departure = excluded.books_on_departure, currency = excluded.currency",
        fleet[:6],
    )
    conn.execute("DELETE FROM delivery.vehicle WHERE node = %s", (fleet.node,))
    marks = ", ".join(["%s"] * (len(_TYPE_FIELDS) + 1))
    with conn.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO delivery.vehicle (node, {_TYPES}) VALUES ({marks})".encode(),
            [(fleet.node, *astuple(one)) for one in fleet.types],
        )


def fleets(conn: Connection, node: str | None = None) -> list[Fleet]:
    """List fleets by node."""
    types: dict[str, list[Type]] = {}
    for at, *row in conn.execute(f"SELECT node, {_TYPES} FROM delivery.vehicle ORDER BY node, code".encode()):
        types.setdefault(at, []).append(Type(*row))
    rows = conn.execute(
        "SELECT node, carrier, reach_km, service_seconds, books_on_departure, currency FROM delivery.fleet "
        "WHERE %s::text IS NULL OR node = %s ORDER BY node",
        (node, node),
    )
    return [
        Fleet(node, carrier, reach, service, books, currency, tuple(types.get(node, ())))
        for node, carrier, reach, service, books, currency in rows
    ]
