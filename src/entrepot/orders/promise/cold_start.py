"""Before there is enough history for trees: the region's life table, bent to the lane. Pure.

Each level borrows from the one above it: a lane with few deliveries promises as its region does, a region as the house.
Open orders count with the days they have waited, as everywhere here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from entrepot.orders.promise.calendar import DeliveryCalendar
from entrepot.orders.promise.history import NEVER, Days, Floats, History
from entrepot.orders.promise.life_table import RegionTables, fit_life_table, fit_region_tables, order_days

ENOUGH_DELIVERIES: Final = 1_000
# Deliveries by which a lane must differ from its region to be believed by half.
_PRIOR_DELIVERIES: Final = 20.0


def is_enough(known: History) -> bool:
    """Tell whether a history can carry the boosted model."""
    return int((known.delivered < NEVER).sum()) >= ENOUGH_DELIVERIES


@dataclass(frozen=True, slots=True)
class ColdStart:
    """A life table for each region, with a factor for each lane.

    Parameters
    ----------
    tables : RegionTables
        By region; the first is for the unknown.
    by_lane : ndarray of float
        Factors by lane; the first is for the unknown.
    """

    VERSION: ClassVar = "life-table-1"

    tables: RegionTables
    by_lane: Floats

    @classmethod
    def fit(cls, known: History, calendar: DeliveryCalendar, as_of: int, horizon: int) -> ColdStart:
        """Fit on what was known when a day began."""
        rows = order_days(known.placed, known.delivered, known.closed, as_of, horizon)
        kind = calendar.kind[rows.day]
        region = known.groups["destination"][rows.order] + 1
        house = fit_life_table(rows, calendar, horizon)
        tables = fit_region_tables(rows, region, len(known.names["destination"]) + 1, house, kind)
        lane, lanes = known.groups["lane"][rows.order] + 1, len(known.names["lane"]) + 1
        observed = np.bincount(lane, rows.event, lanes)
        expected = np.bincount(lane, tables.expected(region, rows.age, kind) * rows.lived, lanes)
        return cls(tables, (observed + _PRIOR_DELIVERIES) / (expected + _PRIOR_DELIVERIES))

    def predict(self, history: History, rows: Days, calendar: DeliveryCalendar) -> Floats:
        """Tell the cumulative hazard of orders by the end of each day after they are placed."""
        ages = np.arange(self.tables.by_age.shape[1])
        kind = calendar.kind[history.placed[rows][:, None] + ages]
        region = history.groups["destination"][rows][:, None] + 1
        factor = self.by_lane[history.groups["lane"][rows] + 1]
        cumulative: Floats = np.cumsum(factor[:, None] * self.tables.expected(region, ages, kind), axis=1)
        return cumulative
