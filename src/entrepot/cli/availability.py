"""``entrepot supply`` and ``entrepot writeback``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

import typer

from entrepot.cli.screen import errors, platform, print_json, print_rows
from entrepot.hub.writeback import TargetQuery, retry, targets
from entrepot.hub.writeback.queries import STATES
from entrepot.infra.auth import SYSTEM, record_audit
from entrepot.kernel.errors import InputError, NotFound
from entrepot.stock.supply import read_lines
from entrepot.stock.supply_file import read_table
from entrepot.stock.supply_store import supplies, take_lines

supply = typer.Typer(no_args_is_help=True)
writeback = typer.Typer(no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON lines.")]
_ZONE = "Asia/Shanghai"


@supply.command("load")
def load_supply(
    file: Annotated[Path, typer.Argument(help="CSV or Excel: id, kind, sku, node, qty, doc, due ...")],
    zone: Annotated[str, typer.Option(help="Of dates that name none.")] = _ZONE,
) -> None:
    """Load purchase orders, transfers and returns that are due; all of the file or, with reasons, nothing."""
    if not file.is_file():
        raise NotFound("stock.supply_file", f"There is no file {file}.", "Check the path.")
    if zone not in available_timezones():
        raise InputError("stock.zone", f"{zone[:60]!r} is no time zone.", "Write a name such as Asia/Shanghai.")
    with platform() as opened:
        version = int(opened.clock.now().timestamp() * 1_000_000)
        lines = read_lines(read_table(file.read_bytes(), file.name), version, ZoneInfo(zone))
        with opened.db.transaction() as conn:
            changed = take_lines(conn, lines, "cli")
            record_audit(conn, SYSTEM, "supply.import", f"file:{file.name}", {"lines": len(lines), "changed": changed})
    errors.print(f"{len(lines)} lines read, {changed} changed something")


@supply.command("list")
def list_supply(
    sku: Annotated[str | None, typer.Option()] = None,
    node: Annotated[str | None, typer.Option()] = None,
    closed: Annotated[bool, typer.Option(help="Also what has come in full.")] = False,
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 100,
) -> None:
    """List what is on its way to nodes."""
    with platform() as opened, opened.db.read() as conn:
        page = supplies(conn, sku, node, with_closed=closed, limit=limit)
    columns = ("id", "kind", "sku", "node", "qty", "received", "due_p50", "due_p90", "source")
    print_rows([row._asdict() for row in page.items], as_json, columns)


@writeback.command("list")
def list_writeback(
    channel: Annotated[str | None, typer.Option()] = None,
    shop: Annotated[str | None, typer.Option()] = None,
    state: Annotated[str | None, typer.Option(help="waiting, done, held or dead.")] = None,
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(min=1, max=10000)] = 100,
) -> None:
    """List what channels should be told, and whether they have heard it."""
    if state is not None and state not in STATES:
        raise InputError("writeback.state", f"{state[:40]!r} is no state.", f"Use one of {', '.join(STATES)}.")
    with platform() as opened, opened.db.read() as conn:
        found = targets(conn, TargetQuery(channel, shop, None, state, None, limit))
    columns = ("channel", "shop", "kind", "target", "state", "wish", "attempts", "reason", "mend")
    print_rows([row._asdict() for row in found], as_json, columns)


@writeback.command("retry")
def retry_writeback(
    channel: Annotated[str, typer.Option(help="Whose dead letters to send again.")],
    shop: Annotated[str | None, typer.Option()] = None,
    as_json: AsJson = False,
) -> None:
    """Let what was given up wait again; the running app sends it."""
    with platform() as opened, opened.db.transaction() as conn:
        retried = retry(conn, opened.clock.now(), channel=channel, shop=shop)
        record_audit(conn, SYSTEM, "writeback.retry", f"channel:{channel}", {"shop": shop, "retried": retried})
    if as_json:
        print_json({"retried": retried})
    else:
        errors.print(f"{retried} wait again")
