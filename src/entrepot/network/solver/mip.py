"""The strong formulation on lanes, for HiGHS: all of it, or what is left when sites and lanes are fixed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from entrepot.network.problem import Integers
from entrepot.network.solver.cover import fewest
from entrepot.network.solver.highs import Program, Rows
from entrepot.network.solver.model import Bools, Floats, Model

STRONG: Final = 20_000
"""Last lanes up to which HiGHS gets a row for each: above, it spends its time on the first linear program."""


@dataclass(frozen=True)
class Layout:
    """Which columns of a program are what.

    Sites come first, then last lanes (shares), links (quantities), what is carried (site x class, where that costs),
    and for each pool how many sites carry its class, a column for every number from 0.
    """

    sites: int
    last: Integers
    links: Integers
    carried: Integers
    pools: tuple[Integers, ...] = ()

    @property
    def columns(self) -> int:
        """How many there are."""
        return self.first_pool + sum(len(members) + 1 for members in self.pools)

    @property
    def first_carried(self) -> int:
        """The first column of what is carried."""
        return self.first_link + len(self.links)

    @property
    def first_pool(self) -> int:
        """The first column of numbers of sites."""
        return self.first_carried + len(self.carried)

    @property
    def first_link(self) -> int:
        """The first column of a link."""
        return self.sites + len(self.last)


def program_of(
    model: Model,
    *,
    lower: Bools | None = None,
    upper: Bools | None = None,
    last: Bools | None = None,
    links: Bools | None = None,
    is_linked: bool = True,
    is_compact: bool = False,
) -> tuple[Program, Layout]:
    """Build the strong formulation.

    Parameters
    ----------
    model : Model
        The network.
    lower, upper : ndarray of bool, shape (n_sites,), optional
        Sites that must, and that may stand.
    last, links : ndarray of bool, optional
        Which last lanes, and which links, take part.
    is_linked : bool
        Whether a share of a want is limited by its site's column; needless when all sites are fixed.
    is_compact : bool
        Whether that is left to the site's capacities where it has any: a weaker program, with far fewer rows.
    """
    lower = model.must_stand if lower is None else lower | model.must_stand
    upper = model.may_stand if upper is None else upper & model.may_stand
    keep = upper[model.origin] if last is None else upper[model.origin] & last
    lanes = model.problem.lanes
    passes = upper[lanes.origin[model.link_lane]] & upper[lanes.target[model.link_lane]]
    carried, pools = _carried(model, upper)
    layout = Layout(
        len(model.fixed),
        np.nonzero(keep)[0],
        np.nonzero(passes if links is None else passes & links)[0],
        carried,
        pools,
    )
    rows = Rows()
    _demand_rows(model, layout, rows)
    _carried_rows(model, layout, rows)
    _pool_rows(layout, rows)
    if is_linked:
        _link_rows(model, layout, rows, is_compact)
    _balance_rows(model, layout, rows)
    _capacity_rows(model, layout, rows)
    _limit_rows(model, rows)
    cost = np.concatenate(
        [
            model.fixed,
            model.cost[layout.last],
            model.link_cost[layout.links],
            model.carrying.ravel()[layout.carried],
            *(_pool_costs(model, k, len(members)) for k, members in enumerate(layout.pools)),
        ]
    )
    is_whole = np.zeros(layout.columns, dtype=bool)
    is_whole[: layout.sites] = lower != upper
    is_whole[layout.sites : layout.first_link] = model.problem.is_single
    is_whole[layout.first_carried :] = True
    most = np.full(layout.columns, np.inf)
    most[: layout.sites] = upper
    most[layout.sites : layout.first_link] = 1.0
    most[layout.first_carried :] = 1.0
    least = np.zeros(layout.columns)
    least[: layout.sites] = lower & upper
    return Program(cost, least, most, is_whole, rows), layout


def in_units(model: Model, program: Program, layout: Layout) -> tuple[Program, Floats]:
    """Return the program with whole units on every lane, and how many units one of each old column was.

    Where zones have one site each, shares stay what they are: all or nothing.
    """
    size, is_whole = np.ones(layout.columns), program.is_whole.copy()
    if not model.problem.is_single:
        size[layout.sites : layout.first_link] = model.quantity[model.want[layout.last]]
    is_whole[layout.sites : layout.first_carried] = True
    entries = [(row, column, value / size[column]) for row, column, value in program.rows.entries]
    rows = replace(program.rows, entries=entries)
    return Program(program.cost / size, program.lower * size, program.upper * size, is_whole, rows), size


def relaxed(program: Program) -> Program:
    """Return the program without whole columns."""
    return replace(program, is_whole=np.zeros_like(program.is_whole))


def _demand_rows(model: Model, layout: Layout, rows: Rows) -> None:
    many = len(model.quantity)
    rows.add(np.ones(many), np.ones(many), (model.want[layout.last], _last_columns(layout), 1.0))


def _carried(model: Model, upper: Bools) -> tuple[Integers, tuple[Integers, ...]]:
    """Return what sites may carry at a cost, and which columns of it count in each pool."""
    problem, lanes = model.problem, model.problem.lanes
    leaves = np.zeros(model.carrying.shape, dtype=bool)
    leaves[model.origin, model.product[model.want]] = True
    leaves[lanes.origin[model.link_lane], lanes.product[model.link_lane]] = True
    leaves &= upper[:, None]
    costs = model.carrying > 0
    level = np.array([site.level for site in problem.sites])
    pooled = [(np.isin(level, one.level) if one.level is not None else level == level) for one in problem.pooling]
    for one, inside in zip(problem.pooling, pooled, strict=True):
        costs[:, one.product] |= inside
    carried = np.nonzero((leaves & costs).ravel())[0]
    site, product = np.divmod(carried, len(problem.classes))
    pools = tuple(
        np.nonzero(inside[site] & (product == one.product))[0]
        for one, inside in zip(problem.pooling, pooled, strict=True)
    )
    return carried, pools


def _carried_rows(model: Model, layout: Layout, rows: Rows) -> None:
    """Let leave only what is carried, and be carried only where a site stands."""
    many = len(layout.carried)
    if not many:
        return
    classes, lanes, first = len(model.problem.classes), model.problem.lanes, layout.first_carried
    column = np.full(model.carrying.size, -1)
    column[layout.carried] = first + np.arange(many)
    row, below = np.arange(many), np.full(many, -np.inf)
    rows.add(below, np.zeros(many), (row, first + row, 1.0), (row, layout.carried // classes, -1.0))
    of_last = column[model.origin[layout.last] * classes + model.product[model.want[layout.last]]]
    lane = model.link_lane[layout.links]
    of_link = column[lanes.origin[lane] * classes + lanes.product[lane]]
    for leaving, at, most in (
        (_last_columns(layout), of_last, np.ones(len(of_last))),
        (_link_columns(layout), of_link, _most_on_links(model, layout)),
    ):
        on = np.nonzero(at >= 0)[0]
        row = np.arange(len(on))
        if len(on):
            rows.add(np.full(len(on), -np.inf), np.zeros(len(on)), (row, leaving[on], 1.0), (row, at[on], -most[on]))


def _pool_rows(layout: Layout, rows: Rows) -> None:
    """Choose for each pool one number of sites, as many as carry its class."""
    first = layout.first_pool
    for members in layout.pools:
        numbers = np.arange(len(members) + 1)
        rows.add(1.0, 1.0, (0, first + numbers, 1.0))
        rows.add(0.0, 0.0, (0, first + numbers, numbers), (0, layout.first_carried + members, -1.0))
        first += len(numbers)


def _pool_costs(model: Model, pool: int, members: int) -> Floats:
    one = model.problem.pooling[pool]
    return np.array([one.at(many) for many in range(members + 1)]) / model.problem.cost_scale


def _link_rows(model: Model, layout: Layout, rows: Rows, is_compact: bool) -> None:
    """Let only what stands serve: share <= site, and flow on a link <= what can pass it x site."""
    kept = np.nonzero(~_is_limited(model, layout))[0] if is_compact else np.arange(len(layout.last))
    row = np.arange(len(kept))
    if len(kept):
        rows.add(
            np.full(len(kept), -np.inf), np.zeros(len(kept)), (row, layout.sites + kept, 1.0),
            (row, model.origin[layout.last[kept]], -1.0),
        )  # fmt: skip
    if not len(layout.links):
        return
    lane = model.link_lane[layout.links]
    origin, target = model.problem.lanes.origin[lane], model.problem.lanes.target[lane]
    most, row = _most_on_links(model, layout), np.arange(len(lane))
    for end in (origin, target):
        rows.add(np.full(len(lane), -np.inf), np.zeros(len(lane)), (row, _link_columns(layout), 1.0), (row, end, -most))


def _is_limited(model: Model, layout: Layout) -> Bools:
    """Tell on which last lanes goods take of a capacity of their site, which so is nothing where it does not stand."""
    site, product = model.origin[layout.last], model.product[model.want[layout.last]]
    limited = np.isfinite(model.class_capacity[site, product])
    for bound, each in model.measures:
        limited |= np.isfinite(bound[site]) & (each[product] > 0)
    return np.asarray(limited)


def _most_on_links(model: Model, layout: Layout) -> Floats:
    """Return what can pass each link: all its class's demand, or less where a capacity at an end is less."""
    lane, scenario = model.link_lane[layout.links], model.link_scenario[layout.links]
    lanes, problem = model.problem.lanes, model.problem
    product = lanes.product[lane]
    total = np.zeros((len(problem.scenarios), len(problem.classes)))
    np.add.at(total, (model.scenario, model.product), model.quantity)
    most = total[scenario, product]
    for end in (lanes.origin[lane], lanes.target[lane]):
        most = np.minimum(most, model.class_capacity[end, product])
        for bound, each in model.measures:
            size = each[product]
            most = np.minimum(most, np.divide(bound[end], size, out=np.full(len(size), np.inf), where=size > 0))
    return most


