"""Available to promise (ATP): what a channel may sell of one SKU, now and by date.

A node's balance on a day is its usable stock less holds, safety and what is protected for others, plus the supply
that is here by then. What may be promised from a day on is the least balance of that day and all later ones, so that
no promise takes what a later commitment needs (backward netting).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple, TypeAlias

from entrepot.kernel.errors import InputError

Quantile: TypeAlias = Literal["p10", "p50", "p90"]
QUANTILES: Final[tuple[Quantile, ...]] = ("p10", "p50", "p90")
"""When supply counts: from the day by which it is here in one, five or nine cases of ten."""


class Due(NamedTuple):
    """Days by which a supply is here in one, five and nine cases of ten; p10 <= p50 <= p90."""

    p10: date
    p50: date
    p90: date


class Supply(NamedTuple):
    """Units still to come to a node; ``due`` is None when nobody can say when."""

    id: str
    node: str
    qty: int
    due: Due | None


class Kept(NamedTuple):
    """Units still kept for one channel from a day up to, not including, another; ``until`` None is without end."""

    channel: str
    qty: int
    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A node as one SKU sees it.

    Parameters
    ----------
    node : str
        Code.
    on_hand : int
        Usable units; below zero where facts contradict each other.
    held : int
        Reserved and allocated together.
    safety : int
        Units never sold.
    backorder_cap : int
        Units that may be sold beyond the stock.
    kept : tuple of Kept
        For any channel.
    supplies : tuple of Supply
        Still to come.
    is_open : bool
        Whether it hands goods out at all.
    """

    node: str
    on_hand: int
    held: int = 0
    safety: int = 0
    backorder_cap: int = 0
    kept: tuple[Kept, ...] = ()
    supplies: tuple[Supply, ...] = ()
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class ChannelPolicy:
    """What a shop may sell from, and what is kept back from it.

    Parameters
    ----------
    channel, shop : str
        Who sells.
    nodes : frozenset of str or None
        Which nodes serve it; None is all.
    buffer_units, buffer_percent : int
        Kept back from the sum of its nodes: the greater of the two, percents rounded up.
    keep_per_node : int
        Kept back at every node (the piece on display).
    may_oversell : bool
        Whether it may use the nodes' backorder caps.
    quantile : {"p10", "p50", "p90"}
        When supply counts for what it is told; p90 is safe.
    """

    channel: str
    shop: str
    nodes: frozenset[str] | None = None
    buffer_units: int = 0
    buffer_percent: int = 0
    keep_per_node: int = 0
    may_oversell: bool = False
    quantile: Quantile = "p90"

    def __post_init__(self) -> None:
        wrong = [
            f"{name} {value}"
            for name, value in (("buffer_units", self.buffer_units), ("keep_per_node", self.keep_per_node))
            if value < 0
        ]
        if not 0 <= self.buffer_percent <= 100:
            wrong.append(f"buffer_percent {self.buffer_percent}")
        if self.quantile not in QUANTILES:
            wrong.append(f"quantile {self.quantile}")
        if wrong:
            raise InputError(
                "stock.channel_policy",
                f"The policy of {self.channel}/{self.shop} cannot be: {', '.join(wrong)}.",
                f"Units are 0 or more, percents 0 to 100, the quantile one of {', '.join(QUANTILES)}.",
            )


class Point(NamedTuple):
    """Units that may be promised from a day on, by when supply is counted."""

    day: date
    p10: int
    p50: int
    p90: int


class More(NamedTuple):
    """Units that may be promised from a later day on."""

    day: date
    qty: int


@dataclass(frozen=True, slots=True)
class Availability:
    """What one shop may sell of one SKU.

    Parameters
    ----------
    now : int
        Units that can be promised from stock today, before the shop's buffer.
    offered : int
        What the shop is told: ``now`` less its buffer, plus the backorders it may take.
    curve : tuple of Point
        Units less the buffer, from each day on which they change; the first is today.
    next : More or None
        The first later day with more, at the policy's quantile.
    owed : int
        Held units that neither stock nor any supply covers; taken off every day.
    overdue : int
        Supply whose p90 has passed without a receipt; counts on no day.
    """

    now: int
    offered: int
    curve: tuple[Point, ...]
    next: More | None
    owed: int
    overdue: int


