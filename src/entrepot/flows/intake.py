"""Intake: a batch of raw messages becomes stored bytes, folded orders, movements, findings and events, in one commit.

A message is acknowledged only after that commit, so a crash loses nothing that was acknowledged, and a message that
comes again is a no-op. A batch that the database refuses is halved until the message at fault stands alone; that one
is stored and quarantined, the others go through.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Literal, NamedTuple, TypeAlias

import psycopg
from psycopg import Connection

from entrepot.flows.catalogue import Matcher
from entrepot.flows.dispatch import Batch
from entrepot.hub.adapter import Adapter, RawMessage
from entrepot.hub.adapters import Adapters
from entrepot.hub.findings import Finding, shown
from entrepot.hub.observe import known_paths, observe
from entrepot.hub.shops import Shop, known_shops
from entrepot.hub.store import (
    Kept,
    Observations,
    keep_findings,
    keep_messages,
    keep_observations,
    known_messages,
)
from entrepot.hub.translate import Translation, translate
from entrepot.infra import log
from entrepot.infra.database import Database, retry_conflicts
from entrepot.kernel.clock import Clock, SystemClock
from entrepot.kernel.errors import InputError
from entrepot.stock import StockBook

_logger = logging.getLogger(__name__)

Status: TypeAlias = Literal["accepted", "quarantined", "ignored", "duplicate", "refused"]


class Receipt(NamedTuple):
    """What became of a message.

    Parameters
    ----------
    message_id : str
        Hex.
    status : str
        ``accepted``; ``quarantined``: stored, a part is kept out; ``ignored``: stored, holds no record; ``duplicate``;
        ``refused``: not stored.
    records : int
        Canonical records it gave.
    reason : str
        For a refusal.
    """

    message_id: str
    status: Status
    records: int
    reason: str = ""


# What PostgreSQL says to a value it cannot hold, and what our own checks say.
_REFUSALS = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.errors.ProgramLimitExceeded,
    ValueError,
    InputError,
    # A fault of an adapter's own code must not lose the message, nor stop the others.
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RecursionError,
)
_STATUS: dict[str, Status] = {"translated": "accepted", "quarantined": "quarantined", "ignored": "ignored"}


@dataclass(slots=True)
class _Reading:
    """A batch that is read and not yet stored; storing may be tried again, reading is done once."""

    messages: list[tuple[bytes, RawMessage]]
    shops: dict[tuple[str, str], Shop]
    translations: dict[bytes, tuple[Translation, Adapter]] = field(default_factory=dict)
    observations: Observations = field(default_factory=Observations)
    known: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    def shop_of(self, message: RawMessage) -> Shop | None:
        """Return the shop that takes the message; None when it is refused."""
        shop = self.shops.get((message.channel, message.shop))
        return None if shop is None or not shop.is_active or message.signature == "invalid" else shop


@dataclass
class Intake:
    """Takes batches of messages; safe to use from several threads and processes.

    Parameters
    ----------
    db : Database
        Where everything is.
    book : StockBook
        Takes movements and counts.
    adapters : Adapters
        Read messages.
    clock : Clock
        For observations only; messages carry their own time of receipt.
    """

    db: Database
    book: StockBook
    adapters: Adapters
    clock: Clock = field(default_factory=SystemClock)
    _local: threading.local = field(default_factory=threading.local, init=False, repr=False)

    def accept(self, messages: Sequence[RawMessage]) -> list[Receipt]:
        """Take a batch in one transaction; answer a receipt per message, in sequence.

        Parameters
        ----------
        messages : sequence of RawMessage
            Any channels mixed; a few thousand at most.
        """
        if not messages:
            return []
        started = perf_counter()
        receipts = self._accept(messages)
        self._note_latency(len(messages), perf_counter() - started)
        return receipts

    def _accept(self, messages: Sequence[RawMessage]) -> list[Receipt]:
        try:
            reading = self._read(messages)
            receipts = retry_conflicts(partial(self._store, reading))
        except _REFUSALS as fault:
            if len(messages) > 1:
                middle = len(messages) // 2
                return self._accept(messages[:middle]) + self._accept(messages[middle:])
            _logger.exception("message %s could not be folded", messages[0].identity().hex())
            return retry_conflicts(partial(self._keep_unfolded, messages[0], fault))
        self._note_observations(reading.observations, reading.known)
        return receipts

    def _read(self, messages: Sequence[RawMessage]) -> _Reading:
        """Translate what is new, outside the transaction: it takes the longest, and others need not wait for it."""
        ids = [message.identity() for message in messages]
        with self.db.read() as conn:
            reading = _Reading(list(zip(ids, messages, strict=True)), self._shops_of(conn, messages))
            before = known_messages(conn, ids)
        for message_id, message in reading.messages:
            shop = reading.shop_of(message)
            if shop is None or message_id in before or message_id in reading.translations:
                continue
            adapter = self.adapters.of(message)
            said = translate(adapter, message, shop.context)
            if said.topic:
                observe(said.document, reading.observations.of(message.channel, message.shop, said.topic, message_id))
                reading.known[message.channel, said.topic] = known_paths(adapter, said.topic)
            said.document, said.places = None, []  # a thousand of them would lie in memory until the batch is stored
            reading.translations[message_id] = said, adapter
        return reading

    def _store(self, reading: _Reading) -> list[Receipt]:
        with self.db.transaction() as conn:
            before = known_messages(conn, [message_id for message_id, _ in reading.messages])
            batch = Batch(self._matcher(conn), self.book)
            receipts: list[Receipt | bytes] = []
            kept: dict[bytes, Kept] = {}
            for message_id, message in reading.messages:
                shop = reading.shop_of(message)
                if shop is None:
                    receipts.append(_refused(message_id, message, reading.shops))
                elif message_id in before or message_id in kept:
                    records = before[message_id][1] if message_id in before else kept[message_id].records
                    receipts.append(Receipt(message_id.hex(), "duplicate", records))
                else:
                    said, adapter = reading.translations[message_id]
                    batch.add(message_id, message, said, shop)
                    kept[message_id] = _kept(message_id, message, said, adapter)
                    receipts.append(message_id)
            written = batch.write(conn)
            for message_id, problem in written.problems:
                kept[message_id].findings.append(problem)
            keep_messages(conn, kept.values())
            keep_findings(conn, kept.values())
            log.append(conn, [*written.events, *_quarantine_events(kept.values())])
        return [_receipt(kept[one]) if isinstance(one, bytes) else one for one in receipts]

    def _matcher(self, conn: Connection) -> Matcher:
        # One a thread: it is loaded inside a transaction and must not be read while another thread loads it.
        matcher: Matcher | None = getattr(self._local, "matcher", None)
        if matcher is None:
            matcher = self._local.matcher = Matcher()
        matcher.refresh(conn)
        return matcher

    def _shops_of(self, conn: Connection, messages: Sequence[RawMessage]) -> dict[tuple[str, str], Shop]:
        wanted = {(message.channel, message.shop) for message in messages}
        return {key: shop for key, shop in known_shops(conn).items() if key in wanted}

    def _keep_unfolded(self, message: RawMessage, fault: Exception) -> list[Receipt]:
        finding = Finding(
            "fold.refused",
            "quarantine",
            "message",
            "",
            f"The message is understood but cannot be stored as it is: {shown(fault, 200)}",
            "Mend the value named, or extend the mapping, then replay.",
        )
        message_id = message.identity()
        one = Kept(message_id, message, "", self.adapters.of(message).version, 0, [finding])
        with self.db.transaction() as conn:
            if message_id in known_messages(conn, [message_id]):
                return [Receipt(message_id.hex(), "duplicate", 0)]
            keep_messages(conn, [one])
            keep_findings(conn, [one])
        return [Receipt(message_id.hex(), "quarantined", 0)]

    def _note_observations(self, observations: Observations, known: dict[tuple[str, str], frozenset[str]]) -> None:
        # Apart from the batch's transaction: many batches touch the same few rows, and a lost count is no loss.
        with self.db.transaction() as conn:
            keep_observations(conn, observations, known, self.clock.now())

    def _note_latency(self, messages: int, seconds: float) -> None:
        with self.db.transaction() as conn:
            conn.execute(
                "INSERT INTO hub.latency (messages, milliseconds) VALUES (%s, %s)", (messages, round(seconds * 1000))
            )


def _kept(message_id: bytes, message: RawMessage, said: Translation, adapter: Adapter) -> Kept:
    # The findings are copied: what storing adds to them must not stay when it is tried again.
    return Kept(message_id, message, said.topic, adapter.version, len(said.facts), [*said.findings])


def _receipt(kept: Kept) -> Receipt:
    return Receipt(kept.id.hex(), _STATUS[kept.outcome], kept.records)


def _quarantine_events(kept: Iterable[Kept]) -> Iterator[log.Event]:
    for one in kept:
        if one.outcome == "quarantined":
            yield log.Event("message.quarantined", one.id.hex(), {"channel": one.message.channel})


def _refused(message_id: bytes, message: RawMessage, shops: Mapping[tuple[str, str], Shop]) -> Receipt:
    shop = shops.get((message.channel, message.shop))
    if shop is not None and shop.is_active:
        return Receipt(message_id.hex(), "refused", 0, "The signature is wrong.")
    why = "is not registered" if shop is None else "is switched off"
    return Receipt(message_id.hex(), "refused", 0, f"Shop {message.shop!r} on {message.channel!r} {why}.")
