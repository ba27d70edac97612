"""Rate sheets: what is read, what a fault says, and what a bad row takes out and no more."""

from __future__ import annotations

import csv
from datetime import date, time
from io import StringIO

import pytest

from entrepot.delivery import Parcel, Place, Sheet, SheetRow, Tariff, quotes, read_sheet
from entrepot.delivery.tariff import Bracket, Surcharge
from tests.unit.delivery.cards import EAST, MONDAY

COLUMNS = (
    "record,carrier,service,name,currency,valid_from,valid_to,divisor,weight_step_kg,minimum,max_kg,hazmat,from_node,"
    "from_province,country,province,city,postal,zone,transit_days,up_to_kg,price,first_kg,step_kg,step_price,kind,"
    "percent,amount,per_kg,over_cm,node,days,time,parcels,date,works,carton,length_cm,width_cm,height_cm,aliases,"
    "holidays,active"
)
HEAD = COLUMNS.split(",")
GOOD = [
    {"record": "carrier", "carrier": "ZTO", "name": "中通快递", "aliases": "zhongtong|中通"},
    {"record": "carrier", "carrier": "SF", "days": "mon-sat", "holidays": "CN"},
    {"record": "service", "carrier": "ZTO", "service": "std", "currency": "CNY", "valid_from": "2026-01-01"},
    {"record": "service", "carrier": "SF", "service": "std", "currency": "CNY", "valid_from": "2026/1/1",
     "divisor": "6000", "weight_step_kg": "0.5", "minimum": "￥10.00", "max_kg": "30", "hazmat": "是"},
    {"record": "lane", "carrier": "ZTO|SF", "service": "std", "country": "CN", "province": "浙江省|上海市", "zone": "A",
     "transit_days": "2"},
    {"record": "lane", "carrier": "ZTO|SF", "service": "std", "country": "CN", "zone": "B", "transit_days": "4"},
    {"record": "rate", "carrier": "ZTO", "service": "std", "zone": "A|B", "price": "8.00", "first_kg": "1",
     "step_kg": "1", "step_price": "2"},
    {"record": "rate", "carrier": "SF", "service": "std", "zone": "A|B", "up_to_kg": "3", "price": "12"},
    {"record": "rate", "carrier": "SF", "service": "std", "zone": "A|B", "price": "12", "first_kg": "3",
     "step_kg": "0.5", "step_price": "1.5"},
    {"record": "surcharge", "carrier": "SF", "service": "std", "kind": "fuel", "percent": "12.5%"},
    {"record": "cut_off", "carrier": "ZTO|SF", "node": "RDC-E", "days": "mon-fri", "time": "18:30"},
    {"record": "capacity", "carrier": "SF", "node": "RDC-E", "days": "*", "parcels": "1,200"},
    {"record": "capacity", "carrier": "SF", "node": "RDC-E", "date": "2026-11-11", "parcels": "6000"},
    {"record": "exception", "carrier": "ZTO|SF", "date": "2027-02-06", "works": "no"},
    {"record": "carton", "carton": "M", "length_cm": "32", "width_cm": "24", "height_cm": "14", "max_kg": "5"},
]  # fmt: skip


def read(*rows: dict[str, str], known: tuple[str, ...] = ()) -> Sheet:
    numbered = [SheetRow(number, {name: row.get(name, "") for name in HEAD}) for number, row in enumerate(rows, 2)]
    return read_sheet("rates.csv", numbered, known)


def changed(place: int, **cells: str) -> list[dict[str, str]]:
    rows = [dict(row) for row in GOOD]
    rows[place] |= cells
    return rows


def asked(sheet: Sheet, to: str) -> dict[str, int]:
    tariff = Tariff({code: one for code, one in sheet.carriers.items() if one}, tuple(sheet.cards))
    return {one.carrier: one.amount for one in quotes(tariff, Parcel(1500), EAST, Place("CN", to), MONDAY)}


def test_a_good_sheet_is_taken_whole() -> None:
    sheet = read(*GOOD)
    assert (sheet.faults, sheet.held, sheet.remarks, sheet.rows) == ([], [], [], 15)
    sf, zto = sheet.cards
    assert (sf.carrier, sf.divisor, sf.weight_step_g, sf.minimum, sf.max_weight_g) == ("SF", 6000, 500, 1000, 30_000)
    assert sf.takes_hazmat
    assert not zto.takes_hazmat
    assert zto.brackets["B"] == (Bracket(None, 800, 1000, 1000, 200),)
    assert sf.brackets["A"] == (Bracket(3000, 1200), Bracket(None, 1200, 3000, 500, 150))
    assert sf.surcharges == (Surcharge("fuel", percent_bp=1250),)
    assert {lane.destination: lane.zone for lane in zto.lanes.values()} == {
        "province:CN:浙江": "A", "province:CN:上海": "A", "country:CN": "B",
    }  # fmt: skip
    assert sheet.cut_offs["RDC-E", "ZTO", 5] == time(18, 30)
    assert ("RDC-E", "ZTO", 6) not in sheet.cut_offs
    assert sheet.capacities["RDC-E", "SF", 7] == 1200
    assert sheet.capacities["RDC-E", "SF", date(2026, 11, 11)] == 6000
    assert sheet.own_days["SF", date(2027, 2, 6)] == (False, "")
    carton = sheet.cartons["M"]
    assert carton is not None
    assert (carton.sides, carton.max_weight_g) == ((320, 240, 140), 5000)
    assert asked(sheet, "浙江") == {"ZTO": 1000, "SF": 1350}


