"""What drivers report, told to the house as carriers tell theirs: through the hub, into orders and scorecards.

A report is kept by the desk first, then handed in as a message of the channel ``own``. Messages are made from what is
kept, so handing in again after a crash is as good as once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from psycopg import Connection

from entrepot.delivery.dispatch import DispatchDesk, Run, Status, StopState, fleet_store, store
from entrepot.flows.intake import Intake
from entrepot.hub.adapter import RawMessage
from entrepot.hub.shops import Shop, Shops
from entrepot.infra.database import Database, retry_conflicts
from entrepot.kernel.clock import Clock
from entrepot.kernel.errors import InvariantBroken
from entrepot.kernel.outcome import Outcome
from entrepot.orders.lifecycle import Lifecycle
from entrepot.orders.pieces import Command, Take

CHANNEL: Final = "own"
SHOP: Final = "fleet"
TOPIC: Final = "round"

_CODES: Final[dict[Status, str]] = {"delivered": "delivered", "failed": "attempt_failed"}
_BY_REASON: Final = {"refused": "refused", "damaged": "exception"}
"""Failures that mean more than an attempt that failed."""

_SHIPPABLE: Final = ("released", "accepted", "picking", "packed", "cancel_asked")


class DeliveryReports:
    """The flow.

    Parameters
    ----------
    db : Database
        Where everything is.
    desk : DispatchDesk
        Keeps days.
    lifecycle : Lifecycle
        Ships what leaves.
    intake : Intake
        Takes the messages.
    shops : Shops
        Registrations.
    clock : Clock
        The time.
    """

    def __init__(
        self, db: Database, desk: DispatchDesk, lifecycle: Lifecycle, intake: Intake, shops: Shops, clock: Clock
    ) -> None:
        self._db = db
        self._desk = desk
        self._lifecycle = lifecycle
        self._intake = intake
        self._shops = shops
        self._clock = clock

    def depart(self, id: int, vehicle: str, actor: str) -> Outcome[Run]:
        """Let a vehicle leave: its goods are shipped, and their receivers' orders say so.

        Returns
        -------
        Outcome of Run
            Refusals: see `DispatchDesk.depart`.
        """

        def once() -> Outcome[list[StopState]]:
            with self._db.transaction() as conn:
                done = self._desk.depart(conn, id, vehicle, self._clock.now())
                if done.value is not None:
                    for stop in done.value:
                        self._ship(conn, id, stop, actor)
                return done

        done = retry_conflicts(once)
        if done.value is None:
            return Outcome(refusal=done.refusal)
        with self._db.read() as conn:
            kept = store.read(conn, id)
            assert kept is not None, "it has just left"
            run = kept.runs[vehicle]
            messages = [self._message(conn, kept.node, one, run, "out_for_delivery") for one in done.value]
        self._hand_in(messages)
        return Outcome(run)

    def report(self, id: int, no: int, status: Status, reason: str, actor: str) -> Outcome[StopState]:
        """Note what became of a stop, and tell its order.

        Returns
        -------
        Outcome of StopState
            Refusals: see `DispatchDesk.report`.
        """
        with self._db.transaction() as conn:
            done = self._desk.report(conn, id, no, status, reason, actor, self._clock.now())
        if done.value is None or status not in _CODES:
            return done
        with self._db.read() as conn:
            kept = store.read(conn, id)
            assert kept is not None, "it was reported just now"
            assert done.value.vehicle is not None, "only what is on a vehicle is reported"
            code = _BY_REASON.get(done.value.reason, _CODES[status])
            message = self._message(conn, kept.node, done.value, kept.runs[done.value.vehicle], code)
        self._hand_in([message])
        return done

    def _ship(self, conn: Connection, id: int, stop: StopState, actor: str) -> None:
        """Ship a stop's goods from the node's stock; where a warehouse system confirms what leaves, it will."""
        kept = store.read(conn, id)
        fleet = fleet_store.fleets(conn, kept.node)[0] if kept is not None else None
        if fleet is None or not fleet.books_on_departure:
            return
        standing = self._lifecycle.follow(conn, self._lifecycle.lock(conn, stop.order_id))
        pieces = [one for one in standing.order.pieces if one.work == stop.work and one.state in _SHIPPABLE]
        if pieces:
            takes = tuple(Take(one.id) for one in pieces)
            command = Command(f"round:{id}:{stop.no}", "ship", takes=takes, actor=actor)
            parcel = {"carrier": fleet.carrier, "tracking_no": stop.parcel or ""}
            self._lifecycle.act(conn, standing, command, parcel)

    def _message(self, conn: Connection, node: str, stop: StopState, run: Run, code: str) -> RawMessage:
        at = (stop.ended_at if code != "out_for_delivery" else run.departed_at) or self._clock.now()
        carrier = fleet_store.fleets(conn, node)[0].carrier
        lines = conn.execute(
            "SELECT line, sum(qty)::bigint FROM orders.piece WHERE work = %s AND state <> 'cancelled' "
            "GROUP BY line ORDER BY line",
            (stop.work,),
        ).fetchall()
        document = {
            "parcel": stop.parcel,
            "order": stop.order_id,
            "carrier": carrier,
            "node": node,
            "lines": lines,
            "shipped_at": _written(run.departed_at),
            "code": code,
            "at": _written(at),
            "reason": stop.reason,
        }
        return RawMessage(CHANNEL, SHOP, TOPIC, msgspec.json.encode(document), at, transport="bulk")

    def _hand_in(self, messages: Sequence[RawMessage]) -> None:
        with self._db.transaction() as conn:
            if (CHANNEL, SHOP) not in self._shops.all(conn):
                self._shops.register(conn, Shop(CHANNEL, SHOP, "自有车队", "Own fleet"))
        for message, receipt in zip(messages, self._intake.accept(list(messages)), strict=True):
            if receipt.status not in ("accepted", "duplicate"):
                raise InvariantBroken(
                    "dispatch.message", f"Our own message was not taken: {receipt.reason}.", body=len(message.body)
                )


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
