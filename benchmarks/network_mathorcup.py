"""Categories of goods shared among rented warehouses (MathorCup 2024, track B): fewest rents within two limits each.

A class is a category and wants one place, whole: its volume is its stock, its weight what goes out of it on a day, and
a warehouse has a limit for each. Nobody published how the categories lay before, so the plan stands beside what people
do without a model, and the month after the one that was planned is put into all of them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from benchmarks.network_designs import Story, cost_of, design, row_of
from entrepot.network.plan import Flow, Plan
from entrepot.network.problem import Integers, Lanes, Problem, ProductClass, Site
from entrepot.network.zones import Floats

PLANNED: Final = date(2023, 4, 1)
LATER: Final = date(2023, 5, 1)
SCALE: Final = 100
ALL: Final = "all categories"


@dataclass(frozen=True, slots=True)
class Assumed:
    """What the task leaves open.

    Parameters
    ----------
    stock_room, output_room : float
        Room that is planned above the month's stock, and above each category's day.
    day : float
        Which of a category's days of the month counts as its day: 1 is its highest, 0.5 its median.
    """

    stock_room: float = 0.1
    output_room: float = 0.1
    day: float = 0.95


@dataclass(frozen=True)
class Month:
    """Stock by category, and what goes out by day and category; categories in one order throughout."""

    stock: Integers
    output: Integers


class Warehouses(NamedTuple):
    """What there is to rent: names, limits of stock and of a day's output, rent a day."""

    names: tuple[str, ...]
    stock: Integers
    output: Integers
    rent: Floats


@dataclass(frozen=True)
class Task:
    """The attachments; affinity by pairs of categories."""

    categories: tuple[str, ...]
    months: dict[date, Month]
    warehouses: Warehouses
    affinity: dict[tuple[int, int], int]


def compare(folder: Path, seconds: float, seed: int, assumed: Assumed) -> Story:
    """Lay the plan beside renting all, and beside the largest category into the largest warehouse; then a month on."""
    task = read_task(folder)
    problem = network(task, assumed)
    title = f"MathorCup: {len(task.categories)} categories, {len(task.warehouses.names)} warehouses"
    story = Story(title, "rent a day", asdict(assumed))
    story.notes.append("no status quo is published: before is all warehouses rented, or a rule of thumb")
    found, naive = design(problem, seconds, seed), largest_first(problem)
    every = float(task.warehouses.rent.sum())
    story.rows.append(row_of("one warehouse a category; before: all rented", every, found))
    if naive is not None:
        before = cost_of(problem, naive)
        story.rows.append(row_of("one warehouse a category; before: largest first", before, found))
    for name, plan in (("plan", found.plan), ("largest first", naive)):
        story.notes += [f"{name}: no fit"] if plan is None else [f"{name}: {one}" for one in judge(task, plan)]
    return story


def network(task: Task, assumed: Assumed) -> Problem:
    """State the planned month."""
    month, houses = task.months[PLANNED], task.warehouses
    day = np.quantile(month.output, assumed.day, axis=0, method="higher")
    stock = np.ceil(month.stock * (1 + assumed.stock_room)).astype(np.int64)
    output = np.ceil(day * (1 + assumed.output_room)).astype(np.int64)
    many, classes = len(houses.names), len(task.categories)
    sites = zip(houses.names, houses.rent.tolist(), houses.stock.tolist(), houses.output.tolist(), strict=True)
    goods = zip(task.categories, stock.tolist(), output.tolist(), strict=True)
    return Problem(
        "mathorcup",
        tuple(Site(name, round(SCALE * rent), room, weight_capacity=most) for name, rent, room, most in sites),
        (ALL,),
        tuple(ProductClass(name, volume, weight=weight) for name, volume, weight in goods),
        np.ones((1, 1, classes), dtype=np.int64),
        Lanes.of(
            np.repeat(np.arange(many), classes),
            np.full(many * classes, many),
            np.zeros(many * classes, dtype=np.int64),
            np.tile(np.arange(classes), many),
        ),
        is_single=True,
        cost_scale=SCALE,
    )


