"""Which carrier takes a parcel: the cheapest in expectation of those that can, and what decided it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple

from entrepot.delivery.places import Place
from entrepot.delivery.quoting import Offer, Quote, SpaceLeft, offers
from entrepot.delivery.scorecard import Reliability
from entrepot.delivery.tariff import Parcel, Tariff
from entrepot.kernel.outcome import Refusal

Expectation = Callable[[str], Reliability]
"""What is expected of a carrier on the parcel's lane."""

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A parcel that needs a carrier.

    Parameters
    ----------
    id : str
        Made by the client; the same id is the same parcel.
    parcel : Parcel
        Weight, sizes, dangerous goods.
    origin, destination : Place
        From a node of ours, to a customer.
    ready_at : datetime
        When it is packed.
    deliver_by : datetime or None
        What the customer was promised; None: any day will do.
    value : int
        Worth of its goods, minor units.
    currency : str
        Of the value, and of the quotes that are compared.
    """

    id: str
    parcel: Parcel
    origin: Place
    destination: Place
    ready_at: datetime
    deliver_by: datetime | None = None
    value: int = 0
    currency: str = "CNY"


@dataclass(frozen=True, slots=True)
class Policy:
    """What unreliability costs.

    Parameters
    ----------
    late_cost : int
        Of a late parcel (calls, credits, lost goodwill), minor units.
    """

    late_cost: int = 800


class Candidate(NamedTuple):
    """A service that was weighed.

    Parameters
    ----------
    carrier, service : str
        Which.
    quote : Quote or None
        What it asks; None where it cannot take the parcel at all.
    late_cost, loss_cost : int
        Expected: of being late, and of the goods being lost.
    refusal : Refusal or None
        Why it may not be chosen; None where it may.
    on_time_ppm, sample : int
        What is expected of it, and from how many parcels that comes.
    """

    carrier: str
    service: str
    quote: Quote | None
    late_cost: int
    loss_cost: int
    refusal: Refusal | None
    on_time_ppm: int
    sample: int

    @property
    def expected_cost(self) -> int | None:
        """Price and what unreliability costs; None without a price."""
        return None if self.quote is None else self.quote.amount + self.late_cost + self.loss_cost


class Choice(NamedTuple):
    """The decision.

    Parameters
    ----------
    chosen : Candidate or None
        None where nobody can take the parcel.
    candidates : tuple of Candidate
        All, those that may be chosen first, by expected cost.
    binding : str
        What decided: ``cheapest`` (nothing asks less), ``reliability`` (something asks less, and is late or loses more
        often), the reason why something cheaper in expectation may not be chosen, or ``nobody``.
    """

    chosen: Candidate | None
    candidates: tuple[Candidate, ...]
    binding: str


def choose(
    tariff: Tariff,
    wanted: Wanted,
    expected: Expectation,
    space_left: SpaceLeft | None = None,
    policy: Policy | None = None,
) -> Choice:
    """Choose a carrier's service for a parcel.

    Parameters
    ----------
    tariff : Tariff
        What carriers offer.
    wanted : Wanted
        The parcel.
    expected : callable
        From the scorecards.
    space_left : callable, optional
        What carriers still take from the node, by day.
    policy : Policy, optional
        What unreliability costs.

    Returns
    -------
    Choice
        Of those that can: least expected cost, then the earlier delivery, then carrier and service by name. Refusals
        are those of `entrepot.delivery.quoting.offers`, then ``currency``, then ``too_late``.
    """
    policy = policy or Policy()
    asked = (tariff, wanted.parcel, wanted.origin, wanted.destination, wanted.ready_at)
    said, was_full = _within(asked, space_left)
    # Only where room was short can it have decided anything.
    unlimited = offers(*asked) if was_full else said
    candidates = [
        _candidate(offer, without, wanted, expected(offer.carrier), policy)
        for offer, without in zip(said, unlimited, strict=True)
    ]
    candidates.sort(key=_rank)
    chosen = next((one for one in candidates if one.refusal is None), None)
    return Choice(chosen, tuple(candidates), _binding(chosen, candidates))


def _within(
    asked: tuple[Tariff, Parcel, Place, Place, datetime], space_left: SpaceLeft | None
) -> tuple[list[Offer], bool]:
    """Ask within the room there is; also tells whether any day was full."""
    was_full = False

    def watched(carrier: str, day: date) -> int | None:
        nonlocal was_full
        left = space_left(carrier, day) if space_left is not None else None
        was_full |= left is not None and left <= 0
        return left

    return offers(*asked, watched), was_full


def _candidate(offer: Offer, unlimited: Offer, wanted: Wanted, expected: Reliability, policy: Policy) -> Candidate:
    quote, refusal = _fit(offer, wanted)
    if refusal is not None:
        # What it would ask if it were not full is worth knowing: it may be what made the choice dearer.
        could, whyever = _fit(unlimited, wanted)
        if whyever is None:
            message = f"{offer.carrier} is full on the days that would keep the promise. Raise its capacity, or wait."
            quote, refusal = could, Refusal("no_capacity", message)
    late = _share(policy.late_cost, _MILLION - expected.on_time_ppm) if quote is not None else 0
    loss = _share(wanted.value, expected.lost_ppm) if quote is not None else 0
    return Candidate(offer.carrier, offer.service, quote, late, loss, refusal, expected.on_time_ppm, expected.parcels)


def _fit(offer: Offer, wanted: Wanted) -> tuple[Quote | None, Refusal | None]:
    quote = offer.outcome.value
    return quote, offer.outcome.refusal if quote is None else _unfit(quote, wanted)


def _unfit(quote: Quote, wanted: Wanted) -> Refusal | None:
    named = f"{quote.carrier} {quote.service}"
    if quote.currency != wanted.currency:
        message = f"{named} asks {quote.currency}; quotes in {wanted.currency} are compared. Ask for {quote.currency}."
        return Refusal("currency", message, {"currency": quote.currency})
    if wanted.deliver_by is not None and quote.deliver_by > wanted.deliver_by:
        promised = wanted.deliver_by.astimezone(UTC)
        message = f"{named} delivers by {quote.deliver_by:%Y-%m-%d %H:%M}; promised is {promised:%Y-%m-%d %H:%M} UTC."
        return Refusal("too_late", message, {"deliver_by": quote.deliver_by.isoformat()})
    return None


def _binding(chosen: Candidate | None, candidates: Sequence[Candidate]) -> str:
    if chosen is None or chosen.quote is None or chosen.expected_cost is None:
        return "nobody"
    refused = [
        one for one in candidates if one.refusal is not None and one.expected_cost is not None
        and one.refusal.reason != "currency" and one.expected_cost < chosen.expected_cost
    ]  # fmt: skip
    if refused and refused[0].refusal is not None:
        return refused[0].refusal.reason
    asks_less = any(
        one.refusal is None and one.quote is not None and one.quote.amount < chosen.quote.amount for one in candidates
    )
    return "reliability" if asks_less else "cheapest"


def _rank(one: Candidate) -> tuple[bool, bool, int, str, str, str]:
    quote = one.quote
    until = "" if quote is None else quote.deliver_by.isoformat()
    return one.refusal is not None, quote is None, one.expected_cost or 0, until, one.carrier, one.service


def _share(amount: int, ppm: int) -> int:
    """Take millionths of an amount, half up."""
    return (2 * amount * ppm + _MILLION) // (2 * _MILLION)


def described(choice: Choice) -> dict[str, object]:
    """Write a decision down for whoever asks why: chosen, binding reason, candidates with all their cost parts."""
    chosen = choice.chosen
    return {
        "chosen": None if chosen is None else {"carrier": chosen.carrier, "service": chosen.service},
        "binding": choice.binding,
        "candidates": [
            {
                "carrier": one.carrier,
                "service": one.service,
                "quote": None if one.quote is None else described_quote(one.quote),
                "late_cost": one.late_cost,
                "loss_cost": one.loss_cost,
                "expected_cost": one.expected_cost,
                "on_time_ppm": one.on_time_ppm,
                "sample": one.sample,
                "reason": None if one.refusal is None else one.refusal.reason,
                "message": None if one.refusal is None else one.refusal.message,
            }
            for one in choice.candidates
        ],
    }


def described_quote(quote: Quote) -> dict[str, object]:
    """Write a quote down by the names of its fields."""
    return quote._asdict() | {"parts": [part._asdict() for part in quote.parts]}
