"""``entrepot carriers``: rate sheets in; carriers, quotes, lanes and cartons out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from entrepot.cli.screen import errors, platform, print_json, print_rows
from entrepot.delivery import Offer, PackLine, Parcel, Place, cartonise
from entrepot.flows.carriers import import_rate_file, in_sequence, node_place, refresh_scorecards
from entrepot.infra.auth import SYSTEM, record_audit
from entrepot.kernel.errors import InputError
from entrepot.kernel.money import major_text
from entrepot.orders.sourcing import price_store

app = typer.Typer(no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON lines.")]


@app.command("import")
def import_sheet(
    path: Annotated[Path, typer.Argument(help="A rate sheet, CSV or Excel.")],
    as_json: AsJson = False,
) -> None:
    """Import a rate sheet; every fault is told with file, row, column, what, why and how to mend.

    Exit 0 also when rows were kept out. The same sheet again changes nothing; a changed card is a new version.
    """
    with platform() as opened, opened.db.transaction() as conn:
        sheet, stored = import_rate_file(conn, opened.carriers, path, path.name, "command line")
        detail: dict[str, object] = {"file": path.name, "cards": [list(card) for card in stored.cards]}
        record_audit(conn, SYSTEM, "carriers.import", f"sheet:{stored.sheet}", detail)
    counts = {
        "sheet": stored.sheet,
        "rows": sheet.rows,
        "carriers": len(sheet.carriers),
        "new_cards": len(stored.cards),
        "unchanged_cards": len(stored.unchanged),
        "held_cards": len(sheet.held),
        "faults": len(sheet.faults),
    }
    if as_json:
        told = {name: [fault._asdict() for fault in getattr(sheet, name)] for name in ("faults", "remarks")}
        print_json({**counts, **told, "held": sheet.held})
        return
    for fault in [*sheet.faults, *sheet.remarks]:
        errors.print(fault.message, markup=False, soft_wrap=True)
    for held in sheet.held:
        rows = ", ".join(map(str, held.rows))
        errors.print(f"The card of {held.carrier} {held.service} is kept back until row {rows} is mended.")
    errors.print(", ".join(f"{name} {count:,}" for name, count in counts.items()))


@app.command("list")
def list_carriers(as_json: AsJson = False) -> None:
    """List services in force, and how their carriers do."""
    now = datetime.now(UTC)
    with platform() as opened, opened.db.read() as conn:
        tariff, scores = opened.carriers.tariff(conn, now), opened.carriers.scores(conn)
    rows: list[dict[str, object]] = []
    for card in tariff.cards_at(now):
        score = scores.get((card.carrier, "*", "*", "*"))
        rows.append(
            {
                "carrier": card.carrier,
                "service": card.service,
                "name": card.name,
                "version": card.version,
                "currency": card.currency,
                "valid_from": card.valid_from,
                "lanes": len(card.lanes),
                "parcels": score.parcels if score else 0,
                "on_time_percent": round(score.on_time_ppm / 10_000, 1) if score else None,
            }
        )
    print_rows(rows, as_json)


@app.command("quote")
def quote(
    node: Annotated[str, typer.Option("--from", help="Node it leaves from.")],
    to: Annotated[str, typer.Option(help="PROVINCE, PROVINCE/CITY or COUNTRY/PROVINCE/CITY.")],
    weight_g: Annotated[int, typer.Option(min=1)],
    postal: Annotated[str, typer.Option(help="Postal code, for cards that tell areas apart by it.")] = "",
    length_mm: Annotated[int, typer.Option(min=0)] = 0,
    width_mm: Annotated[int, typer.Option(min=0)] = 0,
    height_mm: Annotated[int, typer.Option(min=0)] = 0,
    hazmat: Annotated[bool, typer.Option("--hazmat", help="It holds dangerous goods.")] = False,
    ready: Annotated[datetime | None, typer.Option(help="When it is packed (UTC without a zone); now.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask every service what it takes for a parcel; who refuses says why."""
    parcel = Parcel(weight_g, length_mm, width_mm, height_mm, is_hazmat=hazmat)
    at = ready or datetime.now(UTC)
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    with platform() as opened:
        with opened.db.read() as conn:
            origin, own = node_place(conn, node), price_store.terms(conn).currency
        made = opened.carriers.offers(parcel, origin, _place(to, origin.country, postal), at)
    print_rows([_offer_row(offer, as_json) for offer in in_sequence(made, own)], as_json)


