"""Parcels given to carriers: room is never exceeded under any race, the same id is the same choice, room comes back."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from entrepot.delivery import Carriers, Given, Parcel, Place, Wanted
from entrepot.infra.database import Database
from entrepot.kernel.errors import InputError
from entrepot.kernel.outcome import Outcome
from tests.contract.delivery.conftest import MONDAY, Import

EAST, HANGZHOU = Place("CN", "江苏省", "苏州市", node="RDC-E"), Place("CN", "浙江省", "杭州市")
FIRST_DAY = date(2026, 11, 23)


def wanted(id: str, weight_g: int = 500, **given: object) -> Wanted:
    return Wanted(id, Parcel(weight_g), EAST, HANGZHOU, MONDAY, **given)  # type: ignore[arg-type]


def choose(database: Database, carriers: Carriers, *parcels: Wanted) -> list[Outcome[Given]]:
    with database.transaction() as conn:
        return carriers.choose(conn, parcels, "ann")


def loads(database: Database) -> dict[tuple[str, date], int]:
    with database.read() as conn:
        rows = conn.execute("SELECT carrier, day, parcels FROM delivery.load WHERE parcels > 0").fetchall()
    return {(carrier, day): parcels for carrier, day, parcels in rows}


def test_a_choice_takes_room_and_is_written_down(database: Database, stocked: Carriers) -> None:
    (made,) = choose(database, stocked, wanted("p1"))
    assert made.value is not None
    assert (made.value.carrier, made.value.day, made.value.amount) == ("ZTO", FIRST_DAY, 800)
    assert loads(database) == {("ZTO", FIRST_DAY): 1}
    with database.read() as conn:
        (row,) = conn.execute("SELECT state, actor, decision ->> 'binding' FROM delivery.parcel").fetchall()
    assert row == ("chosen", "ann", "cheapest")


def test_the_same_id_is_the_same_choice_and_another_content_a_conflict(database: Database, stocked: Carriers) -> None:
    first = choose(database, stocked, wanted("p1"))[0].value
    again = choose(database, stocked, wanted("p1"))[0].value
    assert first is not None
    assert again is not None
    assert again[:12] == first[:12]
    refused = choose(database, stocked, wanted("p1", 900))[0].refusal
    assert refused is not None
    assert refused.reason == "conflict"
    assert loads(database) == {("ZTO", FIRST_DAY): 1}
    with pytest.raises(InputError, match="twice"):
        choose(database, stocked, wanted("p2"), wanted("p2"))


def test_in_one_call_parcels_get_room_in_their_sequence(database: Database, stocked: Carriers) -> None:
    made = choose(database, stocked, *(wanted(f"p{number}") for number in range(14)))
    days = [one.value.day.day if one.value else 0 for one in made]
    assert days == [23] * 5 + [24] * 5 + [25] * 4
    assert stocked.audit() == []


def test_who_was_promised_a_day_goes_with_somebody_who_keeps_it(database: Database, stocked: Carriers) -> None:
    choose(database, stocked, *(wanted(f"p{number}") for number in range(5)))
    (made,) = choose(database, stocked, wanted("late", deliver_by=MONDAY + timedelta(days=2, hours=14)))
    assert made.value is not None
    assert (made.value.carrier, made.value.decision["binding"]) == ("SF", "no_capacity")


def test_nobody_takes_what_nobody_can(database: Database, stocked: Carriers) -> None:
    (made,) = choose(database, stocked, Wanted("p1", Parcel(100, is_hazmat=True), EAST, HANGZHOU, MONDAY))
    assert made.refusal is not None
    assert made.refusal.reason == "nobody"
    assert "takes no dangerous goods" in made.refusal.message
    assert loads(database) == {}


def test_sixteen_clients_at_once_never_overfill_a_day(database: Database, stocked: Carriers) -> None:
    """128 parcels, 8 given out in each transaction, some ids by two clients, a third taken back in between."""

    def client(number: int) -> list[Given]:
        ids = [f"p{(number * 8 + place) % 96}" for place in range(8)]
        made = choose(database, stocked, *(wanted(id, 500) for id in ids))
        if number % 3 == 0:
            assert all(one.is_done for one in stocked.cancel(ids))
        return [one.value for one in made if one.value is not None]

    with ThreadPoolExecutor(16) as pool:
        answers = [one for answer in pool.map(client, range(16)) for one in answer]
    assert len(answers) == 128
    assert {len({(one.carrier, one.day) for one in answers if one.id == id}) for id in {one.id for one in answers}} == {
        1
    }
    taken = loads(database)
    assert all(parcels <= (7 if day == date(2026, 11, 25) else 5) for (_, day), parcels in taken.items())
    with database.read() as conn:
        rows = conn.execute("SELECT carrier, day FROM delivery.parcel WHERE state = 'chosen'").fetchall()
    assert Counter(rows) == taken
    assert stocked.audit() == []


def test_what_is_taken_back_makes_room_once(database: Database, stocked: Carriers) -> None:
    choose(database, stocked, *(wanted(f"p{number}") for number in range(5)))
    done = stocked.cancel(["p1", "unknown", "p1"])
    assert [one.value or (one.refusal and one.refusal.reason) for one in done] == ["p1", "unknown", "p1"]
    assert stocked.cancel(["p1"])[0].is_done
    assert loads(database) == {("ZTO", FIRST_DAY): 4}
    assert stocked.audit() == []
    again = choose(database, stocked, wanted("p1"))[0].value
    assert again is not None
    assert again.state == "cancelled"
    new = choose(database, stocked, wanted("p9"))[0].value
    assert new is not None
    assert new.day == FIRST_DAY


def test_a_choice_in_a_transaction_that_fails_takes_nothing(database: Database, stocked: Carriers) -> None:
    with database.transaction() as conn, conn.transaction(force_rollback=True):
        assert stocked.choose(conn, [wanted("p1")], "ann")[0].is_done
    assert loads(database) == {}
    assert choose(database, stocked, wanted("p1"))[0].is_done


def test_an_audit_tells_a_load_that_is_not_its_parcels(database: Database, stocked: Carriers) -> None:
    choose(database, stocked, wanted("p1"))
    with database.transaction() as conn:
        conn.execute("UPDATE delivery.load SET parcels = 3")
    assert stocked.audit() == [("RDC-E", "ZTO", FIRST_DAY, 3, 1)]


def test_a_lowered_capacity_is_kept_from_then_on(database: Database, stocked: Carriers, import_rows: Import) -> None:
    choose(database, stocked, *(wanted(f"p{number}") for number in range(4)))
    import_rows([{"record": "capacity", "carrier": "ZTO", "node": "RDC-E", "days": "*", "parcels": "3"}])
    (made,) = choose(database, stocked, wanted("p9"))
    assert made.value is not None
    assert made.value.day == date(2026, 11, 24)
