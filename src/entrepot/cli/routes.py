"""``entrepot routes``: plan vehicle routes from a file, and check plans. No database."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from entrepot.cli.screen import errors, interruptible, print_json, print_some, refuse_unwritable
from entrepot.delivery.routing.checker import Verdict, check
from entrepot.delivery.routing.formats import read_plan, read_problem, write_plan
from entrepot.delivery.routing.formats.entrepot_json import Ways
from entrepot.delivery.routing.infeasible import explain_infeasible
from entrepot.delivery.routing.plan import Plan, plan_as_form
from entrepot.delivery.routing.problem import Problem

if TYPE_CHECKING:
    from entrepot.delivery.routing.bound import Bound

app = typer.Typer(no_args_is_help=True)

Instance = Annotated[Path, typer.Argument(help="The problem; .gz is unpacked.")]
Format = Annotated[str, typer.Option("--format", help="auto, vrplib, solomon, entrepot or tdvrptw.")]
Round = Annotated[
    str, typer.Option("--round", help="auto (as best-known values are published), round, trunc, dimacs or exact.")
]
Roads = Annotated[
    str | None, typer.Option("--roads", help="Folder of `entrepot roads build`, or an OSRM server's address.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line.")]

INTERRUPTED = 130


@app.command("solve")
def solve_routes(
    file: Instance,
    seconds: Annotated[float, typer.Option(min=0.0, help="How long to search.")] = 10.0,
    seed: Annotated[int, typer.Option(help="The same seed, iterations and cores give the same plan.")] = 1,
    form: Format = "auto",
    rounding: Round = "auto",
    out: Annotated[Path | None, typer.Option(help="Write the plan: .sol as text, else JSON.")] = None,
    start: Annotated[Path | None, typer.Option(help="A plan to begin with.")] = None,
    roads: Roads = None,
    cores: Annotated[int | None, typer.Option(min=1, help="Threads of a large problem; all cores without it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Plan routes; Ctrl-C or SIGTERM ends the search with the best plan so far (exit 130).

    Exit 1 when the problem provably cannot be served (each proof is told) or the plan breaks a limit.
    """
    refuse_unwritable(out, "routes")
    problem = read_problem(file, form, rounding, _ways(roads))
    first = None if start is None else read_plan(start, problem)
    _refuse_infeasible(problem, as_json)
    with interruptible() as interrupted:
        plan, took, iterations = _search(problem, first, seconds, seed, cores, interrupted)
    verdict, bound = check(problem, plan), _bound(problem)
    if out is not None:
        write_plan(out, plan, problem, verdict.cost.total)
    told = _summary(problem, plan, verdict, bound)
    told |= {"seed": seed, "seconds": round(took, 3), "iterations": iterations, "interrupted": interrupted.is_set()}
    if as_json:
        print_json({**told, "plan": msgspec.to_builtins(plan_as_form(plan, problem))})
    else:
        _tell(told, verdict)
        typer.echo(f"{took:.1f} s, {iterations:,} iterations, seed {seed}")
    raise typer.Exit(INTERRUPTED if interrupted.is_set() else 0 if verdict.is_feasible else 1)


@app.command("check")
def check_plan(
    file: Instance,
    solution: Annotated[Path, typer.Argument(help="The plan: .sol text, or JSON.")],
    form: Format = "auto",
    rounding: Round = "auto",
    numbering: Annotated[str, typer.Option(help="Of .sol files: auto, location (depot 0) or node (depot 1).")] = "auto",
    roads: Roads = None,
    as_json: AsJson = False,
) -> None:
    """Drive a plan once more and tell its cost and every limit it breaks; exit 1 when it breaks one."""
    problem = read_problem(file, form, rounding, _ways(roads))
    plan = read_plan(solution, problem, numbering)
    verdict = check(problem, plan)
    told = _summary(problem, plan, verdict, _bound(problem))
    if as_json:
        print_json(told)
    else:
        _tell(told, verdict)
    raise typer.Exit(0 if verdict.is_feasible else 1)


def _ways(roads: str | None) -> Ways | None:
    if roads is None:
        return None
    from entrepot.delivery.roads import Place, open_roads  # late: most plans need neither roads nor settings
    from entrepot.infra.settings import load_settings

    opened = open_roads(roads, load_settings().data_dir)
    return lambda places: opened.travel([Place(latitude, longitude, id_) for id_, latitude, longitude in places])


def _search(
    problem: Problem, start: Plan | None, seconds: float, seed: int, cores: int | None, interrupted: threading.Event
) -> tuple[Plan, float, int]:
    from entrepot.delivery.routing.search import solve  # late: compiled code takes a second to load

    done, begun = 0, time.perf_counter()
    with errors.status("Searching") as status:

        def progress(gone: float, cost: float, iterations: int) -> None:
            nonlocal done
            done = iterations
            status.update(f"{gone:.0f} of {seconds:g} s: cost {cost / problem.scale:,.2f}, {iterations:,} iterations")

        plan = solve(
            problem, seconds=seconds, seed=seed, start=start, progress=progress, cancelled=interrupted.is_set,
            cores=cores,
        )  # fmt: skip
    return plan, time.perf_counter() - begun, done


def _bound(problem: Problem) -> Bound:
    from entrepot.delivery.routing.bound import lower_bound  # late: SciPy takes half a second to load

    return lower_bound(problem)


def _refuse_infeasible(problem: Problem, as_json: bool) -> None:
    proofs = explain_infeasible(problem)
    if not proofs:
        return
    if as_json:
        print_json(
            {
                "problem": problem.name,
                "feasible": False,
                "proofs": [{**p._asdict(), "excess": p.excess} for p in proofs],
            }
        )
    else:
        errors.print(f"{problem.name} cannot be served:", markup=False, soft_wrap=True)
        print_some([proof.message for proof in proofs])
    raise typer.Exit(1)


def _summary(problem: Problem, plan: Plan, verdict: Verdict, bound: Bound) -> dict[str, Any]:
    """Tell all in the problem's own units; divided by `scale` they are those of the file."""
    cost = verdict.cost
    return {
        "problem": problem.name,
        "stops": len(problem.stops),
        "cost": cost.total,
        "scale": problem.scale,
        "parts": {
            "distance": cost.distance_cost,
            "time": cost.time_cost,
            "fixed": cost.fixed_cost,
            "prizes": cost.prizes,
        },
        "distance": cost.distance,
        "duration": cost.duration,
        "routes": len(plan.routes),
        "unserved": len(plan.unserved),
        "feasible": verdict.is_feasible,
        "violations": [{**one._asdict(), "excess": one.excess} for one in verdict.violations],
        "bound": bound.value,
        "bound_by": bound.how,
        "gap": round((cost.total - bound.value) / cost.total, 6) if cost.total else 0.0,
    }


def _tell(told: dict[str, Any], verdict: Verdict) -> None:
    scale, parts = told["scale"], {name: value for name, value in told["parts"].items() if value}
    split = " + ".join(f"{name} {value / scale:,.10g}" for name, value in parts.items())
    typer.echo(f"{told['problem']}: {told['stops']} stops, {told['routes']} routes, {told['unserved']} unserved")
    typer.echo(f"cost {told['cost'] / scale:,.10g} ({split or 'nothing'})" + (f"; x {scale}" if scale > 1 else ""))
    typer.echo(f"no plan costs less than {told['bound'] / scale:,.10g} ({told['bound_by']}), gap {told['gap']:.1%}")
    typer.echo("feasible" if verdict.is_feasible else f"not feasible: {len(verdict.violations)} limits are broken")
    print_some([one.message for one in verdict.violations])
