"""What a card asks for a parcel, part by part. Pure; the only module that rounds weights or prices.

Rounding, in the sequence in which it happens
---------------------------------------------
1. Volumetric weight: up to a whole gram (`volumetric_g`).
2. Chargeable weight, the greater of actual and volumetric: up to the card's weight step (`chargeable_g`).
3. Steps above a bracket's first weight: each started step counts (`freight`).
4. Surcharges per kilogram of chargeable weight: each started kilogram counts.
5. Percentages, of the freight after its minimum: to the minor unit, half up (`percent_of`).

Nothing else is rounded: prices are whole minor units before and after.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise
from typing import Final, NamedTuple

from entrepot.delivery.places import Place, areas_of
from entrepot.delivery.tariff import Bracket, Lane, Parcel, RateCard, Surcharge
from entrepot.kernel.money import major_text
from entrepot.kernel.outcome import Outcome, Refusal

_GRAMS: Final = 1000
_WEEKEND: Final = (6, 7)
_HUNDREDTHS_OF_PERCENT: Final = 10_000


class Part(NamedTuple):
    """One part of a price: ``freight``, ``minimum`` (what lifts the freight to it) or a surcharge's kind.

    Parameters
    ----------
    kind : str
        Which.
    amount : int
        Minor units.
    basis : str
        The arithmetic, for people: ``8.00 + 3 x 1.20``.
    """

    kind: str
    amount: int
    basis: str


class Local(NamedTuple):
    """A surcharge that holds at a place: how wide its area is (0 is the narrowest the place lies in), and which."""

    width: int
    surcharge: Surcharge


class Price(NamedTuple):
    """What a card asks: the sum of its parts, and the weights and the zone behind it."""

    amount: int
    currency: str
    parts: tuple[Part, ...]
    zone: str
    volumetric_g: int
    chargeable_g: int


def lane_of(card: RateCard, origin: Place, destination: Place) -> Lane | None:
    """Find the card's lane: the one with the narrowest destination, and of those the narrowest origin.

    Narrow to wide: postal code (longer first), city, province, country, anywhere; before them, for an origin, the node.
    """
    return lane_between(card, areas_of(origin), areas_of(destination))


def lane_between(card: RateCard, origins: Sequence[str], destinations: Sequence[str]) -> Lane | None:
    """Find the card's lane between areas that are told narrowest first; see `lane_of`."""
    for there in destinations:
        for here in origins:
            if (lane := card.lanes.get((here, there))) is not None:
                return lane
    return None


def price(card: RateCard, parcel: Parcel, lane: Lane, destination: Place, despatch: date) -> Outcome[Price]:
    """Price a parcel on a lane of a card.

    Parameters
    ----------
    card : RateCard
        In force.
    parcel : Parcel
        As it is handed over.
    lane : Lane
        From `lane_of`.
    destination : Place
        For surcharges that hold in some places only.
    despatch : date
        Day of pick-up; on a Saturday or Sunday the weekend surcharge is added.

    Returns
    -------
    Outcome of Price
        Refusals, in this order: ``closed_lane``, ``hazmat``, ``too_large``, ``too_heavy``.
    """
    weight = chargeable_g(card, parcel)
    bracket = _bracket(card, parcel, lane, weight)
    if isinstance(bracket, Refusal):
        return Outcome(refusal=bracket)
    parts = tuple(_parts(card, bracket, parcel, weight, destination, despatch))
    amount = sum(part.amount for part in parts)
    return Outcome(Price(amount, card.currency, parts, lane.zone or "", volumetric_g(card, parcel), weight))


def amount_of(card: RateCard, parcel: Parcel, lane: Lane, local: Sequence[Local]) -> int | None:
    """Return the amount of `price` without its parts, for those who ask often; None where it refuses.

    ``local`` is of `surcharges_at`, for the place and the day.
    """
    weight = chargeable_g(card, parcel)
    bracket = _bracket(card, parcel, lane, weight)
    if isinstance(bracket, Refusal):
        return None
    charged = max(freight(bracket, weight), card.minimum)
    amount = charged
    for one in _due(local, parcel, charged, weight) if local else ():
        amount += _amount(one, charged, weight)
    return amount


def surcharges_at(card: RateCard, destination: Place, despatch: date) -> tuple[Local, ...]:
    """List the surcharges that may be due for parcels to a place on a day; what the parcel is decides which are."""
    areas = areas_of(destination)
    is_weekend = despatch.isoweekday() in _WEEKEND
    return tuple(
        Local(areas.index(one.destination), one)
        for one in card.surcharges
        if one.destination in areas and (is_weekend or one.kind != "weekend")
    )


def _bracket(card: RateCard, parcel: Parcel, lane: Lane, weight: int) -> Bracket | Refusal:
    """Find the bracket a chargeable weight falls into, or say why the card does not take the parcel."""
    zone = lane.zone
    if zone is None:
        why = f"The card of {_named(card)} has no price for {lane.destination}: {lane.why}"
        return Refusal("closed_lane", why, {})
    if parcel.is_hazmat and not card.takes_hazmat:
        return Refusal("hazmat", f"{_named(card)} takes no dangerous goods. Choose a service that does.", {})
    if (refusal := _too_large(card, parcel)) is not None:
        return refusal
    limit = card.brackets[zone][-1].up_to_g
    for bracket in card.brackets[zone]:
        if bracket.up_to_g is None or weight <= bracket.up_to_g:
            if card.max_weight_g is None or parcel.weight_g <= card.max_weight_g:
                return bracket
            limit = card.max_weight_g
            break
    return Refusal(
        "too_heavy",
        f"{_named(card)} takes {limit} g at most; this parcel counts as {weight} g. Split it.",
        {"limit_g": limit, "chargeable_g": weight},
    )


