"""Order lines into parcels: few cartons, none too heavy, too full or too short for a piece in it. Pure.

What is checked of a carton: the weight in it; the volume in it, against a share of its own (pieces leave gaps); and for
every single piece that its sides, longest to longest, are within the carton's. How pieces lie beside each other is not
computed: the share stands for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from entrepot.delivery.tariff import Carton, Parcel
from entrepot.kernel.errors import InputError

FILL_PERCENT: Final = 85
"""Share of a carton's volume that several pieces may take; a single piece may fill it."""
MOST_TRIES: Final = 20_000
_MOST_PIECES_TRIED: Final = 30
_MOST_PIECES: Final = 20_000


class PackLine(NamedTuple):
    """Pieces of one SKU in an order.

    Parameters
    ----------
    line : str
        The order line.
    qty : int
        Pieces, > 0.
    weight_g, length_mm, width_mm, height_mm : int
        Of one piece.
    volume_mm3 : int
        Of one piece where it is less than its sides make (soft goods); 0: the sides make it.
    is_hazmat : bool
        Dangerous goods travel in parcels of their own.
    """

    line: str
    qty: int
    weight_g: int
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0
    volume_mm3: int = 0
    is_hazmat: bool = False


class Packed(NamedTuple):
    """A parcel: its carton (None: the piece fits none and goes as it is), its pieces by line, what it measures."""

    carton: str | None
    pieces: tuple[tuple[str, int], ...]
    parcel: Parcel


