"""The days of the EURO Meets NeurIPS 2022 competition, rebuilt from a static instance and a seed.

Hourly waves that leave an hour after they are decided; 100 requests drawn at each; the cost is what is driven. The
published rule is that of the competition's environment, whose episodes these days equal request by request.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from entrepot.delivery.routing.problem import Problem
from entrepot.delivery.waves.day import Day, Rhythm
from entrepot.delivery.waves.forecast import Shuffled
from entrepot.kernel.errors import InputError

HOUR: Final = 3600


def competition_day(static: Problem, seed: int) -> tuple[Day, Shuffled]:
    """Return the day of a seed, and the forecast that draws as the day was drawn.

    Parameters
    ----------
    static : Problem
        One depot at location 0, stop k at location k + 1, one window each; times are seconds.
    seed : int
        Of the day.

    Raises
    ------
    InputError
        ``waves.competition`` where the instance is of another form.
    """
    if len(static.depots) != 1 or not static.stops or any(len(stop.windows) > 1 for stop in static.stops):
        message = f"{static.name} is no instance of one depot with a window for each stop."
        raise InputError("waves.competition", message, "Give a VRPTW instance such as those of ORTEC.")
    opens = [stop.windows[0].open for stop in static.stops]
    first, last = (max((moment - HOUR) // HOUR, 0) for moment in (min(opens), max(opens)))
    rhythm = Rhythm(HOUR * first, HOUR, HOUR, last - first + 1)
    vehicle = replace(static.vehicles[0], count=max(len(static.stops), 1))
    forecast = Shuffled(static.stops, static.depots[0], static.travel, rhythm)
    chance = np.random.default_rng(seed)
    orders = tuple(order for wave in range(rhythm.many) for order in forecast.draw(wave, chance))
    public = static.travel.size
    day = Day(orders, static.depots[0], vehicle, static.travel, rhythm, public, static.name, static.scale)
    return day, forecast