def volumetric_g(card: RateCard, parcel: Parcel) -> int:
    """Turn a volume into the weight it counts as.

    Notes
    -----
    A divisor of 6000 cm3/kg is 6000 mm3 a gram.
    """
    return 0 if card.divisor is None else -(-parcel.volume // card.divisor)


def chargeable_g(card: RateCard, parcel: Parcel) -> int:
    """Return the weight that is charged: the greater of the two, up to the card's step."""
    weight, volumetric, step = parcel.weight_g, volumetric_g(card, parcel), card.weight_step_g
    if volumetric > weight:
        weight = volumetric
    return weight if step == 1 else -(-weight // step) * step


def freight(bracket: Bracket, weight_g: int) -> int:
    """Price a chargeable weight within its bracket.

    Examples
    --------
    >>> freight(Bracket(None, base=800, first_g=1000, step_g=1000, step_price=200), 2500)
    1200
    """
    return bracket.base + _steps(bracket, weight_g) * bracket.step_price


def falls(brackets: Iterable[Bracket]) -> list[int]:
    """Find the weights (grams) just above which a heavier parcel is cheaper; empty where the card is monotone."""
    return [
        below.up_to_g
        for below, above in pairwise(brackets)
        if below.up_to_g is not None and freight(above, below.up_to_g + 1) < freight(below, below.up_to_g)
    ]


def percent_of(amount: int, percent_bp: int) -> int:
    """Take hundredths of a percent of an amount, half up.

    Examples
    --------
    >>> percent_of(1250, 1000), percent_of(1205, 1000)
    (125, 121)
    """
    return (2 * amount * percent_bp + _HUNDREDTHS_OF_PERCENT) // (2 * _HUNDREDTHS_OF_PERCENT)


def _parts(
    card: RateCard, bracket: Bracket, parcel: Parcel, weight: int, destination: Place, despatch: date
) -> Iterable[Part]:
    charged = freight(bracket, weight)
    yield Part("freight", charged, _basis(card, bracket, weight))
    if charged < card.minimum:
        yield Part("minimum", card.minimum - charged, f"{_money(card, card.minimum)} at least")
        charged = card.minimum
    for surcharge in _due(surcharges_at(card, destination, despatch), parcel, charged, weight):
        yield Part(
            surcharge.kind, _amount(surcharge, charged, weight), _surcharge_basis(card, surcharge, charged, weight)
        )


def _due(local: Sequence[Local], parcel: Parcel, charged: int, weight: int) -> list[Surcharge]:
    """Choose one surcharge of each kind that is due: for remote areas the narrowest, else the dearest."""
    if len(local) == 1:
        return [local[0].surcharge] if _is_due(local[0].surcharge, parcel) else []
    best: dict[str, tuple[tuple[int, int], Surcharge]] = {}
    for width, surcharge in local:
        if _is_due(surcharge, parcel):
            key = (-width, _amount(surcharge, charged, weight))
            if surcharge.kind not in best or key > best[surcharge.kind][0]:
                best[surcharge.kind] = key, surcharge
    return [best[kind][1] for kind in sorted(best)]


def _is_due(surcharge: Surcharge, parcel: Parcel) -> bool:
    if surcharge.kind == "hazmat":
        return parcel.is_hazmat
    if surcharge.kind == "oversize":
        limits = (
            (parcel.weight_g, surcharge.over_g),
            (parcel.longest_mm, surcharge.over_longest_mm),
            (parcel.girth_mm, surcharge.over_girth_mm),
        )
        return any(limit is not None and size > limit for size, limit in limits)
    return True


def _amount(surcharge: Surcharge, charged: int, weight: int) -> int:
    per_kg = surcharge.per_kg * -(-weight // _GRAMS) if surcharge.per_kg else 0
    return surcharge.amount + per_kg + percent_of(charged, surcharge.percent_bp)


def _steps(bracket: Bracket, weight: int) -> int:
    above = weight - bracket.first_g
    return -(-above // bracket.step_g) if bracket.step_g and above > 0 else 0


def _too_large(card: RateCard, parcel: Parcel) -> Refusal | None:
    if card.max_longest_mm is None and card.max_girth_mm is None:
        return None
    for size, limit, what in (
        (parcel.longest_mm, card.max_longest_mm, "longest side"),
        (parcel.girth_mm, card.max_girth_mm, "length plus girth"),
    ):
        if limit is not None and size > limit:
            message = f"{_named(card)} takes a {what} of {limit} mm at most; this parcel has {size} mm. Repack it."
            return Refusal("too_large", message, {"limit_mm": limit, "size_mm": size})
    return None


def _basis(card: RateCard, bracket: Bracket, weight: int) -> str:
    steps = _steps(bracket, weight)
    base = _money(card, bracket.base)
    return f"{base} + {steps} x {_money(card, bracket.step_price)}" if steps else base


def _surcharge_basis(card: RateCard, surcharge: Surcharge, charged: int, weight: int) -> str:
    terms = [_money(card, surcharge.amount)] if surcharge.amount else []
    if surcharge.per_kg:
        terms.append(f"{-(-weight // _GRAMS)} kg x {_money(card, surcharge.per_kg)}")
    if surcharge.percent_bp:
        terms.append(f"{surcharge.percent_bp / 100:g} % of {_money(card, charged)}")
    return " + ".join(terms)


def _money(card: RateCard, amount: int) -> str:
    return major_text(amount, card.currency)


def _named(card: RateCard) -> str:
    return f"{card.carrier} {card.service}"
