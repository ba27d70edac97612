"""The carriers' door on a database of its own, and sheets made of rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from entrepot.delivery import Carriers, Sheet, SheetRow, Stored, read_sheet
from entrepot.infra.database import Database

Rows = list[dict[str, str]]
Import = Callable[[Rows], tuple[Sheet, Stored]]
MONDAY = datetime(2026, 11, 23, 2, tzinfo=UTC)

ROWS: Rows = [
    {"record": "carrier", "carrier": "ZTO", "aliases": "zhongtong|中通快递"},
    {"record": "carrier", "carrier": "SF", "aliases": "shunfeng"},
    {"record": "service", "carrier": "ZTO", "service": "std", "currency": "CNY", "valid_from": "2026-01-01"},
    {"record": "service", "carrier": "SF", "service": "std", "currency": "CNY", "valid_from": "2026-01-01"},
    {"record": "lane", "carrier": "ZTO|SF", "service": "std", "country": "CN", "zone": "A", "transit_days": "2"},
    {"record": "rate", "carrier": "ZTO", "service": "std", "zone": "A", "price": "8", "first_kg": "1", "step_kg": "1",
     "step_price": "2"},
    {"record": "rate", "carrier": "SF", "service": "std", "zone": "A", "up_to_kg": "3", "price": "15.00"},
    {"record": "rate", "carrier": "SF", "service": "std", "zone": "A", "price": "15", "first_kg": "3",
     "step_kg": "1", "step_price": "4"},
    {"record": "surcharge", "carrier": "SF", "service": "std", "kind": "fuel", "percent": "10"},
    {"record": "cut_off", "carrier": "ZTO|SF", "node": "RDC-E", "days": "*", "time": "18:30"},
    {"record": "capacity", "carrier": "ZTO", "node": "RDC-E", "days": "*", "parcels": "5"},
    {"record": "capacity", "carrier": "ZTO", "node": "RDC-E", "date": "2026-11-25", "parcels": "7"},
    {"record": "exception", "carrier": "ZTO", "date": "2026-12-01", "works": "no", "note": "inventory"},
    {"record": "carton", "carton": "M", "length_cm": "32", "width_cm": "24", "height_cm": "14", "max_kg": "5"},
]  # fmt: skip


@pytest.fixture
def carriers(database: Database) -> Carriers:
    return Carriers(database)


@pytest.fixture
def import_rows(database: Database, carriers: Carriers) -> Import:
    """Import a sheet of rows."""

    def run(rows: Rows) -> tuple[Sheet, Stored]:
        sheet = read_sheet("rates.csv", [SheetRow(number, row) for number, row in enumerate(rows, 2)], ("ZTO", "SF"))
        with database.transaction() as conn:
            return sheet, carriers.import_sheet(conn, sheet, "ann")

    return run


@pytest.fixture
def stocked(carriers: Carriers, import_rows: Import) -> Carriers:
    """The door with the sheet above imported."""
    import_rows(ROWS)
    return carriers
