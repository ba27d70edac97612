"""Non-decreasing polylines as rows of x and y: one after the other, the lower of two, cut to windows, thinned.

Two points of the same x are a jump, at which the lower y holds; two of the same y are a wait.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from entrepot.delivery.routing.core.compiled import compiled, inner

Floats = NDArray[np.float64]


@inner
def join(p: Floats, n_p: int, q: Floats, n_q: int, out: Floats) -> int:
    """Write ``q(p(x))`` where q is defined, and return its number of points; O(n_p + n_q)."""
    n = i = k = 0 * n_p  # not the literal 0, for which Numba would compile all that it is handed to once more
    while i < n_p and k < n_q:
        if p[1, i] <= q[0, k]:
            if k > 0 or p[1, i] == q[0, 0]:
                n = _add(out, n, p[0, i], _read(q[0], q[1], k, p[1, i]))
            i += 1
        else:
            if i > 0:
                n = _add(out, n, _read(p[1], p[0], i, q[0, k]), q[1, k])
            k += 1
    return n


@inner
def _add(out: Floats, n: int, x: float, y: float) -> int:
    if n and out[0, n - 1] == x and out[1, n - 1] == y:
        return n
    out[0, n], out[1, n] = x, y
    return n + 1


@inner
def _read(xs: Floats, ys: Floats, k: int, x: float) -> float:
    """Read y at x, ``xs[k - 1] < x <= xs[k]``, or at ``xs[0]``; at several points of one x the nearer to k - 1."""
    if xs[k] == x and (k == 0 or xs[k - 1] < x):
        return float(ys[k])
    if xs[k] == xs[k - 1]:
        return float(ys[k - 1])
    return float(ys[k - 1] + (x - xs[k - 1]) * (ys[k] - ys[k - 1]) / (xs[k] - xs[k - 1]))


@compiled
def lower(p: Floats, n_p: int, q: Floats, n_q: int, out: Floats) -> int:
    """Write the lower of two curves, and return its number of points, at most three for each of theirs.

    Before its first point a curve is level, for one may wait; behind its last it is infinite.
    """
    i = k = n = 0 * n_p
    x = min(p[0, 0], q[0, 0])
    while True:
        n = _add(out, n, x, min(_value(p, n_p, i, x), _value(q, n_q, k, x)))
        while i < n_p and p[0, i] == x:
            i += 1
        while k < n_q and q[0, k] == x:
            k += 1
        if i == n_p and k == n_q:
            return n
        first, other = _value_behind(p, n_p, i, x), _value_behind(q, n_q, k, x)
        n = _add(out, n, x, min(first, other))
        following = min(p[0, i] if i < n_p else np.inf, q[0, k] if k < n_q else np.inf)
        if i < n_p and k < n_q:
            apart, later = first - other, _value(p, n_p, i, following) - _value(q, n_q, k, following)
            if apart * later < 0.0:
                share = apart / (apart - later)
                at = first + share * (_value(p, n_p, i, following) - first)
                n = _add(out, n, x + share * (following - x), at)
        x = following


@inner
def _value(curve: Floats, n: int, k: int, x: float) -> float:
    """Read a curve at x, of which point `k` is the first not before x."""
    if k == n:
        return np.inf
    if k == 0 or curve[0, k] == x:
        return float(curve[1, k])
    return _read(curve[0], curve[1], k, x)


@inner
def _value_behind(curve: Floats, n: int, k: int, x: float) -> float:
    """Read a curve right behind x, of which point `k` is the first behind x: of a jump the upper end."""
    if k == n:
        return np.inf
    if k == 0 or curve[0, k - 1] == x:
        return float(curve[1, max(k - 1, 0)])
    return _read(curve[0], curve[1], k, x)


@inner
def cut_before(curve: Floats, n: int, x: float, out: Floats) -> int:
    """Write the part from x on, as if nobody could leave earlier; return its number of points, 0 for none."""
    k = 0 * n
    while k < n and curve[0, k] < x:
        k += 1
    many = 0 * n
    if 0 < k < n and curve[0, k] > x:
        many = _add(out, many, x, _read(curve[0], curve[1], k, x))
    for m in range(k, n):
        many = _add(out, many, curve[0, m], curve[1, m])
    return many


@inner
def cut_above(curve: Floats, n: int, limit: float) -> int:
    """Keep the part whose y is at most a limit; return the number of points, 0 for none."""
    k = 0
    while k < n and curve[1, k] <= limit:
        k += 1
    if k in (0, n) or curve[1, k - 1] == limit:
        return k
    slope = (curve[0, k] - curve[0, k - 1]) / (curve[1, k] - curve[1, k - 1])
    curve[0, k], curve[1, k] = curve[0, k - 1] + (limit - curve[1, k - 1]) * slope, limit
    return k + 1


@inner
def cut_below(curve: Floats, n: int, limit: float) -> int:
    """Replace the part whose y is below a limit by one point: the last moment at which one comes by the limit."""
    k = 0
    while k < n and curve[1, k] < limit:
        k += 1
    if k == 0:
        return n
    x = curve[0, k - 1]
    if k < n:
        x += (limit - curve[1, k - 1]) * (curve[0, k] - x) / (curve[1, k] - curve[1, k - 1])
    curve[0, 0], curve[1, 0] = x, limit
    for m in range(k, n):
        curve[0, m - k + 1], curve[1, m - k + 1] = curve[0, m], curve[1, m]
    return n - k + 1


@inner
def thin(curve: Floats, n: int, most: int, out: Floats) -> int:
    """Write a curve without points that hardly bend it; with ever more of them left out until it fits."""
    slack = 1e-7
    while True:
        many = 1
        out[0, 0], out[1, 0] = curve[0, 0], curve[1, 0]
        for k in range(1, n):
            if k < n - 1 and _bend(out[0, many - 1], out[1, many - 1], curve, k) <= slack:
                continue
            if many == most:
                break
            out[0, many], out[1, many] = curve[0, k], curve[1, k]
            many += 1
        if out[0, many - 1] == curve[0, n - 1] and out[1, many - 1] == curve[1, n - 1]:
            return many
        slack = max(8.0 * slack, (curve[1, n - 1] - curve[1, 0]) * 1e-5)


@inner
def _bend(x: float, y: float, curve: Floats, k: int) -> float:
    """Return how far a point is from the line between the last kept one and the next."""
    wide = curve[0, k + 1] - x
    if wide <= 0.0:
        return 0.0
    return float(abs(y + (curve[0, k] - x) * (curve[1, k + 1] - y) / wide - curve[1, k]))
