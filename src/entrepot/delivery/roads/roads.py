"""The port: places in, travel between them out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from entrepot.delivery.routing.travel import Travel
from entrepot.kernel.errors import InputError


class Place(NamedTuple):
    """Where something is, in degrees (WGS 84)."""

    latitude: float
    longitude: float


class Roads(Protocol):
    """Whatever knows the way between places."""

    def travel(self, places: Sequence[Place]) -> Travel:
        """Return metres and seconds from each place to each, in their order; times may depend on the time of day.

        Time 0 of its traffic is midnight of the day that is planned, by the clock of the places.

        Raises
        ------
        InputError
            ``roads.place`` if a place is not on the globe, ``roads.unreachable`` if no road leads there.
        """
        ...


def check_places(places: Sequence[Place]) -> None:
    """Refuse places that are not on the globe, all of them at once."""
    wrong = [
        f"place {k} is at latitude {place.latitude}, longitude {place.longitude}"
        for k, place in enumerate(places)
        if not (-90 <= place.latitude <= 90 and -180 <= place.longitude <= 180)
    ]
    if wrong:
        shown = "; ".join(wrong[:5]) + (f"; and {len(wrong) - 5} more" if len(wrong) > 5 else "")
        mend = "Latitudes go from -90 to 90, longitudes from -180 to 180, latitude first."
        raise InputError("roads.place", f"Not on the globe: {shown}.", mend)