def largest_first(problem: Problem) -> Plan | None:
    """Put the category with most stock first, into the first rented warehouse with room; rent the largest first."""
    houses = sorted(range(len(problem.sites)), key=lambda k: (-(problem.sites[k].capacity or 0), k))
    goods = sorted(range(len(problem.classes)), key=lambda c: (-problem.classes[c].volume, c))
    room = np.array([(one.capacity, one.weight_capacity) for one in problem.sites], dtype=np.int64)
    flows = []
    for product in goods:
        needs = np.array([problem.classes[product].volume, problem.classes[product].weight])
        house = next((k for k in houses if (room[k] >= needs).all()), None)
        if house is None:
            return None
        room[house] -= needs
        flows.append(Flow(0, house, len(problem.sites), product, 1))
    return Plan(frozenset(one.origin for one in flows), tuple(flows))


def judge(task: Task, plan: Plan) -> list[str]:
    """Tell how full a plan's warehouses are in each month as it was, and what lies together."""
    shares = shares_of(task, plan)
    houses, rented = task.warehouses, sorted(plan.sites)
    told = [f"{len(rented)} warehouses"]
    for name, when in (("planned month", PLANNED), ("the next one", LATER)):
        month = task.months[when]
        stock = (shares @ month.stock)[rented] / houses.stock[rented]
        output = (month.output @ shares.T)[:, rented] / houses.output[rented]
        told.append(
            f"{name} as it was: {month.stock.sum() / houses.stock[rented].sum():.0%} of stock limits used, "
            f"{month.output.sum(axis=1).mean() / houses.output[rented].sum():.0%} of output limits; over the limit: "
            f"stock of {int((stock > 1).sum())} ({stock.max():.0%} at most), output on {int((output > 1).sum())} of "
            f"{output.size} warehouse-days ({output.max():.0%} at most)"
        )
    together = sum(value * float(shares[:, one] @ shares[:, other]) for (one, other), value in task.affinity.items())
    told.append(f"{together / max(1, sum(task.affinity.values())):.0%} of affinity lies together (not sought)")
    return told


def shares_of(task: Task, plan: Plan) -> Floats:
    """Return which share of each category lies in each warehouse, shape (n_warehouses, n_categories)."""
    shares = np.zeros((len(task.warehouses.names), len(task.categories)))
    for one in plan.flows:
        shares[one.origin, one.product] += one.quantity
    return np.asarray(shares / shares.sum(axis=0))


def read_task(folder: Path) -> Task:
    """Read the attachments; a category without stock or sales in a month has none."""
    stock, sales, houses, affinity, about = (
        pl.read_parquet(folder / f"attachment{name}.parquet")
        for name in ("1_inventory", "2_sales", "3_warehouses", "4_affinity", "5_categories")
    )
    categories = tuple(sorted(about["品类"].to_list()))
    number = {name: k for k, name in enumerate(categories)}
    pairs: dict[tuple[int, int], int] = {}
    for one, other, value in affinity.select("品类1", "品类2", "关联度").iter_rows():
        if one != other:
            pairs[min(number[one], number[other]), max(number[one], number[other])] = value
    houses = houses.sort("仓库")
    return Task(
        categories,
        {when: _month(stock, sales, when, number) for when in (PLANNED, LATER)},
        Warehouses(
            tuple(houses["仓库"].to_list()),
            houses["仓容上限"].to_numpy().astype(np.int64),
            houses["产能上限"].to_numpy().astype(np.int64),
            houses["仓租日成本"].to_numpy(),
        ),
        pairs,
    )


def _month(stock: pl.DataFrame, sales: pl.DataFrame, when: date, number: dict[str, int]) -> Month:
    lying = np.zeros(len(number), dtype=np.int64)
    for name, units in stock.filter(pl.col("月份") == when).select("品类", "库存量").iter_rows():
        lying[number[name]] = units
    rows = sales.filter(pl.col("日期").dt.month_start() == when).select("日期", "品类", "销量")
    days = {day: k for k, day in enumerate(sorted(rows["日期"].unique().to_list()))}
    output = np.zeros((max(1, len(days)), len(number)), dtype=np.int64)
    for day, name, units in rows.iter_rows():
        output[days[day], number[name]] = units
    return Month(lying, output)
