"""Pegging: which backorders still wait, and which supply will serve them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple

from entrepot.stock.availability import Supply

_NEVER: Final = date.max


class Backorder(NamedTuple):
    """Units of a hold that wait for supply; a higher priority is served first, then the longer wait."""

    hold: str
    line: str
    node: str
    qty: int
    priority: int
    since: str


class Peg(NamedTuple):
    """Which supply serves how much of a backorder."""

    hold: str
    line: str
    node: str
    supply: str
    qty: int


def still_waiting(on_hand: int, held: int, waiting: Iterable[Backorder]) -> list[Backorder]:
    """Tell which of a node's backorders its stock does not cover by now.

    Parameters
    ----------
    on_hand, held : int
        Usable units, and units of all holds.
    waiting : iterable of Backorder
        What was not there when the holds were made; part of ``held``.

    Returns
    -------
    list of Backorder
        With what is still lacking; the others' holds are covered first, then these in the order of service.
    """
    queue = sorted(waiting, key=_service)
    left = max(0, on_hand - held + sum(one.qty for one in queue))
    lacking = []
    for one in queue:
        given = min(left, one.qty)
        left -= given
        if given < one.qty:
            lacking.append(one._replace(qty=one.qty - given))
    return lacking


def peg(backorders: Iterable[Backorder], supplies: Sequence[Supply]) -> list[Peg]:
    """Give each node's supplies, soonest first, to its backorders: higher priority first, then the longer wait.

    Parameters
    ----------
    backorders : iterable of Backorder
        Of one SKU, at any nodes.
    supplies : sequence of Supply
        Of the same SKU.

    Returns
    -------
    list of Peg
        In the order of service; what finds no supply is in none.

    Notes
    -----
    Ties: supplies by p90, p50, id; backorders by priority, since, hold, line. A supply without a date comes last.
    """
    left = {supply.id: supply.qty for supply in supplies}
    queue = sorted(supplies, key=_arrival)
    pegs = []
    for waiting in sorted(backorders, key=_service):
        lacking = waiting.qty
        for supply in queue:
            given = min(lacking, left[supply.id]) if supply.node == waiting.node else 0
            if given > 0:
                pegs.append(Peg(waiting.hold, waiting.line, waiting.node, supply.id, given))
                left[supply.id] -= given
                lacking -= given
    return pegs


def _service(one: Backorder) -> tuple[int, str, str, str, str]:
    return -one.priority, one.since, one.hold, one.line, one.node


def _arrival(one: Supply) -> tuple[date, date, str]:
    return (one.due.p90, one.due.p50, one.id) if one.due else (_NEVER, _NEVER, one.id)
