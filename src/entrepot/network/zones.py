"""Demand zones: places that buy, brought together where they lie close, and what that does to distances and costs."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from entrepot.kernel.errors import InputError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

EARTH_KM: Final = 6_371.0088
_ROUNDS: Final = 100
"""After so many moves of the centres what still changes is a few border places."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place that buys: its name, degrees, and how many parcels or kilograms go there."""

    name: str
    latitude: float
    longitude: float
    weight: int


@dataclass(frozen=True, slots=True)
class Zone:
    """Places that are served as one.

    Parameters
    ----------
    name : str
        Of its heaviest place.
    latitude, longitude : float
        Its middle, by weight.
    members : tuple of int
        Indices of its places, the heaviest first.
    weight : int
        The sum of theirs.
    """

    name: str
    latitude: float
    longitude: float
    members: tuple[int, ...]
    weight: int


class Spread(NamedTuple):
    """How far places lie from the middle of their zone, in km as the crow flies; the mean is by weight."""

    places: int
    zones: int
    mean_km: float
    max_km: float
    farthest: str


def gather(places: Sequence[Place], at_most: int, *, least_share: float = 0.0) -> tuple[Zone, ...]:
    """Bring places together into zones: weighted k-means on the globe, thin zones merged into their nearest.

    Parameters
    ----------
    places : sequence of Place
        Each weight > 0.
    at_most : int
        Number of zones, >= 1; fewer places stay as they are.
    least_share : float
        A zone with less than this share of all weight is merged, the lightest first.

    Returns
    -------
    tuple of Zone
        The heaviest first. Every place is in one zone, and the weights add up to those of the places.

    Raises
    ------
    InputError
        ``network.zones`` when `at_most` is below 1, or a place has no weight or no place on the globe.

    Notes
    -----
    Nothing is drawn: the first centre is the heaviest place, each next one that whose weight times its squared
    distance from the centres so far is largest (earlier places on ties). O(places x zones) in each of at most 100
    rounds.

    References
    ----------
    Lloyd, S. P. (1982). Least squares quantization in PCM. IEEE Transactions on Information Theory 28, 129-137.
    """
    _check(places, at_most)
    if not places:
        return ()
    spots = _vectors(places)
    weights = np.array([one.weight for one in places], dtype=np.float64)
    zone_of = _merged(spots, weights, _lloyd(spots, weights, min(at_most, len(places))), least_share)
    return _zones(places, spots, weights, zone_of)


def spread(places: Sequence[Place], zones: Sequence[Zone]) -> Spread:
    """Measure how far places lie from the middle of their zone."""
    far = [
        (kilometres(zone.latitude, zone.longitude, places[k].latitude, places[k].longitude), places[k], zone)
        for zone in zones
        for k in zone.members
    ]
    total = sum(one.weight for _, one, _ in far)
    if not total:
        return Spread(0, 0, 0.0, 0.0, "")
    worst, place, zone = max(far, key=lambda one: one[0])
    mean = sum(km * one.weight for km, one, _ in far) / total
    return Spread(len(far), len(zones), mean, worst, f"{place.name} -> {zone.name}")


def mean_costs(costs: Floats, weights: Floats, zone_of: Integers) -> Floats:
    """Return what a unit costs from each site to each zone: the mean of its places', by weight.

    Parameters
    ----------
    costs : ndarray of float, shape (n_sites, n_places)
        Infinite where a site cannot serve a place; a zone is served only where all of its places are.
    weights : ndarray of float, shape (n_places,)
        Units; a zone without any counts its places alike.
    zone_of : ndarray of int, shape (n_places,)
        The zone of each place.

    Returns
    -------
    ndarray of float, shape (n_sites, n_zones)
        Costs.
    """
    shares = _shares(weights, zone_of)
    summed = np.zeros((len(costs), shares.zones))
    for site, row in enumerate(costs):
        summed[site] = np.bincount(zone_of, weights=row * shares.share, minlength=shares.zones)
    return summed


def aggregation_bound(costs: Floats, weights: Floats, zone_of: Integers) -> float:
    """Bound what planning by zones can cost more than planning place by place.

    Parameters
    ----------
    costs, weights, zone_of : ndarray
        As in `mean_costs`.

    Returns
    -------
    float
        At least ``optimum by zones - optimum by places``, which itself is >= 0, whatever fixed costs and capacities
        are; infinite where a site can serve a place but not its zone.

    Notes
    -----
    A plan by zones is one by places of the same cost: each place is served in the shares of its zone. The other way,
    send each zone the sum of what its places get: every site's load stays, and the cost changes by
    ``weight x (zone's cost - place's cost)`` at most, taken from the site where this is largest.
    """
    by_zone = mean_costs(costs, weights, zone_of)[:, zone_of]
    with np.errstate(invalid="ignore"):
        worse = np.where(np.isfinite(costs), by_zone - costs, -np.inf)
    most = worse.max(axis=0, initial=-np.inf)
    loads = weights > 0
    return float((weights[loads] * np.maximum(most[loads], 0.0)).sum())


