"""Random numbers in compiled code: a state is handed over, so the same seed gives the same plan.

Vigna, S. (2017). Further scramblings of Marsaglia's xorshift generators. Journal of Computational and Applied
Mathematics 315. (xorshift128+)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from entrepot.delivery.routing.core.compiled import inlined

State = NDArray[np.uint64]


def seeded(seed: int) -> State:
    """Return the state of a seed, shape (2,)."""
    return np.random.SeedSequence(abs(seed)).generate_state(2, np.uint64) | np.uint64(1)


@inlined
def uniform(state: State) -> float:
    """Draw from [0, 1)."""
    x, y = state[0], state[1]
    state[0] = y
    x ^= x << np.uint64(23)
    x ^= x >> np.uint64(17)
    x ^= y ^ (y >> np.uint64(26))
    state[1] = x
    return float((x + y) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@inlined
def below(state: State, n: int | np.int64) -> int:
    """Draw a whole number from [0, n)."""
    return int(uniform(state) * n)
