"""Cost of sourcing policies over the clairvoyant bound: the published set-up, with refusing stores, and on Olist.

``python -m benchmarks.sourcing [--instances N] [--periods N] [--seed N] [--cities N] [--nodes N] [--items N]
[--longest N] [--load X] [--solves N] [--refusal-cost X] [--olist DIR] [--record FILE]``
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import machine
from benchmarks.sourcing_olist import olist_months
from benchmarks.sourcing_policies import Run, Sender, Stream, hindsight, run_nearest
from benchmarks.sourcing_setup import SCALE, UNSERVED, Instance, Size, draw_instance
from entrepot.orders.sourcing import Policy

OLIST = Path("../shared/data/olist")
DEAREST = 10**9  # a split penalty above any bill: the fewest parcels, then the cost
FIRST_STORE = 2  # of the nodes: those before it are centres, which never refuse


def main() -> None:
    given = _arguments()
    size = Size(given.cities, given.nodes, given.items, given.periods, given.longest, load=given.load)
    record: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "arguments": {name: str(value) for name, value in vars(given).items()},
        "set_ups": [
            _measure("published set-up", list(_published(size, given)), given.solves),
            _measure("the same, stores may refuse", list(_refusing(size, given)), given.solves),
        ],
    }
    if given.olist.is_dir():
        months, freight = olist_months(given.olist, given.olist_nodes, given.olist_categories)
        print(
            f"Olist: freight of its own, fitted on the time before, explains {freight.r_squared:.0%} of its variance."
        )
        streams = [(month.name, month.stream, month.nearest) for month in months]
        record["set_ups"].append(_measure("Olist, month by month", streams, 30) | {"freight": freight._asdict()})
    else:
        print(f"Olist is not measured: {given.olist} is not there (--olist DIR).")
    given.record.parent.mkdir(parents=True, exist_ok=True)
    given.record.write_text(json.dumps(record, indent=1))
    print(f"Record: {given.record}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    whole = partial(parser.add_argument, type=int)
    whole("--instances", default=3)
    whole("--periods", default=10_000)
    whole("--seed", default=1)
    whole("--cities", default=10, help="up to 20")
    whole("--nodes", default=5, help="up to 10")
    whole("--items", default=20)
    whole("--longest", default=5, help="lines of the longest order")
    parser.add_argument("--load", type=float, default=1.0, help="demand over what stock was laid in for")
    whole("--solves", default=20, help="times the stock is priced over the periods")
    parser.add_argument("--refusal-cost", type=float, default=0.0, help="dollars lost with each refusal")
    parser.add_argument("--olist", type=Path, default=OLIST, help="folder of the published files")
    whole("--olist-nodes", default=10)
    whole("--olist-categories", default=30)
    parser.add_argument("--record", type=Path, default=Path("benchmarks/records/sourcing.json"))
    return parser.parse_args()


Case = tuple[str, Stream, dict[tuple[str, str], list[str]]]


def _published(size: Size, given: argparse.Namespace) -> Iterator[Case]:
    for number in range(given.instances):
        instance = draw_instance(size, 1000 * given.seed + number)
        yield f"instance {number + 1}", _stream(instance, 1000 * given.seed + 500 + number), instance.nearest


def _stream(instance: Instance, seed: int) -> Stream:
    orders, periods = instance.draw(seed)

    def expected(done: int) -> list[float]:
        left = instance.size.periods - periods[done]
        return [chance * left for chance in instance.arrivals]

    return Stream(instance.network, orders, instance.stock, expected)


def _refusing(size: Size, given: argparse.Namespace) -> Iterator[Case]:
    """Let all nodes but two be stores that take 60 to 95 % of what they are asked; no policy is told the rates."""
    for number, (name, stream, nearest) in enumerate(_published(size, given)):
        random = np.random.default_rng(1000 * given.seed + 700 + number)
        names = list(dict.fromkeys(node for node, _ in stream.network.cells))
        stores = tuple(names[FIRST_STORE:])
        rates = random.uniform(0.6, 0.95, len(stores))
        takes = random.random((len(stream.orders), len(stores))) < rates
        willing = tuple(frozenset(store for store, does in zip(stores, row, strict=True) if does) for row in takes)
        cost = round(SCALE * given.refusal_cost)
        yield name, replace(stream, stores=stores, willing=willing, refusal_cost=cost), nearest


def _measure(title: str, cases: list[Case], solves: int) -> dict[str, Any]:
    """Let every policy send every case; print and return costs over the bounds."""
    print(f"\n{title}: {len(cases)} cases, {sum(len(case[1].orders) for case in cases):,} orders")
    rows: dict[str, list[dict[str, float]]] = {}
    for name, stream, nearest in cases:
        bounds = hindsight(stream)
        print(
            f"  {name}: {len(stream.orders):,} orders; least cost of whole assignments is "
            f"{bounds.whole / bounds.published:.4f} x the published bound",
            flush=True,
        )
        for policy, run in _runs(stream, nearest, solves):
            rows.setdefault(policy, []).append(_row(run, stream, bounds.published, bounds.whole))
    _print(rows)
    return {"title": title, "policies": rows}


def _runs(stream: Stream, nearest: dict[tuple[str, str], list[str]], solves: int) -> Iterator[tuple[str, Run]]:
    own = Policy(refusal_cost=stream.refusal_cost)
    if not stream.willing:
        yield "nearest carrier per line", run_nearest(stream, nearest, UNSERVED)
    yield "rule: fewest parcels, then cost", Sender(stream, Policy(split_penalty=DEAREST), 0, UNSERVED).run()
    yield "cheapest now", Sender(stream, own).run()
    yield "ours: stock price, solved once", Sender(stream, own, 1).run()
    yield f"ours: stock price, solved {solves} times", Sender(stream, own, solves).run()
    if stream.willing:
        yield "the same, nodes begin at once", Sender(stream, own, solves, begins_at_once=True).run()


def _row(run: Run, stream: Stream, published: float, whole: float) -> dict[str, float]:
    count = len(stream.orders)
    return {
        "over_published": run.cost / published,
        "over_whole": run.cost / whole,
        "parcels": run.parcels / count,
        "refusals": run.refusals / count,
        "microseconds": 1e6 * run.seconds / count,
        "solving_microseconds": 1e6 * run.solving_seconds / count,
    }


def _print(rows: dict[str, list[dict[str, float]]]) -> None:
    print(
        f"  {'':40}{'cost / published':>18}{'cost / whole':>14}{'parcels':>9}{'refused':>9}{'CPU us':>10}{'solving':>9}"
    )
    for policy, cases in rows.items():
        means = {name: statistics.mean(case[name] for case in cases) for name in cases[0]}
        spread = statistics.stdev([case["over_published"] for case in cases]) if len(cases) > 1 else 0.0
        print(
            f"  {policy:40}{means['over_published']:10.4f} ±{spread:6.4f}{means['over_whole']:14.4f}"
            f"{means['parcels']:9.3f}{means['refusals']:9.3f}{means['microseconds']:10.0f}"
            f"{means['solving_microseconds']:9.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
