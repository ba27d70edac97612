"""``entrepot demo``: the demo retailer's history."""

from __future__ import annotations

from typing import Annotated

import typer

from entrepot.cli.screen import errors, platform, progress
from entrepot.flows.followers import catch_up

app = typer.Typer(no_args_is_help=True)


@app.command("load")
def load_demo(
    scale: Annotated[float, typer.Option(min=0.01, max=20, help="Orders relative to the ordinary 11,000.")] = 1.0,
) -> None:
    """Stream the demo retailer's 90 days through the hub; goes on where it was cut off."""
    with platform() as opened:
        with progress("Streaming the demo retailer's 90 days", None) as done:
            total = opened.demo.load(done, scale)
        catch_up(opened.followers())
        errors.print(f"{total:,} messages taken.")


@app.command("shops")
def list_shops() -> None:
    """List the demo's shops."""
    from entrepot.simulator.demo import SEED
    from entrepot.simulator.retailer import build_retailer

    for shop in build_retailer(SEED).shops:
        typer.echo(f"{shop.channel}/{shop.shop}\t{shop.name_en}")
