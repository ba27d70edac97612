"""Made networks: centres that replenish fronts, which serve the zones of clustered cities; plants before them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from entrepot.network.problem import Lanes, Problem, ProductClass, Site

SIDE_KM: Final = 1_200.0
NEAR: Final = 12
"""How many of its nearest fronts may serve a zone."""
CLASSES: Final = (ProductClass("small", 1), ProductClass("medium", 4), ProductClass("bulky", 20))
SHARES: Final = (0.6, 0.3, 0.1)
BULK: Final = 0.04
PARCEL: Final = 0.22
HAUL: Final = 0.02
"""Cost of a volume unit per km: in bulk to fronts, as parcels to zones, and from plants to centres."""


def generate(centres: int, fronts: int, zones: int, seed: int, plants: int = 0) -> Problem:
    """Make a network of `centres` x `fronts` x `zones` and three classes of goods; costs in cents.

    Cities are clustered and their sizes skewed; fixed costs grow with the square root of capacity and with the size of
    the place; all centres, and all fronts, together can carry some three times the demand.
    Plants supply the centres, and have some 1.6 times as much room together as is needed.
    """
    random = np.random.default_rng(seed)
    hubs = random.uniform(0, SIDE_KM, (max(4, zones // 60), 2))
    place = hubs[random.integers(len(hubs), size=zones)] + random.normal(0, SIDE_KM / 25, (zones, 2))
    people = random.lognormal(0.0, 1.0, zones)
    at_front = place[random.choice(zones, fronts, replace=fronts > zones, p=people / people.sum())]
    at_front = at_front + random.normal(0, 8.0, (fronts, 2))
    at_centre = random.uniform(0, SIDE_KM, (centres, 2))
    demand = np.maximum(1, random.poisson(60.0 * people[:, None] * np.array(SHARES)))
    volumes = np.array([one.volume for one in CLASSES])
    total = float((demand * volumes).sum())
    sites = [
        *_sites("centre", centres, 3.0 * total / centres, 14.0 * total / centres, random),
        *_sites("front", fronts, 3.0 * total / fronts, 16.0 * total / fronts, random),
    ]
    lanes = _lanes(at_centre, at_front, place, volumes)
    name = f"two-echelon-{centres}x{fronts}x{zones}-{seed}"
    if plants:
        name = f"three-echelon-{plants}x{centres}x{fronts}x{zones}-{seed}"
        at_plant = random.uniform(0, SIDE_KM, (plants, 2))
        sites = [*_sites("plant", plants, 1.6 * total / plants, 20.0 * total / plants, random), *sites]
        lanes = _supplied(lanes, at_plant, at_centre, volumes)
    return Problem(
        name,
        tuple(sites),
        tuple(f"zone-{k + 1}" for k in range(zones)),
        CLASSES,
        demand[None].astype(np.int64),
        lanes,
        cost_scale=100,
    )


def _sites(level: str, many: int, room: float, cost: float, random: np.random.Generator) -> list[Site]:
    size = random.uniform(0.5, 1.5, many)
    rent = random.uniform(0.7, 1.3, many)
    return [
        Site(f"{level}-{k + 1}", int(100 * cost * rent[k] * np.sqrt(size[k])), int(room * size[k]), level=level)
        for k in range(many)
    ]


def _lanes(
    at_centre: NDArray[np.float64],
    at_front: NDArray[np.float64],
    at_zone: NDArray[np.float64],
    volumes: NDArray[np.int64],
) -> Lanes:
    """Let every centre supply every front, and the nearest fronts serve each zone, with every class."""
    bulk = np.linalg.norm(at_centre[:, None] - at_front[None], axis=2) * BULK
    last = np.linalg.norm(at_front[:, None] - at_zone[None], axis=2) * PARCEL + 1.0
    centre, front = np.indices(bulk.shape).reshape(2, -1)
    near = np.argsort(last, axis=0, kind="stable")[: min(NEAR, len(at_front))]
    zone = np.broadcast_to(np.arange(last.shape[1]), near.shape).ravel()
    server = near.ravel()
    first_front, first_zone = len(at_centre), len(at_centre) + len(at_front)
    origin = np.concatenate([centre, first_front + server])
    target = np.concatenate([first_front + front, first_zone + zone])
    each = np.concatenate([bulk.ravel(), last[server, zone]])
    classes = len(volumes)
    cost = np.rint(100 * each[:, None] * volumes[None] ** 0.9).astype(np.int64)
    return Lanes.of(
        np.repeat(origin, classes),
        np.repeat(target, classes),
        cost.ravel(),
        product=np.tile(np.arange(classes), len(origin)),
    )


def _supplied(
    lanes: Lanes, at_plant: NDArray[np.float64], at_centre: NDArray[np.float64], volumes: NDArray[np.int64]
) -> Lanes:
    """Put plants before all sites, each of which supplies every centre with every class."""
    many, classes = len(at_plant), len(volumes)
    plant, centre = np.indices((many, len(at_centre))).reshape(2, -1)
    each = np.linalg.norm(at_plant[plant] - at_centre[centre], axis=1) * HAUL
    cost = np.rint(100 * each[:, None] * volumes[None] ** 0.9).astype(np.int64)
    return Lanes.of(
        np.concatenate([np.repeat(plant, classes), many + lanes.origin]),
        np.concatenate([np.repeat(many + centre, classes), many + lanes.target]),
        np.concatenate([cost.ravel(), lanes.cost]),
        product=np.concatenate([np.tile(np.arange(classes), len(plant)), lanes.product]),
    )
