"""Packings: every piece is in one, no limit is exceeded, and on small cases none is smaller than brute force's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.delivery import Carton, Packing, PackLine, cartonise
from entrepot.delivery.cartonisation import FILL_PERCENT, packing_bound

side = st.integers(1, 40).map(lambda centimetres: centimetres * 10)


@st.composite
def cartons(draw: st.DrawFn) -> list[Carton]:
    sizes = draw(st.lists(st.tuples(side, side, side, st.integers(500, 20_000)), min_size=0, max_size=4))
    return [Carton(f"C{number}", *size, tare_g=100, wall_mm=4) for number, size in enumerate(sizes)]


def lines(most_pieces: int, most_lines: int) -> st.SearchStrategy[list[PackLine]]:
    one = st.tuples(st.integers(1, most_pieces), st.integers(1, 9_000), side, side, side, st.booleans())
    return st.lists(one, min_size=1, max_size=most_lines).map(
        lambda given: [
            PackLine(f"L{number}", qty, weight, *sides, is_hazmat=hazmat)
            for number, (qty, weight, *sides, hazmat) in enumerate(given)
        ]
    )


Held = tuple[PackLine, ...]


def fits(pieces: Sequence[PackLine], carton: Carton) -> bool:
    """The rules of a carton, said once more and plainly."""
    volume = sum(piece.length_mm * piece.width_mm * piece.height_mm for piece in pieces)
    room = carton.volume if len(pieces) == 1 else carton.volume * FILL_PERCENT // 100
    inner = sorted((carton.length_mm, carton.width_mm, carton.height_mm))
    return (
        sum(piece.weight_g for piece in pieces) <= carton.max_weight_g
        and volume <= room
        and all(
            side <= wall
            for piece in pieces
            for side, wall in zip(sorted((piece.length_mm, piece.width_mm, piece.height_mm)), inner, strict=True)
        )
    )


def check(packing: Packing, given: Sequence[PackLine], boxes: Sequence[Carton]) -> None:
    by_line, by_code = {one.line: one for one in given}, {one.code: one for one in boxes}
    packed: Counter[str] = Counter()
    for parcel in packing.parcels:
        pieces = [by_line[line] for line, count in parcel.pieces for _ in range(count)]
        packed.update(dict(parcel.pieces))
        assert {piece.is_hazmat for piece in pieces} == {parcel.parcel.is_hazmat}
        weight = sum(piece.weight_g for piece in pieces)
        if parcel.carton is None:
            assert len(pieces) == 1
            assert not any(fits(pieces, box) for box in boxes)
            assert parcel.parcel.weight_g == weight
        else:
            box = by_code[parcel.carton]
            assert fits(pieces, box)
            assert not any(fits(pieces, other) for other in boxes if other.volume < box.volume)
            assert parcel.parcel.weight_g == weight + box.tare_g
            assert parcel.parcel.longest_mm == max(box.length_mm, box.width_mm, box.height_mm) + 2 * box.wall_mm
    assert packed == {one.line: one.qty for one in given}
    assert packing.lower_bound <= len(packing.parcels)


def partitions(pieces: Sequence[PackLine]) -> Iterator[list[list[PackLine]]]:
    if not pieces:
        yield []
        return
    first, *rest = pieces
    for parts in partitions(rest):
        for place, part in enumerate(parts):
            yield [*parts[:place], [first, *part], *parts[place + 1 :]]
        yield [[first], *parts]


def fewest(given: Sequence[PackLine], boxes: Sequence[Carton]) -> int:
    total = 0
    for hazmat in (False, True):
        pieces = [one for one in given if one.is_hazmat is hazmat for _ in range(one.qty)]
        total += min(
            len(parts)
            for parts in partitions(pieces)
            if all(len(part) == 1 or any(fits(part, box) for box in boxes) for part in parts)
        )
    return total


@given(lines(most_pieces=12, most_lines=6), cartons())
@settings(max_examples=150)
def test_every_piece_is_packed_once_and_no_limit_is_exceeded(given: list[PackLine], boxes: list[Carton]) -> None:
    check(cartonise(given, boxes), given, boxes)


@given(lines(most_pieces=2, most_lines=3), cartons())
@settings(max_examples=200)
def test_small_orders_get_as_few_parcels_as_brute_force(given: list[PackLine], boxes: list[Carton]) -> None:
    packing = cartonise(given, boxes)
    least = fewest(given, boxes)
    assert packing.lower_bound <= least
    assert (len(packing.parcels), packing.is_proven) == (least, True)


@given(st.lists(st.integers(0, 30), max_size=7), st.integers(30, 40))
def test_the_bound_on_bins_is_never_above_the_optimum(sizes: list[int], capacity: int) -> None:
    pieces = [PackLine(str(number), 1, size or 1, 1, 1, 1) for number, size in enumerate(sizes)]
    optimum = min(
        (
            len(parts)
            for parts in partitions(pieces)
            if all(sum(piece.weight_g for piece in part) <= capacity for part in parts)
        ),
        default=0,
    )
    assert packing_bound([piece.weight_g for piece in pieces], capacity) <= optimum
