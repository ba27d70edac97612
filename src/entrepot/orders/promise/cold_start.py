"""Before there is enough history for trees: the house's life table, bent to the region and the lane. Pure.

Each level borrows from the one above it: a lane with few deliveries promises as its region does, a region as the house.
Open orders count with the days they have waited, as everywhere here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from entrepot.orders.promise.calendar import DeliveryCalendar
from entrepot.orders.promise.history import NEVER, Days, Floats, History
from entrepot.orders.promise.life_table import LifeTable, fit_life_table, order_days

ENOUGH_DELIVERIES: Final = 1_000
# Deliveries by which a lane or region must differ from the level above to be believed by half.
_PRIOR_DELIVERIES: Final = 20.0


def is_enough(known: History) -> bool:
    """Tell whether a history can carry the boosted model."""
    return int((known.delivered < NEVER).sum()) >= ENOUGH_DELIVERIES


@dataclass(frozen=True, slots=True)
class ColdStart:
    """A life table with a factor for each region and lane.

    Parameters
    ----------
    table : LifeTable
        The house's.
    horizon : int
        Days watched.
    by_region, by_lane : ndarray of float
        Factors by code; the first is for the unknown.
    """

    VERSION: ClassVar = "life-table-1"

    table: LifeTable
    horizon: int
    by_region: Floats
    by_lane: Floats

    @classmethod
    def fit(cls, known: History, calendar: DeliveryCalendar, as_of: int, horizon: int) -> ColdStart:
        """Fit on what was known when a day began."""
        rows = order_days(known.placed, known.delivered, known.closed, as_of, horizon)
        table = fit_life_table(rows, calendar, horizon)
        expected = table.expected(rows.age, calendar.kind[rows.day])

        def sums(group: str, values: Floats) -> Floats:
            codes = known.groups[group][rows.order] + 1
            return np.bincount(codes, values, len(known.names[group]) + 1).astype(np.float64)

        observed_region, expected_region = sums("destination", rows.event), sums("destination", expected)
        by_region = (observed_region + _PRIOR_DELIVERIES) / (expected_region + _PRIOR_DELIVERIES)
        above = by_region[_regions_of_lanes(known)]
        by_lane = (sums("lane", rows.event) + _PRIOR_DELIVERIES * above) / (sums("lane", expected) + _PRIOR_DELIVERIES)
        return cls(table, horizon, by_region, by_lane)

    def predict(self, history: History, rows: Days, calendar: DeliveryCalendar) -> Floats:
        """Tell the cumulative hazard of orders by the end of each day after they are placed."""
        lane, region = history.groups["lane"][rows] + 1, history.groups["destination"][rows] + 1
        factor = np.where(lane > 0, self.by_lane[lane], self.by_region[region])
        days = history.placed[rows][:, None] + np.arange(self.horizon)
        expected = self.table.by_age * self.table.by_kind[calendar.kind[days]]
        return np.cumsum(factor[:, None] * expected, axis=1)


def _regions_of_lanes(known: History) -> Days:
    regions = np.zeros(len(known.names["lane"]) + 1, dtype=np.int64)
    regions[known.groups["lane"] + 1] = known.groups["destination"] + 1
    return regions
