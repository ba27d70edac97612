from __future__ import annotations

import msgspec
import pytest

from entrepot.delivery.routing.plan import PlanForm, Route, Trip, plan_as_form, plan_of_form
from entrepot.delivery.routing.problem import Stop, VehicleType
from entrepot.kernel.errors import InputError
from tests.unit.delivery.routing.cases import plan, problem

CASE = problem([Stop(name, k + 1) for k, name in enumerate("abc")], [VehicleType("van", 1), VehicleType("bike", 2)])


def test_a_plan_comes_back_from_its_json() -> None:
    given = plan(CASE, Route(1, (Trip(0, (2,)), Trip(0, (0,))), departure=12.5))
    text = msgspec.json.encode(plan_as_form(given, CASE))
    assert msgspec.json.decode(text) == {
        "routes": [
            {
                "trips": [{"stops": ["c"], "depot": "D"}, {"stops": ["a"], "depot": "D"}],
                "vehicle": "bike",
                "departure": 12.5,
            }
        ],
        "unserved": ["b"],
    }
    assert plan_of_form(msgspec.json.decode(text, type=PlanForm), CASE) == given


def test_empty_routes_are_dropped_and_defaults_are_the_first_type_and_its_depot() -> None:
    form = msgspec.convert({"routes": [{"trips": [{"stops": []}]}, {"trips": [{"stops": ["b"]}]}]}, PlanForm)
    assert plan_of_form(form, CASE) == plan(CASE, Route(0, (Trip(0, (1,)),)))


def test_what_the_problem_has_not_is_told_all_at_once() -> None:
    form = msgspec.convert(
        {"routes": [{"vehicle": "lorry", "trips": [{"stops": ["x"], "depot": "E"}]}], "unserved": ["y"]}, PlanForm
    )
    with pytest.raises(InputError) as caught:
        plan_of_form(form, CASE)
    assert caught.value.code == "routes.plan"
    assert caught.value.message == (
        "The plan does not belong to the problem: there is no stop y; route 1 has a vehicle lorry that is not there; "
        "route 1 loads at a depot E that is not there; route 1 visits a stop x that is not there."
    )