Levels: TypeAlias = tuple[int, int, int]
Steps: TypeAlias = list[tuple[date, Levels]]


def availability(
    cells: Sequence[Cell], policy: ChannelPolicy, today: date, everywhere: Sequence[Kept] = ()
) -> Availability:
    """Tell what a shop may sell of one SKU, now and by date.

    Parameters
    ----------
    cells : sequence of Cell
        The SKU at every node.
    policy : ChannelPolicy
        The shop's.
    today : date
        The retailer's day.
    everywhere : sequence of Kept
        Kept over all nodes together: what others keep comes off the sum of all cells, whichever of them serve the shop.

    Returns
    -------
    Availability
        Its curve never falls.

    Notes
    -----
    With b(n, t) the balance of node n on day t, the units from day d on are the sum over n of
    max(0, min over t >= d of b(n, t) - keep), less what is owed. A supply that is not here yet counts from tomorrow at
    the earliest; one whose p90 has passed counts on no day. O(e log e) in the number of supplies and of units kept.

    Examples
    --------
    >>> day = date(2026, 11, 2)
    >>> supply = Supply("PO1", "DC", 10, Due(day.replace(day=4), day.replace(day=5), day.replace(day=9)))
    >>> shown = availability([Cell("DC", 5, held=2, supplies=(supply,))], ChannelPolicy("web", "cn"), day)
    >>> shown.now, shown.next.day.isoformat(), shown.next.qty
    (3, '2026-11-09', 13)
    """
    serving = [cell for cell in cells if cell.is_open and (policy.nodes is None or cell.node in policy.nodes)]
    kept = [one for one in everywhere if one.channel != policy.channel and _is_ahead(one, today)]
    owed = sum(map(_owed, serving))
    pool = _pool([_steps(cell, policy.channel, today) for cell in serving], policy.keep_per_node, owed, today)
    if kept:
        pool = _lesser(pool, _limit(cells, kept, today))
    which = QUANTILES.index(policy.quantile)
    now = pool[0][1][which]
    curve = _curve(pool, policy)
    shown = [(point.day, _levels(point)[which]) for point in curve]
    later = next((More(day, units) for day, units in shown if units > shown[0][1]), None)
    # Where something is kept for others, nobody goes beyond what is there.
    beyond = sum(_backorders_left(cell, policy, today) for cell in serving) if policy.may_oversell and not kept else 0
    return Availability(
        now=now,
        offered=_less_buffer(now, policy) + beyond,
        curve=tuple(curve),
        next=later,
        owed=owed,
        overdue=sum(supply.qty for cell in serving for supply in cell.supplies if _is_overdue(supply, today)),
    )


def _steps(cell: Cell, channel: str | None, today: date) -> Steps:
    """Return what may be promised from each day on at one node; the first day is today. None: to no channel's loss."""
    opening = cell.on_hand - cell.held - cell.safety
    if not cell.supplies and not cell.kept:
        return [(today, (opening, opening, opening))]
    changes: dict[date, list[int]] = {today: [opening] * 3}
    for one in cell.kept:
        if channel is not None and one.channel != channel and _is_ahead(one, today):
            _keep(changes, one, today)
    for supply in cell.supplies:
        if supply.due is None or _is_overdue(supply, today):
            continue
        for place, day in enumerate(supply.due):
            units = [0, 0, 0]
            units[place] = supply.qty
            _add(changes, max(day, today + timedelta(days=1)), units)
    return _least_from_each_day_on(sorted(changes.items()))


def _limit(cells: Sequence[Cell], kept: Sequence[Kept], today: date) -> Steps:
    """Return what all nodes together can give while so much of it is kept for others."""
    changes: dict[date, list[int]] = {}
    before = (0, 0, 0)
    for day, levels in _pool([_steps(cell, None, today) for cell in cells], 0, 0, today):
        _add(changes, day, [now - then for now, then in zip(levels, before, strict=True)])
        before = levels
    for one in kept:
        _keep(changes, one, today)
    return _least_from_each_day_on(sorted(changes.items()))


