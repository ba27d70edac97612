"""The retailer's own count of its goods, and ours from its messages, agree to the unit, however the messages arrive."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from entrepot.app import Platform
from entrepot.flows.followers import catch_up
from entrepot.flows.loading import load
from entrepot.simulator.demo import as_raw, as_shop
from entrepot.simulator.retailer import build_retailer
from entrepot.simulator.simulation import Simulation

END = datetime(2026, 11, 20, tzinfo=UTC)
DAYS = 25


@pytest.mark.parametrize("shuffled", [False, True], ids=["in time order", "shuffled"])
def test_the_stock_book_equals_the_warehouse(platform: Platform, shuffled: bool) -> None:
    retailer = build_retailer(7)
    with platform.db.transaction() as conn:
        for shop in retailer.shops:
            platform.shops.register(conn, as_shop(shop))
    simulation = Simulation(retailer, start=END - timedelta(days=DAYS), scale=0.3, seed=7, faults=False)
    messages = [as_raw(message) for message in simulation.run_until(END)]
    if shuffled:
        random.Random(1).shuffle(messages)
    counts = load(platform.intake, messages, batch_size=500)
    catch_up(platform.followers())
    assert counts["accepted"] + counts["ignored"] == len(messages)

    with platform.db.read() as conn:
        levels = {(row[0], row[1]): row[2] for row in conn.execute("SELECT node, sku, on_hand FROM stock.level")}
        unmatched = conn.execute("SELECT count(*) FROM orders.line WHERE sku IS NULL").fetchone()
    told = simulation.told()
    assert {cell: units for cell, units in told.items() if levels.get(cell, 0) != units} == {}
    assert sum(told.values()) > 10_000
    assert unmatched == (0,)
    assert platform.book.audit() == []
