"""Who gets which records: orders fold, parcels fold, the catalogue and the stock book take theirs."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field

from psycopg import Connection

from entrepot.flows.catalogue import Matcher, listing_of, node_of, sku_of
from entrepot.hub.adapter import RawMessage
from entrepot.hub.channels import adapter_of
from entrepot.hub.findings import Finding
from entrepot.hub.shops import Shop
from entrepot.hub.translate import Translation
from entrepot.infra.log import Event
from entrepot.kernel.canonical import ORDER_PARTS
from entrepot.kernel.facts import Fact
from entrepot.orders.store import Changed, Said, fold_orders, fold_parcels
from entrepot.stock import StockBook, read_facts, upsert_listings, upsert_nodes, upsert_skus
from entrepot.stock.movement import Movement
from entrepot.stock.posting import Clash
from entrepot.stock.reconcile import Count, Difference


@dataclass
class Written:
    """What came of a batch besides rows.

    Attributes
    ----------
    events : list of Event
        To log.
    problems : list of tuple
        Records that could not be taken, by message.
    """

    events: list[Event] = field(default_factory=list)
    problems: list[tuple[bytes, Finding]] = field(default_factory=list)


@dataclass
class Batch:
    """The records of a batch of messages, by who takes them."""

    matcher: Matcher
    book: StockBook
    rebuild: Set[str] = frozenset()
    orders: dict[str, list[Said]] = field(default_factory=dict)
    tracking: list[tuple[Fact, bytes]] = field(default_factory=list)
    catalogue: list[tuple[Fact, bytes]] = field(default_factory=list)
    goods: dict[bytes, tuple[RawMessage, list[Fact]]] = field(default_factory=dict)
    told: list[tuple[Fact, bytes]] = field(default_factory=list)

    def add(self, message_id: bytes, message: RawMessage, said: Translation, shop: Shop) -> None:
        """Sort the records of one message."""
        orders: dict[str, list[Fact]] = {}
        for fact in said.facts:
            if fact.kind == "order":
                orders.setdefault(fact.id, []).append(fact)
            elif fact.kind in ORDER_PARTS and fact.parent is not None:
                orders.setdefault(fact.parent, []).append(fact)
            elif fact.kind == "tracking_event":
                self.tracking.append((fact, message_id))
            elif fact.kind in {"product", "listing", "location"}:
                self.catalogue.append((fact, message_id))
            elif fact.kind == "movement" or (fact.kind == "stock_fact" and _keeps_our_stock(shop)):
                self.goods.setdefault(message_id, (message, []))[1].append(fact)
            else:
                self.told.append((fact, message_id))
        for order_id, facts in orders.items():
            self.orders.setdefault(order_id, []).append(Said(message_id, said.topic, message.received_at, facts))

    def write(self, conn: Connection) -> Written:
        """Let everyone take theirs, in the transaction of `conn`."""
        written = Written()
        if grown := self._write_catalogue(conn):
            written.events.append(Event("catalogue.changed", "stock.sku", {"changed": grown}))
        changed = fold_orders(conn, self.orders, self.matcher.sku, self.rebuild) if self.orders else []
        written.events.extend(map(_order_event, changed))
        written.events.extend(Event("parcel.changed", number, {}) for number in fold_parcels(conn, self.tracking))
        written.problems.extend(self._write_goods(conn))
        written.events.extend(
            Event(f"{fact.kind}.told", fact.id, {"message": key.hex(), **fact.fields}) for fact, key in self.told
        )
        return written

    def _write_catalogue(self, conn: Connection) -> int:
        by_kind: dict[str, list[tuple[Fact, str]]] = {}
        for fact, key in self.catalogue:
            by_kind.setdefault(fact.kind, []).append((fact, key.hex()))
        if places := by_kind.get("location"):
            upsert_nodes(conn, [node_of(*place) for place in places])
        grown = 0
        if products := by_kind.get("product"):
            grown += upsert_skus(conn, [sku_of(*product) for product in products])
            self.matcher.reload(conn)
        if listings := by_kind.get("listing"):
            grown += upsert_listings(conn, [listing_of(*listing, self.matcher) for listing in listings])
            self.matcher.reload(conn)
        return grown

    def _write_goods(self, conn: Connection) -> Iterable[tuple[bytes, Finding]]:
        movements: list[Movement] = []
        counts: list[Count] = []
        for key, (message, facts) in self.goods.items():
            reading = read_facts(facts, key.hex(), message.received_at)
            movements.extend(reading.movements)
            counts.extend(reading.counts)
            for problem in reading.problems:
                yield key, _problem(problem.fact, problem.code, problem.message)
        if movements or counts:
            posted = self.book.post(conn, movements, counts)
            sources = {movement.id: movement.source_id for movement in movements}
            sources.update({count.id: count.source_id for count in counts})
            for clash in posted.conflicts:
                source = sources.get(clash.id)
                if source is not None:
                    yield bytes.fromhex(source), _problem(clash.id, "stock.conflict", _conflict(clash))
            for difference in posted.differences:
                source = sources.get(difference.count_id)
                if source is not None:
                    yield bytes.fromhex(source), _difference(difference)


def _keeps_our_stock(shop: Shop) -> bool:
    # A sales channel's own stock figure is what it believes, not what is in our houses; it is told, not booked.
    return adapter_of(shop.channel).kind == "file" and shop.stock_policy != "none"


def _problem(record: str, code: str, message: str) -> Finding:
    return Finding(code, "quarantine", "record", "", message, "Correct the document at its source.", record)


def _conflict(clash: Clash) -> str:
    return f"{clash.id} was booked before with another content; what was booked first stays."


def _difference(difference: Difference) -> Finding:
    return Finding(
        "stock.count_difference",
        "flag",
        "record",
        "",
        f"{difference.counted} of {difference.sku} were counted at {difference.node}; the book had {difference.book}.",
        "",
        difference.count_id,
        "qty",
        str(difference.counted),
        str(difference.book),
    )


def _order_event(changed: Changed) -> Event:
    names = ("payment_status", "fulfilment_status", "aftersale_status", "hold_status", "fulfil_mode")
    said = {name: value for name in names if (value := changed.state.value(name)) is not None}
    return Event("order.changed", changed.order_id, {"revision": changed.revision, **said})
