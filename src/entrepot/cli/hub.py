"""``entrepot shop`` and ``entrepot quarantine``."""

from __future__ import annotations

from typing import Annotated

import typer

from entrepot.cli.screen import errors, platform, print_json, print_rows
from entrepot.hub.channels import adapter_of
from entrepot.hub.shops import Shop
from entrepot.infra.auth import SYSTEM, record_audit

shops = typer.Typer(no_args_is_help=True)
quarantine = typer.Typer(no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON lines.")]


@shops.command("list")
def list_shops(as_json: AsJson = False) -> None:
    """List registered shops; secrets are not shown."""
    with platform() as opened, opened.db.read() as conn:
        rows = [
            {
                "channel": shop.channel, "shop": shop.shop, "name": shop.name, "currency": shop.currency,
                "zone": shop.zone, "stock_policy": shop.stock_policy, "signed": bool(shop.secrets),
                "active": shop.is_active,
            }
            for shop in opened.shops.all(conn).values()
        ]  # fmt: skip
    print_rows(rows, as_json)


@shops.command("add")
def add_shop(
    channel: Annotated[str, typer.Argument()],
    shop: Annotated[str, typer.Argument(help="Its name in addresses: letters, digits, - and _.")],
    name: Annotated[str, typer.Option(help="For people.")] = "",
    currency: Annotated[str, typer.Option()] = "",
    zone: Annotated[str, typer.Option(help="IANA zone.")] = "",
    stock_policy: Annotated[str, typer.Option(help="confirmations, sales or none.")] = "confirmations",
    default_node: Annotated[str | None, typer.Option(help="Node its goods leave from.")] = None,
    secret: Annotated[list[str] | None, typer.Option(help="NAME=VALUE, for signatures and calls; repeat.")] = None,
    setting: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE, such as write_url=https://...; repeat.")
    ] = None,
) -> None:
    """Register a shop, or change its registration."""
    adapter = adapter_of(channel)
    secrets, settings = _pairs(secret), _pairs(setting)
    made = Shop(
        channel, shop, name or shop, name or shop, currency or adapter.currency, zone or adapter.zone, stock_policy,
        default_node, secrets, settings=settings,
    )  # fmt: skip
    with platform() as opened, opened.db.transaction() as conn:
        opened.shops.register(conn, made)
        detail = {
            "stock_policy": stock_policy,
            "secrets": sorted(secrets),
            "settings": settings,
            "from": "command line",
        }
        record_audit(conn, SYSTEM, "shop.register", f"shop:{channel}:{shop}", detail)
    errors.print(f"Webhooks: POST /hub/{channel}/{shop}/{{topic}}")


def _pairs(entries: list[str] | None) -> dict[str, str]:
    return dict(entry.split("=", 1) for entry in entries or [] if "=" in entry)


@quarantine.command("list")
def list_quarantine(as_json: AsJson = False, limit: Annotated[int, typer.Option(min=1, max=10000)] = 100) -> None:
    """List open entries, newest first."""
    with platform() as opened, opened.db.read() as conn:
        found = conn.execute(
            "SELECT id, channel, shop, topic, scope, reason, message, mend, first_seen, replays "
            "FROM hub.quarantine WHERE resolved_at IS NULL ORDER BY id DESC LIMIT %s",
            (limit,),
        )
        names = [column.name for column in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found]
    print_rows(rows, as_json, ("id", "channel", "topic", "scope", "reason", "message"))


@quarantine.command("replay")
def replay(
    ids: Annotated[
        list[int] | None, typer.Argument(help="Entries; all open ones of a reason or channel if none.")
    ] = None,
    reason: Annotated[str | None, typer.Option()] = None,
    channel: Annotated[str | None, typer.Option()] = None,
    dry_run: Annotated[bool, typer.Option(help="Only tell what would be resolved.")] = False,
    as_json: AsJson = False,
) -> None:
    """Translate quarantined messages again with today's mappings."""
    with platform() as opened:
        done = opened.replay.replay("command line", ids or None, reason, channel, dry_run)
    if as_json:
        print_json(done._asdict())
    else:
        errors.print(f"{done.replayed} replayed, {done.resolved} entries resolved, {done.still} still open")
