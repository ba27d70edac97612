"""The dispatcher's desk: delivery days of a node's own vehicles, from work orders to what drivers report."""

from entrepot.delivery.dispatch.changing import Chance, Difference, Why
from entrepot.delivery.dispatch.day import (
    Day,
    DayPlan,
    DayRoute,
    DayStop,
    Spot,
    Status,
    Vehicle,
    agreed,
    kilometres,
    ordered,
)
from entrepot.delivery.dispatch.fleet_store import Fleet, Type
from entrepot.delivery.dispatch.judging import Broken, Driven, Judged, Timed
from entrepot.delivery.dispatch.model import moment_of, seconds_of
from entrepot.delivery.dispatch.planning import Found, search
from entrepot.delivery.dispatch.service import REASONS, Changed, DispatchDesk, Look
from entrepot.delivery.dispatch.standing import renumbered
from entrepot.delivery.dispatch.store import Dispatch, Listed, Run, StopState, Version

__all__ = [
    "REASONS",
    "Broken",
    "Chance",
    "Changed",
    "Day",
    "DayPlan",
    "DayRoute",
    "DayStop",
    "Difference",
    "Dispatch",
    "DispatchDesk",
    "Driven",
    "Fleet",
    "Found",
    "Judged",
    "Listed",
    "Look",
    "Run",
    "Spot",
    "Status",
    "StopState",
    "Timed",
    "Type",
    "Vehicle",
    "Version",
    "Why",
    "agreed",
    "kilometres",
    "moment_of",
    "ordered",
    "renumbered",
    "search",
    "seconds_of",
]
