"""What stock is worth where it lies: the price problem stated from recent orders, solved on a timer, and kept."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

from psycopg import Connection

from entrepot.delivery import Carriers
from entrepot.flows.sourcing_facts import FREE, Surroundings, destination_of, region_of, surroundings
from entrepot.infra.database import Database
from entrepot.kernel.clock import Clock
from entrepot.orders.sourcing import price_store
from entrepot.orders.sourcing.demand import Basket, Coming, Problem, price_problem, till_worth, with_supply
from entrepot.orders.sourcing.price_store import PriceRow, PriceRun
from entrepot.orders.sourcing.prices import PriceModel, price_of

if TYPE_CHECKING:
    from entrepot.infra.jobs import JobContext, Jobs

JOB: Final = "stock prices"
KEPT: Final = timedelta(days=7)
Cells: TypeAlias = tuple[tuple[str, str], ...]

# Orders placed before now, by where they went and what they asked for; what a till sold, and what a customer collects,
# asks its own node alone. Half open, so that nothing of the future is read even where a channel's clock runs ahead.
_BASKETS: Final = """
WITH wanted AS (
    SELECT o.id, coalesce(o.country, '') AS country, coalesce(o.province, '') AS province,
           coalesce(till.id, '') AS till, l.sku, sum(l.qty)::bigint AS qty
    FROM orders.orders o
    JOIN hub.shop p ON p.channel = o.channel AND p.shop = o.shop AND p.stock_policy <> 'none'
    JOIN orders.line l ON l.order_id = o.id AND l.sku IS NOT NULL AND l.qty > 0
    LEFT JOIN LATERAL (
        SELECT n.id FROM stock.node n
        WHERE n.id IN (l.store, o.store, p.default_node) AND (p.stock_policy = 'sales' OR o.fulfil_mode = 'pickup')
        ORDER BY n.id = l.store DESC NULLS LAST, n.id = o.store DESC NULLS LAST LIMIT 1
    ) AS till ON true
    WHERE o.placed_at >= %(since)s AND o.placed_at < %(now)s AND o.fulfilment_status IS DISTINCT FROM 'cancelled'
    GROUP BY 1, 2, 3, 4, 5
), basket AS (
    SELECT id, country, province, till, array_agg(sku ORDER BY sku) AS skus, array_agg(qty ORDER BY sku) AS qtys
    FROM wanted GROUP BY 1, 2, 3, 4
)
SELECT country, province, till, skus, qtys, count(*) FROM basket GROUP BY 1, 2, 3, 4, 5"""

_SKUS: Final = "SELECT id, coalesce(weight_g, %s), coalesce(price, 0) FROM stock.sku"

_CELLS: Final = f"""
SELECT l.node, l.sku, {FREE}, l.on_hand FROM stock.level l JOIN stock.node n ON n.id = l.node AND n.active
WHERE l.on_hand > 0 ORDER BY l.node, l.sku"""

_OUTFLOW: Final = """
SELECT from_node, sku, sum(qty)::bigint FROM stock.movement
WHERE valid_at >= %(since)s AND valid_at < %(now)s AND reason IN ('sale', 'transfer_out') AND from_state = 'on_hand'
GROUP BY 1, 2"""


# What orders that wait are pegged to is not for others.
_COMING: Final = """
SELECT s.node, s.sku, s.due_p50, s.qty - s.received - coalesce(p.qty, 0)
FROM stock.supply s JOIN stock.node n ON n.id = s.node AND n.active
LEFT JOIN (SELECT supply, sum(qty)::bigint AS qty FROM stock.peg GROUP BY 1) p ON p.supply = s.id
WHERE NOT s.is_closed AND s.received < s.qty AND s.due_p50 < %s
ORDER BY s.id"""


def solve_prices(db: Database, carriers: Carriers, now: datetime, actor: str) -> PriceRun:
    """Price all stock by the demand of the recent past, and keep the prices.

    Returns
    -------
    PriceRun
        The solution; decisions made from now on use it.
    """
    with db.read() as conn:
        around = surroundings(conn, carriers, now)
        baskets = _baskets(conn, around)
        cells = conn.execute(_CELLS).fetchall()
        coming = _coming(conn, around)
        masters = {id: (weight, price) for id, weight, price in conn.execute(_SKUS, (_WEIGHT_G,))}
        credits = _credits(conn, around, cells, masters)
    started = time.perf_counter()
    problem = _problem(around, baskets, cells, coming, masters)
    stock = {(node, sku): free for node, sku, free, _ in cells}
    whole, supply = with_supply(problem, stock, coming)
    priced = PriceModel(whole.network).price(whole.expected, supply)
    left = _left(problem.network.cells, whole.network.cells, priced.left)
    took = round(1000 * (time.perf_counter() - started))
    tills = till_worth(baskets, stock, problem.network.losses, around.terms.horizon_days / around.terms.history_days)
    rows = [
        PriceRow(
            sku,
            node,
            price_of(max(priced.prices[node, sku], tills.get((node, sku), 0.0))),
            credits.get((node, sku), 0),
            free,
            left[node, sku],
        )
        for node, sku, free, _ in cells
    ]
    terms = around.terms
    run = PriceRun(
        0, now, terms.horizon_days, terms.history_days, sum(one.orders for one in baskets),
        len(problem.network.profiles), len(cells), priced.objective, took, actor,
    )  # fmt: skip
    with db.transaction() as conn:
        run = run._replace(id=price_store.add_run(conn, run, around.position, rows))
        price_store.forget_prices(conn, now - KEPT)
    return run


def register_price_jobs(jobs: Jobs, db: Database, carriers: Carriers, clock: Clock) -> None:
    """Register the job that prices stock, every quarter of an hour."""

    def solve(ctx: JobContext) -> dict[str, object]:
        run = solve_prices(db, carriers, clock.now(), JOB)
        return {"run": run.id, "profiles": run.profiles, "cells": run.cells, "milliseconds": run.milliseconds}

    jobs.register(JOB, solve)
    jobs.schedule(JOB, "*/15 * * * *")


_WEIGHT_G: Final = 500


def _baskets(conn: Connection, around: Surroundings) -> list[Basket]:
    since = around.at - timedelta(days=around.terms.history_days)
    return [
        Basket(region_of(country, province), tuple(zip(skus, qtys, strict=True)), orders, till)
        for country, province, till, skus, qtys, orders in conn.execute(_BASKETS, {"since": since, "now": around.at})
    ]


def _left(cells: Cells, in_periods: Cells, left: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    """Sum what the plan leaves over the periods: the cells of each follow one another in the same sequence."""
    found = dict.fromkeys(cells, 0.0)
    for number, cell in enumerate(in_periods):
        found[cells[number % len(cells)]] += left[cell]
    return found


def _coming(conn: Connection, around: Surroundings) -> list[Coming]:
    """Return the supply that is there, in one case of two, before the horizon ends."""
    horizon = timedelta(days=around.terms.horizon_days)
    return [
        Coming(node, sku, (due - around.at) / horizon, qty)
        for node, sku, due, qty in conn.execute(_COMING, (around.at + horizon,))
        if qty > 0
    ]


def _problem(
    around: Surroundings,
    baskets: list[Basket],
    cells: list[tuple[str, str, int, int]],
    coming: list[Coming],
    masters: Mapping[str, tuple[int, int]],
) -> Problem:
    terms = around.terms
    sent = {one.region for one in baskets if not one.till}
    return price_problem(
        baskets,
        [node for node in around.nodes if node.is_active],
        {region: destination_of(around, *region.split(":", 1)) for region in sorted(sent)},
        around.rates,
        {sku: weight / 1000 for sku, (weight, _) in masters.items()},
        {sku: price * terms.margin_percent / 100 for sku, (_, price) in masters.items()},
        list(dict.fromkeys([*((node, sku) for node, sku, _, _ in cells), *((one.node, one.sku) for one in coming)])),
        lost_order=float(terms.lost_cost),
        share=terms.horizon_days / terms.history_days,
    )


def _credits(
    conn: Connection,
    around: Surroundings,
    cells: list[tuple[str, str, int, int]],
    masters: Mapping[str, tuple[int, int]],
) -> dict[tuple[str, str], int]:
    """Return what selling a piece saves where the stock outlasts its sales; SKUs that sell nowhere yet are new."""
    terms = around.terms
    since = around.at - timedelta(days=terms.history_days)
    outflow = {(node, sku): qty for node, sku, qty in conn.execute(_OUTFLOW, {"since": since, "now": around.at})}
    sold = {sku for _, sku in outflow}
    return {
        (node, sku): masters[sku][1] * terms.markdown_percent // 100
        for node, sku, _, on_hand in cells
        if sku in sold
        and sku in masters
        and on_hand * terms.history_days > outflow.get((node, sku), 0) * terms.markdown_after_days
    }
