"""Entrepot's own form of a routing problem: JSON in the units of the trade.

Lengths are metres, times seconds, money decimal. A moment is a number of seconds since ``day`` began, a clock time
``"HH:MM"`` or ``"HH:MM:SS"`` of that day, or an ISO moment with its offset (which needs ``day``). Inside, costs are
millionths of the currency, so that a price per kilometre is a whole number per metre::

    {
      "day": "2026-11-24T00:00:00+01:00",
      "loads": ["weight_g", "volume_cm3"],
      "travel": {"circuity": 1.3, "speed_kmh": 32, "slices": [{"from": "07:00", "speed_kmh": 18}]},
      "depots": [{"id": "DC", "lat": 50.85, "lon": 4.35, "window": ["06:00", "22:00"]}],
      "vehicles": [{"id": "van", "count": 4, "capacity": {"weight_g": 800000}, "start": "DC", "cost_per_km": 0.9}],
      "stops": [{"id": "A-1", "lat": 50.9, "lon": 4.4, "delivery": [12000, 40], "windows": [["09:00", "12:00"]]}]
    }

``travel`` may instead hold ``distance`` and ``time`` matrices (rows: depots in order, then stops), and places may have
``x`` and ``y`` in metres. Every field is in the classes below.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Final

import msgspec
import numpy as np

from entrepot.delivery.routing.formats.geography import Places, by_matrix, by_places, clock
from entrepot.delivery.routing.problem import ALWAYS, FOREVER, Break, Depot, Problem, Stop, VehicleType, Window
from entrepot.delivery.routing.travel import Travel
from entrepot.kernel.errors import InputError

MICRO: Final = 1_000_000
"""Units of cost in one of the currency."""

Whole = Annotated[int, msgspec.Meta(ge=-FOREVER, le=FOREVER)]
Money = Annotated[float, msgspec.Meta(ge=0, le=FOREVER / MICRO)]
Metres = Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)]
Moment = Whole | str
Quantities = dict[str, Whole] | list[Whole]


class SliceForm(msgspec.Struct, forbid_unknown_fields=True, rename={"start": "from"}):
    """From when on which speed holds; the last of a day holds to its end."""

    start: Moment
    speed_kmh: float


class TravelForm(msgspec.Struct, forbid_unknown_fields=True):
    """Great-circle distance times `circuity` at a speed, by slices of the day; or matrices."""

    circuity: float = 1.3
    speed_kmh: float = 30.0
    slices: list[SliceForm] = []
    distance: list[list[Whole]] | None = None
    time: list[list[Whole]] | None = None


class PlaceForm(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Where something is: degrees, or metres on a plane; neither where matrices are given."""

    id: str
    lat: float | None = None
    lon: float | None = None
    x: Metres | None = None
    y: Metres | None = None


class DepotForm(PlaceForm, forbid_unknown_fields=True, kw_only=True):
    """A depot."""

    window: tuple[Moment, Moment] | None = None


class StopForm(PlaceForm, forbid_unknown_fields=True, kw_only=True):
    """A stop; `vehicles` are ids of types that may visit it, `prize` is what leaving it out costs."""

    delivery: Quantities = []
    pickup: Quantities = []
    windows: list[tuple[Moment, Moment]] = []
    service: Whole = 0
    release: Moment = 0
    prize: Money | None = None
    vehicles: list[str] | None = None


class RestForm(msgspec.Struct, forbid_unknown_fields=True):
    """A driver's rest."""

    earliest: Moment
    latest: Moment
    duration: Whole