def _keep(changes: dict[date, list[int]], one: Kept, today: date) -> None:
    _add(changes, max(one.since, today), (-one.qty,) * 3)
    if one.until is not None:
        _add(changes, one.until, (one.qty,) * 3)


def _lesser(one: Steps, other: Steps) -> Steps:
    """Return the smaller of two curves, never below zero."""
    merged: Steps = []
    for day in sorted({day for day, _ in one} | {day for day, _ in other}):
        least = [max(0, min(pair)) for pair in zip(_at(one, day), _at(other, day), strict=True)]
        merged.append((day, (least[0], least[1], least[2])))
    return merged


def _at(steps: Steps, day: date) -> Levels:
    return steps[bisect_right(steps, day, key=lambda step: step[0]) - 1][1]


def _add(changes: dict[date, list[int]], day: date, units: Sequence[int]) -> None:
    held = changes.setdefault(day, [0, 0, 0])
    for place, qty in enumerate(units):
        held[place] += qty


def _least_from_each_day_on(changes: list[tuple[date, list[int]]]) -> Steps:
    balances: list[tuple[date, list[int]]] = []
    total = [0, 0, 0]
    for day, units in changes:
        total = [held + qty for held, qty in zip(total, units, strict=True)]
        balances.append((day, total))
    least = total
    steps: Steps = []
    for day, balance in reversed(balances):
        least = [min(one, other) for one, other in zip(least, balance, strict=True)]
        steps.append((day, (least[0], least[1], least[2])))
    steps.reverse()
    return steps


def _pool(nodes: list[Steps], keep: int, owed: int, today: date) -> Steps:
    """Add up what the nodes can give; a node below zero takes nothing from the others."""
    # Most nodes give the same on every day; the first step is the same for every quantile.
    flat = sum(max(0, steps[0][1][0] - keep) for steps in nodes if len(steps) == 1) - owed
    moving = [steps for steps in nodes if len(steps) > 1]
    days = sorted({today} | {day for steps in moving for day, _ in steps})
    sums = {day: [flat] * 3 for day in days}
    for steps in moving:
        for day in days:
            held = sums[day]
            for place, level in enumerate(_at(steps, day)):
                held[place] += max(0, level - keep)
    return [(day, (max(0, one[0]), max(0, one[1]), max(0, one[2]))) for day, one in sums.items()]


def _curve(pool: Steps, policy: ChannelPolicy) -> list[Point]:
    points: list[Point] = []
    for day, (p10, p50, p90) in pool:
        point = Point(day, _less_buffer(p10, policy), _less_buffer(p50, policy), _less_buffer(p90, policy))
        if not points or points[-1][1:] != point[1:]:
            points.append(point)
    return points


def _levels(point: Point) -> Levels:
    return point.p10, point.p50, point.p90


def _less_buffer(units: int, policy: ChannelPolicy) -> int:
    percent = -(-units * policy.buffer_percent // 100)
    return max(0, units - max(policy.buffer_units, percent))


def _owed(cell: Cell) -> int:
    """Return the held units that neither stock nor supply covers: somebody must find them at another node."""
    return max(0, cell.held - cell.on_hand - sum(supply.qty for supply in cell.supplies))


def _backorders_left(cell: Cell, policy: ChannelPolicy, today: date) -> int:
    """Return the part of a node's backorder cap that is not used yet; none where something is kept for others."""
    for one in cell.kept:
        if one.channel != policy.channel and one.qty > 0 and one.since <= today and _is_ahead(one, today):
            return 0
    return max(0, min(cell.backorder_cap, cell.backorder_cap + cell.on_hand - cell.held - cell.safety))


def _is_ahead(one: Kept, today: date) -> bool:
    return one.until is None or one.until > today


def _is_overdue(supply: Supply, today: date) -> bool:
    return supply.due is not None and supply.due.p90 < today
