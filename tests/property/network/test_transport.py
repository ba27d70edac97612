"""Flows through given sites: what rents tell is no more than the program of all lanes costs, the small one the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.network.generate import generate
from entrepot.network.problem import Problem
from entrepot.network.solver import transport as module
from entrepot.network.solver.highs import minimise
from entrepot.network.solver.mip import program_of
from entrepot.network.solver.model import Bools, Model, model_of
from entrepot.network.solver.rents import Around, Rents
from entrepot.network.solver.transport import Transport
from entrepot.network.solver.two_tier import tiers_of
from tests.property.network.test_room import two_products
from tests.property.network.test_solve import two_tier


def some_sites(problem: Problem, seed: int) -> tuple[Transport, Bools]:
    """Let most sites stand."""
    model = model_of(problem)
    stands = np.random.default_rng(seed).random(len(model.fixed)) < 0.8
    return Transport(model, tiers_of(model)), stands


def whole(model: Model, stands: Bools) -> float:
    """Return what the program of all lanes costs; infinite when it has no solution."""
    program, _ = program_of(model, lower=stands, upper=stands, is_linked=False)
    solved = minimise(program, seconds=60.0)
    return np.inf if solved.values is None else float(program.cost @ solved.values) + model.constant


NETWORKS = (lambda seed: generate(4, 12, 20, seed), two_tier, two_products)


@pytest.mark.parametrize("made", range(len(NETWORKS)))
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("columns", [20, 1_500])
def test_exact_flows_cost_what_the_program_of_all_lanes_does(
    made: int, seed: int, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "COLUMNS", columns)
    for rounds in ("ROUNDS", "HOPELESS"):
        monkeypatch.setattr(module, rounds, 1_000)
    transport, stands = some_sites(NETWORKS[made](seed), seed)
    expected = whole(transport.model, stands)
    found = transport.exactly(stands, transport.no_rents)
    assert found is not None
    assert found.is_possible == np.isfinite(expected)
    if found.is_possible:
        assert found.cost == pytest.approx(expected, rel=1e-5)
        met = np.bincount(transport.tiers.want, weights=found.share, minlength=len(found.unmet))
        assert met == pytest.approx(1.0)
        volume = found.links * transport.ways.unit[:, None, None]
        rooms = (transport.ways.gate_room, 2), (transport.ways.source_room, 1)
        for room, axis in rooms:
            load = np.zeros_like(room)
            np.add.at(load.T, transport.ways.bin, volume.sum(axis=axis))
            assert (load <= room * (1 + 1e-6) + 1e-6).all()
        assert transport.exactly(stands, found.rents, found.cost * (1 - 1e-4)) is None


@given(made=st.integers(0, len(NETWORKS) - 1), seed=st.integers(0, 20), steps=st.integers(1, 60), above=st.floats(1, 2))
@settings(max_examples=15, deadline=None)
def test_rents_tell_no_more_than_flows_cost(made: int, seed: int, steps: int, above: float) -> None:
    transport, stands = some_sites(NETWORKS[made](seed), seed)
    exact = transport.exactly(stands, transport.no_rents)
    assert exact is not None
    random = np.random.default_rng(seed)
    rents = Rents(*(random.random(room.shape) * np.isfinite(room) for room in transport.ways[-3:-1]))
    first, _ = transport.at_least(stands, rents, np.inf, steps=1)
    bound, there = transport.at_least(stands, rents, above * exact.cost, steps=steps)
    assert first <= bound <= exact.cost * (1 + 1e-6)
    assert transport.at_least(stands, there, np.inf, steps=1)[0] == pytest.approx(bound)


@pytest.mark.parametrize("seed", range(6))
def test_rents_that_move_at_some_gates_only_tell_what_all_of_them_say(seed: int) -> None:
    transport, stands = some_sites(generate(4, 30, 60, seed), seed)
    ways, random = transport.ways, np.random.default_rng(seed)
    gates = random.random(len(transport.site)) < 0.3
    wants = np.unique(ways.want[gates[ways.gate]])
    each = transport.of_wants(stands, transport.no_rents)
    elsewhere = float(each.sum() - each[wants].sum())
    goal = 1.2 * transport.at_least(stands, transport.no_rents, np.inf, steps=1)[0]
    around = Around(wants, gates, False, elsewhere)
    bound, rents = transport.at_least(stands, transport.no_rents, goal, steps=20, around=around)
    assert (rents.source == 0).all()
    assert (rents.gate[~gates] == 0).all()
    assert bound == pytest.approx(transport.at_least(stands, rents, np.inf, steps=1)[0])


def test_flows_that_pass_what_there_is_room_for_are_told() -> None:
    problem = generate(3, 6, 10, 1)
    model = model_of(problem)
    transport = Transport(model, tiers_of(model))
    stands = np.arange(len(model.fixed)) % 3 == 0
    found = transport.exactly(stands, transport.no_rents)
    assert found is not None
    assert not found.is_possible
    assert found.cost > model.dearest
    assert found.unmet.max() <= 1.0
