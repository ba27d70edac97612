"""Whether what stands has room for all goods, those of each class, and what more to let stand where it has not."""

from __future__ import annotations

from typing import Final

import numpy as np

from entrepot.network.solver.model import Bools, Floats, Model
from entrepot.network.solver.two_tier import Tiers

EVEN: Final = 1e-9
"""Relative lack that doubles make."""


def has_room(tiers: Tiers, stands: Bools) -> bool:
    """Tell whether sources, and fronts where nothing is shipped past them, have room for all goods."""
    kinds = tiers.kinds[:1] if tiers.has_direct else tiers.kinds
    return all(not _lack(tiers, room, stands[sites]).any() for sites, room in kinds)


def enough(model: Model, tiers: Tiers, stands: Bools, spare: float = 0.0) -> Bools:
    """Let more sites stand, those with most room of what lacks for their cost, until sources and fronts have enough.

    Enough is what is needed and `spare` of it; and one site of each kind at least.
    """
    found = stands | model.must_stand
    for sites, room in tiers.kinds:
        here, most = found[sites], np.minimum(room, tiers.needed)
        while (left := _lack(tiers, room, here, spare)).any() or not here.any():
            useful = most[:, left > 0].sum(axis=1) if left.any() else most.sum(axis=1)
            useful = np.where(model.may_stand[sites] & ~here, useful, 0.0)
            best = int(np.argmax(useful / np.maximum(model.fixed[sites], 1e-9)))
            if useful[best] <= 0:
                break
            here[best] = True
        found[sites] = here
    return found


def _lack(tiers: Tiers, room: Floats, stands: Bools, spare: float = 0.0) -> Floats:
    """Return how much room lacks for what takes of each capacity."""
    left = (1 + spare) * tiers.needed - room[stands].sum(axis=0)
    return np.where(left > EVEN * tiers.needed, left, 0.0)
