"""Carriers among the other contexts: rate sheets from files, quotes for sourcing, scorecards from what parcels did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from psycopg import Connection

from entrepot.delivery import (
    Carriers,
    Counter,
    Fault,
    Journey,
    Offer,
    Parcel,
    Place,
    Quote,
    Service,
    Sheet,
    SheetRow,
    Stored,
    Tariff,
    is_heading,
    quotes,
    read_sheet,
    score,
    state_of,
)
from entrepot.hub.channels.files.excel import HEADING_WITHIN, Found
from entrepot.hub.channels.files.readers import find_tables, read_rows
from entrepot.hub.channels.files.sheet import FAULT, ROW
from entrepot.infra.database import Database
from entrepot.kernel.clock import Clock
from entrepot.kernel.errors import InputError, NotFound
from entrepot.orders.sourcing import facts as sourcing
from entrepot.orders.sourcing import price_store

if TYPE_CHECKING:
    from entrepot.infra.jobs import JobContext, Jobs

WINDOW: Final = timedelta(days=90)
"""How far back scorecards look."""

# The node is where the goods were booked out for the order; of several, that of the time nearest to the hand-over.
_SHIPPED: Final = """
SELECT DISTINCT ON (s.tracking_no) coalesce(p.carrier, ''), coalesce(s.carrier, ''), coalesce(s.carrier_name, ''),
       origin.node, coalesce(o.country, ''), coalesce(o.province, ''), coalesce(o.city, ''),
       coalesce(o.doc #>> '{order,postal,0}', ''), s.shipped_at, o.promised_at, p.status, p.delivered_at, p.status_at,
       goods.weight_g, goods.volume_mm3,
       coalesce(trouble.was, false), coalesce(trouble.damaged, false)
FROM orders.shipment s
JOIN orders.orders o ON o.id = s.order_id
JOIN orders.parcel p ON p.tracking_no = s.tracking_no
JOIN LATERAL (
    SELECT m.from_node AS node FROM stock.movement m WHERE m.doc = s.order_id AND m.reason = 'sale'
    ORDER BY abs(extract(epoch FROM m.valid_at - s.shipped_at)), m.seq LIMIT 1
) origin ON true
LEFT JOIN LATERAL (
    SELECT sum(k.weight_g * part.qty)::bigint AS weight_g,
           sum(k.length_mm * k.width_mm * k.height_mm * part.qty)::bigint AS volume_mm3
    FROM (SELECT one ->> 0 AS line, (one ->> 1)::bigint AS shipped FROM json_array_elements(s.lines) AS one) AS said
    JOIN orders.line l ON l.order_id = s.order_id AND l.line_id = said.line
    JOIN stock.sku k ON k.id = l.sku
    CROSS JOIN LATERAL (SELECT coalesce(said.shipped, l.qty) AS qty) AS part
) goods ON true
LEFT JOIN LATERAL (
    SELECT bool_or(e.code IN ('exception', 'attempt_failed')) AS was,
           bool_or(e.raw_code = '209' OR e.note LIKE '%%破损%%' OR e.note ILIKE '%%damaged%%') AS damaged
    FROM orders.tracking_event e WHERE e.tracking_no = s.tracking_no
) trouble ON true
WHERE s.shipped_at >= %(since)s AND s.shipped_at < %(now)s
ORDER BY s.tracking_no, s.order_id
"""


# Rate sheets --------------------------------------------------------------------------------------------------------


def read_rate_file(
    path: Path, name: str, known_carriers: Sequence[str] = (), known_nodes: Sequence[str] | None = None
) -> Sheet:
    """Read a rate sheet from a CSV, Excel or Parquet file.

    Parameters
    ----------
    path : Path
        The file; its suffix says what it is. Of a workbook the one sheet that is shown and has the heading is read;
        titles may stand above it.
    name : str
        What its faults call it.
    known_carriers : sequence of str
        Carriers that need no row in it.
    known_nodes : sequence of str, optional
        Nodes there are; a row about another one gets a remark.

    Raises
    ------
    InputError
        ``files.*`` when the file cannot be read at all, ``delivery.heading`` when it has no heading or two sheets have
        one, ``delivery.empty_sheet`` when it holds no row.
    """
    found, others = find_tables(path, is_heading)
    table = _one_table(name, found)
    _, rows = read_rows(path, table.sheet, header_row=table.header_row, is_as_shown=True)
    sheet = read_sheet(name, (_sheet_row(row) for row in rows), known_carriers, known_nodes)
    for other in [*others, *(one.sheet for one in found if one != table)]:
        why, mend = "was not read.", "Nothing is to be done if it holds notes, or is hidden on purpose."
        sheet.remarks.append(Fault(f"{name}, sheet {other!r}", 1, "", "The sheet", why, mend))
    if not sheet.rows:
        mend = "Give a row for each record, under the names of the columns; `record` says which it is."
        raise InputError("delivery.empty_sheet", f"{name} holds no row of a rate sheet.", mend)
    return sheet


def _one_table(name: str, found: Sequence[Found]) -> Found:
    shown = [one for one in found if not one.is_hidden]
    if len(shown) == 1:
        return shown[0]
    if shown:
        sheets = ", ".join(repr(one.sheet) for one in shown)
        message = f"{name}: the sheets {sheets} all have the heading of a rate sheet."
        raise InputError("delivery.heading", message, "Put all rows into one of them, or hide the others.")
    if found:
        message = f"{name}: the sheet {found[0].sheet!r}, which has the heading of a rate sheet, is hidden."
        raise InputError("delivery.heading", message, "Unhide it.")
    message = f"{name}: none of the first {HEADING_WITHIN} rows is the heading of a rate sheet."
    mend = "Name the columns in one row: record, carrier and so on, or 记录, 承运商 and so on."
    raise InputError("delivery.heading", message, mend)


def import_rate_file(conn: Connection, carriers: Carriers, path: Path, name: str, actor: str) -> tuple[Sheet, Stored]:
    """Read a rate sheet and store what could be read, in the transaction of `conn`."""
    known = [code for (code,) in conn.execute("SELECT code FROM delivery.carrier")]
    nodes = [node for (node,) in conn.execute("SELECT id FROM stock.node")]
    sheet = read_rate_file(path, name, known, nodes)
    return sheet, carriers.import_sheet(conn, sheet, actor)


def _sheet_row(row: Mapping[str, object]) -> SheetRow:
    cells = {name: "" if cell is None else str(cell) for name, cell in row.items() if name not in (ROW, FAULT)}
    number = row[ROW]
    return SheetRow(number if isinstance(number, int) else 0, cells, str(row.get(FAULT, "")))


# Quotes -------------------------------------------------------------------------------------------------------------


def node_place(conn: Connection, node: str) -> Place:
    """Return where a node is, as a parcel's origin.

    Raises
    ------
    NotFound
        ``delivery.node`` when there is no such node.
    """
    places = node_places(conn, [node])
    if node not in places:
        raise NotFound("delivery.node", f"There is no node {node[:80]!r}.", "Look it up in the list of nodes.")
    return places[node]


def node_places(conn: Connection, nodes: Sequence[str] | None = None) -> dict[str, Place]:
    """Return where nodes are, by id; None: all of them."""
    rows = conn.execute(
        "SELECT id, country, province, city FROM stock.node WHERE %(ids)s::text[] IS NULL OR id = ANY(%(ids)s)",
        {"ids": None if nodes is None else list(nodes)},
    )
    return {node: Place(country or "CN", province, city, node=node) for node, country, province, city in rows}


def in_sequence(offers: Sequence[Offer], currency: str) -> list[Offer]:
    """Sort offers: those in a currency, the cheapest first, then by other currencies, then refusals; equals by name."""

    def key(offer: Offer) -> tuple[object, ...]:
        quote = offer.outcome.value
        asked = ("", 0) if quote is None else (quote.currency, quote.amount)
        return quote is None, asked[0] != currency, *asked, offer.carrier, offer.service

    return sorted(offers, key=key)


class CarrierRates:
    """What carriers ask, for sourcing decisions of one moment: the same question gets the same answer.

    Parameters
    ----------
    tariff : Tariff
        All terms.
    places : mapping of node to Place
        Origins.
    ready_at : datetime
        When parcels would be packed.
    currency : str
        Quotes in others are left out: they cannot be compared.
    """

    def __init__(self, tariff: Tariff, places: Mapping[str, Place], ready_at: datetime, currency: str = "CNY") -> None:
        self._counter = Counter(tariff, ready_at)
        self._places = places
        self._currency = currency
        # Nodes of one area are asked the same by all: their lanes are one list, and its answers are kept once.
        self._lists: dict[object, list[Service]] = {}
        self._lanes: dict[tuple[str, sourcing.Destination], list[Service]] = {}
        self._known: dict[tuple[int, sourcing.Parcel], list[sourcing.RateQuote]] = {}

    def quote(
        self, node: str, destination: sourcing.Destination, parcel: sourcing.Parcel
    ) -> Sequence[sourcing.RateQuote]:
        """Return every service that takes a parcel from a node to a destination, the cheapest first."""
        lane = node, destination
        services = self._lanes.get(lane)
        if services is None:
            services = self._lanes[lane] = self._lane(node, destination)
        key = id(services), parcel
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = _asked(services, parcel)
        return known

    def _lane(self, node: str, destination: sourcing.Destination) -> list[Service]:
        origin = self._places.get(node)
        if origin is None:
            return self._lists.setdefault((), [])
        country = destination.country or origin.country
        there = Place(country, destination.province, destination.city, destination.postal)
        services = [one for one in self._counter.services(origin, there) if one.card.currency == self._currency]
        same = there, *((id(one.card), id(one.lane), one.leaves_by, one.deliver_by) for one in services)
        return self._lists.setdefault(same, services)


def _asked(services: Sequence[Service], parcel: sourcing.Parcel) -> list[sourcing.RateQuote]:
    asked = Parcel(max(1, parcel.weight_g), volume_mm3=parcel.volume_mm3, is_hazmat=parcel.is_hazmat)
    made = [
        sourcing.RateQuote(one.card.carrier, one.card.service, amount, one.leaves_by, one.deliver_by)
        for one in services
        if (amount := one.amount(asked)) is not None
    ]
    return sorted(made, key=_by_cost)


def _by_cost(quote: sourcing.RateQuote) -> tuple[int, datetime | None, str, str]:
    return quote.cost, quote.arrives_at, quote.carrier, quote.service


# Scorecards ---------------------------------------------------------------------------------------------------------


class Refreshed(NamedTuple):
    """What came of scoring: lanes scored, parcels they are from, parcels of carriers nobody knows."""

    lanes: int
    parcels: int
    unknown: int


def refresh_scorecards(db: Database, carriers: Carriers, now: datetime) -> Refreshed:
    """Score all lanes by the parcels of the last 90 days, and store it as of today (UTC)."""
    with db.read() as conn:
        tariff = carriers.tariff(conn, now)
        found = list(journeys(conn, tariff, now, price_store.terms(conn).currency))
    known = [one for one in found if one.carrier]
    scores = score(known, now)
    carriers.store_scores(now.date(), scores)
    return Refreshed(len(scores), len(known), len(found) - len(known))


def journeys(conn: Connection, tariff: Tariff, now: datetime, currency: str = "CNY") -> Iterator[Journey]:
    """Go through the parcels that were handed over in the window.

    Notes
    -----
    Due is what the order was promised for; where its channel says nothing, what the carrier's cheapest card promises,
    counted from the hand-over without a cut-off. Costs are what that card asks for the weight of the goods: carriers'
    bills are not read yet. A card in another currency is asked where there is none in `currency`,
    and for the day alone. A carrier that no alias names is empty.
    """
    places = node_places(conn)
    # What was handed over has met its cut-off, whatever the clock said.
    tariff = replace(tariff, cut_offs={})
    for row in conn.execute(_SHIPPED, {"since": now - WINDOW, "now": now}):
        *names, node, country, province, city, postal, shipped_at, promised_at = row[:10]
        status, delivered_at, seen_at, weight_g, volume_mm3, had_trouble, was_damaged = row[10:]
        carrier = next((code for name in names if (code := tariff.carrier_of(name)) is not None), "")
        origin = places.get(node, Place("CN", node=node))
        there = Place(country or origin.country, province, city, postal)
        quote = _card_quote(tariff, carrier, weight_g, volume_mm3, origin, there, shipped_at, currency)
        yield Journey(
            carrier,
            node,
            there.country,
            province,
            shipped_at,
            promised_at or (quote.deliver_by if quote else None),
            promised_at is not None,
            delivered_at,
            state_of(status, delivered_at, max(seen_at or shipped_at, shipped_at), now),
            had_trouble,
            was_damaged,
            quote.amount if quote and weight_g and quote.currency == currency else None,
        )


def _card_quote(
    tariff: Tariff,
    carrier: str,
    weight_g: int | None,
    volume_mm3: int | None,
    origin: Place,
    there: Place,
    shipped_at: datetime,
    currency: str,
) -> Quote | None:
    parcel = Parcel(max(1, weight_g or 1), volume_mm3=volume_mm3 or 0)
    own = replace(tariff, cards=tuple(card for card in tariff.cards if card.carrier == carrier))
    made = quotes(own, parcel, origin, there, shipped_at)
    return next((one for one in made if one.currency == currency), made[0] if made else None)


def register_carrier_jobs(jobs: Jobs, db: Database, carriers: Carriers, clock: Clock) -> None:
    """Register the scorecards' job and its time."""

    def scorecards(ctx: JobContext) -> dict[str, object]:
        return refresh_scorecards(db, carriers, clock.now())._asdict()

    jobs.register("carrier scorecards", scorecards)
    jobs.schedule("carrier scorecards", "35 1 * * *")