def kilometres(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the great-circle distance (haversine, mean radius of the earth).

    Examples
    --------
    >>> round(kilometres(31.23, 121.47, 39.90, 116.41))
    1067
    """
    one, other = np.radians([latitude, longitude]), np.radians([other_latitude, other_longitude])
    half = np.sin((other[0] - one[0]) / 2) ** 2
    half += np.cos(one[0]) * np.cos(other[0]) * np.sin((other[1] - one[1]) / 2) ** 2
    return float(2 * EARTH_KM * np.arcsin(np.sqrt(min(1.0, half))))


class _Shares(NamedTuple):
    share: Floats
    zones: int


def _shares(weights: Floats, zone_of: Integers) -> _Shares:
    """Return each place's share of its zone."""
    zones = int(zone_of.max(initial=-1)) + 1
    sums = np.bincount(zone_of, weights=weights, minlength=zones)
    counted = np.where(sums[zone_of] > 0, weights, 1.0)
    return _Shares(counted / np.bincount(zone_of, weights=counted, minlength=zones)[zone_of], zones)


def _check(places: Sequence[Place], at_most: int) -> None:
    if at_most < 1:
        raise InputError("network.zones", f"{at_most} zones hold no demand.", "Give 1 or more.")
    for one in places:
        if one.weight <= 0 or not (abs(one.latitude) <= 90 and abs(one.longitude) <= 180):
            message = f"{one.name} has weight {one.weight} at latitude {one.latitude}, longitude {one.longitude}."
            raise InputError("network.zones", message, "Weights are above 0; latitudes within 90, longitudes 180.")


def _vectors(places: Sequence[Place]) -> Floats:
    """Return places as points on the unit globe, where the mean of some is well defined."""
    lat, lon = np.radians([[one.latitude for one in places], [one.longitude for one in places]])
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def _lloyd(spots: Floats, weights: Floats, many: int) -> Integers:
    centres = _seeds(spots, weights, many)
    zone_of = np.full(len(spots), -1, dtype=np.int64)
    for _ in range(_ROUNDS):
        nearest = _squares(spots, centres).argmin(axis=1)
        if (nearest == zone_of).all():
            break
        zone_of = nearest
        centres = _middles(spots, weights, zone_of, centres)
    return zone_of


def _seeds(spots: Floats, weights: Floats, many: int) -> Floats:
    chosen = [int(weights.argmax())]
    least = ((spots - spots[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < many and (least > 0).any():
        chosen.append(int((weights * least).argmax()))
        least = np.minimum(least, ((spots - spots[chosen[-1]]) ** 2).sum(axis=1))
    return spots[chosen]


def _squares(spots: Floats, centres: Floats) -> Floats:
    return np.asarray(((spots[:, None] - centres[None]) ** 2).sum(axis=2))


def _middles(spots: Floats, weights: Floats, zone_of: Integers, before: Floats) -> Floats:
    """Return each zone's mean on the globe; one that lost all its places stays where it was."""
    summed = np.stack(
        [np.bincount(zone_of, weights=weights * spots[:, axis], minlength=len(before)) for axis in range(3)], axis=1
    )
    length = np.sqrt((summed**2).sum(axis=1, keepdims=True))
    return np.where(length > 0, summed / np.where(length > 0, length, 1.0), before)


def _merged(spots: Floats, weights: Floats, zone_of: Integers, least_share: float) -> Integers:
    """Merge the lightest zone into its nearest while it is too thin; return zones numbered without gaps."""
    _, zone_of = np.unique(zone_of, return_inverse=True)
    while (many := int(zone_of.max()) + 1) > 1:
        sums = np.bincount(zone_of, weights=weights, minlength=many)
        thin = int(sums.argmin())
        if sums[thin] >= least_share * weights.sum():
            break
        middles = _middles(spots, weights, zone_of, np.zeros((many, 3)))
        away = ((middles - middles[thin]) ** 2).sum(axis=1)
        away[thin] = np.inf
        zone_of = np.where(zone_of == thin, int(away.argmin()), zone_of)
        _, zone_of = np.unique(zone_of, return_inverse=True)
    return np.asarray(zone_of, dtype=np.int64)


def _zones(places: Sequence[Place], spots: Floats, weights: Floats, zone_of: Integers) -> tuple[Zone, ...]:
    middles = _middles(spots, weights, zone_of, np.zeros((int(zone_of.max()) + 1, 3)))
    found = []
    for number, (x, y, z) in enumerate(middles.tolist()):
        members = np.nonzero(zone_of == number)[0]
        members = members[np.argsort(-weights[members], kind="stable")].tolist()
        where = (float(np.degrees(np.arctan2(z, np.hypot(x, y)))), float(np.degrees(np.arctan2(y, x))))
        heavy = places[members[0]].name
        found.append(Zone(heavy, *where, tuple(members), sum(places[k].weight for k in members)))
    found.sort(key=lambda zone: (-zone.weight, zone.members))
    return _named_apart(found)


def _named_apart(zones: Sequence[Zone]) -> tuple[Zone, ...]:
    """Give zones that would have the same name a number each."""
    taken: set[str] = set()
    apart = []
    for zone in zones:
        numbers = itertools.count(2)
        name = zone.name
        while name in taken:
            name = f"{zone.name} {next(numbers)}"
        taken.add(name)
        apart.append(replace(zone, name=name))
    return tuple(apart)