class Packing(NamedTuple):
    """Parcels of an order.

    Parameters
    ----------
    parcels : tuple of Packed
        Every piece is in one of them.
    lower_bound : int
        No packing by the rules above has fewer parcels.
    is_proven : bool
        Whether none has fewer than this one: the bound is met, or all were tried.
    """

    parcels: tuple[Packed, ...]
    lower_bound: int
    is_proven: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece, as a carton sees it; ``sides`` the longest first."""

    line: str
    weight_g: int
    volume: int
    sides: tuple[int, int, int]


class Load(NamedTuple):
    """What is in a carton: how many, how heavy, how much, and the longest sides, by rank."""

    pieces: int = 0
    weight_g: int = 0
    volume: int = 0
    sides: tuple[int, int, int] = (0, 0, 0)

    def plus(self, piece: Piece) -> Load:
        """Add a piece."""
        first, second, third = (max(pair) for pair in zip(self.sides, piece.sides, strict=True))
        return Load(self.pieces + 1, self.weight_g + piece.weight_g, self.volume + piece.volume, (first, second, third))


def cartonise(lines: Sequence[PackLine], cartons: Sequence[Carton], fill_percent: int = FILL_PERCENT) -> Packing:
    """Pack an order into as few cartons as can be found, each the smallest that holds its pieces.

    Parameters
    ----------
    lines : sequence of PackLine
        What is packed.
    cartons : sequence of Carton
        Any number of each.
    fill_percent : int
        See `FILL_PERCENT`.

    Returns
    -------
    Packing
        First-fit decreasing; where that does not meet the lower bound, small orders are searched exhaustively, up to
        `MOST_TRIES` placements. The number of parcels comes first, then the volume of each carton by itself.

    Raises
    ------
    InputError
        ``delivery.pieces`` for a line without pieces or weight, or more than 20,000 pieces.
    """
    _check(lines)
    boxes = _Boxes(cartons, fill_percent)
    parcels: list[Packed] = []
    bound, is_proven = 0, True
    for is_hazmat in (False, True):
        pieces = _pieces(line for line in lines if line.is_hazmat is is_hazmat)
        alone = [piece for piece in pieces if boxes.smallest(Load().plus(piece)) is None]
        pieces = [piece for piece in pieces if boxes.smallest(Load().plus(piece)) is not None]
        least = _lower_bound(pieces, boxes)
        groups = _first_fit(pieces, boxes)
        if len(groups) > least and len(pieces) <= _MOST_PIECES_TRIED:
            better, was_exhausted = _search(pieces, boxes, groups, least)
            is_proven &= was_exhausted or len(better) == least
            groups = better
        else:
            is_proven &= len(groups) == least
        parcels.extend(_packed(group, boxes, is_hazmat) for group in [*groups, *([piece] for piece in alone)])
        bound += least + len(alone)
    return Packing(tuple(parcels), bound, is_proven)


class _Boxes:
    """The cartons, the smallest first."""

    def __init__(self, cartons: Sequence[Carton], fill_percent: int) -> None:
        self.cartons = sorted(cartons, key=lambda carton: (carton.volume, carton.max_weight_g, carton.code))
        self.fill_percent = fill_percent
        self.most_weight = max((carton.max_weight_g for carton in cartons), default=0)
        self.most_volume = max((self._room(carton) for carton in cartons), default=0)
        self.smallest = lru_cache(maxsize=None)(self._smallest)

    def _room(self, carton: Carton) -> int:
        return carton.volume * self.fill_percent // 100

    def _smallest(self, load: Load) -> Carton | None:
        """Find the smallest carton that holds a load."""
        for carton in self.cartons:
            room = carton.volume if load.pieces == 1 else self._room(carton)
            if (
                load.weight_g <= carton.max_weight_g
                and load.volume <= room
                and all(side <= inner for side, inner in zip(load.sides, carton.sides, strict=True))
            ):
                return carton
        return None


def _first_fit(pieces: Sequence[Piece], boxes: _Boxes) -> list[list[Piece]]:
    loads: list[Load] = []
    groups: list[list[Piece]] = []
    for piece in pieces:
        for place, load in enumerate(loads):
            if boxes.smallest(grown := load.plus(piece)) is not None:
                loads[place] = grown
                groups[place].append(piece)
                break
        else:
            loads.append(Load().plus(piece))
            groups.append([piece])
    return groups


def _search(
    pieces: Sequence[Piece], boxes: _Boxes, best: list[list[Piece]], least: int
) -> tuple[list[list[Piece]], bool]:
    """Try all placements, depth first; returns the best grouping and whether all were tried."""
    tries = 0
    places: list[int] = []
    found = best

    def place(loads: tuple[Load, ...]) -> None:
        nonlocal tries, found
        if len(places) == len(pieces):
            found = [
                [piece for piece, at in zip(pieces, places, strict=True) if at == number]
                for number in range(len(loads))
            ]
            return
        piece = pieces[len(places)]
        # Equal pieces go to cartons in ascending sequence: exchanging them gives nothing new.
        is_again = bool(places) and pieces[len(places) - 1] == piece
        first = places[-1] if is_again else 0
        for number in range(first, min(len(loads) + 1, len(found) - 1)):
            tries += 1
            if tries > MOST_TRIES or len(found) == least:
                return
            load = (loads[number] if number < len(loads) else Load()).plus(piece)
            if boxes.smallest(load) is not None:
                places.append(number)
                place((*loads[:number], load, *loads[number + 1 :]))
                places.pop()

    place(())
    return found, tries <= MOST_TRIES


def _lower_bound(pieces: Sequence[Piece], boxes: _Boxes) -> int:
    """Bound the cartons from below: by weight, by volume, and by pieces that cannot share one."""
    if not pieces:
        return 0
    weights = [piece.weight_g for piece in pieces]
    volumes = [min(piece.volume, boxes.most_volume) for piece in pieces]
    return max(
        1,
        packing_bound(weights, boxes.most_weight),
        packing_bound(volumes, boxes.most_volume),
        _strangers(pieces, boxes),
    )


def packing_bound(sizes: Sequence[int], capacity: int) -> int:
    """Bound the bins that sizes need.

    Parameters
    ----------
    sizes : sequence of int
        Each in ``[0, capacity]``.
    capacity : int
        Of a bin.

    Returns
    -------
    int
        The bound L2.

    References
    ----------
    Martello, S. and Toth, P. (1990). Lower bounds and reduction procedures for the bin packing problem. Discrete
    Applied Mathematics 28(1), 59-70.

    Examples
    --------
    >>> packing_bound([6, 6, 6, 4], 10), packing_bound([5, 5, 5], 10)
    (3, 2)
    """
    if capacity == 0:
        return 0
    best = 0
    for small in {0, *(size for size in sizes if 2 * size <= capacity)}:
        large = [size for size in sizes if size > capacity - small]
        middle = [size for size in sizes if capacity < 2 * size and size <= capacity - small]
        rest = sum(size for size in sizes if small <= size and 2 * size <= capacity)
        beyond = rest - (len(middle) * capacity - sum(middle))
        best = max(best, len(large) + len(middle) + max(0, -(-beyond // capacity)))
    return best


def _strangers(pieces: Sequence[Piece], boxes: _Boxes) -> int:
    """Count pieces of which no two fit into one carton, chosen greedily from the largest on."""
    chosen: list[Piece] = []
    for piece, count in Counter(pieces).items():
        if any(boxes.smallest(Load().plus(other).plus(piece)) is not None for other in set(chosen)):
            continue
        is_alone = boxes.smallest(Load().plus(piece).plus(piece)) is None
        chosen.extend([piece] * (count if is_alone else 1))
    return len(chosen)


def _pieces(lines: Iterable[PackLine]) -> list[Piece]:
    """Lay the pieces out, the largest first."""
    found: list[Piece] = []
    for line in lines:
        longest, middle, shortest = sorted((line.length_mm, line.width_mm, line.height_mm), reverse=True)
        volume = line.volume_mm3 or longest * middle * shortest
        found.extend([Piece(line.line, line.weight_g, volume, (longest, middle, shortest))] * line.qty)
    return sorted(found, key=lambda piece: (-piece.volume, -piece.weight_g, piece.sides, piece.line))


def _packed(group: Sequence[Piece], boxes: _Boxes, is_hazmat: bool) -> Packed:
    load = Load()
    for piece in group:
        load = load.plus(piece)
    carton = boxes.smallest(load)
    pieces = tuple(sorted(Counter(piece.line for piece in group).items()))
    if carton is None:
        return Packed(None, pieces, Parcel(load.weight_g, *load.sides, volume_mm3=load.volume, is_hazmat=is_hazmat))
    length, width, height = (side + 2 * carton.wall_mm for side in carton.sides)
    return Packed(
        carton.code, pieces, Parcel(load.weight_g + carton.tare_g, length, width, height, is_hazmat=is_hazmat)
    )


def _check(lines: Sequence[PackLine]) -> None:
    for line in lines:
        if line.qty <= 0 or line.weight_g <= 0 or min(line[3:7]) < 0:
            raise InputError(
                "delivery.pieces",
                f"Line {line.line}: {line.qty} pieces of {line.weight_g} g and sides {line[3:6]} mm cannot be packed.",
                "Give pieces and weight above 0, and sides of 0 or more.",
            )
    if sum(line.qty for line in lines) > _MOST_PIECES:
        raise InputError("delivery.pieces", f"More than {_MOST_PIECES:,} pieces at once.", "Pack fewer at a time.")
