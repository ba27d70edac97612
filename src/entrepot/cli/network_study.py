"""``entrepot network zones``, ``draw`` and ``studies``: networks from the order log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from entrepot.cli.screen import platform, print_json, print_rows, refuse_unwritable
from entrepot.infra.text_files import read_text

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Days = Annotated[int, typer.Option(min=1, max=3_660, help="Orders of so many days up to now.")]
Zones = Annotated[int, typer.Option(min=1, max=5_000, help="At most so many zones.")]
ByChannel = Annotated[bool, typer.Option("--by-channel", help="Each channel has zones of its own.")]


def show_zones(days: Days = 90, zones: Zones = 80, by_channel: ByChannel = False, as_json: AsJson = False) -> None:
    """Bring the log's parcels to zones, and tell how far places lie from the middle of theirs."""
    from entrepot.flows.network_draft import DraftSettings, lay_zones  # late: other commands start at once
    from entrepot.network.zones import Place, spread

    settings = DraftSettings(days=days, zones=zones, by_channel=by_channel)
    with platform() as opened, opened.db.read() as conn:
        demand = lay_zones(opened.networks.read_orders(conn, settings), settings)
    places = [Place(one.name, one.spot.latitude, one.spot.longitude, one.orders) for one in demand.towns]
    rows = [
        {
            "zone": name,
            "latitude": round(zone.latitude, 4),
            "longitude": round(zone.longitude, 4),
            "places": len(zone.members),
            "orders": zone.weight,
        }
        for name, zone in zip(demand.ids, demand.zones, strict=True)
    ]
    far = spread(places, demand.zones)
    if as_json:
        left_out = msgspec.to_builtins(demand.left_out)
        print_json({"zones": rows, "spread": far._asdict(), "left_out": left_out})
        return
    print_rows(rows, as_json=False)
    typer.echo(
        f"{far.places} places in {far.zones} zones: {far.mean_km:.1f} km from its middle in the mean, {far.max_km:.0f} "
        f"at most ({far.farthest})"
    )
    for one in demand.left_out:
        typer.echo(f"left out: {one.orders} orders to {len(one.places)} places that are not known")


def draw_network(
    out: Annotated[Path, typer.Argument(help="Where the study is written, as JSON.")],
    days: Days = 90,
    zones: Zones = 80,
    by_channel: ByChannel = False,
    centres: Annotated[int, typer.Option(min=0, max=200, help="Candidate centres.")] = 4,
    fronts: Annotated[int, typer.Option(min=0, max=200, help="Candidate front warehouses.")] = 6,
    max_hours: Annotated[int | None, typer.Option(min=1, help="Within which a parcel must arrive.")] = None,
    suppliers: Annotated[
        Path | None,
        typer.Option(help="CSV of suppliers: id, share; city with province, or latitude, longitude; tonne_km_cost."),
    ] = None,
    bare: Annotated[
        bool, typer.Option("--bare", help="Only the network, as `entrepot network solve` reads it.")
    ] = False,
) -> None:
    """Draw a network from the order log and the carriers' cards, and write it to a file to edit, upload or solve."""
    from entrepot.flows.network_draft import DraftSettings  # late: other commands start at once
    from entrepot.flows.network_suppliers import read_suppliers

    refuse_unwritable(out, "network")
    settings = DraftSettings(
        days=days,
        zones=zones,
        by_channel=by_channel,
        centres=centres,
        fronts=fronts,
        max_hours=max_hours,
        suppliers=() if suppliers is None else read_suppliers(read_text(suppliers, "network")),
    )
    with platform() as opened:
        study = opened.networks.drawn(settings)
    out.write_bytes(bytes(study.network) if bare else msgspec.json.encode(study))


def list_studies(as_json: AsJson = False) -> None:
    """List studies with what was found for their newest version."""
    from entrepot.network.store import list_studies as stored  # late: other commands start at once

    with platform() as opened, opened.db.read() as conn:
        rows = stored(conn, 500, None)
    told = [
        {"id": one.id, "name": one.name, "version": one.version, "made by": one.made_by, **(one.summary or {})}
        for one in rows
    ]
    print_rows(told, as_json, ["id", "name", "version", "made by", "cost", "today", "gap"])
