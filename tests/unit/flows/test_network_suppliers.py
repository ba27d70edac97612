"""Suppliers of a file: what their goods cost until they are where the network begins."""

from __future__ import annotations

from dataclasses import asdict, replace

import msgspec
import numpy as np
import pytest

from entrepot.flows.gazetteer import Gazetteer
from entrepot.flows.network_draft import DraftSettings, draft
from entrepot.flows.network_suppliers import Supplier, read_suppliers
from entrepot.kernel.errors import InputError
from entrepot.network.study import problem_of, read_study, today_of
from entrepot.network.zones import kilometres
from tests.unit.flows.network_log import EAST, NORTH, RATES, ROWS, SETTINGS, log

FILE = """id,share,city,province,latitude,longitude,tonne_km_cost
mill,3,成都市,四川省,,,
port,1,,,31.2,121.5,120
"""


def drawn(suppliers, settings=SETTINGS, **more):
    return draft(log(*ROWS, **more), RATES, replace(settings, suppliers=suppliers), "CNY", 100)


def costs(study):
    """Return what a unit costs a year on each lane, by its ends and class."""
    problem = problem_of(study)
    names = [*(one.id for one in problem.sites), *problem.zones]
    lanes = problem.lanes
    each = (lanes.cost / lanes.per).tolist()
    keys = zip(lanes.origin.tolist(), lanes.target.tolist(), lanes.product.tolist(), strict=True)
    return {(names[o], names[t], problem.classes[c].id): cost for (o, t, c), cost in zip(keys, each, strict=True)}


def test_a_file_is_read_with_what_is_left_out_as_it_is_elsewhere() -> None:
    mill, port = read_suppliers(FILE)
    assert mill == Supplier("mill", 3.0, "CN", "四川省", "成都市")
    assert (port.latitude, port.longitude, port.tonne_km_cost) == (31.2, 121.5, 120)


def test_each_fault_of_a_file_is_told_with_row_and_column() -> None:
    with pytest.raises(InputError) as told:
        read_suppliers("id,share,latitude,longitude,city\na,0,95,1,\na,1,,,x\n,2,10,,\nb,1,,,\n")
    message = str(told.value)
    for fault in (
        "row 2, column share: '0' is no number above 0",
        "row 2, column latitude: '95' is no number of degrees within 90",
        "row 4, column id: it is empty",
        "row 4, columns latitude and longitude: give both or neither",
        "row 5, column city: it is empty, and there are no degrees",
    ):
        assert fault in message
    with pytest.raises(InputError, match="no column share; nothing is known of a column 'anteil'"):
        read_suppliers("id,anteil\na,1\n")
    with pytest.raises(InputError, match="there is no supplier"):
        read_suppliers("id,share,city\n")


def test_what_leaves_a_centre_bears_the_mean_of_suppliers_by_share() -> None:
    bare, study = drawn(()), drawn(read_suppliers(FILE))
    chengdu = Gazetteer.of((), ()).locate("CN", "四川省", "成都市")
    assert chengdu is not None
    # A kilogram to East: three quarters from Chengdu at 60 cents a tonne and km, one from the port at 120, by road.
    km = (
        kilometres(chengdu.latitude, chengdu.longitude, EAST.latitude, EAST.longitude),
        kilometres(31.2, 121.5, EAST.latitude, EAST.longitude),
    )
    kilogram = 1.3 / 1000 * (0.75 * 60 * km[0] + 0.25 * 120 * km[1])
    assert study.source is not None
    assert study.source.inbound["E"] == pytest.approx(1000 * kilogram / 100)
    before, after = costs(bare), costs(study)
    # 73 days are a fifth of a year; a parcel of the first class weighs 0.4 kg.
    assert after["E", "上海市", "0-1 kg"] - before["E", "上海市", "0-1 kg"] == pytest.approx(
        5 * 0.4 * kilogram, abs=0.02
    )
    fronts = [key for key in after if key[0].startswith("front")]
    assert fronts
    assert all(after[key] == before[key] for key in fronts)


def test_goods_come_to_fronts_where_there_are_no_centres() -> None:
    shops = (EAST._replace(kind="fdc"), NORTH._replace(kind="fdc"))
    settings = DraftSettings(centres=0, fronts=0, centre_cost=1_000, front_cost=1_000, closing_cost=0)
    study = drawn(read_suppliers(FILE), settings, nodes=shops)
    assert study.source is not None
    assert sorted(study.source.inbound) == ["E", "N"]


def test_today_and_the_file_of_a_study_keep_the_suppliers() -> None:
    study = drawn(read_suppliers(FILE))
    again = read_study("again", msgspec.json.encode(study))
    problem = problem_of(again)
    assert today_of(again, problem) is not None
    assert np.all(problem.lanes.cost >= 0)
    assert again.source is not None
    settings = msgspec.convert(again.source.settings, DraftSettings)
    assert settings.suppliers == read_suppliers(FILE)
    assert asdict(settings)["suppliers"][0]["id"] == "mill"


def test_a_supplier_whose_place_nobody_knows_is_named() -> None:
    with pytest.raises(InputError, match="these suppliers are: mill"):
        drawn((Supplier("mill", 1.0, "GR", "", "Atlantis"),))
