"""The search for a day's routes: what is tied stays where it is, everything else goes where it costs least."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from entrepot.delivery.dispatch.changing import put_back
from entrepot.delivery.dispatch.day import DayPlan
from entrepot.delivery.dispatch.model import SCALE, Model, planned, routed


class Found(NamedTuple):
    """What a search came to.

    Parameters
    ----------
    plan : DayPlan
        The best one.
    engine : str
        Who found it; empty where nothing was to be searched.
    seconds : float
        How long it took.
    bound : int or None
        No plan of the same stops costs less, minor units; None while vehicles are on the road.
    """

    plan: DayPlan
    engine: str
    seconds: float
    bound: int | None


def search(
    model: Model,
    before: DayPlan,
    seconds: float,
    *,
    seed: int = 1,
    progress: Callable[[float, float, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Found:
    """Search the routes of a day, starting from what there is.

    Parameters
    ----------
    model : Model
        The day; its stops know where they are tied.
    before : DayPlan
        As it is now.
    seconds : float
        How long to search.
    seed : int
        Of the search.
    progress, cancelled : callable, optional
        See `entrepot.delivery.routing.search.solve`; a search that is cancelled gives the best so far.
    """
    # late: engines bring compilers that most commands need not load
    from entrepot.delivery.routing.search import choose, solve

    if not any(stop.vehicles for stop in model.problem.stops):
        return Found(planned(model, routed(model, before), before.locks), "", 0.0, None)
    engine = choose(model.problem)
    start = routed(model, before)
    begun = time.perf_counter()
    made = solve(
        model.problem,
        seconds=seconds,
        seed=seed,
        start=start if start.routes else None,
        progress=progress,
        cancelled=cancelled,
        engine=engine.name,
    )
    took = time.perf_counter() - begun
    plan = put_back(model, planned(model, made, before.locks), before)
    return Found(plan, engine.name, took, None if model.progress.on_road else _bound(model))


def _bound(model: Model) -> int:
    from entrepot.delivery.routing.bound import lower_bound

    return max(0, lower_bound(model.problem).value // SCALE)
