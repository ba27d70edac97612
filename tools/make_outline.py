"""Make the small land outline the maps draw: coast lines only, no political borders.

Input is Natural Earth (public domain) as TopoJSON with a ``countries`` object. An arc used by exactly one country ring
is coast; an arc used by two is a border and is left out. The coast arcs join into rings, small islands go, and what
stays is simplified (Visvalingam: the least triangle goes first) and rounded to two decimals.

Run: ``python tools/make_outline.py WORLD.topojson src/entrepot/console/static/land.json``
"""

from __future__ import annotations

import argparse
import heapq
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

Point = tuple[float, float]


def main() -> None:
    """Read the topology, write the outline, print its size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("topojson", type=Path)
    parser.add_argument("geojson", type=Path)
    parser.add_argument("--least-area", type=float, default=0.04, help="square degrees of the least triangle kept")
    parser.add_argument("--least-island", type=float, default=0.06, help="square degrees of the least ring kept")
    options = parser.parse_args()
    topology = json.loads(options.topojson.read_text(encoding="utf-8"))
    arcs = [list(_decode(arc, topology["transform"])) for arc in topology["arcs"]]
    rings = _join([arcs[index] for index in _coast(topology)])
    kept = [_simplify(ring, options.least_area) for ring in rings if _area(ring) >= options.least_island]
    outline = {
        "type": "Feature",
        "properties": {"source": "Natural Earth 1:50m, public domain"},
        "geometry": {
            "type": "MultiPolygon",
            "coordinates": [[[(round(x, 2), round(y, 2)) for x, y in ring]] for ring in kept if len(ring) > 3],
        },
    }
    options.geojson.write_text(json.dumps(outline, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{len(kept)} rings, {sum(map(len, kept))} points, {options.geojson.stat().st_size} bytes")


def _decode(arc: list[list[int]], transform: dict[str, list[float]]) -> Iterator[Point]:
    (scale_x, scale_y), (shift_x, shift_y) = transform["scale"], transform["translate"]
    x = y = 0
    for dx, dy in arc:
        x, y = x + dx, y + dy
        yield x * scale_x + shift_x, y * scale_y + shift_y


def _coast(topology: dict[str, dict[str, dict[str, list[dict[str, object]]]]]) -> list[int]:
    """Return the arcs that one ring alone uses."""
    uses: Counter[int] = Counter()
    for geometry in topology["objects"]["countries"]["geometries"]:
        uses.update(_flat(geometry.get("arcs", [])))
    return [index for index, count in sorted(uses.items()) if count == 1]


def _flat(arcs: object) -> Iterator[int]:
    for arc in arcs:  # type: ignore[attr-defined]
        if isinstance(arc, int):
            yield arc if arc >= 0 else ~arc
        else:
            yield from _flat(arc)


def _join(lines: list[list[Point]]) -> list[list[Point]]:
    """Join lines that share end points into closed rings; a line that closes nothing is closed by itself."""
    ends: dict[Point, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        ends[line[0]].append(index)
        ends[line[-1]].append(index)
    free = set(range(len(lines)))
    rings = []
    for start in range(len(lines)):
        if start not in free:
            continue
        free.remove(start)
        ring = list(lines[start])
        while ring[0] != ring[-1]:
            index = next((i for i in ends[ring[-1]] if i in free), None)
            if index is None:
                ring.append(ring[0])
                break
            free.remove(index)
            line = lines[index] if lines[index][0] == ring[-1] else lines[index][::-1]
            ring.extend(line[1:])
        rings.append(ring)
    return rings


def _area(ring: list[Point]) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True))) / 2


def _triangle(a: Point, b: Point, c: Point) -> float:
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2


def _simplify(ring: list[Point], least_area: float) -> list[Point]:
    """Drop the point of the least triangle until every triangle has ``least_area`` (Visvalingam and Whyatt, 1993)."""
    before, after = list(range(-1, len(ring) - 1)), list(range(1, len(ring) + 1))
    area = [0.0] * len(ring)
    queue: list[tuple[float, int]] = []
    for i in range(1, len(ring) - 1):
        area[i] = _triangle(ring[i - 1], ring[i], ring[i + 1])
        heapq.heappush(queue, (area[i], i))
    gone: set[int] = set()
    while queue:
        size, i = heapq.heappop(queue)
        if i in gone or size != area[i]:
            continue
        if size >= least_area or len(ring) - len(gone) <= 4:
            break
        gone.add(i)
        a, b = before[i], after[i]
        after[a], before[b] = b, a
        for j in (a, b):
            if 0 < j < len(ring) - 1:
                area[j] = max(size, _triangle(ring[before[j]], ring[j], ring[after[j]]))
                heapq.heappush(queue, (area[j], j))
    return [point for i, point in enumerate(ring) if i not in gone]


if __name__ == "__main__":
    main()
