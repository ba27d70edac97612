"""``entrepot network``: design a network from a file, and check plans. No database."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from entrepot.cli import network_study
from entrepot.cli.screen import errors, interruptible, print_json, print_rows, print_some, refuse_unwritable
from entrepot.infra.compute import usable_cores
from entrepot.kernel.errors import InputError
from entrepot.network.checker import Verdict, check
from entrepot.network.formats import read_plan, read_problem, write_plan
from entrepot.network.formats.workbook import write_template
from entrepot.network.infeasible import Proof, explain_infeasible
from entrepot.network.plan import Plan, plan_as_form
from entrepot.network.problem import Problem

if TYPE_CHECKING:
    from entrepot.network.solver.solve import Solution

app = typer.Typer(no_args_is_help=True)

Network = Annotated[
    Path, typer.Argument(help="The network: a file (.gz is unpacked), a workbook, or a folder of CSV tables.")
]
Format = Annotated[str, typer.Option("--format", help="auto, entrepot, tables, orlib-cap, sscflp, tscfl or pmedian.")]
Capacity = Annotated[int | None, typer.Option(min=0, help="What the word capacity of an OR-Library file stands for.")]
Uncapacitated = Annotated[bool, typer.Option("--uncapacitated", help="Leave all capacities out.")]
Single = Annotated[bool, typer.Option("--single-source", help="Each zone gets a class from one site.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line.")]

INTERRUPTED = 130
SERVICE = ("mean_hours", "hours_95", "longest_hours")


@app.command("solve")
def solve_network(
    file: Network,
    seconds: Annotated[float, typer.Option(min=0.0, help="How long to search; less when the best is proven.")] = 60.0,
    seed: Annotated[int, typer.Option(help="Of random choices.")] = 1,
    form: Format = "auto",
    capacity: Capacity = None,
    uncapacitated: Uncapacitated = False,
    single_source: Single = False,
    out: Annotated[Path | None, typer.Option(help="Write the plan as JSON.")] = None,
    cores: Annotated[int | None, typer.Option(min=1, help="With two HiGHS works beside; all without it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Choose sites and flows; Ctrl-C or SIGTERM ends the search with the best plan so far (exit 130).

    Exit 1 when no plan was found, or the problem provably has none (each proof is told).
    """
    refuse_unwritable(out, "network")
    problem = read_problem(file, form, capacity=capacity, is_uncapacitated=uncapacitated, is_single=single_source)
    _refuse_infeasible(problem, explain_infeasible(problem), as_json)
    with interruptible() as interrupted:
        solution = _search(problem, seconds, seed, interrupted, usable_cores() if cores is None else cores)
    told = {"problem": problem.name, "seed": seed, "seconds": round(solution.seconds, 3)}
    told |= {"interrupted": interrupted.is_set(), "first_solution_at": solution.first_at}
    told |= {"bound": solution.bound, "bound_by": solution.how}
    stopped = INTERRUPTED if interrupted.is_set() else 1
    if solution.plan is None:
        _tell_nothing(told, solution, as_json)
        raise typer.Exit(stopped)
    if out is not None:
        write_plan(out, solution.plan, problem)
    told |= _summary(problem, solution.plan, check(problem, solution.plan), solution.bound)
    if as_json:
        print_json({**told, "plan": msgspec.to_builtins(plan_as_form(solution.plan, problem))})
    else:
        _tell(told)
    raise typer.Exit(INTERRUPTED if interrupted.is_set() else 0)


@app.command("template")
def make_template(
    out: Annotated[Path, typer.Argument(help="A new .xlsx workbook, or the name of a new folder for CSV files.")],
) -> None:
    """Write the tables of a network with a small example and notes on every column: fill them in, and solve."""
    if out.exists() or not out.absolute().parent.is_dir():
        why = "is there already" if out.exists() else "is in a folder that does not exist"
        raise InputError("network.out", f"{out} {why}.", "Choose another name.")
    write_template(out)
    typer.echo(f"{out} is written; entrepot network solve {out}")


