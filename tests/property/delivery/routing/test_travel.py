"""Distances of a plane, one by one and a row at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from entrepot.delivery.routing.formats.rounding import ROUNDINGS
from entrepot.delivery.routing.travel import Plane

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=8), st.sampled_from(sorted(ROUNDINGS)))
def test_a_distance_alone_is_that_of_its_row(places: list[tuple[float, float]], name: str) -> None:
    rule = ROUNDINGS[name]
    plane = Plane(np.array(places), float(rule.scale), rule.offset)
    rows = [plane.row(origin).tolist() for origin in range(len(places))]
    assert rows == [[plane.between(a, b) for b in range(len(places))] for a in range(len(places))]


@given(st.floats(-(2.0**60), 2.0**60), st.sampled_from(sorted(ROUNDINGS)))
def test_a_number_alone_is_rounded_as_those_of_a_table(value: float, name: str) -> None:
    assert ROUNDINGS[name].number(value) == int(ROUNDINGS[name].whole(value))
