"""Cost of sourcing policies over the clairvoyant bound: the published set-up, with refusing stores, and on Olist.

``python -m benchmarks.sourcing [--only SET] [--policy NAME] [--first N] [--instances N] [--periods N] [--seed N]
[--cities N] [--nodes N] [--items N] [--longest N] [--load X] [--solves N] [--refusal-cost X] [--olist DIR] [--months N]
[--record FILE]``
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import machine
from benchmarks.sourcing_olist import olist_months
from benchmarks.sourcing_policies import Bounds, Run, Sender, Stream, Watch, hindsight, run_nearest
from benchmarks.sourcing_setup import SCALE, UNSERVED, Instance, Size, draw_instance
from entrepot.orders.sourcing import Policy

OLIST = Path("../shared/data/olist")
DEAREST = 10**9  # a split penalty above any bill: the fewest parcels, then the cost
SETS = ("published", "refusing", "olist")
OLIST_SOLVES = 30
FIRST_STORE = 2  # of the nodes: those before it are centres, which never refuse


def main() -> None:
    given = _arguments()
    size = Size(given.cities, given.nodes, given.items, given.periods, given.longest, load=given.load)
    wanted = given.only or SETS
    record: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "arguments": {name: str(value) for name, value in vars(given).items()},
        "set_ups": [],
    }
    if "published" in wanted:
        record["set_ups"].append(_measure("published set-up", _published(size, given), _policies(given)))
    if "refusing" in wanted:
        cases = _refusing(size, given)
        record["set_ups"].append(_measure("the same, stores may refuse", cases, _asking(given)))
    if "olist" in wanted and given.olist.is_dir():
        months = _olist(given)
        record["set_ups"].append(_measure("Olist, month by month", months, _on_olist(given)))
    elif "olist" in wanted:
        print(f"Olist is not measured: {given.olist} is not there (--olist DIR).")
    record["load_at_the_end"] = os.getloadavg()
    given.record.parent.mkdir(parents=True, exist_ok=True)
    given.record.write_text(json.dumps(record, indent=1))
    print(f"Record: {given.record}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=SETS, help="measure this set-up; may be said again")
    parser.add_argument("--policy", action="append", default=[], help="measure this policy; may be said again")
    whole = partial(parser.add_argument, type=int)
    whole("--first", default=1, help="number of the first instance, or month of Olist")
    whole("--instances", default=3)
    whole("--months", default=100, help="of Olist, at most")
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
Policies = dict[str, Callable[[Stream, dict[tuple[str, str], list[str]]], Run]]


def _olist(given: argparse.Namespace) -> Iterator[Case]:
    start = given.first - 1
    months = olist_months(given.olist, given.olist_nodes, given.olist_categories, start, start + given.months)
    for month in months:
        name = f"{month.name} (freight fitted on the time before: {month.freight.r_squared:.0%} explained)"
        yield name, month.stream, month.nearest


def _published(size: Size, given: argparse.Namespace) -> Iterator[Case]:
    for number in range(given.first - 1, given.first - 1 + given.instances):
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
    for number, (name, stream, nearest) in enumerate(_published(size, given), given.first - 1):
        random = np.random.default_rng(1000 * given.seed + 700 + number)
        names = list(dict.fromkeys(node for node, _ in stream.network.cells))
        stores = tuple(names[FIRST_STORE:])
        rates = random.uniform(0.6, 0.95, len(stores))
        takes = random.random((len(stream.orders), len(stores))) < rates
        willing = tuple(frozenset(store for store, does in zip(stores, row, strict=True) if does) for row in takes)
        cost = round(SCALE * given.refusal_cost)
        haste = tuple(random.random(len(stream.orders)).tolist())
        yield name, replace(stream, stores=stores, willing=willing, haste=haste, refusal_cost=cost), nearest


def _measure(title: str, cases: Iterator[Case], policies: Policies) -> dict[str, Any]:
    """Let every policy send every case; print and return costs over the bounds."""
    print(f"\n{title}")
    rows: dict[str, list[dict[str, float]]] = {}
    names = []
    for name, stream, nearest in cases:
        bounds, watch = hindsight(stream), Watch()
        names.append(name)
        print(
            f"  {name}: {len(stream.orders):,} orders; least cost of whole assignments is "
            f"{bounds.whole / bounds.published:.4f} x the published bound",
            flush=True,
        )
        for policy, send in policies.items():
            rows.setdefault(policy, []).append(_row(send(stream, nearest), stream, bounds))
        costs = ", ".join(f"{policy} {found[-1]['over_published']:.4f}" for policy, found in rows.items())
        print(f"    {costs}; {watch.read()[1]:.0f} s", flush=True)
    _print(rows)
    return {"title": title, "cases": names, "policies": rows}


def _policies(given: argparse.Namespace) -> Policies:
    return _wanted(
        given,
        {
            "nearest": lambda stream, nearest: run_nearest(stream, nearest, UNSERVED),
            "fewest parcels": lambda stream, _: Sender(stream, Policy(split_penalty=DEAREST), 0, UNSERVED).run(),
            "cheapest now": lambda stream, _: Sender(stream, Policy()).run(),
            "stock price, once": lambda stream, _: Sender(stream, Policy(), 1).run(),
            "stock price": lambda stream, _: Sender(stream, Policy(), given.solves).run(),
        },
    )


def _asking(given: argparse.Namespace) -> Policies:
    own = Policy(refusal_cost=round(SCALE * given.refusal_cost))
    fewest = replace(own, split_penalty=DEAREST)
    return _wanted(
        given,
        {
            "fewest parcels": lambda stream, _: Sender(stream, fewest, 0, UNSERVED).run(),
            "cheapest now": lambda stream, _: Sender(stream, own).run(),
            "stock price, once": lambda stream, _: Sender(stream, own, 1).run(),
            "stock price": lambda stream, _: Sender(stream, own, given.solves).run(),
            "stock price, half begun": lambda stream, _: Sender(stream, own, given.solves, begun=0.5).run(),
            "stock price, all begun": lambda stream, _: Sender(stream, own, given.solves, begun=1.0).run(),
        },
    )


def _on_olist(given: argparse.Namespace) -> Policies:
    return _wanted(
        given,
        {
            "nearest": lambda stream, nearest: run_nearest(stream, nearest, UNSERVED),
            "cheapest now": lambda stream, _: Sender(stream, Policy()).run(),
            "stock price": lambda stream, _: Sender(stream, Policy(), OLIST_SOLVES).run(),
        },
    )


def _wanted(given: argparse.Namespace, policies: Policies) -> Policies:
    return {name: send for name, send in policies.items() if not given.policy or name in given.policy}


def _row(run: Run, stream: Stream, bounds: Bounds) -> dict[str, float]:
    count = len(stream.orders)
    return {
        "orders": count,
        "cost": run.cost,
        "published_bound": bounds.published,
        "over_published": run.cost / bounds.published,
        "over_whole": run.cost / bounds.whole,
        "parcels": run.parcels / count,
        "refusals": run.refusals / count,
        "cpu_ms": 1e3 * run.seconds / count,
        "solving_cpu_ms": 1e3 * run.solving_seconds / count,
        "wall_ms": 1e3 * run.wall_seconds / count,
    }


def _print(rows: dict[str, list[dict[str, float]]]) -> None:
    print(
        f"  {'':28}{'cost / published':>18}{'all':>9}{'/ whole':>9}{'parcels':>9}{'refused':>9}"
        f"{'CPU ms':>9}{'solving':>9}{'wall ms':>9}   load {os.getloadavg()[0]:.1f}"
    )
    for policy, cases in rows.items():
        means = {name: statistics.mean(case[name] for case in cases) for name in cases[0]}
        spread = statistics.stdev([case["over_published"] for case in cases]) if len(cases) > 1 else 0.0
        whole = means["cost"] / means["published_bound"]
        print(
            f"  {policy:28}{means['over_published']:10.4f} ±{spread:6.4f}{whole:9.4f}{means['over_whole']:9.4f}"
            f"{means['parcels']:9.3f}{means['refusals']:9.3f}{means['cpu_ms']:9.2f}{means['solving_cpu_ms']:9.2f}"
            f"{means['wall_ms']:9.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
