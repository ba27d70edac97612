"""``entrepot stock``: levels, as-of balances, audits, what may be sold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from entrepot.cli.screen import errors, platform, print_json, print_rows
from entrepot.stock import LevelQuery
from entrepot.stock.availability_queries import of_sku, reflected, titles_of

app = typer.Typer(no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON lines.")]


@app.command("levels")
def levels(
    sku: Annotated[str | None, typer.Option()] = None,
    node: Annotated[str | None, typer.Option()] = None,
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 100,
) -> None:
    """List what is where."""
    with platform() as opened:
        page = opened.book.levels(LevelQuery(sku=sku, node=node, limit=limit), datetime.now(UTC))
    print_rows([row._asdict() for row in page.items], as_json)


@app.command("as-of")
def as_of(
    valid: Annotated[datetime, typer.Argument(help="What was so at this time (UTC where no zone is given).")],
    known: Annotated[datetime | None, typer.Option(help="As known at this time; else all.")] = None,
    sku: Annotated[str | None, typer.Option()] = None,
    node: Annotated[str | None, typer.Option()] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what was where at a time, from what was known at a time."""
    with platform() as opened:
        balances = opened.book.as_of(_utc(valid), None if known is None else _utc(known), sku, node)
    rows = [{**account._asdict(), "qty": qty} for account, qty in sorted(balances.items())]
    print_rows(rows, as_json)


@app.command("audit")
def audit(as_json: AsJson = False) -> None:
    """Compare every level with the sum of its movements; exit 1 when one differs."""
    with platform() as opened:
        drifts = opened.book.audit()
    print_rows([drift._asdict() for drift in drifts], as_json)
    if not as_json:
        errors.print(f"{len(drifts)} cells differ from the sum of their movements")
    raise typer.Exit(1 if drifts else 0)


@app.command("atp")
def show_promisable(sku: Annotated[str, typer.Argument()], as_json: AsJson = False) -> None:
    """Tell what each shop may sell of a SKU, now and by date (one JSON object with --json)."""
    with platform() as opened, opened.db.read() as conn:
        found, position = of_sku(conn, sku), reflected(conn)
        title, title_en = titles_of(conn, sku)
    if as_json:
        shops = [{**one.row._asdict(), "curve": one.curve} for one in found.shops]
        others = {name: [row._asdict() for row in getattr(found, name)] for name in ("nodes", "coming", "pegs")}
        names = {"title": title, "title_en": title_en}
        print_json({"sku": sku, **names, "position": position, "shops": shops, **others})
        return
    columns = ("channel", "shop", "now", "offered", "next_date", "next_qty", "owed", "overdue", "changed_at")
    print_rows([one.row._asdict() for one in found.shops], as_json, columns)


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
