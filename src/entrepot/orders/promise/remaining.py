"""What is left of an order's way, given where it stands: still to be handed over, or on its way since some day. Pure.

Two life tables, of handling and of transit, each bent to the order's node, lane and area by their recent paces. An
order that was handed over has only the rest of its transit before it, given the days it has been under way; one that
was not has the rest of its handling, and then all of its transit. Age alone would call both the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from entrepot.orders.promise.calendar import DeliveryCalendar
from entrepot.orders.promise.history import NEVER, Days, Floats, History, handed_over
from entrepot.orders.promise.life_table import LifeTable, fit_life_table, order_days
from entrepot.orders.promise.pace import Pace, pace_by

_HANDLING_GROUP: Final = "node"
_TRANSIT_GROUPS: Final = ("lane", "area")
_WINDOW_DAYS: Final = 60
_PRIOR: Final = 5.0


@dataclass(frozen=True, slots=True)
class Stages:
    """Handling and transit as they stand on a day.

    Parameters
    ----------
    day : int
        The day; nothing of it or later is known.
    calendar : DeliveryCalendar
        Reaching twice a horizon beyond the day.
    horizon : int
        Days watched.
    handling : LifeTable or None
        The house's; None where no hand-over was ever told, and transit is the whole way.
    transit : LifeTable
        The house's.
    paces : mapping of str to Pace
        By group: of the node's handling, of the lane's and the area's transit.
    """

    day: int
    calendar: DeliveryCalendar
    horizon: int
    handling: LifeTable | None
    transit: LifeTable
    paces: dict[str, Pace]

    def still_open(self, orders: History) -> Floats:
        """Tell the chance that each order is still open when further days have passed.

        Parameters
        ----------
        orders : History
            Open orders, placed before or on the day.

        Returns
        -------
        ndarray of float, shape (n, horizon)
            By the end of the day itself, the next, and so on; descending along each row.
        """
        is_sent = np.full(len(orders), True) if self.handling is None else orders.shipped < NEVER
        left = np.empty((len(orders), self.horizon))
        left[is_sent] = self._in_transit(orders.take(np.flatnonzero(is_sent)))
        if self.handling is not None:
            left[~is_sent] = self._at_node(orders.take(np.flatnonzero(~is_sent)), self.handling)
        return left

    def _in_transit(self, orders: History) -> Floats:
        days = self.day + np.arange(self.horizon)
        sent = orders.placed if self.handling is None else orders.shipped
        age = days - sent[:, None]
        hazard = self._transit_pace(orders)[:, None] * self.transit.expected(age, self.calendar.kind[days])
        chances: Floats = np.exp(-np.cumsum(hazard, axis=1))
        return chances

    def _at_node(self, orders: History, table: LifeTable) -> Floats:
        """Let every order wait for its hand-over, day by day, and from that day on for its delivery."""
        days = self.day + np.arange(self.horizon)
        handling = self._pace(orders, _HANDLING_GROUP)[:, None] * table.expected(
            days - orders.placed[:, None], self.calendar.kind[days]
        )
        waiting = np.exp(-np.cumsum(handling, axis=1))
        handed_over = -np.diff(waiting, axis=1, prepend=1.0)
        pace = self._transit_pace(orders)[:, None]
        left = waiting.copy()
        for since in range(self.horizon):
            transit = self.transit.expected(np.arange(self.horizon - since), self.calendar.kind[days[since:]])
            left[:, since:] += handed_over[:, since : since + 1] * np.exp(-np.cumsum(pace * transit, axis=1))
        return left

    def _transit_pace(self, orders: History) -> Floats:
        # Each of the groups tells of the same parcels, so the evidence is their mean, not their sum.
        told = np.mean([np.log(self._pace(orders, group)) for group in _TRANSIT_GROUPS], axis=0)
        pace: Floats = np.exp(told)
        return pace

    def _pace(self, orders: History, group: str) -> Floats:
        today = np.full(len(orders), self.day)
        pace: Floats = np.exp(self.paces[group].log_ratio(orders.groups[group] + 1, today, _WINDOW_DAYS, _PRIOR))
        # Of past orders those without a node are those that never left: what is not known says nothing of an open one.
        return np.where(orders.groups[group] < 0, 1.0, pace)


def observe_stages(known: History, calendar: DeliveryCalendar, day: int, horizon: int) -> Stages:
    """Fit both tables on what was known when a day began.

    Parameters
    ----------
    known : History
        As of the day.
    calendar : DeliveryCalendar
        Reaching twice a horizon beyond the day.
    day : int
        The day.
    horizon : int
        Days watched.
    """
    paces: dict[str, Pace] = {}

    def fit(start: Days, event: Days, groups: tuple[str, ...]) -> LifeTable:
        rows = order_days(start, event, known.closed, day, horizon)
        table = fit_life_table(rows, calendar, horizon)
        expected = table.expected(rows.age, calendar.kind[rows.day]) * rows.lived
        for group in groups:
            paces[group] = pace_by(known.groups[group][rows.order] + 1, rows.day, rows.event, expected)
        return table

    tells_hand_over = bool(np.any(known.shipped < NEVER))
    handling = fit(known.placed, known.shipped, (_HANDLING_GROUP,)) if tells_hand_over else None
    transit = fit(handed_over(known), known.delivered, _TRANSIT_GROUPS)
    return Stages(day, calendar, horizon, handling, transit, paces)
