"""OR-Library p-median: a graph whose vertices are both sites and customers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from entrepot.kernel.errors import InputError
from entrepot.network.formats.facility import one_tier
from entrepot.network.formats.numbers import Numbers, expect, scaled, whole
from entrepot.network.problem import Problem, SiteLimit


def read_pmedian(name: str, numbers: Numbers) -> Problem:
    """Read ``n edges p`` and the edges ``vertex vertex length``; a later edge replaces an earlier one.

    Costs are lengths of shortest paths; exactly p sites stand.
    """
    from scipy.sparse import coo_array  # late: SciPy takes half a second to load
    from scipy.sparse.csgraph import shortest_path

    vertices, edges, medians = (whole(numbers, k) for k in range(3))
    expect(numbers, 3 + 3 * edges, f"{edges} edges of a p-median graph")
    rows = scaled(numbers, 3, 3 * edges, 1).reshape(edges, 3)
    if rows[:, :2].min() < 1 or rows[:, :2].max() > vertices or rows[:, 2].min() < 0 or medians > vertices:
        message = f"An edge of {name} leaves the {vertices} vertices or is negative, or p is too great."
        raise InputError("network.format", message, "Correct the file.")
    if vertices > edges + 1:
        message = f"{edges} edges cannot connect the {vertices} vertices of {name}."
        raise InputError("network.format", message, "Correct the file.")
    lengths = {(min(a, b) - 1, max(a, b) - 1): length for a, b, length in rows.tolist()}
    ends, values = np.array(list(lengths)), np.array(list(lengths.values()), dtype=float)
    graph = coo_array((values, (ends[:, 0], ends[:, 1])), shape=(vertices, vertices))
    distance = shortest_path(graph.tocsr(), directed=False)
    if np.isinf(distance).any():
        raise InputError("network.format", f"The graph of {name} falls apart.", "Connect all vertices.")
    ones = np.ones(vertices, dtype=np.int64)
    problem = one_tier(name, capacities=None, fixed=0 * ones, demand=ones, cost=distance.astype(np.int64), per=ones)
    return replace(problem, limits=(SiteLimit(None, medians, medians),))
