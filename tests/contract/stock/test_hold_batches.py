"""Batches that are written as if there were plenty: what the assumption misses is decided by what is there."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from entrepot.infra import log
from entrepot.infra.line import Line
from entrepot.stock import HoldLine, HoldRequest, Movement, Protection
from entrepot.stock.hold_batches import HoldBatches
from entrepot.stock.hold_events import CREATED, holds_of
from tests.contract.stock.house import HOUR, NOON, House, order, verdict


@pytest.fixture
def transactions(monkeypatch: pytest.MonkeyPatch) -> list[Line]:
    """The lines that began a transaction, one for each."""
    begun: list[Line] = []
    for name in ("transaction", "send"):
        begin = getattr(Line, name)

        def counted(line: Line, *work: object, begin: Callable[..., object] = begin) -> object:
            begun.append(line)
            return begin(line, *work)

        monkeypatch.setattr(Line, name, counted)
    return begun


def test_what_fits_takes_one_transaction_and_what_does_not_a_second(house: House, transactions: list[Line]) -> None:
    assert house.hold(order("o1", 4), order("o2", 6)) == ["held", "held"]
    assert len(transactions) == 1
    assert house.hold(order("o3", 1)) == ["short"]
    assert len(transactions) == 3
    assert house.hold(order("o4", 1)) == ["short"]  # in doubt it is read at once
    assert len(transactions) == 4


def test_a_batch_that_does_not_fit_gives_what_there_is_to_those_that_came_first(house: House) -> None:
    verdicts = house.hold(*(order(f"o{number:02}") for number in range(12)))
    assert verdicts == ["held"] * 10 + ["short"] * 2
    assert house.level() == (10, 0, 10)
    assert house.door.audit() == []


def test_one_cell_that_is_too_small_holds_back_the_others_until_it_is_read(house: House) -> None:
    assert house.hold(order("o1", 5), order("o2", 5, "N2"), order("o3", 1, "N7")) == ["held", "short", "unknown_cell"]
    assert (house.level(), house.level(node="N2")) == ((10, 0, 5), (4, 0, 0))


def test_after_sixteen_batches_in_doubt_plenty_is_assumed_again(house: House, transactions: list[Line]) -> None:
    house.receive(20, sku="B")
    asked = [order("much", 11), *(order(f"b{number:02}", sku="B") for number in range(16)), order("more", 11)]
    begun = []
    for one in asked:
        transactions.clear()
        house.hold(one)
        begun.append(len(transactions))
    assert begun == [2] + [1] * 16 + [2]


def test_a_known_id_among_new_ones_is_answered_as_it_stands(house: House) -> None:
    first = house.door.hold([order("known", 2)])
    again, new, other = house.door.hold([order("known", 2), order("new"), order("known", 3)])
    assert again == first[0]
    assert (verdict(new), verdict(other)) == ("held", "conflict")
    assert house.level() == (10, 0, 3)


@pytest.mark.parametrize("is_plenty", [True, False])
def test_holds_are_numbered_and_told_alike_however_they_were_decided(house: House, is_plenty: bool) -> None:
    asked = [
        HoldRequest("z", "order", (HoldLine("1", "A", 1, "N1"), HoldLine("2", "A", 2, "N2")), channel="web", doc="d"),
        HoldRequest("c", "cart", (HoldLine("1", "A", 1, "N1"),), expires_at=NOON + HOUR, actor="ann"),
        HoldRequest("b", "transfer", tuple(HoldLine(str(n), "A", 1, "N1") for n in range(11, 8, -1)), to_node="N2"),
    ]
    late = () if is_plenty else (order("late", 100),)
    outcomes = house.door.hold([*asked, *late])[:3]
    for outcome in outcomes:
        assert outcome.value is not None
        detail = house.door.get(outcome.value.id)
        assert detail.held == outcome.value
        assert [(entry.place, entry.seq) for entry in detail.journal] == sorted(
            (entry.place, entry.seq) for entry in detail.journal
        )
        assert {entry.actor for entry in detail.journal} == {detail.rows[0].actor}
        assert all(
            (row.held, row.posted, row.backordered, row.created_at) == (row.qty, 0, 0, NOON) for row in detail.rows
        )
    with house.db.read() as conn:
        (event,) = (one.event for one in log.read(conn, log.START) if one.event.kind == CREATED)
    told = holds_of(event)
    assert [(one["id"], one["kind"], one["channel"], one["doc"]) for one in told] == [
        ("z", "order", "web", "d"), ("c", "cart", None, None), ("b", "transfer", None, None),
    ]  # fmt: skip
    assert [[tuple(line.values()) for line in one["lines"]] for one in told] == [
        [("1", "A", "N1", 1), ("2", "A", "N2", 2)],
        [("1", "A", "N1", 1)],
        [("11", "A", "N1", 1), ("10", "A", "N1", 1), ("9", "A", "N1", 1)],
    ]


@pytest.mark.parametrize("node", ["N1", "*"])
def test_a_quota_is_seen_by_a_door_that_never_read_it(house: House, node: str) -> None:
    with house.db.transaction() as conn:
        house.door.protect_in(conn, [Protection("A", node, "web", 14, NOON)])
    door = house.another_door()
    assert [verdict(one) for one in door.hold([order("jd", 1, channel="jd"), order("web", 1, channel="web")])] == [
        "protected", "held",
    ]  # fmt: skip
    (quota,) = house.door.quotas().items
    assert quota.drawn == 1
    door.stop()


def test_a_line_without_a_node_goes_where_most_is_although_its_sku_is_named_beside_it(house: House) -> None:
    house.receive(20, sku="A", node="N2")
    assert house.hold(order("there"), order("anywhere", 2, None)) == ["held", "held"]
    assert (house.level(), house.level(node="N2")) == ((10, 0, 1), (24, 0, 2))
    choice = HoldRequest("choice", "order", (HoldLine("1", "A", 2),), nodes=("N1", "N2"))
    (outcome,) = house.door.hold([choice])
    assert outcome.value is not None
    assert [placed.node for placed in outcome.value.placements] == ["N1"]


@pytest.mark.parametrize("change", ["stock", "quota"])
def test_what_is_committed_while_a_batch_waits_for_its_cells_counts(house: House, change: str) -> None:
    house.hold(order("first"))  # the statements are prepared
    with ThreadPoolExecutor(1) as pool:
        with house.db.transaction() as conn:
            if change == "stock":
                house.book.post(conn, [Movement("loss", "A", 9, "N1", "on_hand", "scrap", "on_hand", "scrap", NOON)])
            else:
                house.door.protect_in(conn, [Protection("A", "N1", "web", 9, NOON)])
            waiting = pool.submit(house.hold, order("second"))
            _await_a_waiter(house)
        assert waiting.result(10) == ["short" if change == "stock" else "protected"]


def test_an_id_of_a_batch_under_way_is_known_to_the_next(house: House) -> None:
    batches = HoldBatches(house.db, house)
    first = batches.begin([[order("o1", 2), order("o2")]])
    second = batches.begin([[order("o1", 2)], [order("o3"), order("o2", 4)]])
    (held,) = first.answers()
    (again,), others = second.answers()
    assert again == held[0]
    assert [verdict(one) for one in others] == ["held", "conflict"]
    assert house.level() == (10, 0, 4)
    assert house.door.audit() == []


def test_a_second_batch_gets_what_the_first_leaves(house: House) -> None:
    batches = HoldBatches(house.db, house)
    first = batches.begin([[order("o1", 8)]])
    second = batches.begin([[order("o2", 3), order("o3", 2)]])
    assert [verdict(one) for part in (*first.answers(), *second.answers()) for one in part] == ["held", "short", "held"]
    assert house.level() == (10, 0, 10)


def test_batches_under_way_when_the_line_is_cut_are_taken_once(house: House) -> None:
    batches = HoldBatches(house.db, house)
    batches.begin([[order("o1")]]).answers()
    with house.db.transaction() as conn:
        conn.execute("SELECT FROM stock.level FOR UPDATE")
        begun = [batches.begin([[order(f"o{number}")]]) for number in (2, 3)]
        _await_a_waiter(house)
        conn.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    begun.append(batches.begin([[order("o4")]]))
    assert [verdict(one) for batch in begun for part in batch.answers() for one in part] == ["held"] * 3
    assert house.level() == (10, 0, 4)
    assert house.door.audit() == []


def _await_a_waiter(house: House) -> None:
    while True:
        with house.db.read() as conn:
            if conn.execute("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'").rowcount:
                return