@app.command("lanes")
def lanes(
    carrier: Annotated[str | None, typer.Option()] = None,
    node: Annotated[str | None, typer.Option()] = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Score the last 90 days first.")] = False,
    as_json: AsJson = False,
) -> None:
    """List how carriers do, lane by lane (* is all)."""
    with platform() as opened:
        if refresh:
            done = refresh_scorecards(opened.db, opened.carriers, datetime.now(UTC))
            errors.print(f"{done.lanes:,} lanes from {done.parcels:,} parcels; {done.unknown:,} of unknown carriers")
        with opened.db.read() as conn:
            scores = opened.carriers.scores(conn)
    rows = [
        asdict(score)
        for _, score in sorted(scores.items())
        if carrier in (None, score.carrier) and node in (None, score.node)
    ]
    shown = ("carrier", "node", "province", "parcels", "judged", "on_time", "late", "lost", "p50_hours", "p90_hours")
    print_rows(rows, as_json, shown)


@app.command("cartons")
def cartons(
    pack: Annotated[
        list[str] | None,
        typer.Option(help="LINE:QTY:GRAMS:LENGTHxWIDTHxHEIGHT (mm), again and again: pack these instead of listing."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the retailer's cartons, or pack lines into them."""
    with platform() as opened, opened.db.read() as conn:
        known = opened.carriers.tariff(conn, datetime.now(UTC)).cartons
    if not pack:
        print_rows([asdict(carton) for carton in known], as_json)
        return
    packing = cartonise([_pack_line(text) for text in pack], known)
    rows = [{"carton": one.carton, "pieces": dict(one.pieces), **asdict(one.parcel)} for one in packing.parcels]
    print_rows(rows, as_json)
    if not as_json:
        proof = "proven" if packing.is_proven else "not proven"
        errors.print(f"{len(rows)} parcels, at least {packing.lower_bound}; fewest {proof}")


def _offer_row(offer: Offer, as_json: bool) -> dict[str, object]:
    quote, refusal = offer.outcome.value, offer.outcome.refusal
    row: dict[str, object] = {"carrier": offer.carrier, "service": offer.service}
    if quote is None:
        why = {"reason": refusal.reason, "message": refusal.message} if refusal else {}
        return row | (why if as_json else {"price": "", "day": "", "parts": why.get("message", "")})
    if as_json:
        return row | quote._asdict() | {"parts": [part._asdict() for part in quote.parts]}
    parts = "; ".join(f"{part.kind} {part.basis}" for part in quote.parts)
    price = f"{major_text(quote.amount, quote.currency)} {quote.currency}"
    return row | {"price": price, "day": quote.deliver_on, "parts": f"zone {quote.zone}: {parts}"}


def _place(text: str, country: str, postal: str = "") -> Place:
    parts = [part.strip() for part in text.split("/")]
    if len(parts[0]) == 2 and parts[0].isascii():
        country, *parts = parts
    if len(parts) > 2:
        raise InputError("delivery.place", f"{text[:60]!r} is no place.", "Write PROVINCE/CITY, such as 浙江省/杭州市.")
    province, city = (*parts, "", "")[:2]
    return Place(country.upper(), province, city, postal)


def _pack_line(text: str) -> PackLine:
    try:
        line, qty, weight, sides = text.rsplit(":", 3)
        length, width, height = map(int, sides.split("x"))
        return PackLine(line, int(qty), int(weight), length, width, height)
    except ValueError:
        raise InputError(
            "delivery.pack", f"{text[:60]!r} is no line to pack.", "Write LINE:QTY:GRAMS:LENGTHxWIDTHxHEIGHT."
        ) from None
