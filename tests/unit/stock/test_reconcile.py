"""Counts beside the book."""

from datetime import UTC, datetime, timedelta

import pytest

from entrepot.kernel.errors import InputError
from entrepot.stock.movement import Movement, booked_legs
from entrepot.stock.reconcile import Checkpoint, Count, Weighed, late, plan

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def count(id: str, qty: int, as_of: datetime = NOON) -> Count:
    return Count(id, "A", "S-1", "on_hand", qty, as_of)


def effects(movements: list[Movement]) -> list[tuple[str, int, datetime]]:
    return [(one.id, leg.delta, one.valid_at) for one in movements for leg in booked_legs(one)]


def test_a_count_that_agrees_moves_nothing() -> None:
    decided = plan([Weighed(count("c", 5), 5, None)])
    assert (decided.movements, decided.differences, decided.books) == ([], [], {"c": 5})


def test_missing_pieces_go_to_the_difference_with_their_cause() -> None:
    decided = plan([Weighed(count("c", 3), 5, None)])
    (movement,) = decided.movements
    assert (movement.id, movement.qty, movement.from_node, movement.to_node) == ("count:c", 2, "S-1", "difference")
    assert (movement.reason, movement.doc, movement.valid_at) == ("count", "c", NOON)
    (found,) = decided.differences
    assert (found.counted, found.book, found.difference, found.movement) == (3, 5, -2, "count:c")


def test_found_pieces_come_from_the_difference() -> None:
    assert effects(plan([Weighed(count("c", 7), 5, None)]).movements) == [("count:c", 2, NOON)]


def test_a_second_count_of_the_batch_sees_the_first_ones_adjustment() -> None:
    later = count("d", 4, NOON + HOUR)
    decided = plan([Weighed(later, 5, None), Weighed(count("c", 3), 5, None)])
    assert effects(decided.movements) == [("count:c", -2, NOON), ("count:d", 1, NOON + HOUR)]


def test_a_count_booked_before_stays_true() -> None:
    following = Checkpoint(NOON + HOUR, "z")
    decided = plan([Weighed(count("c", 3), 5, following)])
    assert effects(decided.movements) == [("count:c", -2, NOON), ("keep:z:c", 2, NOON + HOUR)]


def test_a_count_booked_before_between_two_new_ones_stays_true() -> None:
    following = Checkpoint(NOON + HOUR, "z")
    decided = plan([Weighed(count("c", 3), 5, following), Weighed(count("d", 4, NOON + 2 * HOUR), 6, None)])
    assert effects(decided.movements) == [
        ("count:c", -2, NOON),
        ("keep:z:c", 2, NOON + HOUR),
        ("count:d", -2, NOON + 2 * HOUR),
    ]


def test_of_two_counts_at_one_moment_the_greater_id_holds() -> None:
    decided = plan([Weighed(count("d", 4), 5, None), Weighed(count("c", 9), 5, None)])
    assert effects(decided.movements) == [("count:d", -1, NOON)]
    assert [(one.count_id, one.movement) for one in decided.differences] == [("c", None), ("d", "count:d")]


def test_a_count_whose_moment_has_a_greater_id_moves_nothing() -> None:
    assert plan([Weighed(count("c", 9), 5, Checkpoint(NOON, "d"))]).movements == []


def test_a_late_fact_is_taken_back_by_the_count_that_saw_it() -> None:
    sale = Movement("s", "A", 2, "S-1", "on_hand", "customer", "on_hand", "sale", NOON - HOUR)
    (leg,) = booked_legs(sale)
    back = late(leg, sale, Checkpoint(NOON, "c"))
    assert effects([back]) == [("late:c:s", 2, NOON)]
    assert (back.doc, back.line) == ("c", "s")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"node": "customer"}, "lies outside the book"),
        ({"state": "available"}, "state 'available' is none of"),
        ({"qty": 10**13}, "is beyond"),
        ({"as_of": datetime(2026, 3, 1)}, "no time zone"),
        ({"sku": ""}, "sku is empty"),
    ],
)
def test_a_wrong_count_says_what_is_wrong(changes: dict[str, object], fault: str) -> None:
    values = {"id": "c", "sku": "A", "node": "S-1", "state": "on_hand", "qty": 1, "as_of": NOON}
    with pytest.raises(InputError, match=fault):
        Count(**(values | changes))  # type: ignore[arg-type]
