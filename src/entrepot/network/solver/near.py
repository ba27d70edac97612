"""Plans near the best one: HiGHS decides about some sites, doubtful ones rather, on the lanes that cost least.

The sites are near each other, and wants that they hardly concern stay as they are, so that the size of the network does
not matter. What is solved at once is widened the next time, what is not in its time is narrowed (kernel search,
Guastaroba and Speranza 2012; relaxation induced neighbourhoods, Danna, Rothberg and Le Pape 2005).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from scipy.sparse import csr_array

from entrepot.network.plan import Plan
from entrepot.network.problem import Integers
from entrepot.network.solver.highs import Program, minimise
from entrepot.network.solver.mip import Layout, program_of
from entrepot.network.solver.model import Bools, Floats, Model
from entrepot.network.solver.search import Search
from entrepot.network.solver.tree import Climbed

FIRST: Final = 16
"""Sites that may be turned over in the first neighbourhood,"""
FEWER: Final = 5
"""with single sourcing so many,"""
WIDER: Final = 1.4
"""how many times as many after one that was solved,"""
NARROWER: Final = 0.6
"""and after one that was not."""
EVEN: Final = 0.03
"""What the surest site counts for beside a doubtful one, which counts for up to 1."""
SOURCE: Final = 0.3
"""How near a site that serves no zone is to all others."""
CLOSE: Final = 0.2
"""Share of the gap that turning a site over costs in the relaxation where that makes it no longer doubtful."""
LANES: Final = 6_000
"""Last lanes that take part: HiGHS does not dwell on the linear program of so many,"""
WHOLE: Final = 2_400
"""nor, with single sourcing, on so many whole ones."""
WAYS: Final = 3
"""Each want has so many lanes at least,"""
MOST: Final = 8
"""and so many at most,"""
SOURCES: Final = 6
"""and each front so many links of a class."""
GAP: Final = 2e-4
"""Relative gap that is none here."""


@dataclass
class Near:
    """Neighbourhoods, one after the other.

    Parameters
    ----------
    model, search : Model, Search
        The network, and its best plan.
    climbed : Climbed
        The relaxation: doubtful is a site on which the plan is of another opinion, or that is nearly as good the other
        way; what would cost more than the best plan is not turned over.
    excess : (ndarray, ndarray)
        By which the last lanes of a want, and the links into a site, are ranked.
    attempt : callable
        Told the layout and the values of what is cheaper than the best plan on the lanes that took part.
    """

    model: Model
    search: Search
    climbed: Climbed
    excess: tuple[Floats, Floats]
    attempt: Callable[[Layout, Floats], None]
    seconds: float = 0.0
    is_exhausted: bool = False
    many: float = field(init=False)
    random: np.random.Generator = field(init=False)
    closeness: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.search.seed)
        self.many = FEWER if self.model.problem.is_single else FIRST
        self.closeness = _closeness(self.model, self.excess[0])

    def once(self, seconds: float) -> None:
        """Search one neighbourhood of the best plan for so many seconds at most."""
        if self.search.plan is None:
            return
        doubt = self._doubt(self.search.plan)
        free = self._drawn(doubt)
        is_done = self._searched(free, seconds)
        self.is_exhausted = is_done and bool((free | (doubt == 0)).all())
        self.many = max(self.many * (WIDER if is_done else NARROWER), 2.0)

    def _doubt(self, plan: Plan) -> Floats:
        """Return from 0 to 1 how doubtful the plan is about each site, and 0 where nothing is to be decided."""
        room = max(self.search.cost - self.climbed.bound, 1e-9)
        beyond = np.abs(self.climbed.relaxed.reduced) / room
        is_open = self.model.may_stand & ~self.model.must_stand & (beyond <= 1)
        differs = np.abs(_standing(self.model, plan) - self.climbed.weight)
        return np.where(is_open, np.clip(np.maximum(differs, 1 - beyond / CLOSE), EVEN, 1.0), 0.0)

    def _drawn(self, doubt: Floats) -> Bools:
        """Draw a doubtful site, and then doubtful ones near it."""
        free = np.zeros(len(doubt), dtype=bool)
        if doubt.any():
            seed = int(np.argmax(_keys(doubt, self.random)))
            key = _keys(doubt * self.closeness[seed], self.random)
            key[seed] = np.inf
            free[np.argsort(-key, kind="stable")[: int(self.many)]] = True
        return free & (doubt > 0)

    def _searched(self, free: Bools, seconds: float) -> bool:
        """Turn some sites of the best plan over; tells whether nothing better is left there."""
        model, search, plan = self.model, self.search, self.search.plan
        assert plan is not None
        begun = search.gone
        stands = _standing(model, plan)
        shares = _on_lanes(model, plan, model.scenario[model.want], model.lane) / model.quantity[model.want]
        upper = (stands | free) & model.may_stand
        last, links = _kept(model, plan, shares, upper, self.excess)
        program, layout = program_of(model, lower=stands & ~free, upper=upper, last=last, links=links)
        program = _held(program, layout, model, shares, free)
        solved = minimise(
            program,
            seconds=min(search.left, seconds),
            seed=search.seed,
            cutoff=search.cost - model.constant,
            gap=GAP,
            has_parts=model.problem.is_single,
            cancelled=search.cancelled,
        )
        if solved.values is not None and program.cost @ solved.values + model.constant < search.cost:
            self.attempt(layout, solved.values)
        self.seconds += search.gone - begun
        return solved.is_done


def values_of(model: Model, plan: Plan, layout: Layout) -> Floats:
    """Return a plan as values of a program's columns; what is carried at a cost is not told."""
    shares = _on_lanes(model, plan, model.scenario[model.want], model.lane) / model.quantity[model.want]
    passing = _on_lanes(model, plan, model.link_scenario, model.link_lane)
    none = np.zeros(layout.columns - layout.first_carried)
    return np.concatenate([_standing(model, plan), shares[layout.last], passing[layout.links], none])


