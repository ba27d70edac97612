"""``entrepot load``: real data through the same hub."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from entrepot.cli.screen import errors, platform, print_json, progress
from entrepot.flows.followers import catch_up
from entrepot.flows.loading import load
from entrepot.hub.adapters import register_mapping
from entrepot.hub.channels.files import client as files
from entrepot.hub.channels.files.mapping import load_mapping
from entrepot.hub.channels.olist import client as olist
from entrepot.hub.shops import Shop, known_shops

app = typer.Typer(no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print the counts as one JSON line.")]


@app.command("olist")
def load_olist(
    folder: Annotated[Path, typer.Argument(help="Folder of the published files, Parquet or CSV.")],
    shop: Annotated[str, typer.Option(help="Name of the shop to register.")] = "olist",
    as_json: AsJson = False,
) -> None:
    """Load the Olist marketplace: sellers, products, orders. Started again, it goes on where it was cut off."""
    total = olist.count_messages(folder)
    with platform() as opened:
        with opened.db.transaction() as conn:
            opened.shops.register(
                conn,
                Shop("olist", shop, "Olist", "Olist", currency="BRL", zone="America/Sao_Paulo", stock_policy="none"),
            )
        with progress("Olist", total) as done:
            counts = load(opened.intake, olist.read_messages(folder, shop, datetime.now(UTC)), done)
        catch_up(opened.followers())
    if as_json:
        print_json(dict(counts))
    else:
        errors.print(", ".join(f"{name} {count:,}" for name, count in sorted(counts.items())))


@app.command("files")
def load_files(
    path: Annotated[Path, typer.Argument(help="A CSV, Excel or Parquet file, or a folder of them.")],
    mapping: Annotated[Path, typer.Option(help="TOML: which column is which field.")],
    shop: Annotated[str, typer.Option(help="Name of the shop to register.")] = "files",
    as_json: AsJson = False,
) -> None:
    """Load files with a mapping; every bad row is told with file, row, column, what, why and how to mend.

    Exit 0 also when rows were kept out: they are in quarantine. The same rows again are no-ops.
    """
    rules = load_mapping(mapping)
    with platform() as opened:
        with opened.db.transaction() as conn:
            if ("files", shop) not in known_shops(conn):
                opened.shops.register(conn, Shop("files", shop, shop, shop))
        started = datetime.now(UTC)
        if register_mapping(opened.db, shop, rules):
            again = opened.replay.translate_again("command line", "files", shop, rules.topic)
            errors.print(f"The mapping changed: {again:,} messages were translated again.")
        with progress("Files", None) as done:
            counts = load(opened.intake, files.read_messages(path, rules, shop, started), done, batch_size=200)
        catch_up(opened.followers())
        with opened.db.read() as conn:
            found = conn.execute(
                "SELECT f.severity, f.message, f.mend FROM hub.finding f JOIN hub.raw r ON r.id = f.message_id "
                "WHERE f.channel = 'files' AND f.shop = %s AND f.found_at >= %s AND f.severity <> 'info' "
                "ORDER BY f.seq",
                (shop, started),
            ).fetchall()
    if as_json:
        print_json({**counts, "findings": [{"severity": a, "message": b, "mend": c} for a, b, c in found]})
        return
    for _, message, mend in found:
        errors.print(f"{message} {mend}", markup=False, soft_wrap=True)
    errors.print(", ".join(f"{name} {count:,}" for name, count in sorted(counts.items())))
