"""A network from a log written here: zones, costs, today, and what is left out."""

from __future__ import annotations

from types import SimpleNamespace

import msgspec
import pytest

from entrepot.flows.gazetteer import Gazetteer
from entrepot.flows.network_draft import DraftSettings, draft
from entrepot.flows.network_orders import Fed, Sold
from entrepot.flows.network_search import search
from entrepot.kernel.errors import InputError
from entrepot.network.checker import check
from entrepot.network.study import SiteEdit, edited, problem_of, today_of
from tests.unit.flows.network_log import RATES, ROWS, SETTINGS, SHOP, log, sent


def drawn(settings=SETTINGS, **more):
    return draft(log(*ROWS, **more), RATES, settings, "CNY", 100)


def test_every_parcel_is_in_the_network_once():
    study = drawn()
    problem = problem_of(study)
    assert problem.demand.sum() == sum(row.orders for row in ROWS)
    assert sorted(problem.zones) == ["上海市", "北京市", "成都市"]
    assert [one.id for one in problem.classes] == ["0-1 kg", "1-5 kg"]
    assert study.mix["上海市"] == {"0-1 kg": {"app": 10, "web": 60}}


def test_today_is_as_the_log_tells_and_keeps_every_limit():
    study = drawn()
    problem = problem_of(study)
    today = today_of(study, problem)
    assert today is not None
    assert check(problem, today).is_feasible
    names = [one.id for one in problem.sites]
    shares = {
        (names[one.origin], problem.zones[one.target - len(names)]): one.quantity
        for one in today.flows
        if one.product == 0
    }
    # Beijing's parcels name no node: they go from the cheapest site that stands.
    assert shares == {("E", "上海市"): 60, ("N", "上海市"): 10, ("N", "北京市"): 40, ("E", "成都市"): 20}


def test_costs_are_a_years_and_hours_are_by_road():
    problem = problem_of(drawn())
    lane = next(
        k
        for k in range(len(problem.lanes))
        if problem.lanes.origin[k] == 0 and problem.lanes.target[k] == len(problem.sites)
    )
    # Suzhou to Shanghai is 83 km: 6.00 + 0.08 x 1.3 x 0.83 below a kilogram; 73 days are a fifth of a year.
    yearly = problem.lanes.cost[lane] / problem.lanes.per[lane]
    assert yearly == pytest.approx(5 * (600 + 8 * 1.3 * 0.835), rel=0.003)
    assert problem.lanes.hours[lane] == 26


def test_stores_are_filled_in_bulk_by_who_filled_them():
    study = drawn(
        sold=(Sold("till", "S1", 100, 150, 90_500),), fed=(Fed("E", "S1", 2), Fed("N", "S1", 1), Fed("X", "S1", 5))
    )
    problem = problem_of(study)
    assert problem.zones[-1] == "store:S1"
    assert problem.demand[0, -1].tolist() == [0, 0, 90]
    today = today_of(study, problem)
    assert today is not None
    bulk = {problem.sites[one.origin].id: one.quantity for one in today.flows if one.product == 2}
    assert bulk == {"E": 60, "N": 30}


def test_candidates_stand_in_the_biggest_zones_away_from_what_stands():
    problem = problem_of(drawn(DraftSettings(centres=2, fronts=1)))
    assert [one.id for one in problem.sites] == ["E", "N", "centre:上海市", "centre:北京市", "front:上海市"]


def test_places_that_nobody_knows_are_told_and_left_out():
    study = draft(log(*ROWS, sent("Atlantis", "", "E", 7, country="GR")), RATES, SETTINGS, "CNY", 100)
    assert study.source is not None
    (left_out,) = study.source.left_out
    assert (left_out.why, left_out.orders, left_out.places) == ("no_place", 7, ["GR Atlantis"])
    assert study.source.orders == 135


