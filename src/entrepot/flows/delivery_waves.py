"""Waves of a delivery day: what must leave now and what may wait for company, as the product's own policies say."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from psycopg import Connection

from entrepot.delivery.dispatch import Day, DispatchDesk, Look, store
from entrepot.delivery.dispatch.outlook import SPAN_DAYS, History, Outlook, history_of
from entrepot.delivery.dispatch.waving import Waves, decided_next, waves
from entrepot.kernel.clock import Clock

if TYPE_CHECKING:
    from entrepot.delivery.waves.policies.policy import Search

STEPS: Final = 150_000
"""Of all searches for an answer, so that the same day gives the same one: a person waits for it, a second or two."""

SECONDS: Final = 2.0
"""Where steps cannot be counted: a stop has several times."""

AHEAD: Final = "conditional"
WITHOUT: Final = "prizes"
"""Policies with a forecast, and without one."""

Basis: TypeAlias = Literal["history", "short", "roads"]
"""What the advice rests on: a forecast of earlier days (``history``), or a rule without one, as there are too few of
them (``short``) or no road leads to where their orders went (``roads``)."""

_KNOWN: Final = "SELECT id, released_at FROM orders.fulfilment WHERE id = ANY (%s)"


class Told(NamedTuple):
    """An answer.

    Parameters
    ----------
    day : Day
        Whose.
    waves : Waves or None
        The advice; None where the day is closed, or no vehicle is at the depot any more.
    basis : str
        See `Basis`.
    history : History
        Earlier days of the node's desk.
    """

    day: Day
    waves: Waves | None
    basis: Basis
    history: History


def waves_of(conn: Connection, desk: DispatchDesk, clock: Clock, id: int, *, every: int, margin: int) -> Told:
    """Advise on the stops of a day that wait at the depot.

    Parameters
    ----------
    id : int
        The day's number.
    every, margin : int
        Seconds from wave to wave, and from the decision to the departure.

    Raises
    ------
    NotFound
        ``dispatch.unknown``.
    """
    from entrepot.delivery.waves.policies import policy_of  # late: compilers that most commands need not load

    look = desk.look(conn, id, clock.now())
    day, moments = look.kept.day, decided_next(look.model, every, margin)
    history = _history(conn, day, clock)
    if look.kept.state == "closed" or moments is None:
        return Told(day, None, "short", history)
    basis, outlook = _outlook(desk, day, history, moments)
    search = _search(look, outlook)
    policy = policy_of(WITHOUT if outlook is None else AHEAD)
    told = waves(look.model, look.plan, policy, search, every=every, margin=margin, outlook=outlook)
    return Told(day, told, basis, history)


def _search(look: Look, outlook: Outlook | None) -> Search:
    from entrepot.delivery.waves.search import BySeconds, BySteps

    times = [len(stop.windows) for stop in look.model.problem.stops]
    times += [len(past.stop.windows) for past in (() if outlook is None else outlook.orders)]
    return BySteps(STEPS) if max(times, default=1) <= 1 else BySeconds(SECONDS)


def _history(conn: Connection, day: Day, clock: Clock) -> History:
    kept = store.earlier(conn, day.node, day.day - timedelta(days=SPAN_DAYS), day.day)
    works = [stop.work for one in kept for stop in one.stops]
    return history_of(kept, dict(conn.execute(_KNOWN, (works,)).fetchall()), day, clock.now())


def _outlook(desk: DispatchDesk, day: Day, history: History, moments: tuple[int, int]) -> tuple[Basis, Outlook | None]:
    if not history.is_enough:
        return "short", None
    outlook = desk.outlook(day, history, *moments)
    return ("roads", None) if outlook is None else ("history", outlook)
