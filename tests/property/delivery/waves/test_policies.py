"""No policy sees the future, leaves out what must go, or decides otherwise when it is asked again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.delivery.routing.problem import Stop
from entrepot.delivery.waves.forecast import mixed
from entrepot.delivery.waves.policies import POLICIES
from entrepot.delivery.waves.search import BySteps
from entrepot.delivery.waves.simulate import Played, play
from tests.unit.delivery.waves.days import RHYTHM, day, order

STEPS = BySteps(100)
LATER = 11
"""After the second wave is decided."""

arrivals = st.lists(
    st.tuples(st.integers(1, 9), st.integers(0, 20), st.integers(5, 60), st.integers(1, 3)), min_size=1, max_size=8
)


def _orders(drawn: list[tuple[int, int, int, int]]) -> list[Stop]:
    return [order(f"o{k}", *one) for k, one in enumerate(drawn)]


def _play(name: str, orders: list[Stop]) -> Played:
    case = day(orders)
    past = mixed([_orders([(3, 8, 60, 1), (8, 15, 60, 1)])], case.depot, case.travel, RHYTHM)
    return play(case, POLICIES[name], STEPS, 1, past)


@pytest.mark.parametrize("name", POLICIES)
@settings(max_examples=15, derandomize=True)
@given(drawn=arrivals, others=arrivals)
def test_other_orders_later_change_nothing_before(
    name: str, drawn: list[tuple[int, int, int, int]], others: list[tuple[int, int, int, int]]
) -> None:
    orders = _orders(drawn)
    seen = [one for one in orders if one.release < LATER]
    unseen = [replace(one, id=f"x{k}", release=LATER + k) for k, one in enumerate(_orders(others))]
    one, other = _play(name, orders), _play(name, [*unseen[::-1], *seen])
    assert one.waves[:2] == other.waves[:2]


@pytest.mark.parametrize("name", POLICIES)
@settings(max_examples=15, derandomize=True)
@given(drawn=arrivals)
def test_every_order_that_can_be_brought_is_brought_once_and_again_the_same(
    name: str, drawn: list[tuple[int, int, int, int]]
) -> None:
    orders = _orders(drawn)
    played = _play(name, orders)
    sent = [id_ for wave in played.waves for route in wave.routes for id_ in route]
    assert sorted([*sent, *played.impossible]) == sorted(one.id for one in orders)
    assert played == _play(name, orders)