@app.command("check")
def check_plan(
    file: Network,
    solution: Annotated[Path, typer.Argument(help="The plan, as --out wrote it.")],
    form: Format = "auto",
    capacity: Capacity = None,
    uncapacitated: Uncapacitated = False,
    single_source: Single = False,
    as_json: AsJson = False,
) -> None:
    """Add a plan up once more in exact arithmetic, and tell every limit it breaks; exit 1 when it breaks one."""
    problem = read_problem(file, form, capacity=capacity, is_uncapacitated=uncapacitated, is_single=single_source)
    plan = read_plan(solution, problem)
    verdict = check(problem, plan)
    told = {"problem": problem.name, **_summary(problem, plan, verdict, None)}
    if as_json:
        print_json(told)
    else:
        _tell(told)
    raise typer.Exit(0 if verdict.is_feasible else 1)


@app.command("why")
def tell_why(
    file: Network,
    solution: Annotated[Path, typer.Argument(help="The plan, as --out wrote it.")],
    seconds: Annotated[float, typer.Option(min=0.0, help="How long to price sites at most.")] = 60.0,
    form: Format = "auto",
    capacity: Capacity = None,
    uncapacitated: Uncapacitated = False,
    single_source: Single = False,
    as_json: AsJson = False,
) -> None:
    """Tell what each site does, and what it would cost more to close, or open, it with the others as they are."""
    from entrepot.network.analysis import reasons, service_of  # late, as in `_search`

    problem = read_problem(file, form, capacity=capacity, is_uncapacitated=uncapacitated, is_single=single_source)
    plan = read_plan(solution, problem)
    with interruptible() as interrupted:
        found = reasons(problem, plan, seconds=seconds, cancelled=interrupted.is_set)
    sites = [{**asdict(one), "site": problem.sites[one.site].id} for one in found]
    if as_json:
        service = service_of(problem, plan)
        print_json({"problem": problem.name, "service": service and asdict(service), "sites": sites})
    else:
        print_rows([_short(one) for one in sites], as_json=False)
    raise typer.Exit(INTERRUPTED if interrupted.is_set() else 0)


@app.command("curve")
def draw_curve(
    file: Network,
    count: Annotated[list[int] | None, typer.Option(help="How many sites; several. Left out: around the best.")] = None,
    level: Annotated[str | None, typer.Option(help="Count the sites of this level only.")] = None,
    seconds: Annotated[float, typer.Option(min=0.0, help="How long to search for each count.")] = 10.0,
    seed: Annotated[int, typer.Option(help="Of random choices.")] = 1,
    form: Format = "auto",
    capacity: Capacity = None,
    uncapacitated: Uncapacitated = False,
    single_source: Single = False,
    as_json: AsJson = False,
) -> None:
    """Design the network with fewer and with more sites: cost, bound and hours of each; one JSON line a count."""
    from entrepot.network.analysis import counts_around, curve  # late, as in `_search`

    problem = read_problem(file, form, capacity=capacity, is_uncapacitated=uncapacitated, is_single=single_source)
    if level is not None and level not in {site.level for site in problem.sites}:
        raise InputError("network.level", f"{problem.name} has no sites of the level {level}.", "Name one of its own.")
    with interruptible() as interrupted:
        if not count:
            best = _search(problem, seconds, seed, interrupted)
            count = counts_around(problem, best.plan, level) if best.plan is not None else []
        rows = []
        for point in curve(problem, count, level=level, seconds=seconds, seed=seed, cancelled=interrupted.is_set):
            told = {"sites": point.sites, "cost": point.cost, "bound": point.bound, "gap": point.gap}
            told["infeasible"] = point.is_infeasible
            rows.append(told | (asdict(point.service) if point.service else dict.fromkeys(SERVICE)))
    print_rows(rows if as_json else [_short(row) for row in rows], as_json)
    raise typer.Exit(INTERRUPTED if interrupted.is_set() else 0 if rows else 1)


