"""Days of the Grubhub test instances: four tables of text with tabs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from entrepot.delivery.waves.couriers.facts import Courier, Order, Place, ServiceDay, Terms
from entrepot.kernel.errors import InputError

TABLES: Final = ("orders", "couriers", "restaurants", "instance_parameters")
"""Names of the tables; files end in ``.txt``."""


def read_grubhub(texts: Mapping[str, str], name: str = "") -> ServiceDay:
    """Return a day of the files ``orders``, ``couriers``, ``restaurants`` and ``instance_parameters``.

    Raises
    ------
    InputError
        ``waves.format`` with the table and line that is wrong.
    """
    counters = {row[0]: Place(float(row[1]), float(row[2])) for row in _rows(texts, "restaurants", 3)}
    rows = _rows(texts, "orders", 6)
    unknown = [row[4] for row in rows if row[4] not in counters]
    if unknown:
        raise InputError("waves.format", f"There is no restaurant {unknown[0]}.", "Correct the table of orders.")
    orders = [
        Order(row[0], Place(float(row[1]), float(row[2])), counters[row[4]], int(row[3]), int(row[5])) for row in rows
    ]
    couriers = [
        Courier(row[0], Place(float(row[1]), float(row[2])), int(row[3]), int(row[4]))
        for row in _rows(texts, "couriers", 5)
    ]
    speed, *times, per_order, per_hour = _rows(texts, "instance_parameters", 7)[0]
    pickup, dropoff, target, most = (int(one) for one in times)
    terms = Terms(float(speed), pickup, dropoff, target, most, float(per_order), float(per_hour))
    return ServiceDay(tuple(orders), tuple(couriers), terms, name)


def _rows(texts: Mapping[str, str], table: str, columns: int) -> list[list[str]]:
    rows = [line.split("\t") for line in texts[table].splitlines()[1:] if line.strip()]
    for number, row in enumerate(rows, start=2):
        if len(row) != columns:
            message = f"Line {number} of {table} has {len(row)} columns, not {columns}."
            raise InputError("waves.format", message, "Separate columns with tabs.")
    return rows
