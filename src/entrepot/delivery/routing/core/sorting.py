"""A queue in the sequence of its keys."""

from __future__ import annotations

from entrepot.delivery.routing.core.compiled import compiled
from entrepot.delivery.routing.core.ground import Floats, Ints, Whole


@compiled
def sort_by_key(queue: Ints, key: Floats, many: Whole) -> None:
    """Sort the first of a queue by their keys, both in place; equal keys keep their sequence. Queues are short."""
    for k in range(1, many):
        v, rank, p = queue[k], key[k], k
        while p > 0 and key[p - 1] > rank:
            queue[p], key[p] = queue[p - 1], key[p - 1]
            p -= 1
        queue[p], key[p] = v, rank
