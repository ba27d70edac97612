"""What the desk does where no engine knows all of a day."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from entrepot.delivery.dispatch.planning import fit
from entrepot.delivery.routing.problem import Stop, VehicleType
from entrepot.delivery.routing.travel import Speeds
from tests.unit.delivery.routing.cases import line, problem


def test_what_no_engine_holds_under_traffic_is_searched_at_free_flow() -> None:
    speeds = Speeds(np.array([0.0, 9]), np.ones((1, 1)), np.zeros((2, 2), np.uint8), np.ones((2, 2)))
    busy = problem((Stop("A", 1),), (VehicleType("van", 1),), replace(line(2), traffic=speeds))
    assert fit(busy)[0] is busy
    reloading = replace(busy, vehicles=(VehicleType("van", 1, reloads=(0,)),))
    still, engine = fit(reloading)
    assert (still.travel.traffic, engine.name) == (None, "fleets")
