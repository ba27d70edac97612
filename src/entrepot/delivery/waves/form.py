"""Entrepot's own form of a day of waves: the JSON of a routing problem, when waves leave, and earlier days.

A routing problem in the form of ``delivery/routing/formats/entrepot_json.py`` with one depot and one type of vehicle;
``release`` is when an order becomes known, and beside it::

    {
      "waves": {"first": "08:00", "every": 3600, "margin": 1800, "many": 10},
      "history": [[{"id": "1", "lat": 50.9, "lon": 4.4, "release": "09:12", "windows": [["11:00", "13:00"]]}]],
      "depots": [...], "vehicles": [...], "stops": [...]
    }

``every`` and ``margin`` are seconds. ``history`` lists the orders of earlier days, a list each, at times of this day;
in matrices their rows come between the depot's and the stops'. Without it nothing is known of what may come.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import msgspec

from entrepot.delivery.routing.formats.entrepot_json import Moment, read_entrepot
from entrepot.delivery.routing.formats.geography import clock
from entrepot.delivery.routing.problem import ALWAYS, Problem, Stop, Window
from entrepot.delivery.waves.day import Day, Rhythm
from entrepot.delivery.waves.forecast import Forecast, mixed
from entrepot.kernel.errors import InputError

MEND: Final = "Correct the field."


class WavesForm(msgspec.Struct, forbid_unknown_fields=True):
    """When waves are decided and leave."""

    first: Moment
    every: int
    margin: int
    many: int


class DayForm(msgspec.Struct):
    """What a day has beside a routing problem; the problem's own fields are read by its own form."""

    waves: WavesForm
    stops: list[dict[str, Any]]
    history: list[list[dict[str, Any]]] = []


def read_day(text: str, name: str = "") -> tuple[Day, Forecast | None]:
    """Return the day of our JSON, and what may come by its history.

    Raises
    ------
    InputError
        ``waves.format`` or ``routes.format`` with the field that is wrong.
    """
    try:
        form, whole = msgspec.json.decode(text, type=DayForm), msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise InputError("waves.format", f"The JSON is not as expected: {error}.", MEND) from error
    past = [
        {**order, "id": f"day {number}: {order.get('id', k)}"}
        for number, orders in enumerate(form.history, start=1)
        for k, order in enumerate(orders)
    ]
    rest = {key: value for key, value in whole.items() if key not in ("waves", "history")}
    problem = read_entrepot(msgspec.json.encode({**rest, "stops": past + form.stops}).decode(), name)
    return _day(problem, form, len(past))


def _day(problem: Problem, form: DayForm, n_past: int) -> tuple[Day, Forecast | None]:
    if len(problem.depots) != 1 or len(problem.vehicles) != 1:
        message = f"There are {len(problem.depots)} depots and {len(problem.vehicles)} types of vehicles."
        raise InputError("waves.format", message, "Waves leave from one depot with vehicles of one type.")
    waves = form.waves
    rhythm = Rhythm(clock(waves.first, problem.epoch), waves.every, waves.margin, waves.many)
    depot, vehicle = problem.depots[0], problem.vehicles[0]
    works = Window(max(depot.window.open, vehicle.shift.open), min(depot.window.close, vehicle.shift.close))
    day = Day(
        orders=problem.stops[n_past:],
        depot=replace(depot, window=works),
        vehicle=replace(vehicle, shift=ALWAYS),
        travel=problem.travel,
        rhythm=rhythm,
        public=1 + n_past,
        name=problem.name,
        scale=problem.scale,
        epoch=problem.epoch,
    )
    if not n_past:
        return day, None
    past, days, begin = problem.stops[:n_past], list[tuple[Stop, ...]](), 0
    for orders in form.history:
        days.append(past[begin : begin + len(orders)])
        begin += len(orders)
    return day, mixed(days, day.depot, day.travel, rhythm)
