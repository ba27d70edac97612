"""``entrepot promise``: how dates would have been kept, what is promised, how promises are kept."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from entrepot.cli.screen import errors, platform, print_json, print_rows, progress
from entrepot.kernel.errors import InputError, NotFound

if TYPE_CHECKING:
    from entrepot.orders.promise.quality import Group, Kept, Match, Quality
    from entrepot.orders.promise.walk import Answer

app = typer.Typer(no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]

_DATE = ["%Y-%m-%d"]


@app.command("backtest")
def backtest(
    orders: Annotated[Path, typer.Option(help="Parquet file of orders; Olist's finds its other files beside it.")],
    start: Annotated[datetime, typer.Option("--from", formats=_DATE, help="First day of purchase that counts.")],
    end: Annotated[datetime, typer.Option("--to", formats=_DATE, help="The day after the last.")],
    target_late: Annotated[float, typer.Option(help="Percent of orders that may come after the promised day.")],
    country: Annotated[str | None, typer.Option(help="Whose holidays are kept, such as BR or US/CA.")] = None,
    refit_days: Annotated[int, typer.Option(min=1, max=90, help="Days between refits.")] = 14,
    seed: Annotated[int, typer.Option(help="Of the model; the same seed promises the same.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Walk forward through past orders, promising each from what was known when its day began; no database needed.

    Ctrl-C ends it with what is promised so far, and exit code 130.
    """
    if not 0.0 < target_late < 100.0:
        raise InputError(
            "promise.target",
            f"{target_late:g} percent late is no target.",
            "Give --target-late above 0 and below 100, such as 8.",
        )
    from entrepot.orders.promise.walk import Question, prepare, run_backtest  # late: other commands start at once

    question = Question(orders, start.date(), end.date(), target_late / 100.0, country, refit_days, seed)
    walk = prepare(question)
    with progress("Refits", len(walk.stretches)) as tell:
        answer = run_backtest(walk, tell)
    for finding in answer.findings:
        errors.print(finding, markup=False, soft_wrap=True)
    if answer.absent:
        errors.print(f"Not in the file: {', '.join(answer.absent)}.", markup=False, soft_wrap=True)
    if as_json:
        print_json(report(answer))
    else:
        _show(answer)
    if not answer.is_whole:
        errors.print(f"entrepot: stopped; this is what was promised before {answer.promised_to}")
        raise typer.Exit(130)


@app.command("fit")
def fit(as_json: AsJson = False) -> None:
    """Fit today's model on the orders of the book; the app does it every night."""
    with platform() as opened, progress("Fits", None) as tell:
        row = opened.promising.fit("command line", lambda done, total: tell(done))
    told = row._asdict()
    if as_json:
        print_json(told)
    else:
        print_rows([{"what": name, "value": value} for name, value in told.items()], as_json=False)