def _standing(model: Model, plan: Plan) -> Bools:
    return np.isin(np.arange(len(model.fixed)), list(plan.sites))


def _keys(weight: Floats, random: np.random.Generator) -> Floats:
    """Draw numbers whose order is a drawing by weight without putting back (Efraimidis and Spirakis 2006)."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(random.random(len(weight))) / weight)


def _closeness(model: Model, excess: Floats) -> Floats:
    """Return how many wants that might come from one site might come from another; sources are near to all."""
    might = _least(model.want, np.where(model.may_stand[model.origin], excess, np.inf), MOST)
    many = len(model.fixed)
    table = csr_array((np.ones(might.sum()), (model.origin[might], model.want[might])), (many, len(model.quantity)))
    both = (table @ table.T).toarray()
    close = both / np.maximum(both.diagonal(), 1.0)[:, None] + EVEN
    serves = np.isin(np.arange(many), model.origin)
    close[~serves] = close[:, ~serves] = SOURCE
    return np.asarray(close)


def _on_lanes(model: Model, plan: Plan, scenario: Integers, lane: Integers) -> Floats:
    """Return how much the plan ships on some lanes."""
    if not plan.flows:
        return np.zeros(len(lane))
    lanes, nodes = model.problem.lanes, len(model.fixed) + len(model.problem.zones)

    def key(scenario: Integers, origin: Integers, target: Integers, product: Integers) -> Integers:
        return np.asarray(((scenario * nodes + origin) * nodes + target) * len(model.problem.classes) + product)

    flows = np.array(sorted(plan.flows), dtype=np.int64).reshape(-1, 5)
    shipped = key(flows[:, 0], flows[:, 1], flows[:, 2], flows[:, 3])
    wanted = key(scenario, lanes.origin[lane], lanes.target[lane], lanes.product[lane])
    at = np.minimum(np.searchsorted(shipped, wanted), len(flows) - 1)
    return np.where(shipped[at] == wanted, flows[at, 4], 0).astype(float)


def _kept(model: Model, plan: Plan, shares: Floats, upper: Bools, excess: tuple[Floats, Floats]) -> tuple[Bools, Bools]:
    """Keep the lanes of least excess from sites that may stand, and those of the plan."""
    lanes, link = model.problem.lanes, model.link_lane
    lanes_at_most = WHOLE if model.problem.is_single else LANES
    ways = min(max(lanes_at_most // max(len(model.quantity), 1), WAYS), MOST)
    last = _least(model.want, np.where(upper[model.origin], excess[0], np.inf), ways) | (shares > 0)
    into = (model.link_scenario * len(upper) + lanes.target[link]) * len(model.problem.classes) + lanes.product[link]
    links = _least(into, np.where(upper[lanes.origin[link]], excess[1], np.inf), SOURCES)
    links |= _on_lanes(model, plan, model.link_scenario, link) > 0
    return last, links


def _held(program: Program, layout: Layout, model: Model, shares: Floats, free: Bools) -> Program:
    """Hold the wants, none of whose lanes begins at a site that may be turned over, where the plan has them."""
    is_concerned = np.zeros(len(model.quantity), dtype=bool)
    is_concerned[model.want[layout.last][free[model.origin[layout.last]]]] = True
    held = layout.sites + np.nonzero(~is_concerned[model.want[layout.last]])[0]
    lower, upper = program.lower.copy(), program.upper.copy()
    lower[held] = upper[held] = shares[layout.last[held - layout.sites]]
    return replace(program, lower=lower, upper=upper)


def _least(group: Integers, value: Floats, many: int) -> Bools:
    """Tell which are among so many least ones of their group."""
    order = np.lexsort((value, group))
    first = np.searchsorted(group[order], group[order])
    found = np.zeros(len(group), dtype=bool)
    found[order] = np.arange(len(group)) - first < many
    return found
