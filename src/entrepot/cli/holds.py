"""``entrepot hold``: reserve stock, change what is reserved, protect channels, audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from entrepot.cli.screen import errors, platform, print_json, print_rows
from entrepot.infra.auth import SYSTEM, record_audit
from entrepot.kernel.errors import Conflict, InputError, NotFound
from entrepot.kernel.outcome import Outcome
from entrepot.kernel.quantity import LARGEST_QUANTITY
from entrepot.stock import EVERYWHERE, Held, HoldLine, HoldQuery, HoldRequest, Part, Placement, Protection
from entrepot.stock.catalogue import require_known

app = typer.Typer(no_args_is_help=True)
quota = typer.Typer(no_args_is_help=True)
app.add_typer(quota, name="quota", help="Stock kept for channels.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON lines.")]
Id = Annotated[str, typer.Argument(help="The hold's id.")]
Lines = Annotated[list[str] | None, typer.Option("--line", help="LINE, or LINE=QTY; repeat. All of it if none.")]
_ACTOR = "command line"
_CENTURY = 100 * 365 * 24 * 60
"""Minutes."""


@app.command("create")
def create(
    id: Annotated[str, typer.Argument(help="An id of your own: the same again is the same hold.")],
    lines: Annotated[list[str], typer.Argument(help="SKU=QTY, or SKU@NODE=QTY; lines are numbered from 1.")],
    kind: Annotated[str, typer.Option(help="cart, order, transfer or quota.")] = "order",
    channel: Annotated[str | None, typer.Option()] = None,
    doc: Annotated[str | None, typer.Option(help="Order or transfer it belongs to.")] = None,
    minutes: Annotated[
        int | None, typer.Option(min=1, max=_CENTURY, help="It expires after so many; a cart must.")
    ] = None,
    to_node: Annotated[str | None, typer.Option(help="Where a transfer goes.")] = None,
    displaceable: Annotated[bool, typer.Option(help="Gives way to one that may displace.")] = False,
    displace: Annotated[bool, typer.Option(help="Displaceable holds give way to it.")] = False,
    backorder: Annotated[bool, typer.Option(help="May go beyond what is there, up to the cell's cap.")] = False,
    as_json: AsJson = False,
) -> None:
    """Hold stock: all lines, or nothing."""
    request = HoldRequest(
        id,
        kind,
        tuple(_line(str(place), text) for place, text in enumerate(lines, start=1)),
        channel,
        doc,
        None if minutes is None else datetime.now(UTC) + timedelta(minutes=minutes),
        is_displaceable=displaceable,
        may_displace=displace,
        may_backorder=backorder,
        to_node=to_node,
        actor=_ACTOR,
    )
    with platform() as opened:
        _print(opened.reservations.hold([request])[0], as_json)


@app.command("load")
def load(
    file: Annotated[Path, typer.Argument(help="JSON lines, each a hold as HTTP takes it: id, kind, lines, ...")],
    as_json: AsJson = False,
) -> None:
    """Hold stock many times, each hold by itself; exit 5 when one is refused."""
    from entrepot.api.holds import hold_each, read_alone  # late: other commands do without the web

    if not file.is_file():
        raise NotFound("hold.file", f"There is no file {file}.", "Check the path.")
    lines = [line for line in file.read_bytes().splitlines() if line.strip()]
    if not lines:
        raise InputError("hold.file", f"{file} holds no line.", "Write one hold a line, as JSON.")
    with platform() as opened:
        reply = hold_each(opened.reservations, map(read_alone, lines), _ACTOR, opened.clock.now())
    items = [{"id": one.id, "state": one.state, "reason": one.reason, "message": one.message} for one in reply.items]
    if as_json:
        for item in reply.items:
            print_json(item)
    else:
        print_rows([item for item in items if item["state"] == "refused"], False)
        errors.print(", ".join(f"{count} {state}" for state, count in sorted(reply.counts.items())))
    raise typer.Exit(5 if reply.counts.get("refused") else 0)


@app.command("list")
def list_holds(
    sku: Annotated[str | None, typer.Option()] = None,
    node: Annotated[str | None, typer.Option()] = None,
    doc: Annotated[str | None, typer.Option()] = None,
    channel: Annotated[str | None, typer.Option()] = None,
    kind: Annotated[str | None, typer.Option()] = None,
    state: Annotated[str | None, typer.Option(help="held, posted, displaced, expired, voided or moved.")] = "held",
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 100,
) -> None:
    """List parts of holds, by id."""
    with platform() as opened:
        page = opened.reservations.find(HoldQuery(sku, node, doc, channel, kind, state or None, limit))
    columns = ("id", "line", "sku", "node", "held", "posted", "kind", "state", "channel", "doc", "expires_at")
    print_rows([row._asdict() for row in page.items], as_json, columns)


@app.command("show")
def show(id: Id, as_json: AsJson = False) -> None:
    """Show a hold, and what was done to it."""
    with platform() as opened:
        held, rows, journal = opened.reservations.get(id)
    if as_json:
        entries = [entry._asdict() for entry in journal]
        print_json({**_fields(held), "parts": [row._asdict() for row in rows], "journal": entries})
        return
    _print(Outcome(held), False)
    print_rows([entry._asdict() for entry in journal], False)


@app.command("void")
def void(id: Id, line: Lines = None, as_json: AsJson = False) -> None:
    """Release a hold, or parts of it."""
    parts = _parts(line)
    with platform() as opened:
        door = opened.reservations
        _print(door.in_transaction(lambda conn: door.void_in(conn, [id], lines=parts, actor=_ACTOR))[0], as_json)


@app.command("post")
def post(id: Id, line: Lines = None, as_json: AsJson = False) -> None:
    """Let goods leave as they were promised: books the movement."""
    parts = _parts(line)
    with platform() as opened:
        door = opened.reservations
        _print(door.in_transaction(lambda conn: door.post_in(conn, [id], lines=parts, actor=_ACTOR))[0], as_json)


@app.command("extend")
def extend(
    id: Id,
    minutes: Annotated[int | None, typer.Option(min=1, max=_CENTURY, help="From now; never, if none.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change when a hold expires."""
    at = None if minutes is None else datetime.now(UTC) + timedelta(minutes=minutes)
    with platform() as opened:
        door = opened.reservations
        _print(door.in_transaction(lambda conn: door.extend_in(conn, id, at, actor=_ACTOR)), as_json)