@app.command("quote")
def quote(
    destination: Annotated[str, typer.Argument(help="Province or state it goes to.")],
    area: Annotated[str | None, typer.Option(help="City.")] = None,
    node: Annotated[str | None, typer.Option(help="Who sends it.")] = None,
    origin: Annotated[str | None, typer.Option(help="Province or state it is sent from.")] = None,
    weight_g: Annotated[float | None, typer.Option(min=0)] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what an order placed now would be promised, at each service level."""
    from entrepot.flows.promise_history import order_placed  # late: other commands start at once

    known = {"destination": destination, "area": area, "node": node, "origin": origin, "weight_g": weight_g}
    with platform() as opened, opened.db.read() as conn:
        (told,) = opened.promising.quote(conn, order_placed(opened.promising.today(), known))
    if as_json:
        print_json(told._asdict())
    else:
        rows = [*told.dates.items(), *told.quantiles.items()]
        print_rows([{"": name, "date": day} for name, day in rows], as_json=False)


@app.command("quality")
def quality(
    months: Annotated[int, typer.Option(min=1, max=36, help="Newest first.")] = 6, as_json: AsJson = False
) -> None:
    """Tell how first promises were kept, by month of purchase, lane and channel; * is all of them."""
    from entrepot.orders.promise.store import list_quality  # late: other commands start at once

    with platform() as opened:
        opened.promising.measure()
        with opened.db.read() as conn:
            rows = list_quality(conn, months)
    print_rows([row._asdict() for row in rows], as_json)


@app.command("show")
def show(order: Annotated[str, typer.Argument(help="channel:shop:native id")], as_json: AsJson = False) -> None:
    """Tell what an order was promised, the first promise first."""
    from entrepot.orders.promise.store import history_of_promises  # late: other commands start at once

    with platform() as opened, opened.db.read() as conn:
        rows = history_of_promises(conn, order)
    if not rows:
        raise NotFound("promise.none", f"Nothing was promised for {order!r}.", "See entrepot orders list.")
    print_rows([row._asdict() for row in rows], as_json)


def report(answer: Answer) -> dict[str, object]:
    """Return a backtest as plain values for JSON."""
    question = answer.question
    return {
        "orders_file": question.file.name,
        "from": question.start.isoformat(),
        "to": question.end.isoformat(),
        "promised_to": answer.promised_to.isoformat(),
        "target_late": question.target_late,
        "orders": answer.promised,
        "refits": answer.refits,
        "models": list(answer.versions),
        "horizon_days": answer.horizon,
        "seconds": round(answer.seconds, 1),
        "absent_columns": list(answer.absent),
        "findings": list(answer.findings),
        **(_quality(answer.quality) if answer.quality else {"promise": None}),
    }


def _quality(quality: Quality) -> dict[str, object]:
    return {
        "promise": _kept(quality.ours),
        "coverage": _rounded(1.0 - quality.ours.late_share),
        "undelivered": quality.undelivered,
        "incumbent": _kept(quality.incumbent),
        "at_incumbent_late_share": _match(quality.matched),
        "at_incumbent_late_by_timestamp": _match(quality.matched_by_timestamp),
        "months": [_group(one) for one in quality.months],
        "lanes": [_group(one) for one in quality.lanes],
        "accuracy": {
            "median_error_days": _rounded(quality.accuracy.median_error_days),
            "pinball_days": {name: _rounded(loss) for name, loss in quality.accuracy.pinball.items()},
            "crps_days": _rounded(quality.accuracy.crps_days),
        },
        "frontier": [
            {"quantile": quantile, "mean_days": _rounded(days), "late_share": _rounded(late)}
            for quantile, days, late in quality.frontier
        ],
    }


def _kept(kept: Kept | None) -> dict[str, object] | None:
    if kept is None:
        return None
    return {name: _rounded(value) for name, value in kept._asdict().items()}


def _match(match: Match | None) -> dict[str, object] | None:
    if match is None:
        return None
    return {name: _rounded(value) for name, value in match._asdict().items()}


def _group(group: Group) -> dict[str, object]:
    return {
        "name": group.name,
        "promise": _kept(group.kept),
        "coverage": _rounded(group.coverage),
        "points_off_target": _rounded(group.points_off_target),
        "undelivered": group.undelivered,
        "incumbent": _kept(group.incumbent),
    }


def _rounded(value: float) -> float | None:
    """Round for people; what is not a number has no place in JSON."""
    return None if math.isnan(value) else round(value, 4)


def _show(answer: Answer) -> None:
    quality = answer.quality
    if quality is None:
        typer.echo("Nothing was promised yet that was delivered.")
        return
    rows = [_line("promise", quality.ours), *([_line("incumbent", quality.incumbent)] if quality.incumbent else [])]
    if quality.matched:
        rows.append(
            {
                "": "promise, late as often",
                "mean days": f"{quality.matched.mean_days:.2f}",
                "late": f"{quality.matched.late_share:.2%}",
                "shorter by": f"{quality.matched.days_shorter:.2f}",
            }
        )
    print_rows(rows, as_json=False, columns=["", "orders", "mean days", "late", "late by the clock", "shorter by"])
    print_rows([_group_line(one) for one in quality.months], as_json=False)
    print_rows([_group_line(one) for one in quality.lanes], as_json=False)
    typer.echo(
        f"median off by {quality.accuracy.median_error_days:.2f} days, {answer.refits} refits, {answer.seconds:.0f} s"
    )


def _line(name: str, kept: Kept) -> dict[str, object]:
    return {
        "": name,
        "orders": f"{kept.orders:,}",
        "mean days": f"{kept.mean_days:.2f}",
        "late": f"{kept.late_share:.2%}",
        "late by the clock": f"{kept.late_by_timestamp:.2%}",
    }


def _group_line(group: Group) -> dict[str, object]:
    line = _line(group.name, group.kept) | {"off target": f"{group.points_off_target:+.1f}"}
    if group.incumbent:
        line |= {"theirs": f"{group.incumbent.mean_days:.2f}", "their late": f"{group.incumbent.late_share:.2%}"}
    return line