def _short(row: Mapping[str, object]) -> dict[str, object]:
    """Write numbers of a row as people read them, a gap and how full a site is in per cent."""
    found: dict[str, object] = {}
    for name, value in row.items():
        if isinstance(value, tuple):
            found[name] = ", ".join(value)
        elif isinstance(value, float):
            found[name] = f"{value:.2%}" if name in ("gap", "used") else f"{value:,.2f}"
        else:
            found[name] = value
    return found


def _search(problem: Problem, seconds: float, seed: int, interrupted: threading.Event, cores: int = 1) -> Solution:
    from entrepot.network.solver.solve import solve  # late: compiled code and HiGHS take a second to load

    with errors.status("Searching") as status:

        def progress(gone: float, cost: float, bound: float) -> None:
            status.update(f"{gone:.0f} of {seconds:g} s: cost {cost:,.6g}, none is below {bound:,.6g}")

        return solve(problem, seconds=seconds, seed=seed, cores=cores, progress=progress, cancelled=interrupted.is_set)


def _refuse_infeasible(problem: Problem, proofs: list[Proof], as_json: bool) -> None:
    if not proofs:
        return
    if as_json:
        told = [{**proof._asdict(), "message": proof.message} for proof in proofs]
        print_json({"problem": problem.name, "feasible": False, "proofs": told})
    else:
        errors.print(f"{problem.name} has no plan:", markup=False, soft_wrap=True)
        print_some([proof.message for proof in proofs])
    raise typer.Exit(1)


def _tell_nothing(told: dict[str, Any], solution: Solution, as_json: bool) -> None:
    if as_json:
        print_json({**told, "feasible": False if solution.is_infeasible else None, "cost": None})
        return
    proven = "HiGHS finds that it has none; a capacity, limit or budget is too tight."
    unknown = "None was found in this time; give more --seconds."
    errors.print(f"{told['problem']}: no plan. {proven if solution.is_infeasible else unknown}", soft_wrap=True)


def _summary(problem: Problem, plan: Plan, verdict: Verdict, bound: float | None) -> dict[str, Any]:
    """Tell all in the file's own units of cost."""
    scale, cost = problem.cost_scale, verdict.cost
    total = float(cost.total / scale)
    told: dict[str, Any] = {
        "sites": len(plan.sites),
        "of_sites": len(problem.sites),
        "zones": len(problem.zones),
        "cost": total,
        "exact_cost": str(cost.total / scale),
        "parts": {
            name: float(getattr(cost, name) / scale)
            for name in ("fixed", "opening", "closing", "carrying", "pooling", "transport")
        },
        "standing": [problem.sites[k].id for k in sorted(plan.sites)],
        "flows": len(plan.flows),
        "feasible": verdict.is_feasible,
        "violations": [{**one._asdict(), "excess": one.excess} for one in verdict.violations],
        "messages": [one.message for one in verdict.violations],
    }
    if bound is not None:
        told["gap"] = round(max(0.0, total - bound) / total, 9) if total else 0.0
    return told


def _tell(told: dict[str, Any]) -> None:
    split = " + ".join(f"{name} {value:,.10g}" for name, value in told["parts"].items() if value)
    typer.echo(f"{told['problem']}: {told['sites']} of {told['of_sites']} sites for {told['zones']} zones")
    typer.echo(f"cost {told['cost']:,.10g} ({split or 'nothing'})")
    if "gap" in told:
        typer.echo(f"no plan costs less than {told['bound']:,.10g} ({told['bound_by']}), gap {told['gap']:.3%}")
        typer.echo(f"{told['seconds']:.1f} s, seed {told['seed']}")
    typer.echo(f"standing: {', '.join(told['standing'])}")
    typer.echo("feasible" if told["feasible"] else f"not feasible: {len(told['violations'])} limits are broken")
    print_some(told["messages"])


app.command("zones")(network_study.show_zones)
app.command("draw")(network_study.draw_network)
app.command("studies")(network_study.list_studies)
