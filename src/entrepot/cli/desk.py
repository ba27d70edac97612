"""``entrepot desk``: what needs a person."""

from __future__ import annotations

from typing import Annotated

import typer

from entrepot.cli.screen import platform, print_json, print_rows
from entrepot.orders.lifecycle import desk
from entrepot.orders.lifecycle.desk import DeskQuery


def show_desk(
    reason: Annotated[str | None, typer.Option(help=f"One of {', '.join(desk.ALL_REASONS)}.")] = None,
    channel: Annotated[str | None, typer.Option()] = None,
    node: Annotated[str | None, typer.Option()] = None,
    limit: Annotated[int, typer.Option(min=1, max=100000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """List orders that need a person: the earliest deadline first, of equals the most money."""
    query = DeskQuery(reason, channel, node)
    with platform() as opened, opened.db.read() as conn:
        now = opened.clock.now()
        counts = desk.counts(conn, query, now)
        rows = [row._asdict() for row in desk.rows(conn, query, now, limit)]
    if as_json:
        for row in rows:
            print_json(row)
        return
    print_rows([{"reason": one.reason, "orders": one.count, "units": one.qty} for one in counts], as_json=False)
    print_rows(rows, False, ("due", "reason", "order_id", "qty", "money", "currency", "nodes"))
