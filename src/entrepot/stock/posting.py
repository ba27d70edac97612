"""Posting: lock the cells, append what is new, keep counts true, move the levels, tell the log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from psycopg import Connection

from entrepot.infra import log
from entrepot.kernel.errors import Conflict, InvariantBroken
from entrepot.stock import events, store
from entrepot.stock.balance import Balances, Negative, Overcommitted, fold, negatives, overcommitted
from entrepot.stock.movement import Account, Movement, booked_legs
from entrepot.stock.reconcile import Count, Difference, late, plan

T = TypeVar("T", Movement, Count)


class Clash(NamedTuple):
    """An id that arrived with two contents; the first one stays."""

    id: str
    booked: Movement | Count
    given: Movement | Count


@dataclass(frozen=True, slots=True)
class Posted:
    """What a post did.

    Parameters
    ----------
    movements : tuple of Movement
        The given ones that were new.
    corrections : tuple of Movement
        Those the book added: differences of counts, and late facts that a count had seen.
    duplicates : tuple of str
        Ids that were there already, with the same content.
    conflicts : tuple of Clash
        Ids that were there already, with another content; a finding.
    negatives : tuple of Negative
        Accounts this post took below zero; a finding.
    differences : tuple of Difference
        Counts that disagreed with the book; a finding.
    overcommitted : tuple of Overcommitted
        Cells this post took below what is promised of them to others than the movements' own documents; a finding.
    """

    movements: tuple[Movement, ...] = ()
    corrections: tuple[Movement, ...] = ()
    duplicates: tuple[str, ...] = ()
    conflicts: tuple[Clash, ...] = ()
    negatives: tuple[Negative, ...] = ()
    differences: tuple[Difference, ...] = ()
    overcommitted: tuple[Overcommitted, ...] = ()


def post(conn: Connection, movements: Iterable[Movement], counts: Iterable[Count] = ()) -> Posted:
    """Book facts; nothing a channel reports is refused.

    Parameters
    ----------
    conn : Connection
        In a transaction, which should post once: cells are locked in key order within one call.
    movements : iterable of Movement
        Any number; thousands are one statement.
    counts : iterable of Count
        Weighed after the movements.

    Returns
    -------
    Posted
        What was new, and the findings.
    """
    given, counted = _distinct(movements), _distinct(counts)
    locked = store.lock_cells(conn, _cells(given.first.values(), counted.first.values()))
    new = _insert(conn, given)
    corrections = _take_back_late(conn, new, locked)
    deltas = _add(fold(new), fold(corrections))
    fresh, differences, adjustments = _reconcile(conn, counted, _add(locked.balances, deltas))
    corrections += adjustments
    deltas = _add(deltas, fold(adjustments))
    store.update_levels(conn, deltas, fresh)
    posted = Posted(
        movements=tuple(new),
        corrections=tuple(corrections),
        duplicates=(*given.repeated, *counted.repeated),
        conflicts=(*given.clashes, *counted.clashes),
        negatives=tuple(negatives(locked.balances, deltas)),
        differences=tuple(differences),
        overcommitted=tuple(_overcommitted(conn, locked, deltas, new)),
    )
    _announce(conn, posted)
    return posted


class _Given(NamedTuple, Generic[T]):
    """A batch by id, with what came twice in it."""

    first: dict[str, T]
    repeated: list[str]
    clashes: list[Clash]

    def meet(self, booked: Mapping[str, T]) -> None:
        """Sort those that are in the book into repeats and clashes."""
        for id, earlier in booked.items():
            given = self.first[id]
            if given.content == earlier.content:
                self.repeated.append(id)
            else:
                self.clashes.append(Clash(id, earlier, given))


def _distinct(batch: Iterable[T]) -> _Given[T]:
    given: _Given[T] = _Given({}, [], [])
    for one in batch:
        earlier = given.first.setdefault(one.id, one)
        if earlier is one:
            continue
        if earlier.content == one.content:
            given.repeated.append(one.id)
        else:
            given.clashes.append(Clash(one.id, earlier, one))
    return given


def _cells(movements: Iterable[Movement], counts: Iterable[Count]) -> set[tuple[str, str]]:
    cells = {(count.sku, count.node) for count in counts}
    for movement in movements:
        cells.add((movement.sku, movement.from_node))
        cells.add((movement.sku, movement.to_node))
    return cells


def _insert(conn: Connection, given: _Given[Movement]) -> list[Movement]:
    new = store.insert(conn, given.first.values())
    known = [id for id in given.first if id not in new]
    if known:
        given.meet(store.booked(conn, known))
    return [movement for id, movement in given.first.items() if id in new]


def _take_back_late(conn: Connection, new: Iterable[Movement], locked: store.Locked) -> list[Movement]:
    """Return, booked, what the first later count takes back of facts it had already seen."""
    if not locked.counted_until:
        return []
    suspects = [
        (movement, leg)
        for movement in new
        for leg in booked_legs(movement)
        if (until := locked.counted_until.get(leg.account[:2])) is not None and leg.valid_at <= until
    ]
    if not suspects:
        return []
    found = store.checkpoints(conn, [leg for _, leg in suspects])
    taken = [late(leg, movement, at) for (movement, leg), at in zip(suspects, found, strict=True) if at is not None]
    return _append(conn, taken)


def _reconcile(
    conn: Connection, counted: _Given[Count], levels: Mapping[Account, int]
) -> tuple[list[Count], list[Difference], list[Movement]]:
    if not counted.first:
        return [], [], []
    earlier = store.booked_counts(conn, list(counted.first))
    counted.meet(earlier)
    fresh = [count for id, count in counted.first.items() if id not in earlier]
    if not fresh:
        return [], [], []
    decided = plan(store.weigh(conn, fresh, levels))
    inserted = store.insert_counts(conn, fresh, decided.books)
    if len(inserted) < len(fresh):
        raise Conflict("stock.count_race", "One count id was recorded for two cells at once.", "Post again.")
    return fresh, decided.differences, _append(conn, decided.movements)


def _overcommitted(
    conn: Connection, locked: store.Locked, deltas: Mapping[Account, int], new: Iterable[Movement]
) -> list[Overcommitted]:
    """Find cells short of what is promised; what leaves for a hold's own document is about to close it."""
    suspects = overcommitted(locked.balances, deltas, locked.promised)
    if not suspects:
        return []
    docs = {movement.doc for movement in new if movement.doc is not None}
    own = store.held_for(conn, docs, {one.sku for one in suspects}) if docs else {}
    promised = {cell: (qty - own.get(cell, 0), may_lack) for cell, (qty, may_lack) in locked.promised.items()}
    return overcommitted(locked.balances, deltas, promised)


def _append(conn: Connection, movements: list[Movement]) -> list[Movement]:
    inserted = store.insert(conn, movements)
    if len(inserted) < len(movements):
        taken = sorted({movement.id for movement in movements} - inserted)
        raise InvariantBroken("stock.derived_id", f"Ids of the book itself are taken: {taken[:3]}.")
    return movements


def _add(balances: Mapping[Account, int], deltas: Mapping[Account, int]) -> Balances:
    total = dict(balances)
    for account, delta in deltas.items():
        total[account] = total.get(account, 0) + delta
    return total


def _announce(conn: Connection, posted: Posted) -> None:
    news = [
        *events.moved([*posted.movements, *posted.corrections]),
        *events.negative(posted.negatives),
        *events.overcommitted(posted.overcommitted),
        *events.counted(posted.differences),
    ]
    if news:
        log.append(conn, news)
