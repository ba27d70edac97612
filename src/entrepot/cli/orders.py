"""``entrepot orders``: list, explain, by piece, commands, and the personal data of one order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import uuid4

import typer
from pydantic import ValidationError

from entrepot.cli.screen import platform, print_json, print_rows
from entrepot.flows.personal import erase_order, export_order
from entrepot.infra.auth import SYSTEM, record_audit
from entrepot.infra.database import retry_conflicts
from entrepot.kernel.errors import Declined, InputError, NotFound
from entrepot.orders.pieces import Applied, legal_commands, status

if TYPE_CHECKING:
    from entrepot.api.order_commands import CommandBody
    from entrepot.app import Platform

_ACTOR: Final = "command line"

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
    from entrepot.web import api_services

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


@app.command("pieces")
def show_pieces(order: OrderName, as_json: AsJson = False) -> None:
    """Tell where every unit of an order is, and what may be done with it now."""
    with platform() as opened, opened.db.read() as conn:
        standing = opened.lifecycle.look(conn, [order]).get(order)
    if standing is None:
        raise NotFound("orders.unknown", f"There is no order {order!r}.", "See entrepot orders list.")
    rows: list[dict[str, object]] = [
        {
            "piece": piece.id, "sku": piece.sku, "qty": piece.qty, "state": piece.state, "node": piece.node,
            "work": piece.work, "commands": " ".join(legal_commands(standing.order, piece)),
        }
        for piece in standing.order.pieces
    ]  # fmt: skip
    if as_json:
        print_json({"order": order, "version": standing.order.version, "status": status(standing.order.pieces),
                    "pieces": rows})  # fmt: skip
        return
    typer.echo(f"{order}: {status(standing.order.pieces)}, version {standing.order.version}")
    print_rows(rows, as_json=False)


@app.command("act")
def act(
    order: OrderName,
    command: Annotated[str, typer.Argument(help="Such as accept, or edit; see entrepot orders pieces.")],
    take: Annotated[list[str] | None, typer.Option(help="LINE or PIECE, or NAME=UNITS; repeat. None: all.")] = None,
    node: Annotated[str | None, typer.Option(help="Who acts; for claim and receive, who takes the units.")] = None,
    add: Annotated[
        list[str] | None,
        typer.Option(help="For edit, add, exchange: SKU=UNITS of a new line, or LINE:SKU=UNITS; repeat."),
    ] = None,
    spot: Annotated[list[str] | None, typer.Option(help="For source: PIECE@NODE=UNITS; repeat.")] = None,
    sku: Annotated[str | None, typer.Option(help="For match.")] = None,
    parcel: Annotated[str | None, typer.Option(help="For ship: CARRIER:NUMBER of the parcel that left.")] = None,
    reason: Annotated[str, typer.Option()] = "",
    version: Annotated[int | None, typer.Option(help="Refuse when the order has another.")] = None,
    id: Annotated[str, typer.Option(help="The command's id: the same again is the same command.")] = "",
    as_json: AsJson = False,
) -> None:
    """Do a command to an order's pieces, all of it or nothing, and let the order go on."""
    body = _body(
        id or f"cli:{uuid4().hex}", command, takes=take, adds=add, spots=spot, parcel=parcel, node=node, sku=sku,
        reason=reason, expected_version=version,
    )  # fmt: skip

    def once(opened: Platform) -> Applied:
        with opened.db.transaction() as conn:
            standing = opened.lifecycle.follow(conn, opened.lifecycle.lock(conn, order))
            outcome = body.do(conn, opened.lifecycle, standing, _ACTOR)
            if outcome.value is None:
                assert outcome.refusal is not None
                raise Declined(f"orders.{outcome.refusal.reason}", outcome.refusal.message)
            if not outcome.value.is_replay:
                record_audit(conn, SYSTEM, f"order.{command}", f"order:{order}", {"from": _ACTOR, "reason": reason})
            return outcome.value

    with platform() as opened:
        applied = retry_conflicts(lambda: once(opened))
        steps = opened.saga.advance(order)
    changes = [change._asdict() for change in applied.changes]
    if as_json:
        version = applied.order.version
        print_json(
            {"order": order, "version": version, "is_replay": applied.is_replay, "changes": changes, "steps": steps}
        )
    else:
        print_rows(changes, as_json=False)


def _body(id: str, command: str, **given: Any) -> CommandBody:
    """Return the command as HTTP takes it: what is refused there is refused here."""
    from entrepot.api.order_commands import CommandBody  # late: other commands do without the web

    lists = {"takes": _take, "adds": _added, "spots": _spot}
    read: dict[str, object] = {name: [lists[name](text) for text in given.pop(name) or ()] for name in lists}
    parcel = given.pop("parcel")
    if parcel is not None:
        carrier, _, number = parcel.partition(":")
        read["parcel"] = {"carrier": carrier, "tracking_no": number}
    try:
        return CommandBody.model_validate({"id": id, "command": command, **read, **given})
    except ValidationError as fault:
        told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in fault.errors())
        raise InputError("orders.command_line", f"The command cannot be read: {told}.", "See --help.") from None


def _take(text: str) -> dict[str, object]:
    name, _, units = text.partition("=")
    if units and not units.isdecimal():
        raise InputError("orders.take", f"{text!r} names no number of units.", "Write LINE=2, or LINE alone for all.")
    return {"name": name, "qty": int(units)} if units else {"name": name}


def _added(text: str) -> dict[str, object]:
    what, _, units = text.rpartition("=")
    line, _, sku = what.rpartition(":")
    if not sku or not units.isdecimal():
        raise InputError("orders.add", f"{text!r} is no SKU with units.", "Write SKU=2, or LINE:SKU=2.")
    return {"line": line or f"new-{uuid4().hex[:8]}", "sku": sku, "qty": int(units)}


def _spot(text: str) -> dict[str, object]:
    what, _, units = text.rpartition("=")
    piece, _, node = what.rpartition("@")
    if not piece or not node or not units.isdecimal():
        raise InputError("orders.spot", f"{text!r} is no piece at a node.", "Write PIECE@NODE=2.")
    return {"piece": piece, "node": node, "qty": int(units)}


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
