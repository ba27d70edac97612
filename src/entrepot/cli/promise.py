"""``entrepot promise``: how dates would have been kept, what is promised, how promises are kept."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from entrepot.cli.screen import errors, platform, print_json, print_rows, progress
from entrepot.kernel.errors import InputError, NotFound

if TYPE_CHECKING:
    from entrepot.orders.promise.quality import Group, Kept
    from entrepot.orders.promise.walk import Answer

app = typer.Typer(no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]

_DATE = ["%Y-%m-%d"]


@app.command("backtest")
def backtest(
    orders: Annotated[
        Path | None,
        typer.Option(
            help="Parquet or CSV file of orders; Olist's finds its other files beside it. Left out: the book's own."
        ),
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="OURS=THEIRS, such as placed_at=created: what the file calls it; repeat.")
    ] = None,
    start: Annotated[datetime | None, typer.Option("--from", formats=_DATE, help="First day of purchase.")] = None,
    end: Annotated[datetime | None, typer.Option("--to", formats=_DATE, help="The day after the last.")] = None,
    target_late: Annotated[float, typer.Option(help="Percent of orders that may come after the promised day.")] = 8.0,
    country: Annotated[
        str | None, typer.Option(help="Whose holidays are kept, such as BR or US/CA; of the book's own: China's.")
    ] = None,
    refit_days: Annotated[int, typer.Option(min=1, max=90, help="Days between refits.")] = 14,
    seed: Annotated[int, typer.Option(help="Of the model; the same seed promises the same.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Walk forward through past orders, promising each from what was known when its day began.

    A file needs --from and --to, and no database. Of the book's own orders those are taken, where nothing is named,
    that have had time to arrive; what is found shows on the page Promises too. Ctrl-C ends it with what is promised so
    far, and exit code 130.
    """
    if not 0.0 < target_late < 100.0:
        raise InputError(
            "promise.target",
            f"{target_late:g} percent late is no target.",
            "Give --target-late above 0 and below 100, such as 8.",
        )
    window = start and start.date(), end and end.date()
    asked = _Asked(*window, target_late / 100.0, country, refit_days, seed)
    answer = _through_book(asked) if orders is None else _through_file(orders, asked, _names(column or []))
    for finding in answer.findings:
        errors.print(finding, markup=False, soft_wrap=True)
    if answer.absent:
        errors.print(f"Not in the file: {', '.join(answer.absent)}.", markup=False, soft_wrap=True)
    if as_json:
        from entrepot.orders.promise.report import report  # late: other commands start at once

        print_json(report(answer))
    else:
        _show(answer)
    if not answer.is_whole:
        errors.print(f"entrepot: stopped; this is what was promised before {answer.promised_to}")
        raise typer.Exit(130)


class _Asked(NamedTuple):
    start: date | None
    end: date | None
    target_late: float
    country: str | None
    refit_days: int
    seed: int


def _names(columns: list[str]) -> dict[str, str]:
    names = dict(one.partition("=")[::2] for one in columns)
    if not all(names.values()):
        raise InputError(
            "promise.columns", "--column names no column.", "Write OURS=THEIRS, such as placed_at=created."
        )
    return names


def _through_file(orders: Path, asked: _Asked, names: dict[str, str]) -> Answer:
    from entrepot.orders.promise.walk import Question, prepare, run_backtest  # late: other commands start at once

    if asked.start is None or asked.end is None:
        raise InputError(
            "promise.window", "A file's orders are walked through between two days.", "Give --from and --to."
        )
    walk = prepare(Question(orders, asked.start, asked.end, *asked[2:], names=names))
    with progress("Refits", len(walk.stretches)) as tell:
        return run_backtest(walk, tell)


def _through_book(asked: _Asked) -> Answer:
    with platform() as opened, progress("Refits", None) as tell:
        answer = opened.backtests.walk(
            asked.start,
            asked.end,
            asked.target_late,
            lambda done, total: tell(done),
            country=asked.country,
            refit_days=asked.refit_days,
            seed=asked.seed,
        )
        if answer.is_whole:
            opened.backtests.keep(answer, "command line")
        return answer


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


def _show(answer: Answer) -> None:
    quality = answer.quality
    if quality is None:
        typer.echo("Nothing was promised yet that was delivered.")
        return
    rows = [_line("promise", quality.ours), *([_line("incumbent", quality.incumbent)] if quality.incumbent else [])]
    if quality.matched:
        rows.append(
            {
                "": "promise, late as often" if quality.is_matched else "promise, nearest",
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
    name = f"?{group.name}" if group.name.startswith(" > ") else group.name
    if not group.kept.orders:
        return {"": name, "orders": "0"}
    line = _line(name, group.kept) | {"off target": f"{group.points_off_target:+.1f}"}
    if group.incumbent:
        line |= {"theirs": f"{group.incumbent.mean_days:.2f}", "their late": f"{group.incumbent.late_share:.2%}"}
    return line