def _balance_rows(model: Model, layout: Layout, rows: Rows) -> None:
    """Let a site pass on just what it receives of a class."""
    problem = model.problem
    receives = np.nonzero(problem.receives)[0]
    if not len(receives):
        return
    number = np.full(len(model.fixed), -1)
    number[receives] = np.arange(len(receives))
    classes, lanes = len(problem.classes), problem.lanes

    def row(scenario: Integers, site: Integers, product: Integers) -> Integers:
        return np.asarray((scenario * len(receives) + number[site]) * classes + product)

    want = model.want[layout.last]
    at_last = number[model.origin[layout.last]] >= 0
    lane, scenario = model.link_lane[layout.links], model.link_scenario[layout.links]
    at_link = number[lanes.origin[lane]] >= 0
    many = len(problem.scenarios) * len(receives) * classes
    last_rows = row(model.scenario[want], model.origin[layout.last], model.product[want])[at_last]
    rows.add(
        np.zeros(many),
        np.zeros(many),
        (row(scenario, lanes.target[lane], lanes.product[lane]), _link_columns(layout), 1.0),
        (row(scenario, lanes.origin[lane], lanes.product[lane])[at_link], _link_columns(layout)[at_link], -1.0),
        (last_rows, _last_columns(layout)[at_last], -model.quantity[want][at_last].astype(float)),
    )


