"""A decision as something to carry out: with the promise or without it, and where the pieces go."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from entrepot.orders.pieces import Spot
from entrepot.orders.sourcing.decision import Candidate, Decision
from entrepot.orders.sourcing.facts import Facts
from entrepot.orders.sourcing.ports import Rates
from entrepot.orders.sourcing.snapshot import Snapshot, decide_and_record


class Plan(NamedTuple):
    """A decision with what it rests on, and where pieces go by it."""

    decision: Decision
    snapshot: Snapshot
    spots: list[Spot]


def decide_keeping_promise(facts: Facts, rates: Rates) -> tuple[Decision, Snapshot]:
    """Decide; where nobody can keep the promise, decide without it and say so."""
    decision, snapshot = decide_and_record(facts, rates)
    is_bound = facts.promised_at is not None or facts.leave_by is not None
    broken = [one for one in decision.left_out if one.reason in ("cut_off", "promise")]
    if decision.chosen is not None or not is_bound or not broken:
        return decision, snapshot
    waived = f"No way keeps the promise: {broken[0].message}"
    return decide_and_record(replace(facts, promised_at=None, leave_by=None, waived=waived), rates)


def spots_of(chosen: Candidate | None) -> list[Spot]:
    """Return where each piece goes; the lines of the facts are pieces."""
    if chosen is None:
        return []
    return [Spot(pick.line, share.node, pick.qty) for share in chosen.shares for pick in share.picks]