class VehicleForm(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Vehicles of one type; without any price a kilometre costs 1. `start` and `end` default to the first depot."""

    id: str
    count: Whole = 1
    capacity: Quantities = []
    start: str | None = None
    end: str | None = None
    fixed_cost: Money = 0.0
    cost_per_km: Money | None = None
    cost_per_hour: Money | None = None
    shift: tuple[Moment, Moment] | None = None
    max_duration: Whole | None = None
    max_distance: Whole | None = None
    max_stops: Whole | None = None
    reloads: list[str] = []
    max_reloads: Whole | None = None
    rest: RestForm | None = None


class ProblemForm(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The whole file."""

    depots: list[DepotForm]
    stops: list[StopForm]
    vehicles: list[VehicleForm]
    travel: TravelForm = msgspec.field(default_factory=TravelForm)
    loads: tuple[str, ...] = ("load",)
    name: str | None = None
    day: datetime | None = None
    deliveries_first: bool = False


Ways = Callable[[Sequence[tuple[str, float, float]]], Travel]
"""Travel between places, each with its id, latitude and longitude."""


def read_entrepot(text: str, name: str = "", ways: Ways | None = None) -> Problem:
    """Return the problem of our JSON; `ways` tells how to travel in place of the file's ``travel``.

    Raises
    ------
    InputError
        ``routes.format`` with the field that is wrong.
    """
    try:
        form = msgspec.json.decode(text, type=ProblemForm)
    except msgspec.DecodeError as error:
        raise InputError("routes.format", f"The JSON is not as expected: {error}.", "Correct the field.") from error
    _refuse_twins(form)
    depots = {depot.id: k for k, depot in enumerate(form.depots)}
    types = {vehicle.id: k for k, vehicle in enumerate(form.vehicles)}
    travel, coordinates = _travel(form, ways)
    return Problem(
        stops=tuple(_stop(form, stop, len(depots) + k, types) for k, stop in enumerate(form.stops)),
        depots=tuple(Depot(depot.id, k, _window(form, depot.window)) for k, depot in enumerate(form.depots)),
        vehicles=tuple(_vehicle(form, vehicle, depots) for vehicle in form.vehicles),
        travel=travel,
        coordinates=coordinates,
        deliveries_first=form.deliveries_first,
        name=form.name or name,
        scale=MICRO,
        epoch=form.day,
    )


def _refuse_twins(form: ProblemForm) -> None:
    """Refuse what one name would stand for twice; of stops the problem does."""
    depots, vehicles = [one.id for one in form.depots], [one.id for one in form.vehicles]
    for what, names in (("depots", depots), ("vehicles", vehicles), ("loads", form.loads)):
        twin = next((name for name, many in Counter(names).items() if many > 1), None)
        if twin is not None:
            raise InputError("routes.format", f"Two {what} are called {twin}.", "Give each a name of its own.")


def _travel(
    form: ProblemForm, ways: Ways | None
) -> tuple[Travel, np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None]:
    places = Places([(one.id, one.lat, one.lon, one.x, one.y) for one in (*form.depots, *form.stops)])
    coordinates = places.coordinates()
    given = form.travel
    if ways is not None:
        if coordinates is None or not places.on_globe:
            message = "Roads are between latitudes and longitudes, which not every depot and stop has."
            raise InputError("routes.format", message, "Give lat and lon to each, or leave out --roads.")
        ids = [one.id for one in (*form.depots, *form.stops)]
        return ways([(id_, lat, lon) for id_, (lon, lat) in zip(ids, coordinates.tolist(), strict=True)]), coordinates
    if given.distance is not None or given.time is not None:
        distance, time = given.distance or given.time, given.time or given.distance
        return by_matrix(distance or [], time or [], len(places)), coordinates
    if coordinates is None:
        message = "There are neither matrices nor a place for every depot and stop."
        raise InputError("routes.format", message, "Give lat and lon, x and y, or travel.distance and travel.time.")
    slices = [(_moment(form, one.start), one.speed_kmh) for one in given.slices]
    return by_places(places, given.circuity, given.speed_kmh, slices), coordinates


def _stop(form: ProblemForm, stop: StopForm, location: int, types: dict[str, int]) -> Stop:
    return Stop(
        id=stop.id,
        location=location,
        delivery=_quantities(form, stop.id, stop.delivery),
        pickup=_quantities(form, stop.id, stop.pickup),
        windows=tuple(_window(form, window) for window in stop.windows) or (ALWAYS,),
        service=stop.service,
        release=_moment(form, stop.release),
        prize=None if stop.prize is None else round(stop.prize * MICRO),
        vehicles=None
        if stop.vehicles is None
        else frozenset(_index(f"stop {stop.id}", "vehicle", one, types) for one in stop.vehicles),
    )


def _vehicle(form: ProblemForm, vehicle: VehicleForm, depots: dict[str, int]) -> VehicleType:
    who = f"vehicle {vehicle.id}"
    start = 0 if vehicle.start is None else _index(who, "depot", vehicle.start, depots)
    is_free = vehicle.cost_per_km is None and vehicle.cost_per_hour is None
    per_km = 1.0 if is_free else vehicle.cost_per_km or 0.0
    rest = vehicle.rest
    return VehicleType(
        id=vehicle.id,
        count=vehicle.count,
        capacity=_quantities(form, vehicle.id, vehicle.capacity, FOREVER),
        start=start,
        end=start if vehicle.end is None else _index(who, "depot", vehicle.end, depots),
        fixed_cost=round(vehicle.fixed_cost * MICRO),
        cost_per_distance=round(per_km * MICRO / 1000),
        cost_per_time=round((vehicle.cost_per_hour or 0.0) * MICRO / 3600),
        shift=_window(form, vehicle.shift),
        max_duration=FOREVER if vehicle.max_duration is None else vehicle.max_duration,
        max_distance=FOREVER if vehicle.max_distance is None else vehicle.max_distance,
        max_stops=FOREVER if vehicle.max_stops is None else vehicle.max_stops,
        reloads=tuple(_index(who, "depot", one, depots) for one in vehicle.reloads),
        max_reloads=FOREVER if vehicle.max_reloads is None else vehicle.max_reloads,
        rest=None if rest is None else Break(_moment(form, rest.earliest), _moment(form, rest.latest), rest.duration),
    )


def _quantities(form: ProblemForm, who: str, given: Quantities, otherwise: int = 0) -> tuple[int, ...]:
    if isinstance(given, list):
        if len(given) > len(form.loads):
            message = f"{who} has {len(given)} loads, the file {len(form.loads)}."
            raise InputError("routes.format", message, "Name them in `loads`.")
        return (*given, *[otherwise] * (len(form.loads) - len(given)))
    unknown = [name for name in given if name not in form.loads]
    if unknown:
        message = f"{who} has a load {unknown[0]}, which `loads` does not name."
        raise InputError("routes.format", message, f"Loads are {', '.join(form.loads)}.")
    return tuple(given.get(name, otherwise) for name in form.loads)


def _index(who: str, what: str, name: str, known: dict[str, int]) -> int:
    if name not in known:
        message = f"{who} names a {what} {name} that is not there."
        raise InputError("routes.format", message, f"There are {', '.join(known) or 'none'}.")
    return known[name]


def _window(form: ProblemForm, window: tuple[Moment, Moment] | None) -> Window:
    return ALWAYS if window is None else Window(_moment(form, window[0]), _moment(form, window[1]))


def _moment(form: ProblemForm, moment: Moment) -> int:
    return clock(moment, form.day)
