"""One round of writing back: hold what cannot be sent, claim what is due, send it, settle it by the reply."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, NamedTuple

from entrepot.hub.shops import Shop, Shops
from entrepot.hub.writeback import store
from entrepot.hub.writeback.sender import LONGEST_SECONDS, Sender
from entrepot.hub.writeback.store import LEASE_SECONDS, Claim, Lane
from entrepot.hub.writeback.writer import Access, Reply, Task, Verdict, Writer
from entrepot.hub.writeback.writers import writer_of
from entrepot.infra.database import Database
from entrepot.kernel.clock import Clock

_logger = logging.getLogger(__name__)
_SHOPS_AT_ONCE: Final = 4

_LANES: Final = """
SELECT channel, shop, kind, bool_or(state = 'waiting' AND due_at <= %s), bool_or(state = 'held')
FROM hub.writeback WHERE state IN ('waiting', 'held')
GROUP BY channel, shop, kind ORDER BY channel, shop, kind"""


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did: calls made, wishes accepted, wishes that failed or were put aside."""

    calls: int = 0
    accepted: int = 0
    failed: int = 0

    def __add__(self, other: Round) -> Round:
        return Round(self.calls + other.calls, self.accepted + other.accepted, self.failed + other.failed)


class _Ready(NamedTuple):
    lane: Lane
    writer: Writer
    access: Access


class Writeback:
    """Sends wishes to channels.

    Parameters
    ----------
    db : Database
        Where the outbox is.
    shops : Shops
        Addresses, settings and secrets.
    clock : Clock
        The time.
    sender : Sender, optional
        Makes the calls.

    Notes
    -----
    Any number of processes may run rounds: rows are leased, and each shop's bucket is one row. A sender that stood
    still until its lease was nearly over sends nothing more, so that no older value goes out after a newer one.
    """

    def __init__(self, db: Database, shops: Shops, clock: Clock, sender: Sender | None = None) -> None:
        self._db = db
        self._shops = shops
        self._clock = clock
        self._sender = sender or Sender()

    def close(self) -> None:
        """Close the connections to the channels."""
        self._sender.close()

    def step(self) -> Round:
        """Do one round over all shops, some of them at once."""
        ready = self._ready()
        if not ready:
            return Round()
        with ThreadPoolExecutor(min(_SHOPS_AT_ONCE, len(ready)), thread_name_prefix="writeback") as pool:
            return sum(pool.map(self._serve, ready), Round())

    def _ready(self) -> list[_Ready]:
        """Find the lanes with work; hold and let go what the shops' registrations ask for."""
        now = self._clock.now()
        ready = []
        with self._db.transaction() as conn:
            lanes = conn.execute(_LANES, (now,)).fetchall()
            shops = {(row[0], row[1]): self._shops.get(conn, row[0], row[1]) for row in lanes}
            for channel, shop, kind, is_due, is_held in lanes:
                lane = Lane(channel, shop, kind)
                writer, access, lacking = _access(shops[channel, shop], kind)
                if writer is None or lacking:
                    store.hold(conn, lane, *_why_held(shops[channel, shop], kind, writer, lacking))
                    continue
                if is_held:
                    store.unhold(conn, lane, now)
                if is_due or is_held:
                    ready.append(_Ready(lane, writer, access))
        return ready

    def _serve(self, ready: _Ready) -> Round:
        lane, writer, access = ready
        claimed_at = time.monotonic()
        with self._db.transaction() as conn:
            claim = store.claim(conn, lane, writer, self._clock.now())
        done = Round(failed=claim.buried)
        for place, batch in enumerate(claim.batches):
            if time.monotonic() - claimed_at > LEASE_SECONDS - LONGEST_SECONDS:
                self._release(claim, place)
                break
            verdict = self._send(batch, writer, access, lane)
            done += self._settle(lane, claim, batch, verdict)
            if verdict.outcome in ("throttled", "locked_out") or verdict.reason.startswith("network.Connect"):
                self._release(claim, place + 1)
                break
        return done

    def _send(self, batch: Sequence[Task], writer: Writer, access: Access, lane: Lane) -> Verdict:
        request = writer.write(batch, access, self._clock.now())
        reply = self._sender.send(access.settings["write_url"], request)
        return writer.judge(lane.kind, reply) if isinstance(reply, Reply) else reply

    def _settle(self, lane: Lane, claim: Claim, batch: Sequence[Task], verdict: Verdict) -> Round:
        with self._db.transaction() as conn:
            states = store.settle(conn, lane, claim.lease, batch, verdict, self._clock.now())
        if "dead" in states:
            _logger.warning("%s/%s: %s of %s given up: %s", *lane[:2], lane.kind, batch[0].target, verdict.message)
        return Round(1, 0, len(batch)) if states else Round(1, len(batch), 0)

    def _release(self, claim: Claim, first: int) -> None:
        unsent = [task for batch in claim.batches[first:] for task in batch]
        with self._db.transaction() as conn:
            store.release(conn, claim.lease, unsent)


def _access(shop: Shop, kind: str) -> tuple[Writer | None, Access, list[str]]:
    writer = writer_of(shop.channel, shop.settings)
    access = Access(shop.channel, shop.shop, shop.settings, shop.secrets)
    if writer is None or kind not in writer.rates:
        return None, access, []
    return writer, access, writer.missing(access)


def _why_held(shop: Shop, kind: str, writer: Writer | None, lacking: Sequence[str]) -> tuple[str, str, str]:
    name = f"{shop.channel}/{shop.shop}"
    if not shop.settings.get("write_url"):
        return (
            "no_endpoint",
            f"{name} has no address to write to.",
            f"Set it: entrepot shop add {shop.channel} {shop.shop} --setting write_url=https://...",
        )
    if writer is None:
        return (
            "no_writer",
            f"Nobody has written yet how {shop.channel} takes a {kind}.",
            "Set write_as=webhook to have plain signed JSON sent to an address of your own.",
        )
    return (
        "no_access",
        f"{name} cannot be written to without {', '.join(lacking)}.",
        f"Store it: entrepot shop add {shop.channel} {shop.shop} --secret NAME=VALUE or --setting NAME=VALUE",
    )