def test_zones_no_carrier_goes_to_are_left_out():
    only_china = SimpleNamespace(
        rate=lambda origin, there, parcel: RATES.rate(origin, there, parcel) if there.place.country == "CN" else None
    )
    abroad = sent("Paris", "", "E", 3, country="FR", latitude=48.85, longitude=2.35)
    study = draft(log(*ROWS, abroad), only_china, SETTINGS, "CNY", 100)
    assert study.source is not None
    assert [(one.why, one.orders) for one in study.source.left_out] == [("no_carrier", 3)]


def test_channels_may_have_zones_of_their_own():
    problem = problem_of(drawn(DraftSettings(by_channel=True)))
    assert sorted(problem.zones) == ["app:上海", "web:上海市", "web:北京市", "web:成都市"]


def test_the_error_of_zones_is_nothing_where_each_place_is_one_and_grows_when_they_merge():
    fine, coarse = drawn().source, drawn(DraftSettings(zones=1)).source
    assert fine is not None
    assert coarse is not None
    assert fine.cost_error == pytest.approx(0.0, abs=1e-6)
    assert coarse.cost_error is not None
    assert coarse.cost_error > 0
    assert (fine.mean_km, fine.max_km) == (pytest.approx(0, abs=1e-3), pytest.approx(0, abs=1e-3))


def test_a_log_without_parcels_or_bad_settings_are_refused():
    with pytest.raises(InputError, match="No parcel"):
        draft(log(), RATES, SETTINGS, "CNY", 100)
    with pytest.raises(InputError, match="make no network"):
        DraftSettings(edges_g=(5, 1))


def test_cities_are_found_by_what_channels_tell_then_nodes_then_the_list():
    told = sent("杭州市", "浙江省", "E", 1, latitude=30.0, longitude=120.0)
    where = Gazetteer.of([told], [SHOP])
    assert where.locate("CN", "浙江", "杭州") == (30.0, 120.0, "told")
    assert Gazetteer.of([], [SHOP]).locate("CN", "浙江省", "杭州市") == (30.29, 120.16, "node")
    listed = Gazetteer.of([], []).locate("CN", "四川省", "成都市")
    assert listed is not None
    assert listed.how == "city"
    assert (round(listed.latitude), round(listed.longitude)) == (31, 104)
    middle = Gazetteer.of([], []).locate("CN", "四川省", "不知道的县")
    assert middle is not None
    assert middle.how == "province"
    assert Gazetteer.of([], []).locate("US", "", "Springfield") is None


def test_an_edited_site_changes_the_plan_and_stopping_keeps_the_best():
    study = drawn()
    cheap = search(study, 2.0, lambda *_: None, lambda: False)
    dear = edited(study, {one.id: SiteEdit(fixed_cost=10**9) for one in problem_of(study).sites if one.id != "E"})
    stopped = search(dear, 2.0, lambda *_: None, lambda: False)
    assert cheap.summary.cost <= stopped.summary.cost
    assert stopped.plan.sites == ["E"]
    at_once = search(study, 2.0, lambda *_: None, lambda: True)
    assert at_once.summary.is_stopped
    assert at_once.summary.bound <= cheap.summary.cost <= at_once.summary.cost


def test_the_curve_counts_hours_by_orders_as_the_plan_does():
    study = drawn()
    few = {zone: {one: {"app": 1} for one in classes} for zone, classes in study.mix.items()}
    report = search(msgspec.structs.replace(study, mix=few), 4.0, lambda *_: None, lambda: False)
    orders = sum(one.orders for one in report.after.channels)
    mean = sum(one.orders * one.mean_hours for one in report.after.channels) / orders
    here = next(one for one in report.curve if one.sites == len(report.after.sites))
    assert here.cost == pytest.approx(report.after.total)
    assert here.mean_hours == pytest.approx(mean)


def test_each_proof_that_there_is_no_plan_is_a_part_of_the_message():
    study = drawn()
    shut = edited(study, {one.id: SiteEdit(status="closed") for one in problem_of(study).sites})
    with pytest.raises(InputError, match=r"short by 1\); .*; and [0-9]+ more\.|short by 1\); .*\)\."):
        search(shut, 2.0, lambda *_: None, lambda: False)
