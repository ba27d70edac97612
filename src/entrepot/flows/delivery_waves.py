"""Waves of a delivery day: what must leave now and what may wait for company, as the product's own policy says."""

from __future__ import annotations

from typing import Final

from psycopg import Connection

from entrepot.delivery.dispatch import Day, DispatchDesk
from entrepot.delivery.dispatch.waving import Waves, waves
from entrepot.kernel.clock import Clock

SECONDS: Final = 1.0
"""Of search for an answer: a person waits for it."""


def waves_of(
    conn: Connection, desk: DispatchDesk, clock: Clock, id: int, *, every: int, margin: int
) -> tuple[Day, Waves | None]:
    """Advise on the stops of a day that wait at the depot.

    Parameters
    ----------
    id : int
        The day's number.
    every, margin : int
        Seconds from wave to wave, and from the decision to the departure.

    Returns
    -------
    Day, Waves or None
        The day, and the advice; None where it is closed, or no vehicle is at the depot any more.

    Raises
    ------
    NotFound
        ``dispatch.unknown``.
    """
    # Late: searches bring compilers that most commands need not load.
    from entrepot.delivery.waves.policies import POLICIES
    from entrepot.delivery.waves.search import BySeconds

    look = desk.look(conn, id, clock.now())
    if look.kept.state == "closed":
        return look.kept.day, None
    policy = next(iter(POLICIES.values()))
    return look.kept.day, waves(look.model, look.plan, policy, BySeconds(SECONDS), every=every, margin=margin)
