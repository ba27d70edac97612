"""What is known of an order when the day it is placed on begins, as numbers. Pure.

A feature is one of three: a fact of the order itself; the pace of those it shares a node, lane, area or category with,
over windows of days before; how many orders they have open. The state of the whole house is left out: over a few months
it is little more than the date, and trees would learn the date. It enters through `level.py` instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from entrepot.orders.promise.calendar import DeliveryCalendar
from entrepot.orders.promise.history import NUMBERS, Floats, History, handed_over
from entrepot.orders.promise.level import Level, measure_level
from entrepot.orders.promise.life_table import LifeTable, OrderDays, fit_life_table, fit_region_tables, order_days
from entrepot.orders.promise.pace import Backlog, Pace, backlog_by, pace_by

Matrix = npt.NDArray[np.float32]


class _PaceFeature(NamedTuple):
    stage: str
    group: str
    windows: tuple[int, ...]
    prior: float
    of_young: bool = False


PACES: Final = (
    _PaceFeature("transit", "destination", (7, 14, 28), 5.0, of_young=True),
    _PaceFeature("transit", "area", (14, 28), 5.0, of_young=True),
    _PaceFeature("transit", "lane", (14, 28), 5.0, of_young=True),
    _PaceFeature("handling", "node", (14,), 2.0, of_young=True),
    _PaceFeature("transit", "origin_area", (28,), 5.0, of_young=True),
    _PaceFeature("transit", "carrier", (14,), 5.0, of_young=True),
    _PaceFeature("transit", "destination", (200,), 5.0),
    _PaceFeature("transit", "area", (60, 200), 5.0),
    _PaceFeature("transit", "lane", (60, 200), 5.0),
    _PaceFeature("handling", "node", (60, 200), 2.0),
    _PaceFeature("transit", "node", (60, 200), 3.0),
    _PaceFeature("transit", "origin_area", (200,), 5.0),
    _PaceFeature("transit", "carrier", (60,), 5.0),
    _PaceFeature("handling", "payment", (200,), 5.0),
    _PaceFeature("handling", "category", (200,), 5.0),
    _PaceFeature("transit", "category", (200,), 5.0),
)
_GROWTH_WINDOWS: Final = (7, 28)
_FEW: Final = 5.0


def feature_names() -> tuple[str, ...]:
    """Name the columns of `Surroundings.describe`."""
    paces = [
        f"{'young ' if one.of_young else ''}{one.stage} {one.group} {window}" for one in PACES for window in one.windows
    ]
    growth = [f"backlog destination {window}" for window in _GROWTH_WINDOWS]
    return (*paces, *growth, "backlog node", "weekday", *NUMBERS)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The state of all that orders share, day by day; made once, asked for any order.

    Parameters
    ----------
    calendar : DeliveryCalendar
        Kinds of day.
    table : LifeTable
        The house's expected deliveries by age and kind of day.
    level : Level
        How fast the house is against it.
    paces : mapping of (stage, group, of young orders alone) to Pace
        How fast each group is.
    under_way : Backlog
        Orders to each destination not delivered yet.
    waiting : Backlog
        Orders at each node not handed over yet.
    """

    calendar: DeliveryCalendar
    table: LifeTable
    level: Level
    paces: Mapping[tuple[str, str, bool], Pace]
    under_way: Backlog
    waiting: Backlog

    def describe(self, orders: History) -> Matrix:
        """Describe orders, each by what was known when its day began.

        Parameters
        ----------
        orders : History
            Placed on or before the end of what was observed; what happened to them is not looked at.

        Returns
        -------
        ndarray of float32, shape (n, n_features)
            In the sequence of `feature_names`.
        """
        columns = [
            self.paces[one.stage, one.group, one.of_young].log_ratio(
                orders.groups[one.group] + 1, orders.placed, window, one.prior
            )
            for one in PACES
            for window in one.windows
        ]
        columns.extend(self._backlogs(orders))
        columns.append(self.calendar.kind[orders.placed].astype(np.float64))
        columns.extend(orders.numbers[name] for name in NUMBERS)
        return np.column_stack(columns).astype(np.float32)

    def _backlogs(self, orders: History) -> list[Floats]:
        places = orders.groups["destination"] + 1
        now = self.under_way.count(places, orders.placed) + _FEW
        growth = [
            np.log(now / (self.under_way.count(places, orders.placed - window) + _FEW)) for window in _GROWTH_WINDOWS
        ]
        return [*growth, np.log1p(self.waiting.count(orders.groups["node"] + 1, orders.placed))]


def observe(history: History, calendar: DeliveryCalendar, as_of: int, end: int, horizon: int) -> Surroundings:
    """Sum up what happened before a day, for orders placed up to it.

    Parameters
    ----------
    history : History
        Orders and what happened to them.
    calendar : DeliveryCalendar
        Kinds of day.
    as_of : int
        Life tables are fitted on the days before; the same for all orders, so that paces of different days compare.
    end : int
        First day of which nothing is known.
    horizon : int
        Days after which an order is no longer watched.
    """
    sent = handed_over(history)
    stages = {"handling": (history.placed, history.shipped), "transit": (sent, history.delivered)}
    paces: dict[tuple[str, str, bool], Pace] = {}
    for stage, (start, event) in stages.items():
        rows = order_days(start, event, history.closed, end, horizon)
        everyone = _expected(rows, calendar, as_of, horizon)[1]
        young, of_young = _young(history, rows, calendar, as_of, horizon)
        for one in PACES:
            codes = history.groups[one.group] + 1
            if one.stage == stage and (stage, one.group, one.of_young) not in paces:
                days, expected = (young, of_young) if one.of_young else (rows, everyone)
                paces[stage, one.group, one.of_young] = pace_by(codes[days.order], days.day, days.event, expected)
    rows = order_days(history.placed, history.delivered, history.closed, end, horizon)
    table, expected = _expected(rows, calendar, as_of, horizon)
    over = np.minimum(history.delivered, history.closed)
    young, of_young = _young(history, rows, calendar, as_of, horizon)
    return Surroundings(
        calendar=calendar,
        table=table,
        level=measure_level(rows, expected, young, of_young, end),
        paces=paces,
        under_way=backlog_by(history.groups["destination"] + 1, np.minimum(sent, over), over),
        waiting=backlog_by(history.groups["node"] + 1, history.placed, np.minimum(history.shipped, over)),
    )


def _young(
    history: History, rows: OrderDays, calendar: DeliveryCalendar, as_of: int, horizon: int
) -> tuple[OrderDays, Floats]:
    """Keep the days of orders young for their region, with what their region expects of them."""
    kind = calendar.kind[rows.day]
    region = history.groups["destination"][rows.order] + 1
    known = rows.day < as_of
    house = fit_life_table(rows.where(known), calendar, horizon)
    regions = len(history.names["destination"]) + 1
    tables = fit_region_tables(rows.where(known), region[known], regions, house, kind[known])
    young = tables.is_young(region, rows.age)
    return rows.where(young), (tables.expected(region, rows.age, kind) * rows.lived)[young]


def _expected(rows: OrderDays, calendar: DeliveryCalendar, as_of: int, horizon: int) -> tuple[LifeTable, Floats]:
    table = fit_life_table(rows.where(rows.day < as_of), calendar, horizon)
    return table, table.expected(rows.age, calendar.kind[rows.day]) * rows.lived
