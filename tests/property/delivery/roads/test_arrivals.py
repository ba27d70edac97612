"""Whoever leaves earlier arrives earlier, whatever the times of the slices are."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from entrepot.delivery.roads.arrivals import arrivals_of
from entrepot.delivery.routing.timing import driving, value
from entrepot.delivery.routing.travel import Table, Travel

times = st.floats(0.0, 40_000.0)
slices = st.lists(st.tuples(st.integers(1, 86_399), times), max_size=6, unique_by=lambda one: one[0])


@given(first=times, later=slices, moments=st.lists(st.floats(-5_000.0, 100_000.0), min_size=2, max_size=8))
def test_first_in_is_first_out_and_no_drive_is_quicker_or_slower_than_any_slice(
    first: float, later: list[tuple[int, float]], moments: list[float]
) -> None:
    told = [(0, first), *sorted(later)]
    seconds = np.array([[time] for _, time in told])
    one = Table(np.zeros((1, 1), dtype=np.int64))
    drive = driving(Travel(one, one, arrivals_of([begins for begins, _ in told], seconds)), 0, 0)
    arrivals = [value(drive, moment) for moment in sorted(moments)]
    assert all(earlier <= later + 1e-6 for earlier, later in pairwise(arrivals))
    for moment, arrival in zip(sorted(moments), arrivals, strict=True):
        assert seconds.min() - 1e-3 <= arrival - moment <= max(seconds.max(), 1e-3) + 1e-3
