"""``entrepot orders``: list, show, explain, and the personal data of one order."""

from __future__ import annotations

from typing import Annotated

import typer

from entrepot.cli.screen import platform, print_json, print_rows
from entrepot.flows.personal import erase_order, export_order

app = typer.Typer(no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON lines.")]
OrderName = Annotated[str, typer.Argument(help="channel:shop:native id")]

_LISTED = (
    "id, placed_at, payment_status, fulfilment_status, aftersale_status, currency, paid, lines, pieces, province, city"
)


@app.command("list")
def list_orders(
    channel: Annotated[str | None, typer.Option()] = None,
    limit: Annotated[int, typer.Option(min=1, max=100000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List orders, newest first; money in minor units."""
    with platform() as opened, opened.db.read() as conn:
        found = conn.execute(
            f"SELECT {_LISTED} FROM orders.orders WHERE %(channel)s::text IS NULL OR channel = %(channel)s "
            "ORDER BY placed_at DESC NULLS LAST, id DESC LIMIT %(limit)s",
            {"channel": channel, "limit": limit},
        )
        names = [column.name for column in found.description or ()]
        print_rows([dict(zip(names, row, strict=True)) for row in found], as_json)


@app.command("explain")
def explain(
    order: OrderName,
    field: Annotated[str, typer.Argument(help="Such as paid.")],
    part: Annotated[str, typer.Option(help="Id of a line, payment, refund or shipment, for its fields.")] = "",
    as_json: AsJson = False,
) -> None:
    """Tell which message, which bytes and which converter a field comes from."""
    from entrepot.api.explain import explain_value  # late: other commands do without the web
    from entrepot.app import api_services

    with platform() as opened:
        told = explain_value(api_services(opened), order, part, field, in_clear=True)
    if as_json:
        print_json(told.model_dump(mode="json"))
        return
    typer.echo(f"{field} = {told.value!r}")
    typer.echo(f"  rule       {told.rule or told.converter}   {told.adapter or ''}")
    typer.echo(f"  message    {told.message_id or '-'}")
    typer.echo(f"  bytes      {told.pointer or '-'}   {told.excerpt or ''}")
    for other in told.candidates:
        typer.echo(f"  also said  {other.value!r} by {other.message_id[:12]} ({other.reason})")


@app.command("export-personal")
def export_personal(order: OrderName) -> None:
    """Print the personal data held for an order as JSON."""
    with platform() as opened:
        print_json(export_order(opened.db, order))


@app.command("erase-personal")
def erase_personal(order: OrderName, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Erase the personal data of an order: its fields and the bodies of its messages. Cannot be undone."""
    if not yes:
        typer.confirm(f"Erase the personal data of {order}? This cannot be undone.", abort=True)
    with platform() as opened:
        print_json(erase_order(opened.db, order, "command line"))