def _capacity_rows(model: Model, layout: Layout, rows: Rows) -> None:
    """Keep capacities of what leaves a site, and let all that stand carry all demand."""
    problem, lanes = model.problem, model.problem.lanes
    many, want = len(model.fixed), model.want[layout.last]
    lane, scenario = model.link_lane[layout.links], model.link_scenario[layout.links]
    row = np.arange(len(problem.scenarios) * many)
    site = row % many

    def add(bound: Floats, of_last: Floats, of_link: Floats, keep: Bools) -> None:
        inside, on = keep[model.origin[layout.last]], keep[lanes.origin[lane]]
        rows.add(
            np.full(len(row), -np.inf),
            np.zeros(len(row)),
            ((model.scenario[want] * many + model.origin[layout.last])[inside], _last_columns(layout)[inside],
             of_last[inside]),
            ((scenario * many + lanes.origin[lane])[on], _link_columns(layout)[on], of_link[on]),
            (row[keep[site]], site[keep[site]], -bound[site[keep[site]]]),
        )  # fmt: skip

    for bound, each in model.measures:
        if np.isfinite(bound).any():
            amount = model.quantity * each[model.product]
            add(bound, amount[want], each[lanes.product[lane]], np.isfinite(bound))
            _cover_rows(model, rows, bound, amount)
    for product in range(len(problem.classes)):
        bound = model.class_capacity[:, product]
        if np.isfinite(bound).any():
            quantity = np.where(model.product == product, model.quantity, 0.0)
            add(bound, quantity[want], (lanes.product[lane] == product).astype(float), np.isfinite(bound))
            _cover_rows(model, rows, bound, quantity)


def _cover_rows(model: Model, rows: Rows, bound: Floats, amount: Floats) -> None:
    """Let sources, and the sites that serve zones, each carry all goods together, and be as many as that takes."""
    needed = max((float(amount[model.scenario == k].sum()) for k in range(len(model.problem.scenarios))), default=0.0)
    is_last = np.zeros(len(model.fixed), dtype=bool)
    is_last[model.origin] = True
    kinds = {tuple(np.nonzero(kind)[0].tolist()) for kind in (is_last, ~model.problem.receives)}
    for kind in sorted(kinds):
        sites = np.array(kind)
        if len(sites) and np.isfinite(bound[sites]).all():
            rows.add(needed, np.inf, (0, sites, np.minimum(bound[sites], needed)))
            rows.add(fewest(needed, bound[sites[model.may_stand[sites]]]), np.inf, (0, sites, 1.0))


def _limit_rows(model: Model, rows: Rows) -> None:
    problem = model.problem
    for limit in problem.limits:
        inside = [k for k, site in enumerate(problem.sites) if limit.level in (None, site.level)]
        rows.add(limit.least, limit.most, (0, np.array(inside), 1.0))
    if problem.budget is not None:
        left = problem.budget / problem.cost_scale - model.constant
        rows.add(-np.inf, left, (0, np.arange(len(model.fixed)), model.fixed))


def _last_columns(layout: Layout) -> Integers:
    return np.arange(layout.sites, layout.first_link)


def _link_columns(layout: Layout) -> Integers:
    return np.arange(layout.first_link, layout.first_carried)