# (row of GOOD, cells, column told, words of the message)
FAULTS = [
    (0, {"record": "carier"}, "record", "Did you mean 'carrier'?"),
    (1, {"days": "mon-funday"}, "days", "weekdays such as mon-sat"),
    (1, {"holidays": "Atlantis"}, "holidays", "a country whose holidays are known"),
    (2, {"currency": "yuan"}, "currency", "an ISO 4217 code such as CNY"),
    (2, {"valid_from": "soon"}, "valid_from", "a date such as 2026-01-31"),
    (2, {"valid_to": "2025-12-31"}, "valid_to", "not after valid_from"),
    (2, {"divisor": "0"}, "divisor", "a whole number above 0"),
    (2, {"price": "3"}, "price", "says nothing about a service"),
    (4, {"country": "China"}, "country", "two letters"),
    (4, {"country": ""}, "country", "needs its country"),
    (4, {"city": "杭州市"}, "city", "needs the one province"),
    (4, {"zone": ""}, "zone", "The cell is empty"),
    (4, {"zone": "Q"}, "zone", "has no rate"),
    (4, {"transit_days": "two"}, "transit_days", "a whole number"),
    (6, {"price": "8.005"}, "price", "more decimals than CNY"),
    (6, {"price": "-1"}, "price", "not below 0"),
    (6, {"step_price": ""}, "step_price", "a step needs its weight and its price"),
    (7, {"up_to_kg": "0.0005"}, "up_to_kg", "fewer decimals"),
    (8, {"up_to_kg": "3"}, "up_to_kg", "has a price up to 3000 g already"),
    (9, {"kind": "fule"}, "kind", "one of fuel, remote"),
    (9, {"percent": ""}, "amount", "adds nothing"),
    (9, {"kind": "oversize"}, "over_cm", "needs a limit"),
    (10, {"time": "25:00"}, "time", "a time of day such as 16:30"),
    (10, {"carrier": "ZTO|XX"}, "carrier", "is no known carrier"),
    (11, {"date": "2026-11-11"}, "days", "it is for one of them"),
    (13, {"works": "maybe"}, "works", "yes or no"),
    (14, {"height_cm": "0"}, "height_cm", "centimetres above 0"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "cells", "column", "words"), FAULTS, ids=[f"{f[0]}-{f[2]}" for f in FAULTS])
def test_a_fault_says_where_what_why_and_how_to_mend(
    place: int, cells: dict[str, str], column: str, words: str
) -> None:
    told = [fault for fault in read(*changed(place, **cells)).faults if fault.column == column]
    assert told
    assert all(fault.row == place + 2 and fault.file == "rates.csv" and fault.mend for fault in told)
    assert any(words in fault.message and f"rates.csv, row {place + 2}" in fault.message for fault in told)


def test_a_bad_lane_closes_its_own_destinations_only() -> None:
    sheet = read(*changed(4, transit_days="two"))
    assert sheet.held == []
    assert asked(sheet, "浙江") == {}
    assert asked(sheet, "云南") == {"ZTO": 1000, "SF": 1350}
    assert {lane.why for card in sheet.cards for lane in card.lanes.values()} == {
        "", "row 6 of rates.csv could not be read.",
    }  # fmt: skip


def test_a_bad_rate_closes_its_own_zones_only() -> None:
    rows = [*changed(6, zone="A"), {**GOOD[6], "zone": "B", "price": "eight"}]
    sheet = read(*rows)
    assert asked(sheet, "浙江") == {"ZTO": 1000, "SF": 1350}
    assert asked(sheet, "云南") == {"SF": 1350}


@pytest.mark.parametrize(("place", "cells"), [(2, {"currency": "?"}), (4, {"country": "?"}), (9, {"percent": "x"})])
def test_a_row_without_which_prices_would_be_wrong_keeps_its_card_back(place: int, cells: dict[str, str]) -> None:
    sheet = read(*changed(place, **cells))
    held = {(one.carrier, one.rows) for one in sheet.held}
    carrier = {2: {"ZTO"}, 4: {"ZTO", "SF"}, 9: {"SF"}}[place]
    assert held == {(one, (place + 2,)) for one in carrier}
    assert {card.carrier for card in sheet.cards} == {"ZTO", "SF"} - carrier


