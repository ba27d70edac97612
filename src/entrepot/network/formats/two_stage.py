"""Plants that ship to satellites that ship to customers: the TSCFLP layouts, for one product and for several."""

from __future__ import annotations

import numpy as np

from entrepot.network.formats.numbers import Numbers, expect, is_count, scale_of, scaled, whole
from entrepot.network.problem import Integers, Lanes, Problem, ProductClass, Site


def is_two_stage(numbers: Numbers, words_of_head: int) -> bool:
    """Tell whether a text has as many numbers as its head asks for."""
    if words_of_head not in (3, 4) or not all(is_count(word) for word in numbers.words[:words_of_head]):
        return False
    return len(numbers.words) == size_of(*(int(word) for word in numbers.words[:words_of_head]))


def read_two_stage(name: str, numbers: Numbers) -> Problem:
    """Read ``plants satellites customers [products]`` and what follows.

    Demands by customer and product; capacities by product and the fixed cost of each plant; costs by product, plant and
    satellite; the same of satellites; costs by product, satellite and customer. Costs are of one unit.
    """
    head = sum(line == numbers.lines[0] for line in numbers.lines[:5])
    plants, satellites, customers, products = _counts(numbers, head)
    why = f"{plants} plants, {satellites} satellites, {customers} customers and {products} products"
    expect(numbers, size_of(plants, satellites, customers, *([products] if head == 4 else [])), why)
    scale = scale_of(numbers, (head, len(numbers.words) - head))
    position = head

    def take(*shape: int) -> Integers:
        nonlocal position
        found = scaled(numbers, position, int(np.prod(shape)), scale).reshape(shape)
        position += found.size
        return found

    demand = take(customers, products)
    of_plants, inbound = take(plants, products + 1), take(products, plants, satellites)
    of_satellites, outbound = take(satellites, products + 1), take(products, satellites, customers)
    sites = [
        *(_site(f"p{k + 1}", row, "plant") for k, row in enumerate(of_plants.tolist())),
        *(_site(f"s{k + 1}", row, "satellite") for k, row in enumerate(of_satellites.tolist())),
    ]
    first, second = _grid(inbound, 0, plants), _grid(outbound, plants, plants + satellites)
    lanes = Lanes.of(
        np.concatenate([first[1], second[1]]),
        np.concatenate([first[2], second[2]]),
        np.concatenate([inbound.reshape(-1), outbound.reshape(-1)]),
        product=np.concatenate([first[0], second[0]]),
        per=np.full(inbound.size + outbound.size, scale),
    )
    return Problem(
        name,
        tuple(sites),
        tuple(f"z{k + 1}" for k in range(customers)),
        tuple(ProductClass(f"product-{k + 1}") for k in range(products)),
        demand[None],
        lanes,
        cost_scale=scale,
        quantity_scale=scale,
    )


def _counts(numbers: Numbers, head: int) -> tuple[int, int, int, int]:
    return whole(numbers, 0), whole(numbers, 1), whole(numbers, 2), whole(numbers, 3) if head == 4 else 1


def size_of(plants: int, satellites: int, customers: int, *products: int) -> int:
    """Return how many numbers a text has, with those of its head: products are counted there or one."""
    many = products[0] if products else 1
    lanes = many * satellites * (plants + customers)
    return 3 + len(products) + customers * many + (plants + satellites) * (many + 1) + lanes


def _site(name: str, row: list[int], level: str) -> Site:
    return Site(name, row[-1], class_capacity=tuple(row[:-1]), level=level)


def _grid(cost: Integers, origin: int, target: int) -> tuple[Integers, Integers, Integers]:
    product, left, right = np.indices(cost.shape).reshape(3, -1)
    return product, left + origin, right + target
