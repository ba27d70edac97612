"""Availability: keeps what every shop may sell up to date, and tells the outbox when a figure a shop sees changes.

Reads stock, holds, quotas, supply, catalogue and policies from the log at its own position; works out the SKUs they
touch, all at once; writes the read model, its wishes to the outbox and its position in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import msgspec
from psycopg import Connection

from entrepot.hub.writeback import NewWish, StockWish, wish_for
from entrepot.infra import log
from entrepot.infra.database import Database, retry_conflicts
from entrepot.infra.log import Event, Logged
from entrepot.kernel.clock import Clock
from entrepot.stock.availability_queries import POLICY_CHANGED, READER
from entrepot.stock.availability_store import Moment, Offer, offers_of, refresh
from entrepot.stock.events import LIMITS_CHANGED, MOVED
from entrepot.stock.hold_events import KINDS as HOLD_KINDS
from entrepot.stock.hold_events import holds_of
from entrepot.stock.supply_store import CHANGED as SUPPLY_CHANGED
from entrepot.stock.supply_store import follow_documents, have_lane_times, measure_lanes

if TYPE_CHECKING:
    from entrepot.infra.jobs import JobContext, Jobs

CHANGED: Final = "availability.changed"
"""What shops may sell of a SKU has changed; key: the SKU; payload: offered, by ``channel/shop``."""

CATALOGUE_CHANGED: Final = "catalogue.changed"
_OF_HOLDS: Final = tuple(HOLD_KINDS.values())
_BY_SKU: Final = (LIMITS_CHANGED, SUPPLY_CHANGED)
_FOR_ALL: Final = (CATALOGUE_CHANGED, POLICY_CHANGED)
KINDS: Final = (MOVED, *_OF_HOLDS, *_BY_SKU, *_FOR_ALL)

_SKUS_AT_ONCE: Final = 1000

# A shop that sells from our warehouses, and whose offers we know, is served by all of them until its policy says
# otherwise. Tills sell what stands in the store; marketplaces whose sellers keep their own stock are not ours to tell.
_DEFAULT_POLICIES: Final = """
INSERT INTO stock.channel_policy (channel, shop)
SELECT p.channel, p.shop FROM hub.shop p
WHERE p.is_active AND p.stock_policy = 'confirmations'
  AND EXISTS (
      SELECT FROM stock.listing l WHERE l.channel = p.channel AND l.shop IN (p.shop, '*') AND l.sku_id IS NOT NULL)
ORDER BY p.channel, p.shop
ON CONFLICT DO NOTHING"""

_LISTED: Final = """
SELECT l.sku_id FROM stock.listing l JOIN stock.channel_policy p ON p.channel = l.channel AND l.shop IN (p.shop, '*')
WHERE l.sku_id IS NOT NULL
UNION SELECT sku FROM stock.atp ORDER BY 1"""

_DATED: Final = """
SELECT sku FROM stock.supply WHERE NOT is_closed
UNION SELECT sku FROM stock.quota WHERE valid_until > %(since)s OR valid_from > %(since)s ORDER BY 1"""

# By the index on the SKU, however few or many offers there are.
_LISTINGS: Final = """
SELECT o.channel, o.shop, l.item_id, l.sku_native_id, l.merchant_code, l.stock_item, o.offered
FROM json_to_recordset(%s) AS o (sku text, channel text, shop text, offered bigint)
CROSS JOIN LATERAL (
    SELECT item_id, sku_native_id, merchant_code, stock_item FROM stock.listing
    WHERE sku_id = o.sku AND channel = o.channel AND shop IN (o.shop, '*') OFFSET 0) AS l
