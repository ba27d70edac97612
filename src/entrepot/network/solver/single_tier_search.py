"""One tier: prices raise the bound, sites that pay in it lead to plans, and HiGHS settles what is left between them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.anneal import Assignment
from entrepot.network.solver.ascent import Ascent, Relaxed
from entrepot.network.solver.assignment import assign
from entrepot.network.solver.chances import ROUNDS, Chances, in_order
from entrepot.network.solver.divide import Parcels, divide
from entrepot.network.solver.flows import offer_rounded
from entrepot.network.solver.highs import minimise
from entrepot.network.solver.interchange import improve, shaken, start
from entrepot.network.solver.knapsacks import Offers, fill
from entrepot.network.solver.leftover import FEW, LANES, WHOLE, Left, Leftover, effort
from entrepot.network.solver.mip import Layout, program_of
from entrepot.network.solver.model import Bools, Floats, Model
from entrepot.network.solver.near import Near
from entrepot.network.solver.one_tier import Rented, Tier, relax, tier_of
from entrepot.network.solver.rounding import plan_of_shares
from entrepot.network.solver.search import Search
from entrepot.network.solver.tree import Branch, Climbed, Ground, branch_out, climb
from entrepot.network.solver.whole import table_of
from entrepot.network.solver.whole_tree import branch_whole

EVERY: Final = 10
"""Iterations of prices between looking for plans."""
SHAKES: Final = 30
"""Local searches from shaken plans before HiGHS takes over."""
ANNEALING: Final = 0.25
"""Share of the time in which single sourcing is annealed, in cycles"""
CYCLE: Final = 0.5
"""as long as this share of the time gone,"""
LONGEST: Final = 0.12
"""but no longer than this share of all the time,"""
SHORTEST: Final = 0.05
"""nor shorter than so many seconds."""
DIVIDING: Final = 0.15
"""share of the time gone in which wants are divided among sets of sites that cost little in the relaxation."""
EAGER: Final = 0.5
"""In single sourcing annealing and neighbourhoods have so much of their shares, as branches need the time,"""
CALM: Final = 0.2
"""and so much once the best plan is older than half of the time gone."""
STEPS: Final = 2_000
"""Steps of prices before sites are branched on."""
MANY: Final = 1_500
"""So many are left to it where sites are settled, and branches over lanes have not closed them soon;"""
SETTLING: Final = 0.05
"""it has this share of all the time for each of these,"""
FIRST: Final = 0.02
"""after wants were divided for this share of it more, as HiGHS closes them sooner when the best plan is good,"""
VAIN: Final = 0.3
"""as long as no more than this share of the time gone went to what it did not close."""
OPEN: Final = 20
"""With single sourcing, branches of more open sites and lanes are branched on: that raises bounds faster than HiGHS."""
LATE: Final = 0.25
"""Share of the time after which the best plan is worth a search of its neighbourhoods;"""
NEAR: Final = 0.35
"""share of the time gone in which they are searched,"""
EACH: Final = 0.12
"""and for one of them,"""
BRIEFEST: Final = 0.5
"""which has so many seconds at least."""
HOW: Final = "Lagrangian relaxation of demand"
HIGHS: Final = "HiGHS on what the Lagrangian relaxation leaves open"


@dataclass
class _State:
    model: Model
    tier: Tier
    offers: Offers
    search: Search
    tried: set[bytes] = field(default_factory=set)
    stands: Bools | None = None
    assignment: Assignment | None = None
    assigned: Integers | None = None
    near: Near | None = None
    parcels: Parcels | None = None
    chances: Chances | None = None
    dividing: float = 0.0
    divided: int = 0
    vain: float = 0.0

    @property
    def leftover(self) -> Leftover:
        """What is left to HiGHS."""
        return Leftover(self.model, self.tier, self.offers, self.search)

    @property
    def zeal(self) -> float:
        """How much of their shares of the time annealing and neighbourhoods have."""
        if not self.model.problem.is_single:
            return 1.0
        return CALM if self.search.gone > 2 * self.search.best_at else EAGER


def search_one_tier(model: Model, search: Search) -> None:
    """Search for a plan and a bound until the gap is closed, the time is over or nothing is left to do."""
    tier = tier_of(model)
    state = _State(model, tier, Offers.of(tier.cost), search)
    is_free = not np.isfinite(tier.capacity).any()
    if is_free:
        _try(state, start(tier))
        _shake(state, SHAKES)
    climbed = _climb(state, Ascent.at(_first_prices(tier)), is_whole=False)
    is_whole = model.problem.is_single and not is_free
    if is_whole and not search.is_over:
        state.assignment, state.parcels = Assignment.of(tier), Parcels.of(tier)
        _anneal(state)
        ascent = Ascent.at(climbed.price)
        ascent.pace = 0.3
        climbed = _climb(state, ascent, is_whole=True)
        state.chances = _chances_of(state, climbed.price, state.parcels)
    if search.is_over:
        return
    if np.isfinite(tier.capacity).any():
        state.near = _near_of(state, climbed)
    root = Branch(climbed.bound, 0, tier.must_stand, tier.may_stand, climbed.price, climbed.weight)
    table = table_of(tier) if is_whole else None
    if table is not None:
        branch_whole(
            tier,
            table,
            search,
            climbed.price,
            attempt=lambda stands, reduced: _attempt(state, _enough(tier, stands, reduced)),
            offer=lambda stands, chosen: _offer_assignment(state, stands, chosen),
            settle=lambda stands, lanes: _settle_lanes(state, stands, lanes),
            close=lambda: _close(state, root),
        )
        return
    branch_out(
        _ground(state, is_whole),
        search,
        root,
        is_small=lambda branch: _is_small(state, branch),
        attempt=lambda branch, relaxed: _attempt_of(state, branch, relaxed),
        settle=lambda branch: _settle(state, branch),
    )


def _ground(state: _State, is_whole: bool) -> Ground:
    """Tell the tree how sites are relaxed, and which can carry the demand in the number that is allowed."""
    tier, offers = state.tier, state.offers

    def relaxed(must: Bools, may: Bools, price: Floats, is_sharp: bool) -> Rented:
        return relax(replace(tier, must_stand=must, may_stand=may), offers, price, is_whole, is_sharp)

    def is_possible(must: Bools, may: Bools) -> bool:
        has_room = tier.needed <= tier.capacity[may].sum()
        return bool(has_room and must.sum() <= tier.most and may.sum() >= max(tier.least, 1))

    return Ground(relaxed, is_possible, np.zeros(len(tier.fixed), dtype=np.int64))


def _first_prices(tier: Tier) -> Floats:
    """Price a want at its second cheapest site."""
    finite = np.where(np.isfinite(tier.cost), tier.cost, np.nanmax(np.where(np.isfinite(tier.cost), tier.cost, 0.0)))
    finite = finite[tier.may_stand]
    return np.asarray(np.partition(finite, min(1, len(finite) - 1), axis=0)[min(1, len(finite) - 1)], dtype=float)


def _climb(state: _State, ascent: Ascent, is_whole: bool) -> Climbed:
    """Raise the bound of all plans, and look for plans on the way."""

    def look(relaxed: Relaxed, step: int) -> None:
        state.search.raise_bound(relaxed.bound, HOW)
        if step % EVERY == 0 or not np.isfinite(state.search.cost):
            _try(state, _enough(state.tier, relaxed.chosen > 0.5, relaxed.reduced))
        state.search.tell()

    return climb(
        lambda price: relax(state.tier, state.offers, price, is_whole), ascent, state.search, steps=STEPS, each=look
    )


def _attempt_of(state: _State, branch: Branch, relaxed: Relaxed) -> None:
    """Look for a plan near what stands in a branch, and near the best one."""
    here = replace(state.tier, must_stand=branch.must_stand, may_stand=branch.may_stand)
    _attempt(state, _enough(here, relaxed.chosen > 0.5, relaxed.reduced))


def _attempt(state: _State, stands: Bools) -> None:
    """Look for a plan of what stands, and near the best one."""
    _try(state, stands)
    _anneal(state)
    _explore(state)
    near, search = state.near, state.search
    is_due = near is not None and LATE * search.seconds < search.gone
    if near is not None and is_due and near.seconds < NEAR * state.zeal * search.gone and not near.is_exhausted:
        near.once(max(EACH * search.gone, BRIEFEST))


def _near_of(state: _State, climbed: Climbed) -> Near:
    """Rank lanes by what they cost beyond their wants' prices, for neighbourhoods of the best plan."""
    model = state.model
    relaxed = relax(state.tier, state.offers, climbed.price, is_whole=False)
    rent = relaxed.rent[model.origin, model.scenario[model.want]] * model.volume[model.want]
    return Near(
        model,
        state.search,
        climbed,
        (model.cost + rent - climbed.price[model.want], np.zeros(0)),
        lambda layout, values: _adopt(state, layout, values),
    )


