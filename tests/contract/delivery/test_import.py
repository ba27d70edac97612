"""Imports: what goes in comes out, a changed card is a new version, nothing of a card is ever edited."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, time

import psycopg
import pytest

from entrepot.delivery import Carriers, Parcel, Place
from entrepot.infra.database import Database
from tests.contract.delivery.conftest import MONDAY, ROWS, Import

EAST, HANGZHOU = Place("CN", "江苏省", "苏州市", node="RDC-E"), Place("CN", "浙江省", "杭州市")


def asked(carriers: Carriers) -> dict[str, tuple[int, int]]:
    made = [offer.outcome.value for offer in carriers.offers(Parcel(1500), EAST, HANGZHOU, MONDAY)]
    return {quote.carrier: (quote.amount, quote.version) for quote in made if quote is not None}


def changed(place: int, **cells: str) -> list[dict[str, str]]:
    return [{**row, **cells} if number == place else row for number, row in enumerate(ROWS)]


def test_what_goes_in_comes_out(database: Database, carriers: Carriers, import_rows: Import) -> None:
    sheet, stored = import_rows(ROWS)
    assert sheet.faults == []
    assert stored.cards == [("SF", "std", 1), ("ZTO", "std", 1)]
    with database.read() as conn:
        tariff = carriers.tariff(conn, MONDAY)
    cards = {card.carrier: card for card in tariff.cards}
    assert cards == {card.carrier: card for card in sheet.cards}
    assert tariff.carriers["SF"] == sheet.carriers["SF"]
    assert tariff.carriers["ZTO"].calendar.exceptions == {date(2026, 12, 1): False}
    assert tariff.cut_offs["RDC-E", "SF"] == dict.fromkeys(range(1, 8), time(18, 30))
    assert tariff.capacity("RDC-E", "ZTO", date(2026, 11, 24)) == 5
    assert tariff.capacity("RDC-E", "ZTO", date(2026, 11, 25)) == 7
    assert tariff.capacity("RDC-E", "SF", date(2026, 11, 25)) is None
    assert [carton.code for carton in tariff.cartons] == ["M"]
    assert tariff.carrier_of(" ShunFeng ") == "SF"
    assert asked(carriers) == {"ZTO": (1000, 1), "SF": (1650, 1)}


def test_the_same_sheet_again_is_no_new_version(carriers: Carriers, import_rows: Import) -> None:
    import_rows(ROWS)
    _, stored = import_rows(list(ROWS))
    assert (stored.cards, stored.unchanged) == ([], [("SF", "std"), ("ZTO", "std")])
    _, stored = import_rows(changed(8, percent="12"))
    assert (stored.cards, stored.unchanged) == ([("SF", "std", 2)], [("ZTO", "std")])
    assert asked(carriers) == {"ZTO": (1000, 1), "SF": (1680, 2)}


def test_a_card_to_come_leaves_todays_in_force(carriers: Carriers, import_rows: Import) -> None:
    import_rows(ROWS)
    rows = changed(2, valid_from="2027-01-01")
    rows[5] = {**rows[5], "price": "9"}
    import_rows(rows)
    assert asked(carriers)["ZTO"] == (1000, 1)


def test_a_sheet_with_faults_brings_in_the_rest(database: Database, carriers: Carriers, import_rows: Import) -> None:
    sheet, stored = import_rows(changed(8, percent="much"))
    assert [(held.carrier, held.rows) for held in sheet.held] == [("SF", (10,))]
    assert stored.cards == [("ZTO", "std", 1)]
    with database.read() as conn:
        (row,) = conn.execute("SELECT actor, faults -> 0 ->> 'column' FROM delivery.sheet").fetchall()
    assert row == ("ann", "percent")


def test_terms_are_replaced_by_key_and_taken_away_by_none(
    database: Database, carriers: Carriers, import_rows: Import
) -> None:
    import_rows(ROWS)
    cut_off, capacity, day, carton = (dict(ROWS[place]) for place in (9, 10, 12, 13))
    import_rows(
        [
            {**cut_off, "carrier": "SF", "days": "sat|sun", "time": "none"},
            {**cut_off, "carrier": "SF", "days": "fri", "time": "20:00"},
            {**capacity, "days": "sun", "parcels": "none"},
            {**day, "works": "none"},
            {**carton, "max_kg": "none"},
            {"record": "carrier", "carrier": "ZTO", "active": "no"},
        ]
    )
    with database.read() as conn:
        tariff = carriers.tariff(conn, MONDAY)
    assert tariff.cut_offs["RDC-E", "SF"] == dict.fromkeys(range(1, 5), time(18, 30)) | {5: time(20)}
    assert tariff.capacities["RDC-E", "ZTO"].get(7) is None
    assert tariff.capacities["RDC-E", "ZTO"][1] == 5
    assert (list(tariff.carriers), tariff.cartons) == (["SF"], ())
    assert list(asked(carriers)) == ["SF"]
    import_rows(ROWS[:1])
    with database.read() as conn:
        assert carriers.tariff(conn, MONDAY).carriers["ZTO"].calendar.exceptions == {}


def test_nothing_of_a_card_can_be_edited(database: Database, stocked: Carriers) -> None:
    for table, column in (("card", "minimum"), ("bracket", "base"), ("lane", "transit_days"), ("surcharge", "amount")):
        for statement in (
            f"DELETE FROM delivery.{table}",
            f"TRUNCATE delivery.{table} CASCADE",
            f"UPDATE delivery.{table} SET {column} = 1",
        ):
            with pytest.raises(psycopg.errors.RestrictViolation, match="never edited"), database.transaction() as conn:
                conn.execute(statement.encode())


def test_imports_at_once_take_turns(carriers: Carriers, import_rows: Import) -> None:
    def run(number: int) -> list[tuple[str, str, int]]:
        return import_rows(changed(8, percent=str(number)))[1].cards

    with ThreadPoolExecutor(6) as pool:
        made = [card for cards in pool.map(run, range(10, 16)) for card in cards]
    assert sorted(version for carrier, _, version in made if carrier == "SF") == [1, 2, 3, 4, 5, 6]
    assert [version for carrier, _, version in made if carrier == "ZTO"] == [1]
