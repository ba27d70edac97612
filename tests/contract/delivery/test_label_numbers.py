"""Labels: one id is one number, also after a crash, and a parcel that is taken back takes its label with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from entrepot.delivery import Address, Carriers, Label, LabelRequest, OwnLabels, Parcel, Place, Wanted
from entrepot.infra.database import Database
from entrepot.kernel.errors import NotFound, UpstreamError
from entrepot.kernel.outcome import Outcome, Refusal
from tests.contract.delivery.conftest import MONDAY

PERSON = Address("张小明", "13800138000", "CN", "浙江省", "杭州市", "文三路 1 号")
REQUEST = LabelRequest("L-1", 1, "", "", PERSON, PERSON, 500, "4117")


class Vendor:
    """A carrier's own interface: it may be down, may refuse, and keeps its promise about repeated requests."""

    def __init__(self) -> None:
        self.is_down = False
        self.why: Refusal | None = None
        self.numbers: dict[str, str] = {}
        self.void_numbers: set[str] = set()

    def make(self, request: LabelRequest) -> Outcome[Label]:
        if self.is_down:
            raise UpstreamError("zto.down", "ZTO does not answer.", "Retry later.")
        if self.why is not None:
            return Outcome(refusal=self.why)
        number = self.numbers.setdefault(request.id, f"75{len(self.numbers):013d}")
        return Outcome(Label(request.id, number, "svg", "image/svg+xml", b"<svg/>"))

    def void(self, tracking_no: str) -> Outcome[bool]:
        if self.why is not None:
            return Outcome(refusal=self.why)
        self.void_numbers.add(tracking_no)
        return Outcome(True)


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture(params=["house", "vendor"])
def door(request: pytest.FixtureRequest, database: Database, stocked: Carriers, vendor: Vendor) -> Carriers:
    """The door with the house's labels, and with a vendor's: both keep the port's promises."""
    return Carriers(database, {"ZTO": OwnLabels() if request.param == "house" else vendor})


@pytest.fixture
def parcel(database: Database, stocked: Carriers) -> str:
    east, hangzhou = Place("CN", "江苏省", "苏州市", node="RDC-E"), Place("CN", "浙江省", "杭州市")
    with database.transaction() as conn:
        stocked.choose(conn, [Wanted("p1", Parcel(500), east, hangzhou, MONDAY)], "ann")
    return "p1"


def labelled(door: Carriers, parcel: str, request: LabelRequest = REQUEST) -> Label:
    made = door.label(parcel, request, "ann").value
    assert made is not None
    return made


def refused(outcome: Outcome[Label]) -> str:
    assert outcome.refusal is not None
    return outcome.refusal.reason


def test_one_id_is_one_label_however_often_it_is_asked_for(door: Carriers, parcel: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        labels = set(pool.map(lambda _: labelled(door, parcel), range(8)))
    assert len(labels) == 1
    other = labelled(door, parcel, replace(REQUEST, id="L-2"))
    assert other.tracking_no not in {label.tracking_no for label in labels}


def test_one_id_with_another_content_is_a_conflict(door: Carriers, parcel: str) -> None:
    labelled(door, parcel)
    assert refused(door.label(parcel, replace(REQUEST, weight_g=900), "ann")) == "conflict"


def test_a_parcel_that_is_taken_back_takes_its_label_with_it(
    database: Database, door: Carriers, parcel: str, vendor: Vendor
) -> None:
    label = labelled(door, parcel)
    assert door.cancel([parcel])[0].is_done
    assert refused(door.label(parcel, REQUEST, "ann")) == "cancelled"
    with database.read() as conn:
        rows = conn.execute("SELECT state, tracking_no FROM delivery.label").fetchall()
    assert rows == [("voided", label.tracking_no)]
    assert vendor.void_numbers <= {label.tracking_no}


def test_no_parcel_no_label(door: Carriers) -> None:
    with pytest.raises(NotFound, match="no parcel"):
        door.label("p9", REQUEST, "ann")


def test_addresses_are_not_kept(database: Database, door: Carriers, parcel: str) -> None:
    labelled(door, parcel)
    with database.read() as conn:
        rows = conn.execute("SELECT l::text FROM delivery.label l").fetchall()
    assert not any("张小明" in row or "13800138000" in row for (row,) in rows)


def test_a_carrier_that_is_down_is_asked_again_and_its_parcel_is_not_lost(
    database: Database, stocked: Carriers, parcel: str, vendor: Vendor
) -> None:
    door = Carriers(database, {"ZTO": vendor})
    vendor.is_down = True
    with pytest.raises(UpstreamError):
        door.label(parcel, REQUEST, "ann")
    # Whether the carrier made it is not known: it cannot be taken back before that is known.
    held = door.cancel([parcel])[0].refusal
    assert held is not None
    assert held.reason == "labelled"
    vendor.is_down = False
    assert labelled(door, parcel).tracking_no == labelled(door, parcel).tracking_no
    assert door.cancel([parcel])[0].is_done


def test_a_carriers_no_is_a_value_and_may_become_a_yes(
    database: Database, stocked: Carriers, parcel: str, vendor: Vendor
) -> None:
    door = Carriers(database, {"ZTO": vendor})
    vendor.why = Refusal("bad_address", "ZTO cannot find 文三路 1 号. Correct the street.")
    assert refused(door.label(parcel, REQUEST, "ann")) == "bad_address"
    vendor.why = None
    assert labelled(door, parcel).tracking_no.startswith("75")
    vendor.why = Refusal("under_way", "ZTO has collected it already. Intercept it instead.")
    kept = door.cancel([parcel])[0].refusal
    assert kept is not None
    assert kept.reason == "under_way"
    with database.read() as conn:
        assert conn.execute("SELECT state FROM delivery.parcel").fetchall() == [("chosen",)]


def test_a_house_number_is_given_once_for_all_parcels(stocked: Carriers, parcel: str) -> None:
    numbers = [labelled(stocked, parcel, replace(REQUEST, id=f"L-{number}")).tracking_no for number in range(5)]
    assert len(set(numbers)) == 5
    assert all(number.startswith("EN") and len(number) == 14 for number in numbers)
