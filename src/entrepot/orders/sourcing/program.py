"""The price problem's columns: whole ways to send a kind of order, made as the prices ask for them.

A column serves one profile by one assignment of its lines to nodes, at the full cost of its parcels. There are
``nodes ** lines`` of them, so they are not written down: given the worth of stock, the cheapest column of every profile
is found by looking at all assignments at once, as a decision on a single order does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from entrepot.kernel.errors import InputError
from entrepot.orders.sourcing.candidates import assignment_masks
from entrepot.orders.sourcing.network import Lane, Network, Profile

Floats: TypeAlias = NDArray[np.float64]

MOST_LINES: Final = 5
"""Of a basket that is priced whole; a longer one counts as several."""

MOST_ASSIGNMENTS: Final = 20_000
"""Of a profile: with more, its dearest lanes are left out; lanes without a limit stay."""

MOST_ENTRIES: Final = 2_000_000
"""Assignments priced at a time; bounds the memory."""

_NEVER: Final = 1e15
_FREE, _MISSING = -2, -1
"""In place of a cell's number: no limit, not there. As indices they name the last two entries of the stock's worth."""


class Column(NamedTuple):
    """One way to send a part.

    Parameters
    ----------
    part : int
        Number of the part.
    cost : float
        Of all its parcels.
    uses : tuple of (cell, pieces)
        Stock it takes.
    """

    part: int
    cost: float
    uses: tuple[tuple[int, int], ...]


class Part(NamedTuple):
    """A profile, or a run of lines of a long one, with the lanes it may go by."""

    profile: int
    basket: tuple[tuple[str, int], ...]
    lanes: tuple[Lane, ...]


def parts_of(network: Network) -> list[Part]:
    """Cut a network's profiles into parts that can be priced whole, in the profiles' sequence.

    Raises
    ------
    InputError
        ``sourcing.unserved`` when a region has no lane of a node without cells.
    """
    stocked = {node for node, _ in network.cells}
    lanes: dict[str, list[Lane]] = {}
    for lane in sorted(network.lanes, key=lambda one: (one.node in stocked, one.parcel + one.kilogram, one)):
        lanes.setdefault(lane.region, []).append(lane)
    parts = []
    for number, profile in enumerate(network.profiles):
        own = lanes.get(profile.region, [])
        if not own or own[0].node in stocked:
            raise InputError(
                "sourcing.unserved",
                f"Orders of {profile.region} have no lane without a limit.",
                "Add a lane of a node without cells: the way to not serve them from stock.",
            )
        parts += [Part(number, lines, tuple(own[: _most_lanes(len(lines))])) for lines in _runs(profile)]
    return parts


def _runs(profile: Profile) -> list[tuple[tuple[str, int], ...]]:
    return [profile.basket[start : start + MOST_LINES] for start in range(0, len(profile.basket), MOST_LINES)]


def _most_lanes(lines: int) -> int:
    return max(2, int(MOST_ASSIGNMENTS ** (1 / lines) + 1e-9))


def groups_of(network: Network, parts: Sequence[Part]) -> list[Group]:
    """Sort parts into groups of one shape."""
    shapes: dict[tuple[int, int], list[int]] = {}
    for number, part in enumerate(parts):
        shapes.setdefault((len(part.basket), len(part.lanes)), []).append(number)
    return [Group(network, parts, numbers) for _, numbers in sorted(shapes.items())]


def worth_of(prices: Floats, supply: Floats) -> Floats:
    """Return the prices columns are made by: what is not there costs more than anything, what has no limit nothing."""
    worth: Floats = np.r_[np.where(supply > 0, prices, _NEVER), 0.0, _NEVER]
    return worth


class Group:
    """Parts with equally many lines and lanes, priced together.

    Parameters
    ----------
    network : Network
        Where they are from.
    parts : sequence of Part
        All parts.
    numbers : sequence of int
        Those of the group.
    """

    def __init__(self, network: Network, parts: Sequence[Part], numbers: Sequence[int]) -> None:
        own = [parts[number] for number in numbers]
        self._parts = np.array(numbers)
        self._lines, self._lanes = len(own[0].basket), len(own[0].lanes)
        sets = np.arange(1 << self._lines)
        self._bits = ((sets[:, None] >> np.arange(self._lines)) & 1).astype(np.float64)
        self._qty = np.array([[qty for _, qty in part.basket] for part in own])
        self._cells = _cell_numbers(network, own)
        self._line_costs = self._qty[:, None, :] * _piece_costs(network, own, self._cells)
        self._parcels = np.array([[lane.parcel for lane in part.lanes] for part in own])[:, :, None] * (sets > 0)
        self._masks = assignment_masks(self._lanes, self._lines)
        self._step = max(1, MOST_ENTRIES // self._masks.shape[1])

    def from_one_node(self) -> Iterator[Column]:
        """Make the columns that send a whole basket from one node."""
        full = (1 << self._lines) - 1
        for place in range(len(self._parts)):
            for lane in range(self._lanes):
                if not (self._cells[place, lane] == _MISSING).any():
                    yield self._column(place, [full if one == lane else 0 for one in range(self._lanes)])

    def cheapest(self, worth: Floats, values: Floats) -> Iterator[tuple[float, Column]]:
        """Find the column of each part that costs least beyond what the part is worth.

        Parameters
        ----------
        worth : array of float, shape (n_cells + 2,)
            From `worth_of`.
        values : array of float, shape (n_parts,)
            Worth of serving one more of each part.

        Yields
        ------
        tuple of (float, Column)
            What the column costs beyond that, below zero, and the column; parts with nothing to gain are left out.
        """
        for start in range(0, len(self._parts), self._step):
            some = slice(start, start + self._step)
            lines = self._line_costs[some] + worth[self._cells[some]] * self._qty[some][:, None, :]
            table = self._parcels[some] + lines @ self._bits.T
            totals = np.zeros((table.shape[0], self._masks.shape[1]))
            for lane in range(self._lanes):
                totals += table[:, lane, :][:, self._masks[lane]]
            best = totals.argmin(axis=1)
            gained = totals[np.arange(len(best)), best] - values[self._parts[some]]
            for place in np.flatnonzero(gained < 0):
                yield float(gained[place]), self._column(start + int(place), self._masks[:, best[place]].tolist())

    def _column(self, place: int, masks: Sequence[int]) -> Column:
        cost = 0.0
        uses: list[tuple[int, int]] = []
        for lane, mask in enumerate(masks):
            cost += float(self._parcels[place, lane, mask] + self._line_costs[place, lane] @ self._bits[mask])
            cells = self._cells[place, lane]
            taken = (line for line in range(self._lines) if mask >> line & 1 and cells[line] >= 0)
            uses.extend((int(cells[line]), int(self._qty[place, line])) for line in taken)
        return Column(int(self._parts[place]), cost, tuple(uses))


def _cell_numbers(network: Network, parts: Sequence[Part]) -> NDArray[np.int64]:
    numbers = {cell: number for number, cell in enumerate(network.cells)}
    stocked = {node for node, _ in network.cells}
    return np.array(
        [
            [
                [numbers.get((lane.node, sku), _MISSING if lane.node in stocked else _FREE) for sku, _ in part.basket]
                for lane in part.lanes
            ]
            for part in parts
        ]
    )


def _piece_costs(network: Network, parts: Sequence[Part], cells: NDArray[np.int64]) -> Floats:
    """Return what one piece of each line costs on each lane, beside its parcel and its stock."""
    kilograms = np.array([[network.kilograms.get(sku, 0.0) for sku, _ in part.basket] for part in parts])
    losses = np.array([[network.losses.get(sku, 0.0) for sku, _ in part.basket] for part in parts])
    per_piece = np.array([[lane.piece for lane in part.lanes] for part in parts])
    per_kilogram = np.array([[lane.kilogram for lane in part.lanes] for part in parts])
    costs: Floats = per_piece[:, :, None] + per_kilogram[:, :, None] * kilograms[:, None, :]
    return costs + np.where(cells == _FREE, losses[:, None, :], 0.0)
