"""Roads where there is no map: great circles, made longer by a factor, driven at the speed of the hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from entrepot.delivery.roads.profile import Profile
from entrepot.delivery.roads.roads import Place, check_places
from entrepot.delivery.routing.formats.geography import Places, by_places
from entrepot.delivery.routing.travel import Travel
from entrepot.kernel.errors import InputError

CIRCUITY: Final = 1.3
"""Road by crow's flight: between 1.2 and 1.4 in most countries (Ballou, Rahardja and Sakai 2002)."""

EVEN: Final = Profile.even(30.0)


@dataclass(frozen=True, slots=True)
class GreatCircle:
    """Great-circle distance times a factor, at a speed that may change over the day.

    Parameters
    ----------
    circuity : float
        Length of a road by that of the great circle, >= 1.
    profile : Profile
        Speed by time of day; one that is even gives times that stand still.

    Raises
    ------
    InputError
        ``roads.circuity`` if it is below 1.

    References
    ----------
    Ballou, R. H., Rahardja, H. and Sakai, N. (2002). Selected country circuity factors for road travel distance
    estimation. Transportation Research Part A 36(9).
    Ichoua, S., Gendreau, M. and Potvin, J.-Y. (2003). Vehicle dispatching with time-dependent travel times. European
    Journal of Operational Research 144(2). (whoever leaves earlier arrives earlier)

    Examples
    --------
    >>> travel = GreatCircle(circuity=1.0, profile=Profile.even(36.0)).travel([Place(0.0, 0.0), Place(0.0, 0.01)])
    >>> travel.distance.between(0, 1), travel.time.between(0, 1)
    (1112, 111)
    """

    circuity: float = CIRCUITY
    profile: Profile = EVEN

    def __post_init__(self) -> None:
        if not 1 <= self.circuity < float("inf"):
            message = f"The circuity is {self.circuity}: a road is not shorter than the great circle."
            raise InputError("roads.circuity", message, "Give 1 or more; 1.3 is usual.")

    def travel(self, places: Sequence[Place]) -> Travel:
        """Return metres and seconds between places; first in, first out."""
        check_places(places)
        given = Places([(str(k), place.latitude, place.longitude, None, None) for k, place in enumerate(places)])
        slices = [] if self.profile.is_even else self.profile.slices
        return by_places(given, self.circuity, self.profile.slices[0].speed_kmh, slices)
