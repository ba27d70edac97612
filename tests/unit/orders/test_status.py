"""The status of an order follows from its pieces."""

from __future__ import annotations

import pytest

from entrepot.orders.pieces import PHASES, STATES, Piece, is_ended, status


def pieces(*states: str) -> list[Piece]:
    return [Piece("1", number, "A", 1, state) for number, state in enumerate(states, 1)]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("placed",), "waiting"),
        (("placed", "backordered"), "waiting"),
        (("sourced", "reserved"), "promised"),
        (("sourced", "placed"), "part_promised"),
        (("packed", "shipped"), "part_under_way"),
        (("delivered", "cancelled"), "served"),
        (("delivered", "return_asked"), "part_coming_back"),
        (("restocked", "scrapped"), "taken_back"),
        (("cancelled",), "cancelled"),
        ((), "none"),
    ],
)
def test_status_of_states(states: tuple[str, ...], expected: str) -> None:
    assert status(pieces(*states)) == expected


def test_every_state_is_in_one_phase() -> None:
    listed = [state for states in PHASES.values() for state in states]
    assert sorted([*listed, "cancelled"]) == sorted(STATES)


def test_an_order_has_not_ended_while_a_warehouse_has_not_confirmed() -> None:
    assert is_ended(pieces("delivered", "cancelled", "scrapped"))
    assert not is_ended([Piece("1", 1, "A", 1, "delivered", hold="h")])
    assert not is_ended(pieces("delivered", "shipped"))
