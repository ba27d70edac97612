"""Packings of orders that are easily overseen."""

from __future__ import annotations

import pytest

from entrepot.delivery import Carton, PackLine, cartonise
from entrepot.kernel.errors import InputError

BOX = Carton("BOX", 400, 300, 200, 10_000)


def test_first_fit_is_improved_where_it_is_not_the_best() -> None:
    # The larger pieces are the lighter ones: first fit puts 4 + 4 kg together, and each of 6 kg alone.
    sizes = ((4000, 40), (4000, 39), (6000, 20), (6000, 19))
    packing = cartonise([PackLine(str(side), 1, weight, side, 10, 10) for weight, side in sizes], [BOX])
    assert (len(packing.parcels), packing.lower_bound, packing.is_proven) == (2, 2, True)
    assert {parcel.parcel.weight_g for parcel in packing.parcels} == {10_000}


def test_the_longest_sides_decide_though_the_volume_would_fit() -> None:
    (parcel,) = cartonise([PackLine("rod", 1, 500, 450, 20, 20)], [BOX]).parcels
    assert (parcel.carton, parcel.parcel.longest_mm) == (None, 450)


def test_soft_goods_take_the_volume_they_say_not_the_one_their_sides_make() -> None:
    stiff = [PackLine("jacket", 10, 100, 300, 200, 100)]
    soft = [stiff[0]._replace(volume_mm3=1_500_000)]
    assert len(cartonise(stiff, [BOX]).parcels) == 4  # 24 l x 85 % hold three of 6 l
    assert len(cartonise(soft, [BOX]).parcels) == 1


def test_a_large_order_is_packed_without_a_search() -> None:
    packing = cartonise([PackLine("cup", 2_000, 300, 100, 80, 80)], [BOX])
    # 24 l x 85 % = 20.4 l hold 31 of 0.64 l; 10 kg hold 33.
    assert len(packing.parcels) == 65
    assert packing.lower_bound == 63  # 2000 x 0.64 l / 20.4 l


@pytest.mark.parametrize(
    "line", [PackLine("x", 0, 1), PackLine("x", 1, 0), PackLine("x", 1, 1, -1), PackLine("x", 20_001, 1)]
)
def test_what_cannot_be_packed_is_refused(line: PackLine) -> None:
    with pytest.raises(InputError, match="pieces"):
        cartonise([line], [BOX])