def _adopt(state: _State, layout: Layout, values: Floats) -> None:
    """Offer a solution of a program; what is better for single sourcing is annealed from now on."""
    model = state.model
    if offer_rounded(model, state.search, layout, values) and model.problem.is_single:
        share = values[layout.sites : layout.first_link]
        chosen = np.zeros(len(model.quantity), dtype=np.int64)
        order = np.argsort(share, kind="stable")
        chosen[model.want[layout.last][order]] = model.origin[layout.last][order]
        state.assigned = chosen


def _enough(tier: Tier, stands: Bools, reduced: Floats) -> Bools:
    """Add the sites that cost least in the relaxation until what stands can carry the demand."""
    found, needed = stands.copy(), tier.needed
    order = sorted(np.nonzero(tier.may_stand & ~found)[0].tolist(), key=lambda k: (reduced[k], k))
    for k in order:
        if found.sum() >= max(tier.least, 1) and tier.capacity[found].sum() >= needed:
            break
        found[k] = True
    return found


def _try(state: _State, stands: Bools) -> None:
    """Make a plan of what stands, the way its kind allows; each set of sites is tried once."""
    key = np.packbits(stands).tobytes()
    if key in state.tried or not stands.any():
        return
    state.tried.add(key)
    if not np.isfinite(state.tier.capacity).any():
        _try_free(state, stands)
    elif state.model.problem.is_single:
        _try_single(state, stands)
    elif stands.sum() <= state.tier.most:
        _try_split(state, stands)


