"""Life tables: how likely an open order is to be delivered on a day, by its age and the kind of day. Pure.

An order is at risk from the day it begins (is placed, or handed to the carrier) to the day of its event; while it is
open it says as much as one that ended. The table is of the *period*: days of the recent past, whatever the orders that
lived through them, so that a slowdown shows at all ages on the day it happens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from entrepot.orders.promise.calendar import KINDS, DeliveryCalendar
from entrepot.orders.promise.history import Bools, Days, Floats

_ROUNDS = 5
# Events a cell borrows from its neighbours before its own count is believed.
_PRIOR_EVENTS = 0.5
# Days at risk a region borrows from the house.
_PRIOR_DAYS = 50.0
# Cumulative hazard up to which an order is young: about 73 % are delivered by then.
_YOUNG = 1.3


@dataclass(frozen=True, slots=True)
class OrderDays:
    """One row for each day each order was at risk.

    Parameters
    ----------
    order : ndarray of int, shape (n_rows,)
        The order, as an index.
    age : ndarray of int, shape (n_rows,)
        Days since its start.
    day : ndarray of int, shape (n_rows,)
        The day itself.
    event : ndarray of float, shape (n_rows,)
        1 where the order's event fell on it.
    lived : ndarray of float, shape (n_rows,)
        The part of the day it was at risk: half of the day of its event, as far as is known.
    """

    order: Days
    age: Days
    day: Days
    event: Floats
    lived: Floats

    def where(self, mask: Bools) -> OrderDays:
        """Return some of the rows."""
        return OrderDays(self.order[mask], self.age[mask], self.day[mask], self.event[mask], self.lived[mask])


def order_days(start: Days, event: Days, closed: Days, end: int, horizon: int) -> OrderDays:
    """Lay out the days at risk.

    Parameters
    ----------
    start, event, closed : ndarray of int, shape (n,)
        Days; `NEVER` where it has not happened. From the day it is closed an order is not at risk.
    end : int
        The first day of which nothing is known.
    horizon : int
        Days after which an order is no longer watched.
    """
    last = np.minimum(np.minimum(event, np.minimum(closed, end) - 1), start + horizon - 1)
    length = np.maximum(last - start + 1, 0)
    order = np.repeat(np.arange(len(start)), length)
    age = np.arange(len(order)) - np.repeat(np.cumsum(length) - length, length)
    day = start[order] + age
    is_event = (event[order] == day).astype(np.float64)
    return OrderDays(order, age, day, is_event, 1.0 - is_event / 2)


@dataclass(frozen=True, slots=True)
class LifeTable:
    """Expected events a whole day at risk: ``by_age[age] * by_kind[kind of day]``.

    A rate, not a chance: the event comes within the day with probability ``1 - exp(-rate)``.
    """

    by_age: Floats
    by_kind: Floats

    def expected(self, age: Days, kind: Days) -> Floats:
        """Return the expected events of days at risk."""
        rates: Floats = self.by_age[np.minimum(age, len(self.by_age) - 1)] * self.by_kind[kind]
        return rates


def fit_life_table(rows: OrderDays, calendar: DeliveryCalendar, horizon: int) -> LifeTable:
    """Fit the two margins so that expected and observed events agree on each (Deming and Stephan's scaling).

    Parameters
    ----------
    rows : OrderDays
        Days at risk.
    calendar : DeliveryCalendar
        Kinds of day.
    horizon : int
        Ages in the table.
    """
    kind = calendar.kind[rows.day]
    events = np.bincount(rows.age, rows.event, horizon)
    at_risk = np.bincount(rows.age, rows.lived, horizon)
    mean = (events.sum() + _PRIOR_EVENTS) / (at_risk.sum() + 1.0)
    by_age = (events + _PRIOR_EVENTS * mean) / (at_risk + _PRIOR_EVENTS)
    by_kind = np.ones(KINDS)
    kind_events = np.bincount(kind, rows.event, KINDS)
    for _ in range(_ROUNDS):
        by_kind = (kind_events + 1.0) / (np.bincount(kind, by_age[rows.age] * rows.lived, KINDS) + 1.0)
        expected = np.bincount(rows.age, by_kind[kind] * rows.lived, horizon)
        by_age = (events + _PRIOR_EVENTS * by_age) / (expected + _PRIOR_EVENTS)
    return LifeTable(by_age, by_kind)


@dataclass(frozen=True, slots=True)
class RegionTables:
    """A life table for each region, which borrows from the house's where deliveries are few.

    Parameters
    ----------
    by_age : ndarray of float, shape (n_regions, n_ages)
        Expected events a day at risk.
    by_kind : ndarray of float, shape (n_kinds,)
        The house's factors by kind of day.
    """

    by_age: Floats
    by_kind: Floats

    def expected(self, region: Days, age: Days, kind: Days) -> Floats:
        """Return the expected events of days at risk."""
        rates: Floats = self.by_age[region, age] * self.by_kind[kind]
        return rates

    def is_young(self, region: Days, age: Days) -> Bools:
        """Tell whether an order is of an age by which its region still awaits most of its deliveries.

        Orders that are stuck or lost grow old and say little about how fast parcels move now.
        """
        young: Bools = (np.cumsum(self.by_age, axis=1) < _YOUNG)[region, age]
        return young


def fit_region_tables(rows: OrderDays, region: Days, regions: int, house: LifeTable, kind: Days) -> RegionTables:
    """Fit a table for each region, by age alone.

    Parameters
    ----------
    rows : OrderDays
        Days at risk.
    region, kind : ndarray of int, shape (n_rows,)
        Of each day at risk.
    regions : int
        How many there are.
    house : LifeTable
        Of all regions.
    """
    ages = len(house.by_age)
    cell = region * ages + rows.age
    observed = np.bincount(cell, rows.event, regions * ages).reshape(regions, ages)
    at_risk = np.bincount(cell, house.by_kind[kind] * rows.lived, regions * ages).reshape(regions, ages)
    prior = _PRIOR_DAYS * np.ones(ages)
    return RegionTables((observed + prior * house.by_age) / (at_risk + prior), house.by_kind)


def delivered_after_all(placed: Days, delivered: Days, as_of: int, horizon: int) -> Floats:
    """Tell how likely an order that is open at an age is to be delivered at all.

    Some never are: cancelled, lost, sold out. Old cohorts, whose fate is known, tell their share; an open order then
    counts as a slow one only so far as it is likely to be one.

    Returns
    -------
    ndarray of float, shape (horizon + 1,)
        By age in days; 1 where there is no old cohort to learn from.
    """
    old = placed < as_of - horizon
    wait = np.minimum(delivered[old] - placed[old], horizon + 1)
    deliveries = np.bincount(wait, minlength=horizon + 2)
    still_open = deliveries[::-1].cumsum()[::-1][: horizon + 1]
    to_come = deliveries[:-1][::-1].cumsum()[::-1][: horizon + 1]
    chances: Floats = (to_come + 1.0) / (still_open + 1.0)
    return chances
