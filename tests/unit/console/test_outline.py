"""The generator of the land outline, on a world of two countries."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[3] / "tools/make_outline.py"


@pytest.fixture
def tool():
    spec = importlib.util.spec_from_file_location("make_outline", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Two squares that share an edge: arc 1 is the border, arcs 0 and 2 are coast. Deltas, as TopoJSON stores them.
WORLD = {
    "transform": {"scale": [1, 1], "translate": [0, 0]},
    "arcs": [[[10, 0], [-10, 0], [0, 10], [10, 0]], [[10, 0], [0, 10]], [[10, 0], [10, 0], [0, 10], [-10, 0]]],
    "objects": {"countries": {"geometries": [{"arcs": [[0, -2]]}, {"arcs": [[2, -2]]}]}},
}


def test_the_border_between_two_countries_is_left_out(tool, tmp_path, monkeypatch):
    source, target = tmp_path / "world.json", tmp_path / "land.json"
    source.write_text(json.dumps(WORLD))
    monkeypatch.setattr(sys, "argv", ["make_outline", str(source), str(target)])
    tool.main()
    rings = json.loads(target.read_text())["geometry"]["coordinates"]
    assert len(rings) == 1
    assert {tuple(point) for point in rings[0][0]} == {(0, 0), (0, 10), (20, 10), (20, 0)} | {(10, 0), (10, 10)} & {
        tuple(point) for point in rings[0][0]
    }


def test_simplifying_drops_points_on_a_straight_line(tool):
    ring = [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0), (0.0, 0.0)]
    assert tool._simplify(ring, 0.1) == [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0), (0.0, 0.0)]
