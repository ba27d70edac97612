"""HiGHS in a process beside the search: real processes, real programs."""

from __future__ import annotations

import pickle
import subprocess
import sys
import time

import numpy as np
import pytest

from entrepot.network.formats.facility import one_tier
from entrepot.network.problem import Problem
from entrepot.network.solver import beside as module
from entrepot.network.solver.beside import beside
from entrepot.network.solver.highs import minimise
from entrepot.network.solver.highs_process import HighsProcess, Task
from entrepot.network.solver.mip import program_of
from entrepot.network.solver.model import model_of
from entrepot.network.solver.search import Search
from entrepot.network.solver.solve import solve
from tests.unit.network.cases import best_by_trying

PATIENCE = 60.0


def network(seed: int, *, sites: int = 4, zones: int = 5, is_single: bool = True) -> Problem:
    random = np.random.default_rng(seed)
    demand = random.integers(1, 9, zones)
    return one_tier(
        f"network-{seed}",
        capacities=random.integers(int(demand.sum()) // 2, int(demand.sum()), sites),
        fixed=random.integers(5, 60, sites),
        demand=demand,
        cost=random.integers(1, 60, (sites, zones)),
        per=np.ones(zones, dtype=np.int64),
        is_single=is_single,
    )


def search_of(problem: Problem, seconds: float = PATIENCE) -> Search:
    return Search(problem, seconds, 1, lambda: False, lambda *_: None)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LATER", -1.0)


@pytest.mark.parametrize("is_single", [True, False])
def test_its_proof_ends_a_search_that_finds_nothing(is_single: bool) -> None:
    problem = network(3, is_single=is_single)
    search = search_of(problem)
    with beside(model_of(problem), search, cores=2):
        while search.left > 0:
            time.sleep(0.01)
    assert search.plan is not None
    assert search.cost == pytest.approx(best_by_trying(problem), rel=2e-6)
    assert search.bound == pytest.approx(search.cost, rel=2e-6)
    assert search.left > 0, "who waits for this search is not told to stop"


def test_on_one_core_nothing_works_beside() -> None:
    problem = network(3)
    search = search_of(problem, seconds=0.3)
    with beside(model_of(problem), search, cores=1):
        while search.left > 0:
            time.sleep(0.01)
    assert search.plan is None


@pytest.mark.parametrize("seed", range(3))
def test_both_together_prove_what_trying_all_sites_finds(seed: int) -> None:
    problem = network(seed)
    found = solve(problem, seconds=PATIENCE, cores=2)
    assert found.bound == pytest.approx(best_by_trying(problem), rel=2e-6)


def test_a_process_tells_what_the_call_tells() -> None:
    program, _ = program_of(model_of(network(5)))
    process = HighsProcess(Task(program, PATIENCE, 1, None))
    try:
        until = time.monotonic() + PATIENCE
        while process.last is None and time.monotonic() < until:
            time.sleep(0.01)
    finally:
        process.close()
    here = minimise(program, seconds=PATIENCE)
    assert process.last is not None
    assert process.last.is_done
    assert process.bound == pytest.approx(here.bound)
    assert process.values is not None
    assert here.values is not None
    assert program.cost @ process.values == pytest.approx(program.cost @ here.values)


def test_what_it_found_stays_when_it_is_stopped() -> None:
    program, _ = program_of(model_of(network(1, sites=40, zones=200)))
    process = HighsProcess(Task(program, PATIENCE, 1, None))
    until = time.monotonic() + PATIENCE
    while not np.isfinite(process.bound) and time.monotonic() < until:
        time.sleep(0.01)
    begun = time.monotonic()
    process.close()
    assert time.monotonic() - begun < 5
    assert np.isfinite(process.bound)


def test_it_ends_when_nobody_listens_any_more() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "entrepot.network.solver.highs_process"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    program, _ = program_of(model_of(network(1, sites=40, zones=200)))
    assert process.stdin is not None
    assert process.stdout is not None
    pickle.dump(Task(program, 600.0, 1, None), process.stdin)
    process.stdin.flush()
    pickle.load(process.stdout)
    process.stdin.close()
    process.stdout.close()
    process.wait(timeout=10)
