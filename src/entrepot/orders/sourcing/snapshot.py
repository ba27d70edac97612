"""A decision written down so that it can be made again: its facts, the carriers' answers, and the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from entrepot.orders.sourcing.decide import decide
from entrepot.orders.sourcing.decision import Decision
from entrepot.orders.sourcing.facts import Destination, Facts, Parcel, RateQuote
from entrepot.orders.sourcing.ports import Rates


class Told(NamedTuple):
    """What carriers answered to one question."""

    node: str
    destination: Destination
    parcel: Parcel
    quotes: tuple[RateQuote, ...]


class Snapshot(NamedTuple):
    """All that a decision rests on."""

    facts: Facts
    told: tuple[Told, ...]


class RecordingRates:
    """Passes questions on to the carriers, and remembers the answers; asks nothing twice.

    Parameters
    ----------
    rates : Rates
        The carriers.
    """

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._told: dict[tuple[str, Destination, Parcel], tuple[RateQuote, ...]] = {}

    def quote(self, node: str, destination: Destination, parcel: Parcel) -> tuple[RateQuote, ...]:
        """Return every service that takes the parcel."""
        key = node, destination, parcel
        told = self._told.get(key)
        if told is None:
            told = self._told[key] = tuple(self._rates.quote(node, destination, parcel))
        return told

    def told(self) -> tuple[Told, ...]:
        """Return what was answered, in the sequence of the questions."""
        return tuple(
            Told(node, destination, parcel, quotes) for (node, destination, parcel), quotes in self._told.items()
        )


class ToldRates:
    """Answers as the carriers did then; to what was not asked there is no service."""

    def __init__(self, told: Sequence[Told]) -> None:
        self._told = {(one.node, one.destination, one.parcel): one.quotes for one in told}

    def quote(self, node: str, destination: Destination, parcel: Parcel) -> tuple[RateQuote, ...]:
        """Return what was answered."""
        return self._told.get((node, destination, parcel), ())


def decide_and_record(facts: Facts, rates: Rates) -> tuple[Decision, Snapshot]:
    """Decide, and keep what the decision rests on."""
    recording = RecordingRates(rates)
    decision = decide(facts, recording)
    return decision, Snapshot(facts, recording.told())


def replay(snapshot: Snapshot) -> Decision:
    """Decide again from what was known then."""
    return decide(snapshot.facts, ToldRates(snapshot.told))


def encode(value: Snapshot | Decision) -> bytes:
    """Write a snapshot or a decision as compact JSON: rows as arrays, the same value as the same bytes."""
    return msgspec.json.encode(value)


def decode_snapshot(text: bytes | str) -> Snapshot:
    """Read a snapshot back."""
    return msgspec.json.decode(text, type=Snapshot)


def decode_decision(text: bytes | str) -> Decision:
    """Read a decision back."""
    return msgspec.json.decode(text, type=Decision)