def test_a_row_that_cannot_be_trusted_keeps_back_the_card_it_names_and_no_other() -> None:
    rows = [SheetRow(number, row) for number, row in enumerate(GOOD, 2)]
    rows.append(SheetRow(99, {"record": "surcharge", "carrier": "SF", "service": "std"}, "it has 60 cells"))
    sheet = read_sheet("rates.csv", rows)
    assert [(one.carrier, one.rows) for one in sheet.held] == [("SF", (99,))]
    assert [card.carrier for card in sheet.cards] == ["ZTO"]
    rows[-1] = SheetRow(99, {"record": "surcharge", "carrier": "S F"}, "it has 60 cells")
    assert read_sheet("rates.csv", rows).cards == []


def test_remarks_and_empty_rows_are_passed_over() -> None:
    sheet = read({"record": "# prices of 2026"}, {}, *GOOD)
    assert (sheet.faults, len(sheet.cards)) == ([], 2)
    sheet = read(*GOOD, {"record": "Prices include VAT."})
    assert (len(sheet.faults), len(sheet.cards)) == (1, 2)


def test_a_card_for_a_carrier_known_from_before_needs_no_carrier_row() -> None:
    assert read(*GOOD[2:]).cards == []
    assert len(read(*GOOD[2:], known=("ZTO", "SF")).cards) == 2


def test_the_same_lane_twice_is_one_and_contradicting_ones_close_it() -> None:
    assert read(*GOOD, GOOD[4]).faults == []
    sheet = read(*GOOD, {**GOOD[4], "zone": "B"})
    assert "said twice" in sheet.faults[0].message
    assert asked(sheet, "浙江") == {}


def test_a_heavier_parcel_that_is_cheaper_is_remarked_and_taken() -> None:
    sheet = read(*changed(8, price="9"))
    assert len(sheet.cards) == 2
    assert "is cheaper just above 3 kg than at it" in sheet.remarks[0].message


def test_none_takes_away_what_a_row_names() -> None:
    sheet = read(
        {**GOOD[10], "time": "none"}, {**GOOD[11], "parcels": "无"}, {**GOOD[13], "works": "none"},
        {**GOOD[14], "max_kg": "none"}, {**GOOD[0], "active": "no"}, known=("ZTO", "SF"),
    )  # fmt: skip
    assert sheet.faults == []
    taken = [*sheet.cut_offs.values(), *sheet.capacities.values(), *sheet.own_days.values(), *sheet.cartons.values()]
    assert set(taken) == {None}
    assert sheet.carriers == {"ZTO": None}


def test_a_row_that_contradicts_one_above_is_a_fault_and_the_first_holds() -> None:
    sheet = read(*GOOD, {**GOOD[10], "time": "20:00", "days": "fri|sat"})
    assert "contradicts a row above" in sheet.faults[0].message
    assert sheet.cut_offs["RDC-E", "SF", 5] == time(18, 30)


def test_the_demos_own_sheet_has_no_fault_and_reaches_everywhere() -> None:
    from importlib.resources import files

    from entrepot.simulator.places import cities
    from entrepot.simulator.retailer import build_retailer

    text = files("entrepot.simulator").joinpath("carriers.csv").read_text("utf-8")
    rows = [SheetRow(number, row) for number, row in enumerate(csv.DictReader(StringIO(text)), 2)]
    sheet = read_sheet("carriers.csv", rows)
    assert (sheet.faults, sheet.held, sheet.remarks) == ([], [], [])
    retailer = build_retailer(1)
    assert set(sheet.carriers) == {carrier.code for carrier in retailer.carriers}
    assert {node for node, _, _ in sheet.cut_offs} == {node.code for node in retailer.nodes}
    tariff = Tariff({code: one for code, one in sheet.carriers.items() if one}, tuple(sheet.cards))
    for node in retailer.nodes[::4]:
        origin = Place("CN", node.city.province, node.city.name_zh, node=node.code)
        for city in cities():
            to = Place(city.country, city.province, city.name_zh)
            assert quotes(tariff, Parcel(1200), origin, to, MONDAY), (node.code, city.name_en)


@pytest.mark.parametrize(
    ("column", "cell", "why"),
    [
        ("price", "$8.00", "'$' is not CNY"),
        ("price", "8.00 USD", "'USD' is not CNY"),
        ("price", "12%", "is not a price"),
        ("price", "1.234,50", "is not a price"),
        ("price", "12,50", "is not a price"),
        ("price", "(8.00)", "is not a price"),
        ("price", "-8", "not below 0"),
        ("up_to_kg", "0,500", "is not kilograms"),
        ("up_to_kg", "1,500", "is not kilograms"),
        ("up_to_kg", "5cm", "is not kilograms"),
        ("up_to_kg", "#N/A", "is an error that a formula gave"),
    ],
)
def test_what_may_mean_something_else_closes_the_zone(column: str, cell: str, why: str) -> None:
    sheet = read(*changed(7, **{column: cell}))
    assert [(fault.row, fault.column, why in fault.message) for fault in sheet.faults] == [(9, column, True)]
    assert asked(sheet, "浙江省") == {"ZTO": 1000}


