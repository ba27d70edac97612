"""Carriers among the others: sheets from files, quotes for sourcing, scorecards from orders, stock and tracking."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from entrepot.app import Platform
from entrepot.delivery.tariff import Bracket
from entrepot.flows.carriers import (
    CarrierRates,
    import_rate_file,
    journeys,
    node_places,
    read_rate_file,
    refresh_scorecards,
)
from entrepot.kernel.errors import InputError
from entrepot.orders.sourcing.facts import Destination
from entrepot.orders.sourcing.facts import Parcel as SourcingParcel
from entrepot.orders.sourcing.ports import Rates
from entrepot.stock import Movement, Node, Sku, upsert_nodes, upsert_skus
from tests.contract.flows.conftest import MakeTrade, message
from tests.unit.hub.test_files_traps import workbook

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ROWS = [
    {"record": "carrier", "carrier": "ZTO", "aliases": "zhongtong"},
    {"record": "service", "carrier": "ZTO", "service": "std", "currency": "CNY", "valid_from": "2026-01-01",
     "divisor": "6000"},
    {"record": "lane", "carrier": "ZTO", "service": "std", "country": "CN", "zone": "A", "transit_days": "2"},
    {"record": "rate", "carrier": "ZTO", "service": "std", "zone": "A", "price": "8.5", "first_kg": "1", "step_kg": "1",
     "step_price": "2"},
    {"record": "cut_off", "carrier": "ZTO", "node": "RDC-E", "days": "*", "time": "18:30"},
]  # fmt: skip


@pytest.fixture
def priced(shop: Platform, tmp_path: Path) -> Platform:
    file = tmp_path / "rates.csv"
    pl.DataFrame(ROWS, infer_schema_length=None).write_csv(file)
    with shop.db.transaction() as conn:
        import_rate_file(conn, shop.carriers, file, file.name, "ann")
        upsert_nodes(conn, [Node("RDC-E", 1, "00", country="CN", province="江苏省", city="苏州市")])
        upsert_skus(conn, [Sku("A-1", 1, "00", weight_g=700, length_mm=300, width_mm=200, height_mm=100)])
    return shop


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_a_sheet_is_read_alike_from_every_kind_of_file(tmp_path: Path, suffix: str) -> None:
    file, frame = tmp_path / f"rates{suffix}", pl.DataFrame(ROWS, infer_schema_length=None)
    rows = [frame.columns, *frame.rows()]
    write = {".csv": frame.write_csv, ".xlsx": lambda path: workbook(path, rows), ".parquet": frame.write_parquet}
    write[suffix](file)
    sheet = read_rate_file(file, file.name)
    assert sheet.faults == []
    assert [(card.carrier, card.divisor, card.brackets["A"][0].base) for card in sheet.cards] == [("ZTO", 6000, 850)]
    assert len(sheet.cut_offs) == 7


@pytest.mark.parametrize("text", ["record,carrier\n", "record,carrier\n#,all of it is a remark\n"])
def test_a_sheet_without_rows_is_no_import_that_changed_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "rates.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=r"rates\.csv holds no row of a rate sheet"):
        read_rate_file(file, file.name)


@pytest.mark.parametrize("text", ["{}", "recrod,carrier\ncarrier,ZTO\n", "carrier,ZTO\nservice,ZTO\n"])
def test_a_sheet_without_the_heading_says_so_once(tmp_path: Path, text: str) -> None:
    file = tmp_path / "rates.csv"
    file.write_text(text)
    with pytest.raises(InputError, match="none of the first 30 rows is the heading of a rate sheet") as caught:
        read_rate_file(file, file.name)
    assert caught.value.code == "delivery.heading"


def test_titles_may_stand_above_the_heading_and_chinese_may_be_in_it(tmp_path: Path) -> None:
    head = {
        "record": "记录",
        "carrier": "承运商",
        "price": "价格（元）",
        "step_kg": "Step kg",
        "valid_from": "生效日期",
    }
    columns = list(dict.fromkeys(column for row in ROWS for column in row))
    rows = [["中通 2026 报价"], [None], [head.get(one, one) for one in columns]]
    rows += [[row.get(column) for column in columns] for row in ROWS]
    file = workbook(tmp_path / "rates.xlsx", rows)
    sheet = read_rate_file(file, file.name)
    assert (sheet.faults, sheet.remarks, sheet.rows) == ([], [], len(ROWS))
    assert sheet.cards[0].brackets["A"][0].base == 850


def test_sourcing_gets_quotes_with_departure_and_arrival(priced: Platform) -> None:
    ready_at = datetime(2026, 11, 23, 2, tzinfo=UTC)
    with priced.db.read() as conn:
        tariff, places = priced.carriers.tariff(conn, ready_at), node_places(conn)
    rates: Rates = CarrierRates(tariff, places, ready_at)
    to = Destination("浙江", province="浙江省")
    (quote,) = rates.quote("RDC-E", to, SourcingParcel(2, 1400, 12_000_000))
    # 12 l at 6000 cm3/kg are 2 kg: 8.50 + 1 x 2.00.
    assert (quote.carrier, quote.cost) == ("ZTO", 1050)
    assert quote.leaves_at == datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
    assert quote.arrives_at == datetime(2026, 11, 25, 16, tzinfo=UTC)
    assert rates.quote("RDC-E", to, SourcingParcel(2, 1400, 12_000_000)) == [quote]
    assert rates.quote("ST999", to, SourcingParcel(1, 100, 0)) == []
    assert CarrierRates(tariff, places, ready_at, "USD").quote("RDC-E", to, SourcingParcel(1, 100, 0)) == []


def push(number: str, *scans: tuple[str, str, str]) -> dict[str, object]:
    """A carrier's push of a parcel's scans: (China time, status, status code)."""
    data = [
        {"time": at, "ftime": at, "context": status, "status": status, "statusCode": code} for at, status, code in scans
    ]
    return {"status": "polling", "lastResult": {"nu": number, "com": "zhongtong", "state": "0", "data": data}}


def told(shop: Platform, make_trade: MakeTrade, tid: int, number: str, *scans: tuple[str, str, str]) -> None:
    """Let an order be placed, its goods leave RDC-E, and its parcel travel."""
    order = f"taobao:shop:{tid}"
    line = {
        "oid": tid + 1, "num": 2, "price": "14.75", "total_fee": "29.50", "outer_sku_id": "A-1",
        "invoice_no": number, "logistics_company": "中通快递", "consign_time": "2026-11-02 20:00:00",
        "status": "WAIT_BUYER_CONFIRM_GOODS",
    }  # fmt: skip
    trade = make_trade(
        tid, 30, receiver_state="浙江省", status="WAIT_BUYER_CONFIRM_GOODS", consign_time="2026-11-02 20:00:00",
        orders={"order": [line]},
    )  # fmt: skip
    shop.intake.accept([trade, message("kuaidi100", push(number, *scans))])
    left = Movement(
        f"out-{tid}", "A-1", 2, "RDC-E", "on_hand", "customer", "on_hand", "sale",
        datetime(2026, 11, 2, 12, tzinfo=UTC), order, "1",
    )  # fmt: skip
    with shop.db.transaction() as conn:
        shop.book.post(conn, [left])


def test_scorecards_come_from_orders_stock_and_tracking(priced: Platform, make_trade: MakeTrade) -> None:
    collected = ("2026-11-02 21:00:00", "揽收", "103")
    tid = 41171612630240000
    told(priced, make_trade, tid, "751", collected, ("2026-11-04 12:00:00", "签收", "301"))
    told(priced, make_trade, tid + 10, "752", collected, ("2026-11-05 00:00:01", "签收", "301"))
    told(priced, make_trade, tid + 20, "753", collected, ("2026-11-03 08:00:00", "疑难", "209"))
    told(priced, make_trade, tid + 30, "754", collected, ("2026-11-05 12:00:00", "退签", "4"))
    with priced.db.read() as conn:
        found = {one.delivered_at: one for one in journeys(conn, priced.carriers.tariff(conn, NOW), NOW)}
    on_time = found[datetime(2026, 11, 4, 4, tzinfo=UTC)]
    # Handed over on the 2nd; two days' transit: due by the end of the 4th in Shanghai. 1.4 kg: 8.50 + 2.00.
    assert on_time.due_at == datetime(2026, 11, 4, 16, tzinfo=UTC)
    assert (on_time.carrier, on_time.node, on_time.country, on_time.cost) == ("ZTO", "RDC-E", "CN", 1050)
    done = refresh_scorecards(priced.db, priced.carriers, NOW)
    assert done == (3, 4, 0)
    with priced.db.read() as conn:
        lane = priced.carriers.scores(conn)["ZTO", "RDC-E", "CN", "浙江"]
    assert (lane.parcels, lane.judged, lane.on_time, lane.late) == (4, 3, 1, 2)
    assert (lane.lost, lane.returned, lane.damaged, lane.promised) == (1, 1, 1, 0)
    assert refresh_scorecards(priced.db, priced.carriers, NOW + timedelta(hours=1)) == done


def test_an_orders_own_promise_goes_before_the_cards(priced: Platform, make_trade: MakeTrade) -> None:
    told(priced, make_trade, 41171612630250000, "755", ("2026-11-04 12:00:00", "签收", "301"))
    with priced.db.transaction() as conn:
        conn.execute("UPDATE orders.orders SET promised_at = '2026-11-04 03:59:59+00'")
        (journey,) = journeys(conn, priced.carriers.tariff(conn, NOW), NOW)
    assert journey.is_promised
    assert journey.due_at == datetime(2026, 11, 4, 3, 59, 59, tzinfo=UTC)


def test_parcels_of_a_carrier_nobody_knows_are_counted_apart(priced: Platform, make_trade: MakeTrade) -> None:
    told(priced, make_trade, 41171612630260000, "756", ("2026-11-04 12:00:00", "签收", "301"))
    with priced.db.transaction() as conn:
        conn.execute("UPDATE delivery.carrier SET aliases = '{}'")
        conn.execute("INSERT INTO delivery.sheet (name, actor, counts, faults) VALUES ('', '', '{}', '[]')")
    assert refresh_scorecards(priced.db, priced.carriers, NOW) == (0, 0, 1)


def test_a_card_in_another_currency_says_when_and_not_what(priced: Platform, make_trade: MakeTrade) -> None:
    told(priced, make_trade, 41171612630270000, "757", ("2026-11-04 12:00:00", "签收", "301"))
    with priced.db.read() as conn:
        tariff = priced.carriers.tariff(conn, NOW)
        yen = replace(tariff.cards[0], service="yen", currency="JPY", brackets={"A": (Bracket(None, base=100),)})
        (both,) = journeys(conn, replace(tariff, cards=(*tariff.cards, yen)), NOW)
        (alone,) = journeys(conn, replace(tariff, cards=(yen,)), NOW)
    assert (both.cost, alone.cost, alone.due_at) == (1050, None, both.due_at)
