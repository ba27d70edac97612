"""What others report closes what was held for it: once, in any sequence, without a second movement."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from entrepot.app import Platform
from entrepot.flows.followers import catch_up
from entrepot.flows.hold_expiry import HoldExpiry
from entrepot.flows.hold_posting import HoldPosting
from entrepot.infra import log
from entrepot.stock import HoldLine, HoldRequest, Movement

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def moved(name: str, qty: int, doc: str | None, node: str = "N1", **more: str) -> Movement:
    return Movement(name, "A", qty, node, "on_hand", "customer", "on_hand", "sale", NOON, doc=doc, **more)


@pytest.fixture
def house(platform: Platform) -> Platform:
    """Ten pieces of A at each of two nodes."""
    for node in ("N1", "N2"):
        _post(platform, Movement(f"in-{node}", "A", 10, "supplier", "on_hand", node, "on_hand", "receipt", NOON))
    return platform


def _post(platform: Platform, *movements: Movement) -> None:
    with platform.db.transaction() as conn:
        platform.book.post(conn, movements)


def _hold(platform: Platform, id: str, qty: int, doc: str, node: str = "N1", line: str = "1") -> None:
    (outcome,) = platform.reservations.hold([HoldRequest(id, "order", (HoldLine(line, "A", qty, node),), doc=doc)])
    assert outcome.is_done


def _held(platform: Platform) -> dict[str, tuple[int, int]]:
    with platform.db.read() as conn:
        return {id: (held, posted) for id, held, posted in conn.execute("SELECT id, held, posted FROM stock.hold")}


def _follow(platform: Platform) -> None:
    catch_up([HoldPosting(platform.db, platform.reservations)])
    assert platform.reservations.audit() == []
    assert platform.book.audit() == []


def test_a_reported_sale_closes_the_hold_of_its_order_and_moves_nothing_more(house: Platform) -> None:
    _hold(house, "h1", 3, "D1")
    _hold(house, "h2", 3, "D2")
    _post(house, moved("s1", 2, "D1"))
    _follow(house)
    assert _held(house) == {"h1": (1, 2), "h2": (3, 0)}
    with house.db.read() as conn:
        assert conn.execute("SELECT on_hand, allocated FROM stock.level WHERE node = 'N1'").fetchone() == (8, 4)
    assert house.reservations.get("h1").journal[-1].movement == "s1"


def test_a_movement_counts_once_however_often_the_log_is_read(house: Platform) -> None:
    _hold(house, "h", 5, "D")
    _post(house, moved("s1", 2, "D"), moved("s2", 1, "D"))
    _follow(house)
    log.Reader(house.db, "hold_posting").rewind()
    _follow(house)
    assert _held(house) == {"h": (2, 3)}


def test_what_the_hold_itself_posted_is_not_counted_again(house: Platform) -> None:
    _hold(house, "h1", 2, "D")
    _hold(house, "h2", 3, "D", line="2")
    with house.db.transaction() as conn:
        house.reservations.post_in(conn, ["h1"])
    _follow(house)
    assert _held(house) == {"h1": (0, 2), "h2": (3, 0)}


def test_a_hold_that_comes_after_the_report_is_closed_as_well(house: Platform) -> None:
    _post(house, moved("s", 2, "D"))
    _follow(house)
    _hold(house, "h", 3, "D")
    _follow(house)
    assert _held(house) == {"h": (1, 2)}


def test_the_likeliest_hold_is_closed_first(house: Platform) -> None:
    _hold(house, "elsewhere", 2, "D", "N2", line="1")
    _hold(house, "here", 2, "D", "N1", line="7")
    _hold(house, "here and so called", 2, "D", "N1", line="1")
    _post(house, moved("s", 5, "D", line="1"))
    _follow(house)
    assert _held(house) == {"elsewhere": (1, 1), "here": (0, 2), "here and so called": (0, 2)}


def test_a_sale_taken_back_or_without_a_document_closes_nothing(house: Platform) -> None:
    _hold(house, "h", 3, "D")
    _post(house, moved("s1", 2, "D"), moved("s2", 1, None), moved("s3", 1, "other"))
    with house.db.transaction() as conn:
        house.book.reverse(conn, "s1", "ann")
    _follow(house)
    assert _held(house) == {"h": (3, 0)}


def test_the_sweep_is_one_of_the_flows(house: Platform) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=5)
    house.reservations.hold([HoldRequest("c", "cart", (HoldLine("1", "A", 1, "N1"),), expires_at=soon)])
    flow = HoldExpiry(house.reservations, _At(soon))
    assert catch_up([flow]) == 1
    assert house.reservations.get("c").held.state == "expired"


class _At:
    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at