@app.command("confirm")
def confirm(id: Id, as_json: AsJson = False) -> None:
    """Make a cart an order: firm, and without an end."""
    with platform() as opened:
        door = opened.reservations
        _print(door.in_transaction(lambda conn: door.confirm_in(conn, id, actor=_ACTOR)), as_json)


@app.command("move")
def move(
    id: Id,
    places: Annotated[list[str], typer.Argument(help="LINE@NODE=QTY; all pieces of each line that is named.")],
    as_json: AsJson = False,
) -> None:
    """Place lines of a hold at other nodes: all of it, or nothing moves."""
    with platform() as opened:
        door = opened.reservations
        skus = {row.line: row.sku for row in door.get(id)[1]}
        placed = [_placement(text, skus) for text in places]
        _print(door.in_transaction(lambda conn: door.move_in(conn, id, placed, _ACTOR)), as_json)


@app.command("limit")
def limit_cell(
    sku: str,
    node: str,
    safety: Annotated[int | None, typer.Option(min=0, max=LARGEST_QUANTITY, help="Pieces never promised.")] = None,
    backorder_cap: Annotated[
        int | None,
        typer.Option(min=0, max=LARGEST_QUANTITY, help="Pieces that may be promised beyond those there."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Set what a cell never promises, and how far it may be promised beyond what is there."""
    with platform() as opened, opened.db.transaction() as conn:
        require_known(conn, [sku], [node])
        limits = opened.reservations.limit_in(conn, sku, node, safety=safety, backorder_cap=backorder_cap)
        record_audit(conn, SYSTEM, "stock.limit", f"cell:{sku}:{node}", limits._asdict())
    print_rows([{"sku": sku, "node": node, **limits._asdict()}], as_json)


@app.command("audit")
def audit(as_json: AsJson = False) -> None:
    """Compare journal, holds, levels and quotas; exit 1 when they differ."""
    with platform() as opened:
        drifts = opened.reservations.audit()
    print_rows([drift._asdict() for drift in drifts], as_json)
    if not as_json:
        errors.print(f"{len(drifts)} sums differ between journal, holds, levels and quotas")
    raise typer.Exit(1 if drifts else 0)


@quota.command("put")
def put_quota(
    sku: str,
    channel: str,
    protected: Annotated[int, typer.Argument(min=0, help="Pieces; 0 ends the protection.")],
    node: Annotated[str, typer.Option(help="* is all nodes together.")] = EVERYWHERE,
    start: Annotated[datetime | None, typer.Option("--from", help="UTC where no zone is given; now if none.")] = None,
    until: Annotated[datetime | None, typer.Option(help="UTC where no zone is given; no end if none.")] = None,
    source: Annotated[str, typer.Option(help="manual, forecast or price.")] = "manual",
    as_json: AsJson = False,
) -> None:
    """Keep pieces of a SKU for a channel; replaces the quota of the same SKU, node and channel."""
    begins = datetime.now(UTC) if start is None else _utc(start)
    ends = None if until is None else _utc(until)
    given = Protection(sku, node, channel, protected, begins, ends, source, _ACTOR)
    with platform() as opened:
        with opened.db.transaction() as conn:
            require_known(conn, [sku], [node] if node != EVERYWHERE else [])
            opened.reservations.protect_in(conn, [given])
            record_audit(conn, SYSTEM, "quota.put", f"quota:{sku}:{node}:{channel}", {"protected": protected})
        kept = [row for row in opened.reservations.quotas(sku, channel, 500).items if row.node == node]
    print_rows([row._asdict() for row in kept], as_json)


@quota.command("list")
def list_quotas(
    sku: Annotated[str | None, typer.Option()] = None,
    channel: Annotated[str | None, typer.Option()] = None,
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 100,
) -> None:
    """List quotas, and what their channels have drawn."""
    with platform() as opened:
        page = opened.reservations.quotas(sku, channel, limit)
    print_rows([row._asdict() for row in page.items], as_json)


def _line(name: str, text: str) -> HoldLine:
    what, _, qty = text.rpartition("=")
    sku, _, node = what.partition("@")
    if not sku or not qty.isdecimal():
        raise InputError("cli.line", f"{text[:80]!r} is no line.", "Write SKU=QTY, or SKU@NODE=QTY.")
    return HoldLine(name, sku, int(qty), node or None)


def _placement(text: str, skus: Mapping[str, str]) -> Placement:
    what, _, qty = text.rpartition("=")
    line, _, node = what.rpartition("@")
    if not line or not node or not qty.isdecimal():
        raise InputError("cli.place", f"{text[:80]!r} is no place of a line.", "Write LINE@NODE=QTY.")
    return Placement(line, skus.get(line, ""), node, int(qty))


def _parts(lines: list[str] | None) -> list[Part] | None:
    return [_part(text) for text in lines] if lines else None


def _part(text: str) -> Part:
    line, _, qty = text.rpartition("=")
    if line and qty.isdecimal():
        return Part(line, int(qty))
    return Part(text)


def _print(outcome: Outcome[Held], as_json: bool) -> None:
    refusal, held = outcome.refusal, outcome.value
    if refusal is not None or held is None:
        kind = NotFound if refusal is None or refusal.reason == "unknown" else Conflict
        raise kind(f"hold.{refusal.reason if refusal else 'unknown'}", refusal.message if refusal else "No such hold.")
    if as_json:
        print_json(_fields(held))
        return
    errors.print(f"{held.id}: {held.state} ({held.kind}), journal entry {held.seq}")
    print_rows([one._asdict() for one in held.placements], False)


def _fields(held: Held) -> dict[str, object]:
    return {**held._asdict(), "placements": [one._asdict() for one in held.placements]}


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
