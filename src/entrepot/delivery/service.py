"""The carriers' door: terms in, quotes and choices out, parcels given and taken back, labels, scorecards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import msgspec
from psycopg import Connection, Rollback

from entrepot.delivery import store, work_store
from entrepot.delivery.choice import Choice, Policy, Wanted, choose, described
from entrepot.delivery.labels import Label, LabelRequest, OwnLabels
from entrepot.delivery.places import Place
from entrepot.delivery.ports import LabelMaker
from entrepot.delivery.quoting import Offer, offers
from entrepot.delivery.rate_sheet import Sheet
from entrepot.delivery.scorecard import Reliability, Score, ScoreKey, reliability
from entrepot.delivery.tariff import Parcel, Tariff
from entrepot.delivery.work_store import Cell, Given
from entrepot.kernel.errors import Conflict, InputError, NotFound
from entrepot.kernel.outcome import Outcome, Refusal

if TYPE_CHECKING:
    from entrepot.infra.database import Database

_KEPT_CARDS: Final = timedelta(days=400)
_ATTEMPTS: Final = 50
_EARLIER: Final = timedelta(days=1)


class Carriers:
    """The door.

    Parameters
    ----------
    db : Database
        Where everything is.
    makers : mapping of carrier code to LabelMaker, optional
        Carriers' own interfaces; whoever has none gets the house's labels.
    policy : Policy, optional
        What unreliability costs.
    """

    def __init__(
        self, db: Database, makers: Mapping[str, LabelMaker] | None = None, policy: Policy | None = None
    ) -> None:
        self._db = db
        self._makers = dict(makers or {})
        self._house: LabelMaker = OwnLabels()
        self._policy = policy or Policy()
        self._tariff: tuple[int, Tariff, frozenset[str]] | None = None
        self._scores: tuple[int, dict[ScoreKey, Score]] | None = None

    # Terms --------------------------------------------------------------------------------------------------------

    def import_sheet(self, conn: Connection, sheet: Sheet, actor: str) -> store.Stored:
        """Store what a sheet says, in the transaction of `conn`; what its faults kept out is told by the sheet."""
        return store.store_sheet(conn, sheet, actor)

    def tariff(self, conn: Connection, now: datetime) -> Tariff:
        """Return all terms; loaded again only after an import."""
        return self._terms(conn, now)[1]

    def postal_areas(self, conn: Connection, now: datetime) -> frozenset[str]:
        """Return `Tariff.postal_areas` of all terms."""
        return self._terms(conn, now)[2]

    def _terms(self, conn: Connection, now: datetime) -> tuple[int, Tariff, frozenset[str]]:
        newest = store.newest_sheet(conn)
        known = self._tariff
        if known is None or known[0] != newest:
            tariff = store.load_tariff(conn, now.date() - _KEPT_CARDS)
            known = self._tariff = newest, tariff, tariff.postal_areas()
        return known

    # Quotes and choices -------------------------------------------------------------------------------------------

    def offers(self, parcel: Parcel, origin: Place, destination: Place, ready_at: datetime) -> list[Offer]:
        """Ask every service for a parcel; see `entrepot.delivery.quoting.offers`. Capacity is not looked at."""
        with self._db.read() as conn:
            tariff = self.tariff(conn, ready_at)
        return offers(tariff, parcel, origin, destination, ready_at)

    def choose(self, conn: Connection, wanted: Sequence[Wanted], actor: str) -> list[Outcome[Given]]:
        """Choose carriers for parcels and take room with them, in the transaction of `conn`.

        Parameters
        ----------
        conn : Connection
            In a transaction.
        wanted : sequence of Wanted
            In the sequence in which they get room; each id once.
        actor : str
            Who asks.

        Returns
        -------
        list of Outcome of Given
            In the same sequence. The same id with the same content gets the same answer. Refusals, in this order:
            ``conflict`` (the id is taken by another content), ``nobody`` (no service can take it).

        Raises
        ------
        InputError
            ``delivery.twice`` when an id comes twice.
        Conflict
            ``delivery.busy`` when others took room faster than this could decide, 50 times over.

        Notes
        -----
        Decides on loads as they are read, then locks the cells it needs in key order and looks again: where another
        was faster, it lets go of its locks and decides anew. Somebody gets on in every round, and no day is overfull.
        """
        if len({one.id for one in wanted}) < len(wanted):
            raise InputError("delivery.twice", "A parcel's id comes twice in one call.", "Give each parcel its own id.")
        for _ in range(_ATTEMPTS):
            with conn.transaction() as savepoint:
                outcomes, fresh = self._decide(conn, wanted)
                if self._give(conn, fresh, actor):
                    return outcomes
                raise Rollback(savepoint)
        raise Conflict("delivery.busy", "Others take the carriers' room faster than this can be decided.", "Retry.")

    def cancel(self, ids: Sequence[str]) -> list[Outcome[str]]:
        """Take parcels back: their labels are voided with who makes them, then their room is free again.

        Parameters
        ----------
        ids : sequence of str
            Parcels.

        Returns
        -------
        list of Outcome of str
            The ids, in their sequence; taken back before is done. Refusals, in this order: ``unknown`` (no such
            parcel), whatever a carrier refuses to void a label for, ``labelled`` (a label is being made just now).
        """
        with self._db.read() as conn:
            known = work_store.given_parcels(conn, ids)
            out = work_store.open_labels(conn, ids)
        refused = {one: _unknown(one) for one in ids if one not in known}
        voided: list[str] = []
        for label in out:
            answer = self._maker(known[label.parcel].carrier).void(label.tracking_no) if label.tracking_no else None
            if answer is not None and answer.refusal is not None:
                refused[label.parcel] = answer.refusal
            elif label.tracking_no:
                voided.append(label.id)
        with self._db.transaction() as conn:
            rows = work_store.given_parcels(conn, ids, lock=True)
            work_store.void_labels(conn, voided)
            for label in work_store.open_labels(conn, ids):
                message = f"Label {label.id} of parcel {label.parcel} is being made. Take it back when it is there."
                refused.setdefault(label.parcel, Refusal("labelled", message, {"label": label.id}))
            self._take_back(conn, [row for id, row in rows.items() if row.state == "chosen" and id not in refused])
        return [Outcome(refusal=refused[one]) if one in refused else Outcome(one) for one in ids]

    def _take_back(self, conn: Connection, rows: Sequence[Given]) -> None:
        cells = Counter((row.node, row.carrier, row.day) for row in rows)
        work_store.lock_loads(conn, cells)
        work_store.mark_cancelled(conn, [row.id for row in rows])
        work_store.add_load(conn, {cell: -parcels for cell, parcels in cells.items()})

    def _decide(self, conn: Connection, wanted: Sequence[Wanted]) -> tuple[list[Outcome[Given]], list[Given]]:
        """Answer all, and list those that are new and must be written."""
        known = work_store.given_parcels(conn, [one.id for one in wanted])
        unknown = [one for one in wanted if one.id not in known]
        if not unknown:
            return [_again(known[one.id], one) for one in wanted], []
        first = min(one.ready_at for one in unknown)
        tariff, scores = self.tariff(conn, first), self.scores(conn)
        taken = Counter(work_store.loads(conn, (first - _EARLIER).date(), {one.origin.node for one in unknown}))
        outcomes: list[Outcome[Given]] = []
        fresh: list[Given] = []
        for one in wanted:
            if one.id in known:
                outcomes.append(_again(known[one.id], one))
                continue
            made = self._choose_one(tariff, scores, taken, one)
            if made.value is not None:
                taken[made.value.node, made.value.carrier, made.value.day] += 1
                fresh.append(made.value)
            outcomes.append(made)
        return outcomes, fresh

    def _choose_one(
        self, tariff: Tariff, scores: Mapping[ScoreKey, Score], taken: Mapping[Cell, int], one: Wanted
    ) -> Outcome[Given]:
        node = one.origin.node

        def space_left(carrier: str, day: date) -> int | None:
            most = tariff.capacity(node, carrier, day)
            return None if most is None else most - taken.get((node, carrier, day), 0)

        def expected(carrier: str) -> Reliability:
            return reliability(scores, carrier, node, one.destination.country, one.destination.province)

        choice = choose(tariff, one, expected, space_left, self._policy)
        return _given(choice, one)

    def _give(self, conn: Connection, fresh: Sequence[Given], actor: str) -> bool:
        """Write what was decided; False where another transaction was first."""
        if not fresh:
            return True
        cells = Counter((one.node, one.carrier, one.day) for one in fresh)
        loads = work_store.lock_loads(conn, cells)
        tariff = self.tariff(conn, min(one.deliver_by for one in fresh))
        for cell, more in cells.items():
            most = tariff.capacity(*cell)
            if most is not None and loads[cell] + more > most:
                return False
        if work_store.insert_parcels(conn, fresh, actor) < len(fresh):
            return False
        work_store.add_load(conn, cells)
        return True

    # Labels -------------------------------------------------------------------------------------------------------

    def label(self, parcel: str, request: LabelRequest, actor: str) -> Outcome[Label]:
        """Get a parcel its label, from its carrier or from the house.

        Parameters
        ----------
        parcel : str
            A chosen parcel.
        request : LabelRequest
            Its serial, carrier and service are filled in here. The same id asks for the same label, also after a
            crash between the carrier's answer and our note of it.
        actor : str
            Who asks.

        Returns
        -------
        Outcome of Label
            Refusals, in this order: ``cancelled`` (the parcel was taken back), ``conflict`` (the id names another
            label), ``voided`` (this label was taken back), then the label maker's.

        Raises
        ------
        NotFound
            ``delivery.parcel`` when there is no such parcel.
        """
        with self._db.transaction() as conn:
            given = work_store.given_parcels(conn, [parcel], lock=True).get(parcel)
            if given is None:
                raise NotFound("delivery.parcel", f"There is no parcel {parcel[:80]!r}.", "Choose its carrier first.")
            if given.state == "cancelled":
                return _refused("cancelled", f"Parcel {parcel} was taken back. Choose a carrier under a new id.")
            wanted = replace(request, serial=1, carrier=given.carrier, service=given.service)
            digest = _digest([parcel, wanted])
            row = work_store.ask_label(conn, request.id, parcel, digest, actor)
        if row.digest != digest:
            return _refused("conflict", f"Label {request.id} is another one. Use a new id, or send the same request.")
        if row.state == "voided":
            return _refused("voided", f"Label {request.id} was taken back. Ask for one under a new id.")
        made = self._maker(given.carrier).make(replace(wanted, serial=row.serial))
        with self._db.transaction() as conn:
            # Whoever takes the parcel back waits for this note, and then finds the label that must be voided.
            work_store.given_parcels(conn, [parcel], lock=True)
            if made.value is not None:
                work_store.settle_label(conn, request.id, "made", made.value.tracking_no)
            elif made.refusal is not None:
                work_store.settle_label(conn, request.id, "refused", None, made.refusal.reason)
        return made

    def _maker(self, carrier: str) -> LabelMaker:
        return self._makers.get(carrier, self._house)

    # Scorecards ---------------------------------------------------------------------------------------------------

    def store_scores(self, as_of: date, scores: Sequence[Score]) -> int:
        """Store the scorecards of a day."""
        with self._db.transaction() as conn:
            return work_store.store_scores(conn, as_of, scores)

    def scores(self, conn: Connection) -> dict[ScoreKey, Score]:
        """Return the newest scores by carrier, node, country and province; loaded again only after a refresh."""
        newest = work_store.newest_scorecard(conn)
        known = self._scores
        if known is None or known[0] != newest:
            known = newest, work_store.load_scores(conn, newest)
            self._scores = known
        return known[1]

    def given(self, conn: Connection, parcel: str) -> Given | None:
        """Return a parcel that was given to a carrier; None where there is none."""
        return work_store.given_parcels(conn, [parcel]).get(parcel)

    def loads(self, conn: Connection, carrier: str, since: date) -> dict[Cell, int]:
        """Return the parcels given to a carrier, by node and day, from a day on."""
        return work_store.loads(conn, since, carrier=carrier)

    def audit(self) -> list[tuple[str, str, date, int, int]]:
        """Compare loads with the parcels behind them; reports, never repairs."""
        with self._db.read() as conn:
            return work_store.load_drifts(conn)


def _given(choice: Choice, one: Wanted) -> Outcome[Given]:
    chosen = choice.chosen
    if chosen is None or chosen.quote is None:
        why = " ".join(dict.fromkeys(one.refusal.message for one in choice.candidates if one.refusal is not None))
        message = f"No service takes parcel {one.id}. {why or 'No rate card is in force: import one.'}"
        return Outcome(refusal=Refusal("nobody", message, described(choice)))
    quote = chosen.quote
    return Outcome(
        Given(
            one.id,
            _digest(one),
            "chosen",
            one.origin.node,
            quote.carrier,
            quote.service,
            quote.version,
            quote.despatch,
            quote.deliver_by,
            one.parcel.weight_g,
            quote.amount,
            quote.currency,
            described(choice),
        )
    )


def _again(known: Given, one: Wanted) -> Outcome[Given]:
    if known.digest == _digest(one):
        return Outcome(known)
    message = f"Id {one.id} already names another parcel. Use a new id, or send the same parcel."
    return Outcome(refusal=Refusal("conflict", message, {"id": one.id}))


def _unknown(id: str) -> Refusal:
    return Refusal("unknown", f"There is no parcel {id[:80]!r}. Look up its id.", {"id": id[:80]})


def _digest(content: object) -> bytes:
    return sha256(msgspec.json.encode(content)).digest()


def _refused(reason: str, message: str) -> Outcome[Label]:
    return Outcome(refusal=Refusal(reason, message))
