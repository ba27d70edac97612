"""Deciding on holds: what is given, what is refused and why, and in which sequence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from entrepot.stock.hold import HoldLine, HoldRequest, HoldRow
from entrepot.stock.hold_room import Cell, Facts
from entrepot.stock.quota import EVERYWHERE, Quota
from entrepot.stock.reservation import Decision, decide

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def asks(id: str, qty: int = 1, node: str | None = "N1", **more: object) -> HoldRequest:
    request = HoldRequest(id, "order", (HoldLine("1", "A", qty, node),))
    return replace(request, **more)


def cells(**quantities: int) -> dict[tuple[str, str], Cell]:
    return {("A", node): Cell(qty) for node, qty in quantities.items()}


def verdicts(decision: Decision) -> list[str]:
    """State, or the reason of the refusal, in the order of the requests."""
    return [
        outcome.value.state if outcome.value is not None else outcome.refusal.reason if outcome.refusal else "?"
        for outcome in decision.outcomes
    ]


def places(decision: Decision, number: int = -1) -> list[tuple[str, int]]:
    held = decision.outcomes[number].value
    return [(one.node, one.qty) for one in held.placements] if held is not None else []


def kept(channel: str, qty: int, node: str = "N1", drawn: int = 0) -> Quota:
    return Quota("A", node, channel, qty, drawn, NOW - HOUR, None)


def held_row(id: str, qty: int, node: str = "N1", made_at: datetime = NOW - HOUR) -> HoldRow:
    return HoldRow(
        id, 0, "1", "A", node, qty, qty, 0, 0, "cart", "held", None, None, None, NOW + HOUR, True, 0, None, made_at
    )


def test_who_comes_first_is_served_first() -> None:
    decision = decide([asks("a", 6), asks("b", 5), asks("c", 4)], Facts(cells(N1=10)), NOW)
    assert verdicts(decision) == ["held", "short", "held"]
    assert [change.after.id for change in decision.changes] == ["a", "c"]


def test_a_hold_is_all_or_nothing() -> None:
    lines = (HoldLine("1", "A", 4, "N1"), HoldLine("2", "A", 4, "N2"))
    decision = decide([HoldRequest("a", "order", lines), asks("b", 5)], Facts(cells(N1=5, N2=3)), NOW)
    assert verdicts(decision) == ["short", "held"]
    assert [change.after.id for change in decision.changes] == ["b"]


def test_two_lines_of_one_cell_count_together() -> None:
    lines = (HoldLine("1", "A", 3, "N1"), HoldLine("2", "A", 3, "N1"))
    assert verdicts(decide([HoldRequest("a", "order", lines)], Facts(cells(N1=5)), NOW)) == ["short"]


def test_the_same_id_is_the_same_hold_and_another_content_a_conflict() -> None:
    later = asks("a", 6, expires_at=NOW + HOUR, actor="somebody else")
    decision = decide([asks("a", 6), later, asks("a", 5)], Facts(cells(N1=10)), NOW)
    assert verdicts(decision) == ["held", "held", "conflict"]
    assert decision.outcomes[0] == decision.outcomes[1]
    assert len(decision.changes) == 1


def test_an_earlier_hold_is_answered_as_it_stands_even_when_nothing_is_left() -> None:
    request = asks("a", 6)
    row = held_row("a", 6)._replace(kind="order", content=request.digest())
    facts = Facts(cells(N1=0), rows={"a": [row]}, seqs={"a": 41})
    decision = decide([request, asks("a", 7)], facts, NOW)
    assert verdicts(decision) == ["held", "conflict"]
    assert decision.outcomes[0].value is not None
    assert decision.outcomes[0].value.seq == 41
    assert decision.changes == []


def test_a_refused_id_may_be_tried_again() -> None:
    assert verdicts(decide([asks("a", 9), asks("a", 2)], Facts(cells(N1=5)), NOW)) == ["short", "held"]


def test_what_is_promised_or_kept_back_is_not_available() -> None:
    cell = Cell(on_hand=10, reserved=2, allocated=3, safety=1)
    decision = decide([asks("a", 5), asks("b", 4)], Facts({("A", "N1"): cell}), NOW)
    assert verdicts(decision) == ["short", "held"]
    assert decision.outcomes[0].refusal is not None
    assert decision.outcomes[0].refusal.message == (
        "Cannot allocate 5 of A at N1: 4 available (10 usable on hand, 3 allocated, 2 reserved, 1 kept as safety "
        "stock). Lower the quantity or source the rest elsewhere."
    )


def test_an_overcommitted_cell_gives_nothing() -> None:
    assert verdicts(decide([asks("a")], Facts({("A", "N1"): Cell(3, allocated=5)}), NOW)) == ["short"]


def test_soft_holds_are_reserved_and_firm_ones_allocated() -> None:
    requests = [asks("c", 1, kind="cart", expires_at=NOW + HOUR), asks("o", 2), asks("q", 3, kind="quota"),
                asks("t", 4, kind="transfer", to_node="N2")]  # fmt: skip
    changes = decide(requests, Facts(cells(N1=10)), NOW).changes
    assert [(change.reserved, change.allocated) for change in changes] == [(1, 0), (0, 2), (3, 0), (0, 4)]


def test_a_line_without_a_node_goes_whole_to_the_fullest_and_is_split_only_when_it_must() -> None:
    facts = Facts(cells(N1=3, N2=5, N3=5))
    assert places(decide([asks("a", 4, None)], facts, NOW)) == [("N2", 4)]
    assert places(decide([asks("a", 7, None)], facts, NOW)) == [("N2", 5), ("N3", 2)]
    assert verdicts(decide([asks("a", 14, None)], facts, NOW)) == ["short"]


def test_the_nodes_of_a_request_are_tried_in_their_sequence() -> None:
    facts = Facts(cells(N1=3, N2=5, N3=5))
    assert places(decide([asks("a", 3, None, nodes=("N1", "N3"))], facts, NOW)) == [("N1", 3)]
    assert places(decide([asks("a", 4, None, nodes=("N1", "N3"))], facts, NOW)) == [("N3", 4)]
    assert places(decide([asks("a", 7, None, nodes=("N1", "N3"))], facts, NOW)) == [("N1", 3), ("N3", 4)]
    assert verdicts(decide([asks("a", 1, None, nodes=("N9",))], facts, NOW)) == ["unknown_cell"]


def test_a_closed_node_is_used_only_when_it_is_named() -> None:
    facts = Facts({("A", "N1"): Cell(5, is_open=False), ("A", "N2"): Cell(2)})
    assert verdicts(decide([asks("a", 3, None), asks("b", 3, "N1")], facts, NOW)) == ["short", "held"]


def test_a_cell_that_never_was_is_named() -> None:
    refusal = decide([asks("a", 2, "N7")], Facts(cells(N1=3)), NOW).outcomes[0].refusal
    assert refusal is not None
    assert refusal.message == (
        "Cannot allocate 2 of A: nothing of it was ever at N7. Check the codes, or book a receipt first."
    )


def test_a_hold_that_is_over_before_it_begins_is_refused() -> None:
    assert verdicts(decide([asks("a", expires_at=NOW)], Facts(cells(N1=3)), NOW)) == ["expired"]


def test_backorders_end_at_the_cap_and_only_for_those_who_may() -> None:
    facts = Facts({("A", "N1"): Cell(2, backorder_cap=3)})
    decision = decide([asks("a", 3), asks("b", 4, may_backorder=True), asks("c", 2, may_backorder=True)], facts, NOW)
    assert verdicts(decision) == ["short", "held", "backorder_cap"]
    assert [change.after.backordered for change in decision.changes] == [2]


def test_what_is_kept_for_one_channel_is_not_for_others() -> None:
    facts = Facts(cells(N1=10), quotas=[kept("web", 6)])
    decision = decide(
        [asks("a", 5, channel="jd"), asks("b", 4, channel="jd"), asks("c", 1), asks("d", 6, channel="web")], facts, NOW
    )
    assert verdicts(decision) == ["protected", "held", "protected", "held"]


def test_a_channel_draws_its_own_protection_first() -> None:
    facts = Facts(cells(N1=10), quotas=[kept("web", 6, drawn=1)])
    requests = [asks("a", 4, channel="web"), asks("b", 5, channel="jd"), asks("c", 1, channel="jd")]
    assert verdicts(decide(requests, facts, NOW)) == ["held", "held", "protected"]


def test_a_protection_outside_its_period_protects_nothing() -> None:
    over = kept("web", 6)._replace(valid_until=NOW)
    coming = kept("web", 6)._replace(valid_from=NOW + HOUR)
    for quota in (over, coming):
        assert verdicts(decide([asks("a", 10, channel="jd")], Facts(cells(N1=10), quotas=[quota]), NOW)) == ["held"]


def test_a_protection_over_all_nodes_limits_their_sum() -> None:
    facts = Facts(cells(N1=5, N2=5), quotas=[kept("web", 7, EVERYWHERE)])
    decision = decide([asks("a", 2, channel="jd"), asks("b", 2, None, channel="jd"), asks("c", 1, "N2")], facts, NOW)
    assert verdicts(decision) == ["held", "protected", "held"]
    assert verdicts(decide([asks("a", 4, None, channel="jd")], facts, NOW)) == ["protected"]
    assert verdicts(decide([asks("a", 9, None, channel="web")], facts, NOW)) == ["held"]


def test_nobody_borrows_against_what_is_kept_for_others() -> None:
    cell = {("A", "N1"): Cell(5, backorder_cap=5)}
    facts = Facts(cell, quotas=[kept("web", 5)])
    assert verdicts(decide([asks("a", 1, channel="jd", may_backorder=True)], facts, NOW)) == ["protected"]
    assert verdicts(decide([asks("a", 9, channel="web", may_backorder=True)], facts, NOW)) == ["held"]


def test_the_newest_that_may_be_displaced_give_way_and_no_more_than_needed() -> None:
    rows = [
        held_row("old", 4, made_at=NOW - 2 * HOUR),
        held_row("new", 3),
        held_row("newer", 2, made_at=NOW - HOUR / 2),
    ]
    facts = Facts({("A", "N1"): Cell(10, reserved=9)}, displaceable=rows)
    decision = decide([asks("a", 4, may_displace=True)], facts, NOW)
    assert verdicts(decision) == ["held"]
    gone = [change.before.id for change in decision.changes if change.act == "displace" and change.before is not None]
    assert gone == ["newer", "new"]


def test_nobody_is_displaced_in_vain() -> None:
    facts = Facts({("A", "N1"): Cell(10, reserved=4, allocated=6)}, displaceable=[held_row("x", 4)])
    decision = decide([asks("a", 5, may_displace=True), asks("b", 1)], facts, NOW)
    assert verdicts(decision) == ["short", "short"]
    assert decision.changes == []


def test_a_hold_of_the_same_batch_can_be_displaced_but_no_hold_displaces_itself() -> None:
    weak = asks("weak", 6, is_displaceable=True)
    decision = decide([weak, asks("strong", 5, may_displace=True)], Facts(cells(N1=10)), NOW)
    assert verdicts(decision) == ["held", "held"]
    assert [change.act for change in decision.changes] == ["create", "displace", "create"]
    lines = (HoldLine("1", "A", 6, "N1"), HoldLine("2", "A", 6, "N1"))
    both = HoldRequest("both", "order", lines, is_displaceable=True, may_displace=True)
    assert verdicts(decide([both], Facts(cells(N1=10)), NOW)) == ["short"]


@pytest.mark.parametrize("may", [False, True])
def test_displacing_is_for_those_who_may(may: bool) -> None:
    facts = Facts({("A", "N1"): Cell(5, reserved=5)}, displaceable=[held_row("x", 5)])
    assert verdicts(decide([asks("a", 1, may_displace=may)], facts, NOW)) == ["held" if may else "short"]