def _try_free(state: _State, stands: Bools) -> None:
    found, cost = improve(state.tier, stands)
    if cost < state.search.cost - 1e-9 * abs(cost):
        table = np.where(found[:, None], state.tier.cost, np.inf)
        _offer_assignment(state, found, np.argmin(table, axis=0))


def _try_single(state: _State, stands: Bools) -> None:
    """Assign wants, whole, to what stands."""
    chosen, cost = assign(state.tier, stands)
    _take(state, stands, chosen, cost)
    if state.chances is not None:
        state.chances.add(stands)
    elif state.parcels is not None and state.dividing <= DIVIDING * state.search.gone:
        _divide(state, state.parcels, stands, ROUNDS)


def _divide(state: _State, parcels: Parcels, stands: Bools, rounds: int) -> float:
    """Divide wants among what stands; returns the cost."""
    search, begun = state.search, state.search.gone
    chosen, cost = divide(state.tier, parcels, stands, rounds, search.seed + len(state.tried) + state.divided)
    state.divided += 1
    state.dividing += search.gone - begun
    _take(state, stands, chosen, cost)
    return cost


def _take(state: _State, stands: Bools, chosen: Integers, cost: float) -> None:
    """Offer an assignment that is better; it is annealed from now on."""
    is_better = cost < state.search.cost - 1e-9 * abs(cost)
    if np.isfinite(cost) and stands.sum() <= state.tier.most and is_better:
        _offer_assignment(state, stands, chosen)
        state.assigned = chosen


def _explore(state: _State, more: float = 0.0) -> None:
    """Divide wants among the sets of sites that promise most, when its share and some seconds more are not used up."""
    search, parcels, chances = state.search, state.parcels, state.chances
    if parcels is None or chances is None:
        return
    while state.dividing <= DIVIDING * search.gone + more and not search.is_over:
        chance = chances.next(search.rival)
        if chance is None:
            return
        chance.least = min(chance.least, _divide(state, parcels, chance.stands, chance.rounds))
        chance.tries += 1


