"""Sites opened, closed and exchanged: never dearer, no move of one or two sites saves in the end."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from entrepot.network.generate import generate
from entrepot.network.problem import Problem
from entrepot.network.solver.exchange import LEAST, Exchange
from entrepot.network.solver.model import Bools, model_of
from entrepot.network.solver.room import has_room
from entrepot.network.solver.search import Search
from entrepot.network.solver.transport import Flows, Transport
from entrepot.network.solver.two_tier import tiers_of
from tests.property.network.test_solve import two_tier


def begun(problem: Problem) -> tuple[Exchange, Bools, Flows]:
    """Let all sites stand."""
    model = model_of(problem)
    search = Search(problem, 1e6, 1, lambda: False, lambda *_: None)
    transport = Transport(model, tiers_of(model))
    flows = transport.exactly(model.may_stand, transport.no_rents)
    assert flows is not None
    return Exchange(transport, search, np.full(len(model.fixed), 0.5)), model.may_stand, flows


@pytest.mark.parametrize("problem", [*(generate(3, 7, 12, seed) for seed in range(5)), *map(two_tier, range(3))])
def test_in_the_end_no_site_turned_over_and_no_exchange_saves(problem: Problem) -> None:
    exchange, stands, flows = begun(problem)
    there, found = exchange.improved(stands, flows, 0.0)
    assert found.is_possible
    assert found.cost <= flows.cost
    transport, model = exchange.transport, exchange.transport.model
    receives = model.problem.receives
    for move in [*combinations(range(len(stands)), 1), *combinations(range(len(stands)), 2)]:
        other = there.copy()
        other[list(move)] ^= True
        is_exchange = len(move) == 1 or (there[list(move)].sum() == 1 and receives[list(move)].sum() != 1)
        may_be = (other <= model.may_stand).all() and (other >= model.must_stand).all()
        if is_exchange and may_be and has_room(transport.tiers, other):
            least = transport.exactly(other, found.rents)
            assert least is not None
            if len(move) == 1 or exchange.closeness[move] > 0:
                assert least.cost >= found.cost * (1 - 2 * LEAST)


@pytest.mark.parametrize("seed", range(4))
def test_a_kick_gives_what_is_better_or_what_was(seed: int) -> None:
    exchange, stands, flows = begun(generate(3, 9, 15, seed))
    there, found = exchange.improved(stands, flows, 0.0)
    for _ in range(10):
        after, then = exchange.kicked(there, found, 0.0)
        assert then.cost <= found.cost
        assert then.is_possible
        if then is found:
            assert (after == there).all()
        there, found = after, then
    again = exchange.transport.exactly(there, exchange.transport.no_rents)
    assert again is not None
    assert again.cost == pytest.approx(found.cost, rel=1e-5)