@pytest.mark.parametrize("cell", ["￥12", "12元", "12.00 CNY", "１２．００", "RMB 12"])
def test_a_price_may_say_the_currency_that_its_card_is_in(cell: str) -> None:
    sheet = read(*changed(7, price=cell))
    assert sheet.faults == []
    assert sheet.cards[0].brackets["A"][0] == Bracket(3000, 1200)


def test_thousands_may_be_apart_in_prices_and_counts() -> None:
    sheet = read(*changed(7, price="1,234.50"))
    assert sheet.cards[0].brackets["A"][0] == Bracket(3000, 123_450)


@pytest.mark.parametrize("cell", ["2026111", "46023", "2026-02-30", "01/02/2026"])
def test_a_day_that_could_be_another_is_none(cell: str) -> None:
    assert [fault.column for fault in read(*changed(2, valid_from=cell)).faults] == ["valid_from"]


def test_a_spreadsheets_time_of_day_is_one() -> None:
    assert read(*changed(10, time="1899-12-31 18:30:00")).cut_offs["RDC-E", "ZTO", 5] == time(18, 30)


def test_provinces_are_apart_by_chinese_marks_too_but_not_by_commas() -> None:
    assert read(*changed(4, province="浙江省、上海市")).cards == read(*GOOD).cards
    sheet = read(*changed(4, province="浙江省，上海市"))
    assert [fault.column for fault in sheet.faults] == ["province"]
    assert {held.carrier for held in sheet.held} == {"SF", "ZTO"}


def test_a_percentage_below_one_is_taken_and_remarked() -> None:
    sheet = read(*changed(9, percent="0.12"))
    assert sheet.cards[0].surcharges == (Surcharge("fuel", percent_bp=12),)
    assert [remark.message for remark in sheet.remarks] == [
        "rates.csv, row 11, column 'percent': 0.12 is less than one percent. It was taken; write 12 for 12 %."
    ]


def test_the_heading_once_more_is_no_row_and_two_columns_of_a_name_are_a_fault() -> None:
    again = {name: name for name in HEAD}
    assert read(*GOOD, again).rows == len(GOOD)
    rows = [SheetRow(2, {"record": "rate", "carrier": "ZTO", "service": "std", "price": "8", "价格": "9"})]
    (fault, *_) = read_sheet("rates.csv", rows, ["ZTO"]).faults
    assert "two columns are called 'price'" in fault.message


def test_prices_without_a_lane_do_not_replace_a_card_that_has_some() -> None:
    sheet = read(GOOD[2], GOOD[6], known=("ZTO",))
    (fault,) = sheet.faults
    assert (sheet.cards, [held[:2] for held in sheet.held]) == ([], [("ZTO", "std")])
    assert "'ZTO std' has no lane, so it would go nowhere. Add all its lanes" in fault.message


def test_a_service_alone_ends_it_and_says_so() -> None:
    sheet = read(GOOD[2], known=("ZTO",))
    assert ([card.lanes for card in sheet.cards], sheet.faults) == ([{}], [])
    assert "from its first day on it goes nowhere" in sheet.remarks[0].message


def test_a_node_that_nobody_knows_is_told_and_taken() -> None:
    rows = [SheetRow(number, row) for number, row in enumerate(GOOD, 2)]
    assert read_sheet("rates.csv", rows, known_nodes=["RDC-E"]).remarks == []
    sheet = read_sheet("rates.csv", rows, known_nodes=["RDC-S"])
    assert len(sheet.cut_offs) == 10
    assert {remark.what for remark in sheet.remarks} == {"'RDC-E'"}


def test_prices_of_nothing_and_prices_that_end_too_soon_are_told_and_taken() -> None:
    ends = {"record": "rate", "carrier": "SF", "service": "std", "zone": "A|B", "up_to_kg": "5", "price": "0"}
    sheet = read(GOOD[3], GOOD[4] | {"carrier": "SF"}, GOOD[5] | {"carrier": "SF"}, GOOD[7], ends, known=("SF",))
    assert (sheet.faults, len(sheet.cards)) == ([], 1)
    told = [(remark.column, remark.why) for remark in sheet.remarks if remark.what == "Zone 'A'"]
    assert ("price", "has a weight that costs nothing.") in told
    assert ("up_to_kg", "has no price above 5 kg; the service takes 30 kg.") in told