def _chances_of(state: _State, price: Floats, parcels: Parcels) -> Chances:
    """Rank sets of sites by what they cost at some prices."""
    tier, offers = state.tier, state.offers
    worth, _, _ = fill(
        offers.site, offers.cost, offers.profit, offers.want, offers.share, tier.capacity, tier.volume, tier.units,
        tier.begin, price, True, tier.may_stand,
    )  # fmt: skip
    reduced = tier.fixed - worth
    needed = max(int(parcels.units[a:b].sum()) for a, b in zip(tier.begin[:-1], tier.begin[1:], strict=True))
    ordered = in_order(reduced, parcels.room, needed, tier.may_stand, tier.must_stand, tier.least, tier.most)
    return Chances(float(price.sum()) + tier.constant, reduced, ordered, np.random.default_rng(state.search.seed))


def _anneal(state: _State) -> None:
    """Anneal the assignment once more, when its share of the time is not used up."""
    search, assignment = state.search, state.assignment
    if assignment is None or assignment.seconds > ANNEALING * state.zeal * search.gone:
        return
    seconds = min(max(CYCLE * search.gone, SHORTEST), LONGEST * search.seconds)
    if state.assigned is not None:
        assignment.adopt(state.tier, state.assigned)
    stands = assignment.cycle(state.tier, state.offers, search, seconds)
    if assignment.is_feasible and state.tier.least <= stands.sum() <= state.tier.most:
        _offer_assignment(state, stands, assignment.best)


def _try_split(state: _State, stands: Bools) -> None:
    program, layout = program_of(state.model, lower=stands, upper=stands, is_linked=False)
    solved = minimise(program, seconds=min(state.search.left, 10.0), cancelled=state.search.cancelled)
    is_better = solved.values is not None and solved.bound + state.model.constant < state.search.cost
    if solved.values is not None and is_better and offer_rounded(state.model, state.search, layout, solved.values):
        state.stands = stands.copy()


def _offer_assignment(state: _State, stands: Bools, chosen: Integers) -> None:
    model = state.model
    shares = (chosen[model.want] == model.origin).astype(float)
    nothing = np.zeros(0)
    if state.search.offer(
        plan_of_shares(model, stands, np.arange(len(model.want)), shares, nothing.astype(np.int64), nothing)
    ):
        state.stands = stands.copy()


def _shake(state: _State, many: int) -> None:
    random = np.random.default_rng(state.search.seed)
    for k in range(many):
        if state.stands is None or state.search.left <= 0:
            return
        _try(state, shaken(state.stands, state.tier, random, 2 + k % 4))


def _is_small(state: _State, branch: Branch) -> bool:
    """Tell whether few lanes of a branch are left to a better plan, and each is used whole or not at all."""
    left = state.leftover.of(branch)
    is_wide = state.assignment is not None and branch.open_sites.sum() > OPEN and left.many > FEW
    return left.is_whole and not is_wide and left.many <= LANES / 4.0**branch.efforts


def _settle_lanes(state: _State, stands: Bools, lanes: Bools) -> tuple[float, bool] | None:
    """Let HiGHS assign wants to what stands, on some lanes, for a while.

    None when these are too many, or too much of the time went that way in vain.
    """
    model, search = state.model, state.search
    if lanes.sum() > MANY or state.vain > VAIN * search.gone:
        return None
    _explore(state, FIRST * search.seconds)
    begun, last = search.gone, lanes[model.origin, model.want]
    left = Left(stands, stands, last, int(lanes.sum()), True)
    bound, is_last = state.leftover.search_for(left, SETTLING * search.seconds, has_parts=False)
    if not is_last:
        state.vain += search.gone - begun
    return bound, is_last


def _close(state: _State, root: Branch) -> bool:
    """Let HiGHS search all plans for a good while, where lanes are few; tells whether it came to an end."""
    _explore(state, FIRST * state.search.seconds)
    left = state.leftover.of(root)
    if left.many > FEW:
        return False
    bound, is_done = state.leftover.search_for(left, WHOLE * state.search.left, has_parts=False)
    state.search.raise_bound(bound, HIGHS)
    return is_done


def _settle(state: _State, branch: Branch) -> tuple[float, bool]:
    """Let HiGHS search a branch for a while, among the sites and lanes a better plan may still use."""
    left = state.leftover.of(branch)
    return state.leftover.search_for(left, effort(state.search, left.many, branch.efforts), has_parts=left.many > FEW)
