"""Replay: translate quarantined messages again, after a mapping grew or a person mended the text.

Every order a message speaks of, or spoke of, is folded anew from all its messages as today's mappings read them: the
fold is a function of the set of messages, so that is the same as if the mapping had always been right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from psycopg import Connection

from entrepot.flows.catalogue import Matcher
from entrepot.flows.dispatch import Batch
from entrepot.flows.intake import Intake
from entrepot.hub.adapter import RawMessage
from entrepot.hub.adapters import Adapters
from entrepot.hub.shops import Shop, known_shops
from entrepot.hub.store import Kept, keep_findings, load_messages
from entrepot.hub.translate import translate
from entrepot.infra import log
from entrepot.infra.database import Database, retry_conflicts
from entrepot.kernel.errors import InputError, NotFound
from entrepot.stock import StockBook

MOST_AT_ONCE = 500


class Replayed(NamedTuple):
    """What a replay did.

    Parameters
    ----------
    replayed : int
        Messages translated again.
    resolved : int
        Quarantine entries closed.
    still : int
        Entries still open.
    """

    replayed: int
    resolved: int
    still: int


@dataclass
class Replay:
    """Translates stored messages again."""

    db: Database
    book: StockBook
    adapters: Adapters
    intake: Intake

    def replay(
        self,
        by: str,
        ids: Sequence[int] | None = None,
        reason: str | None = None,
        channel: str | None = None,
        dry_run: bool = False,
    ) -> Replayed:
        """Replay the open quarantine entries chosen by id, or by reason and channel.

        Parameters
        ----------
        by : str
            Who asks; stored with what is resolved.
        ids : sequence of int, optional
            Entries.
        reason, channel : str, optional
            All open entries of a reason, a channel, or both.
        dry_run : bool
            Only tell what would be resolved; nothing is written.
        """
        if ids is None and reason is None and channel is None:
            raise InputError("replay.choice", "Nothing was chosen.", "Give ids, a reason or a channel.")
        with self.db.read() as conn:
            chosen = _chosen(conn, ids, reason, channel)
        total = Replayed(0, 0, 0)
        for start in range(0, len(chosen), MOST_AT_ONCE):
            part = chosen[start : start + MOST_AT_ONCE]
            done = retry_conflicts(lambda part=part: self._replay_once(part, by, dry_run))  # type: ignore[misc]
            total = Replayed(*(sum(pair) for pair in zip(total, done, strict=True)))
        return total

    def translate_again(self, by: str, channel: str, shop: str, topic: str) -> int:
        """Translate every message of a topic again, quarantined or not, after its mapping changed.

        Returns
        -------
        int
            Messages translated.
        """
        with self.db.read() as conn:
            rows = conn.execute(
                "SELECT id FROM hub.raw WHERE channel = %s AND shop = %s AND topic = %s ORDER BY seq",
                (channel, shop, topic),
            ).fetchall()
        ids = [bytes(row[0]) for row in rows]
        for start in range(0, len(ids), MOST_AT_ONCE):
            part = ids[start : start + MOST_AT_ONCE]
            retry_conflicts(lambda part=part: self._replay_once(part, by, False))  # type: ignore[misc]
        return len(ids)

    def fix(self, entry: int, text: str, by: str) -> Replayed:
        """Take a mended text in place of a quarantined message; the original stays as it came.

        Raises
        ------
        NotFound
            If there is no such entry.
        """
        with self.db.read() as conn:
            row = conn.execute(
                "SELECT r.channel, r.shop, r.topic, r.headers, r.received_at, r.id FROM hub.quarantine q "
                "JOIN hub.raw r ON r.id = q.message_id WHERE q.id = %s",
                (entry,),
            ).fetchone()
        if row is None:
            raise NotFound("quarantine.entry", f"There is no quarantine entry {entry}.")
        channel, shop, topic, headers, received_at, original = row
        headers = {**(headers or {}), "x-entrepot-mends": bytes(original).hex(), "content-type": "charset=utf-8"}
        mended = RawMessage(channel, shop, topic, text.encode(), received_at, headers, "bulk", f"mended by {by}")
        receipt = self.intake.accept([mended])[0]
        done = receipt.status in {"accepted", "ignored"}
        if done:
            with self.db.transaction() as conn:
                conn.execute(
                    "UPDATE hub.quarantine SET resolved_at = now(), resolution = %s, resolved_by = %s "
                    "WHERE message_id = %s AND resolved_at IS NULL",
                    (f"mended as {receipt.message_id}", by, original),
                )
        return Replayed(1, int(done), int(not done))

    def dismiss(self, by: str, ids: Sequence[int], why: str) -> int:
        """Close entries without a replay, with a reason; returns how many were open."""
        if not why.strip():
            raise InputError("quarantine.why", "A reason is missing.", "Say why the message may stay out.")
        with self.db.transaction() as conn:
            return conn.execute(
                "UPDATE hub.quarantine SET resolved_at = now(), resolution = %s, resolved_by = %s "
                "WHERE id = ANY(%s) AND resolved_at IS NULL",
                (f"dismissed: {why.strip()[:500]}", by, list(ids)),
            ).rowcount

    def _replay_once(self, message_ids: Sequence[bytes], by: str, dry_run: bool) -> Replayed:
        with self.db.transaction() as conn:
            batch, kept = self._translate_again(conn, message_ids)
            before = _open(conn, message_ids)
            with conn.transaction(force_rollback=dry_run):
                written = batch.write(conn)
            for one in kept:
                one.findings.extend(problem for key, problem in written.problems if key == one.id)
            still = {
                (one.id, finding.rule, finding.pointer)
                for one in kept
                for finding in one.findings
                if finding.severity == "quarantine"
            }
            resolved = [entry for entry, *key in before if tuple(key) not in still]
            if not dry_run:
                _store_again(conn, kept, resolved, by)
                log.append(conn, written.events)
            return Replayed(len(kept), len(resolved), len(before) - len(resolved))

    def _translate_again(self, conn: Connection, message_ids: Sequence[bytes]) -> tuple[Batch, list[Kept]]:
        shops = known_shops(conn)
        matcher = Matcher()
        matcher.reload(conn)
        batch = Batch(matcher, self.book)
        kept = []
        for message_id, message in load_messages(conn, message_ids):
            shop = shops[message.channel, message.shop]
            adapter = self.adapters.of(message)
            said = translate(adapter, message, shop.context)
            batch.add(message_id, message, said, shop)
            kept.append(Kept(message_id, message, said.topic, adapter.version, len(said.facts), said.findings))
        self._add_other_messages(conn, batch, shops, set(message_ids))
        return batch, kept

    def _add_other_messages(
        self, conn: Connection, batch: Batch, shops: dict[tuple[str, str], Shop], taken: set[bytes]
    ) -> None:
        """Add what the other messages said of the orders concerned, and only that."""
        order_ids = set(batch.orders) | {
            row[0]
            for row in conn.execute("SELECT order_id FROM orders.source WHERE message_id = ANY(%s)", (list(taken),))
        }
        rows = conn.execute(
            "SELECT DISTINCT message_id FROM orders.source WHERE order_id = ANY(%s)", (sorted(order_ids),)
        )
        others = [key for row in rows if (key := bytes(row[0])) not in taken]
        apart = Batch(batch.matcher, batch.book)
        for message_id, message in load_messages(conn, others):
            shop = shops[message.channel, message.shop]
            apart.add(message_id, message, translate(self.adapters.of(message), message, shop.context), shop)
        for order_id in order_ids:
            batch.orders.setdefault(order_id, []).extend(apart.orders.get(order_id, []))
        batch.orders = {order_id: said for order_id, said in batch.orders.items() if said}
        # An order with an erased message cannot be told anew; what is said again is folded into what is known.
        erased = conn.execute(
            "SELECT DISTINCT s.order_id FROM orders.source s JOIN hub.raw r ON r.id = s.message_id "
            "WHERE s.order_id = ANY(%s) AND r.body IS NULL",
            (sorted(order_ids),),
        )
        batch.rebuild = order_ids - {row[0] for row in erased}


def _chosen(conn: Connection, ids: Sequence[int] | None, reason: str | None, channel: str | None) -> list[bytes]:
    rows = conn.execute(
        "SELECT DISTINCT message_id FROM hub.quarantine WHERE resolved_at IS NULL "
        "AND (%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s)) AND (%(reason)s::text IS NULL OR reason = %(reason)s) "
        "AND (%(channel)s::text IS NULL OR channel = %(channel)s) ORDER BY message_id",
        {"ids": None if ids is None else list(ids), "reason": reason, "channel": channel},
    )
    return [bytes(row[0]) for row in rows]


def _open(conn: Connection, message_ids: Sequence[bytes]) -> list[tuple[int, bytes, str, str]]:
    rows = conn.execute(
        "SELECT id, message_id, reason, pointer FROM hub.quarantine WHERE message_id = ANY(%s) "
        "AND resolved_at IS NULL FOR UPDATE",
        (list(message_ids),),
    )
    return [(row[0], bytes(row[1]), row[2], row[3]) for row in rows]


def _store_again(conn: Connection, kept: Sequence[Kept], resolved: Sequence[int], by: str) -> None:
    ids = [one.id for one in kept]
    conn.execute(
        "UPDATE hub.quarantine SET replays = replays + 1, last_seen = now() "
        "WHERE message_id = ANY(%s) AND resolved_at IS NULL",
        (ids,),
    )
    conn.execute(
        "UPDATE hub.quarantine SET resolved_at = now(), resolution = 'replayed', resolved_by = %s WHERE id = ANY(%s)",
        (by, list(resolved)),
    )
    conn.execute("DELETE FROM hub.finding WHERE message_id = ANY(%s)", (ids,))
    keep_findings(conn, kept)
    conn.execute(
        "UPDATE hub.raw r SET outcome = n.outcome, adapter_version = n.version, records = n.records, "
        "findings = n.findings FROM unnest(%s::bytea[], %s::text[], %s::int[], %s::int[], %s::int[]) "
        "AS n(id, outcome, version, records, findings) WHERE r.id = n.id",
        [
            ids,
            [one.outcome for one in kept],
            [one.adapter_version for one in kept],
            [one.records for one in kept],
            [len(one.findings) for one in kept],
        ],
    )