ORDER BY o.channel, o.shop, l.item_id, l.sku_native_id"""


class AvailabilityFlow:
    """The flow; `step` is called again and again.

    Parameters
    ----------
    db : Database
        Where the log, the stock and the outbox are.
    clock : Clock
        The time.
    zone : str
        The retailer's, an IANA name: dates are its days.
    """

    def __init__(self, db: Database, clock: Clock, zone: str = "Asia/Shanghai") -> None:
        self._db = db
        self._clock = clock
        self._zone = zone
        self._reader = log.Reader(db, READER, KINDS)

    def step(self, limit: int = 2000) -> int:
        """Work out what the next events touch, in one transaction; returns the events read."""
        return retry_conflicts(lambda: self._step(limit))

    def rebuild(self) -> int:
        """Work out every listed SKU anew; returns how many figures changed."""
        return retry_conflicts(lambda: self._rebuild(_LISTED, {}))

    def turn_the_day(self, since: datetime) -> int:
        """Work out what depends on the date anew: supply due, quotas that begin or end; returns the changes."""
        return retry_conflicts(lambda: self._rebuild(_DATED, {"since": since}))

    def _step(self, limit: int) -> int:
        with self._db.transaction() as conn:
            events = self._reader.take(conn, limit)
            if not events:
                return 0
            skus, documents = _touched(conn, events)
            coming = follow_documents(conn, documents)
            if coming and not have_lane_times(conn):  # later the job measures them anew
                measure_lanes(conn, self._clock.now())
            is_catalogue = any(_is_for_all(one.event) for one in events)
            self._work_out(conn, sorted(skus | coming), is_catalogue=is_catalogue)
            self._reader.advance(conn, events[-1].position)
            return len(events)

    def _rebuild(self, which: str, values: dict[str, object]) -> int:
        with self._db.transaction() as conn:
            # Taken as the reader's own steps take it, so that no older figure is written after a newer one.
            self._reader.lock(conn)
            conn.execute(_DEFAULT_POLICIES)
            skus = [sku for (sku,) in conn.execute(which.encode(), values)]
            return self._work_out(conn, skus, is_catalogue=True)

    def _work_out(self, conn: Connection, skus: Sequence[str], is_catalogue: bool) -> int:
        # Before the facts are read, so that they hold at least all of it; it only grows, also when the log is replayed.
        position = log.head(conn)
        now = self._clock.now()
        at = Moment(now, self._zone, now.astimezone(ZoneInfo(self._zone)).date())
        changed = 0
        for first in range(0, len(skus), _SKUS_AT_ONCE):
            some = skus[first : first + _SKUS_AT_ONCE]
            offers = refresh(conn, some, at, position)
            # Listings may have come, or come to be known better, while their figure stayed the same.
            told = offers_of(conn, some) if is_catalogue else offers
            wish_for(conn, _wishes(conn, told), position, now)
            log.append(conn, _announced(offers))
            changed += len(offers)
        return changed


def _touched(conn: Connection, events: Sequence[Logged]) -> tuple[set[str], list[str]]:
    """Return the SKUs that events are about, and the documents that supply may follow from."""
    skus: set[str] = set()
    documents: set[str] = set()
    for _, _, event in events:
        if event.kind == MOVED:
            skus.add(event.key)
            documents.update(_documents(event))
        elif event.kind in _OF_HOLDS:
            skus.update(line["sku"] for hold in holds_of(event) for line in hold["lines"])
        elif event.kind in _BY_SKU:
            skus.add(event.key)
    if any(_is_for_all(event) for _, _, event in events):
        conn.execute(_DEFAULT_POLICIES)
        skus.update(sku for (sku,) in conn.execute(_LISTED))
    return skus, sorted(documents)


def _is_for_all(event: Event) -> bool:
    return event.kind in _FOR_ALL


def _documents(event: Event) -> Iterable[str]:
    """Return the document of a movement that supply may follow from: goods on their way, or received."""
    doc, reason = event.payload.get("doc"), event.payload.get("reason")
    if isinstance(doc, str) and reason not in ("sale", "count", "damage", "scrap"):
        yield doc


def _wishes(conn: Connection, offers: Sequence[Offer]) -> list[NewWish]:
    """Turn changed figures into wishes for the listings that show them."""
    body = msgspec.json.encode([offer._asdict() for offer in offers]).decode()
    return [
        NewWish(
            channel,
            shop,
            f"{item_id}/{sku_native_id}",
            StockWish(item_id, sku_native_id, merchant_code, stock_item, offered),
        )
        for channel, shop, item_id, sku_native_id, merchant_code, stock_item, offered in conn.execute(
            _LISTINGS, (body,)
        )
    ]


def _announced(offers: Sequence[Offer]) -> Iterable[Event]:
    by_sku: dict[str, dict[str, object]] = {}
    for offer in offers:
        by_sku.setdefault(offer.sku, {})[f"{offer.channel}/{offer.shop}"] = offer.offered
    for sku, shown in by_sku.items():
        yield Event(CHANGED, sku, shown)


def register_availability_jobs(jobs: Jobs, db: Database, clock: Clock) -> None:
    """Register the jobs that keep availability true while nothing happens, and their times."""
    flow = AvailabilityFlow(db, clock)

    def lanes(ctx: JobContext) -> str:
        with db.transaction() as conn:
            measured = measure_lanes(conn, clock.now())
        return f"{measured} lanes measured; what is on its way is dated anew"

    def day(ctx: JobContext) -> str:
        changed = flow.turn_the_day(clock.now() - timedelta(days=2))
        return f"{changed} figures changed with the date"

    jobs.register("lane times", lanes)
    jobs.register("availability by date", day)
    jobs.schedule("lane times", "20 * * * *")
    jobs.schedule("availability by date", "2 * * * *")
