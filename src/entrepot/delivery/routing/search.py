"""One door to all engines: a problem goes to the first that can hold it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from entrepot.delivery.routing.engines.engine import Engine, Watch, never, silent
from entrepot.delivery.routing.engines.pyvrp import PyVrp
from entrepot.delivery.routing.engines.strings import FLEETS, STRINGS
from entrepot.delivery.routing.engines.traffic import Traffic
from entrepot.delivery.routing.plan import Plan
from entrepot.delivery.routing.problem import Problem
from entrepot.kernel.errors import InputError

ENGINES: Final[tuple[Engine, ...]] = (STRINGS, FLEETS, PyVrp(), Traffic())
"""In the order they are asked."""

MOST_STOPS: Final = 400
"""Up to so many stops the search under traffic is ahead of PyVRP on static problems too, and is asked first."""


def solve(
    problem: Problem,
    *,
    seconds: float,
    seed: int = 1,
    start: Plan | None = None,
    progress: Callable[[float, float, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    engine: str | None = None,
    cores: int | None = None,
) -> Plan:
    """Plan routes for so long.

    Parameters
    ----------
    problem : Problem
        What is to be served.
    seconds : float
        How long to search; a first solution is made however short.
    seed : int
        The same seed, iterations and cores give the same plan.
    start : Plan, optional
        Where to begin.
    progress : callable, optional
        Told now and then the seconds gone, the best cost so far and the iterations done.
    cancelled : callable, optional
        Asked now and then; once it says so, the search ends with the best so far.
    engine : str, optional
        Which to use; without it the first that can.
    cores : int, optional
        How many threads a large plain problem may be searched with; without it as many as there are cores.

    Returns
    -------
    Plan
        The best found; `checker.check` tells what it costs and whether it keeps all limits.

    Raises
    ------
    InputError
        ``routes.engine`` if there is no such engine, or none that can hold the problem.
    """
    if not problem.stops:
        return Plan(())
    watch = Watch(progress or silent, cancelled or never)
    return choose(problem, engine).solve(problem, seconds, seed, start, watch, cores)


def choose(problem: Problem, name: str | None = None) -> Engine:
    """Return the engine of a name, or the first that can hold a problem.

    Raises
    ------
    InputError
        ``routes.engine`` if there is no such engine, or none that can hold the problem.
    """
    asked = [engine for engine in ENGINES if name is None or engine.name == name]
    if len(problem.stops) <= MOST_STOPS:
        asked.sort(key=lambda engine: isinstance(engine, PyVrp))
    if not asked:
        known = ", ".join(engine.name for engine in ENGINES)
        raise InputError("routes.engine", f"There is no engine {name}.", f"Engines are {known}.")
    reasons = []
    for engine in asked:
        reason = engine.refusal(problem)
        if reason is None:
            return engine
        reasons.append(f"{engine.name} knows no {reason}")
    raise InputError(
        "routes.engine",
        f"No engine can plan {problem.name or 'the problem'}: {'; '.join(reasons)}.",
        "Leave out what they do not know, or split the problem.",
    )
