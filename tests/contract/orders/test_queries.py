"""What the order book answers: exceptions to the hour, figures, and the pages of a list."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrepot.infra.database import Database
from entrepot.kernel.errors import InputError
from entrepot.kernel.facts import Fact, Value
from entrepot.orders.attention import EXCEPTIONS
from entrepot.orders.detail import ParcelRow, find_order
from entrepot.orders.figures import delivered_in_time, open_orders, orders_per_hour, shipped_within_a_day, sold
from entrepot.orders.promise.store import PromiseRow, add_promises
from entrepot.orders.queries import (
    SORTS,
    OrderQuery,
    Position,
    Surroundings,
    count_orders,
    every_order,
    exception_counts,
    list_orders,
    parcel_orders,
    position_of,
    read_orders,
)
from entrepot.orders.store import Said, fold_orders, fold_parcels
from entrepot.orders.timeline import timeline

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
AROUND = Surroundings(NOW, "UTC", stocked_shops=["taobao:shop"])


def ago(**spans: float) -> str:
    return (NOW - timedelta(**spans)).isoformat().replace("+00:00", "Z")


def told(order: str, *parts: tuple[str, str, dict[str, Value]], **fields: Value) -> list[Fact]:
    """An order and its parts, (kind, native id, fields) each."""
    order_id = f"taobao:shop:{order}"
    whole: dict[str, Value] = {
        "payment_status": "paid", "fulfilment_status": "open", "placed_at": ago(hours=1), "currency": "CNY", **fields,
    }  # fmt: skip
    return [
        Fact("order", order_id, None, 1, whole),
        *(Fact(kind, f"{order_id}/{part}", order_id, 1, values) for kind, part, values in parts),
    ]


def book(db: Database, *orders: list[Fact]) -> None:
    with db.transaction() as conn:
        fold_orders(
            conn,
            {facts[0].id: [Said(bytes(32), "trade", NOW, facts)] for facts in orders},
            lambda channel, shop, line: "A-1" if line.get("merchant_code", ("",))[0] == "A-1" else None,
        )


def exceptions(db: Database, *order: list[Fact], around: Surroundings = AROUND) -> list[str]:
    book(db, *order)
    with db.read() as conn:
        return list_orders(conn, OrderQuery(), around, 1)[0].exceptions


def line(code: str) -> tuple[str, str, dict[str, Value]]:
    return ("order_line", "1", {"merchant_code": code, "qty": 1, "line_total": 100})


def parcel(db: Database, number: str, code: str) -> None:
    fields: dict[str, Value] = {"tracking_no": number, "code": code, "at": ago(hours=1), "carrier": "sf"}
    with db.transaction() as conn:
        fold_parcels(conn, [(Fact("tracking_event", f"{number}-{code}", None, 1, fields), bytes(32))])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"paid_at": ago(hours=47)}, []),
        ({"paid_at": ago(hours=49)}, ["late_to_ship"]),
        ({"placed_at": ago(hours=49)}, ["late_to_ship"]),
        ({"paid_at": ago(hours=49), "promised_at": ago(hours=-1)}, []),
        ({"paid_at": ago(hours=2), "promised_at": ago(hours=1)}, ["late_to_ship"]),
        ({"paid_at": ago(hours=49), "fulfilment_status": "shipped", "shipped_at": ago(hours=1)}, []),
        ({"paid_at": ago(hours=49), "fulfilment_status": "cancelled"}, []),
        ({"payment_status": "unpaid", "placed_at": ago(hours=23)}, []),
        ({"payment_status": "unpaid", "placed_at": ago(hours=25)}, ["unpaid_long"]),
        ({"fulfilment_status": "shipped", "shipped_at": ago(days=6.9)}, []),
        ({"fulfilment_status": "shipped", "shipped_at": ago(days=7.1)}, ["late_delivery"]),
        ({"fulfilment_status": "shipped", "shipped_at": ago(days=1), "promised_at": ago(hours=1)}, ["late_delivery"]),
        ({"fulfilment_status": "delivered", "shipped_at": ago(days=9), "delivered_at": ago(days=1)}, []),
        ({"hold_status": "none"}, []),
        ({"hold_status": "risk"}, ["hold"]),
    ],
)
def test_an_exception_begins_to_the_hour(database: Database, fields: dict[str, Value], expected: list[str]) -> None:
    assert exceptions(database, told("1", **fields)) == expected


def test_a_troubled_parcel_marks_its_order_until_it_is_delivered(database: Database) -> None:
    shipment = ("shipment", "s1", {"tracking_no": "SF1", "carrier": "sf"})
    order = told("1", shipment, fulfilment_status="shipped", shipped_at=ago(days=1))
    parcel(database, "SF1", "attempt_failed")
    assert exceptions(database, order) == ["tracking_exception"]
    parcel(database, "SF1", "delivered")
    assert exceptions(database, order) == []


def test_a_line_without_a_sku_counts_only_where_sales_move_our_stock(database: Database) -> None:
    order = told("1", line("?"))
    assert exceptions(database, order) == ["unmatched_sku"]
    assert exceptions(database, order, around=Surroundings(NOW, "UTC")) == []
    assert exceptions(database, told("1", line("A-1"))) == []


def test_an_order_with_a_part_in_quarantine_says_so(database: Database) -> None:
    around = Surroundings(NOW, "UTC", quarantined=["taobao:shop:1"])
    assert exceptions(database, told("1"), around=around) == ["quarantined"]


def test_counts_and_lists_agree_for_every_exception(database: Database) -> None:
    book(
        database,
        told("1", paid_at=ago(hours=60), hold_status="risk"),
        told("2", paid_at=ago(hours=50), placed_at=ago(hours=51)),
        told("3", line("?"), payment_status="unpaid", placed_at=ago(hours=30)),
        told("4", fulfilment_status="shipped", shipped_at=ago(days=8)),
        told("5", ("shipment", "s", {"tracking_no": "SF5"}), fulfilment_status="shipped", shipped_at=ago(days=1)),
    )
    parcel(database, "SF5", "refused")
    around = Surroundings(NOW, "UTC", ["taobao:shop:2"], ["taobao:shop"])
    with database.read() as conn:
        counts = exception_counts(conn, around)
        for kind in EXCEPTIONS:
            listed = list_orders(conn, OrderQuery(exception=kind), around, 10)
            assert len(listed) == counts[kind][0] == count_orders(conn, OrderQuery(exception=kind), around), kind
            assert all(kind in order.exceptions for order in listed)
        assert counts["late_to_ship"] == (2, "2")


def test_an_order_is_found_by_whatever_is_at_hand(database: Database) -> None:
    shipment = ("shipment", "s1", {"tracking_no": "SF123", "carrier": "sf"})
    book(database, told("41171612", line("A-1"), shipment), told("50_0%0", line("odd")), told("5000", line("x")))
    with database.read() as conn:

        def found(q: str) -> list[str]:
            return [order.native_id for order in list_orders(conn, OrderQuery(q=q), AROUND, 10)]

        for q in ("41171612", "4117", "taobao:shop:41171612", "A-1", "SF123"):
            assert found(q) == ["41171612"], q
        assert found("odd") == ["50_0%0"]
        assert found("50_0") == ["50_0%0"]
        assert found("411") == found("%%%%") == found("____") == []
        assert parcel_orders(conn, "SF123", 5) == [("taobao:shop:41171612", "SF123")]


@pytest.fixture
def many(database: Database) -> Database:
    """Sixty orders with ties and gaps in everything one may sort by."""
    book(
        database,
        *(
            told(
                f"{number:03}",
                ("order_line", "1", {"qty": number % 3}),
                placed_at=None if number % 9 == 0 else ago(hours=number // 4),
                paid=None if number % 5 == 0 else number % 7,
            )
            for number in range(60)
        ),
    )
    return database


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sort=st.sampled_from([f"{sign}{name}" for name in SORTS for sign in ("", "-")]), sizes=st.lists(st.integers(1, 25))
)
def test_pages_of_any_size_make_up_the_list(many: Database, sort: str, sizes: list[int]) -> None:
    query = OrderQuery(sort=sort)
    with many.read() as conn:
        whole = list_orders(conn, query, AROUND, 100)
        pages: list[str] = []
        after: Position | None = None
        for size in (*sizes, 100):
            page = list_orders(conn, query, AROUND, size, after)
            pages += [order.id for order in page]
            after = position_of(page[-1], sort) if page else after
    assert pages == [order.id for order in whole]
    assert len(set(pages)) == 60


def test_an_export_goes_through_everything(many: Database) -> None:
    with many.read() as conn:
        assert len({order.id for order in every_order(conn, OrderQuery(sort="paid"), AROUND)}) == 60


@pytest.mark.parametrize("query", [OrderQuery(sort="doc"), OrderQuery(exception="none")])
def test_a_query_by_what_there_is_not_names_what_there_is(database: Database, query: OrderQuery) -> None:
    with database.read() as conn, pytest.raises(InputError, match="Use one of"):
        list_orders(conn, query, AROUND, 1)


def test_an_order_is_read_whole(database: Database) -> None:
    shipment = ("shipment", "s1", {"tracking_no": "SF1", "carrier": "sf", "shipped_at": ago(hours=3)})
    refund = ("refund", "r1", {"status": "asked", "asked_at": ago(hours=1), "reason": "late"})
    parcel(database, "SF1", "in_transit")
    book(database, told("1", line("A-1"), shipment, refund))
    with database.read() as conn:
        order = find_order(conn, "taobao:shop:1", AROUND)
        assert find_order(conn, "taobao:shop:2", AROUND) is None
        assert order is not None
        assert read_orders(conn, ["taobao:shop:1", "none"], AROUND) == [order.summary]
    assert (order.skus, order.parcels) == ({"1": "A-1"}, {"SF1": ParcelRow("in_transit", None, "sf")})
    assert [(moment.kind, moment.detail) for moment in timeline(order)] == [
        ("despatched", "sf SF1"), ("placed", ""), ("refund_asked", "asked late"), ("tracking", "SF1"),
        ("message", "order, order_line, refund, shipment"),
    ]  # fmt: skip


def test_figures_of_a_day_leave_out_what_was_cancelled_and_do_not_mix_money(database: Database) -> None:
    pieces = ("order_line", "1", {"qty": 3})
    book(
        database,
        told("1", pieces, paid=1000, placed_at=ago(hours=1)),
        told("2", pieces, paid=500, placed_at=ago(hours=23)),
        told("3", pieces, paid=9900, placed_at=ago(hours=2), currency="USD"),
        told("4", pieces, paid=None, placed_at=ago(hours=2), fulfilment_status="cancelled"),
        told("5", pieces, paid=700, placed_at=ago(hours=25)),
    )
    with database.read() as conn:
        today = sold(conn, NOW - timedelta(days=1), NOW)
        assert (today.orders, today.pieces, today.paid, today.currency) == (3, 9, 1500, "CNY")
        assert sold(conn, NOW - timedelta(days=1), NOW, "USD").paid == 9900
        hours = orders_per_hour(conn, NOW, 3)
        assert [(row.hour.hour, row.orders) for row in hours] == [(10, 2), (11, 1)]
        assert open_orders(conn) == 4


def test_rates_are_of_those_that_had_their_time(database: Database) -> None:
    week = {"fulfilment_status": "shipped"}
    book(
        database,
        told("1", placed_at=ago(days=3), shipped_at=ago(days=2.5), **week),
        told("2", placed_at=ago(days=3), shipped_at=ago(days=1.5), **week),
        told("3", placed_at=ago(hours=2)),
        told("4", placed_at=ago(days=9), shipped_at=ago(days=8.5), delivered_at=ago(days=1), **week),
        told("5", placed_at=ago(days=9), shipped_at=ago(days=8.9), delivered_at=ago(days=3), **week),
    )
    with database.read() as conn:
        assert shipped_within_a_day(conn, NOW) == 0.5
        assert delivered_in_time(conn, NOW, "UTC") == 0.5
        assert delivered_in_time(conn, NOW - timedelta(days=400), "UTC") is None


def test_sales_over_the_counter_and_orders_that_only_parcels_tell_of_are_rated_right(database: Database) -> None:
    sent = ("shipment", "P1", {"tracking_no": "P1", "shipped_at": ago(days=2.5), "lines": []})
    book(
        database,
        told("1", sent, placed_at=ago(days=3), fulfilment_status="shipped"),
        told("2", placed_at=ago(days=3), fulfilment_status="completed", fulfil_mode="store"),
    )
    with database.read() as conn:
        assert shipped_within_a_day(conn, NOW) == 1.0
        assert delivered_in_time(conn, NOW, "UTC") is None
    parcel(database, "P1", "delivered")
    with database.read() as conn:
        assert delivered_in_time(conn, NOW, "UTC") == 1.0


def promise(db: Database, order: str, day: date) -> None:
    """Promise an order for a day."""
    with db.transaction() as conn:
        model = conn.execute(
            "INSERT INTO orders.promise_model (version, as_of, fitted_at, orders, deliveries, metrics, actor) "
            "VALUES ('v', %s, %s, 1, 1, '{}', 'test') RETURNING id",
            (day, NOW),
        ).fetchone()
        assert model is not None
        made = PromiseRow(order, 1, day, 0.9, *[day] * 6, "taobao", "", day, model[0], NOW, "placed", 0.1)
        add_promises(conn, [made], [[1.0]])


@pytest.mark.parametrize(("zone", "kept"), [("Asia/Shanghai", 0.0), ("UTC", 1.0)])
def test_a_date_of_ours_is_kept_until_its_day_ends(database: Database, zone: str, kept: float) -> None:
    book(database, told("1", placed_at=ago(days=3), delivered_at=ago(hours=18), fulfilment_status="shipped"))
    promise(database, "taobao:shop:1", (NOW - timedelta(hours=18)).date())  # 18 o'clock here; the next day in Shanghai
    with database.read() as conn:
        assert delivered_in_time(conn, NOW, zone) == kept


def test_a_parcel_is_late_although_the_channel_never_said_when_it_left(database: Database) -> None:
    sent = ("shipment", "P1", {"tracking_no": "P1", "shipped_at": ago(days=8), "lines": []})
    assert exceptions(database, told("1", sent, placed_at=ago(days=9), fulfilment_status="shipped")) == [
        "late_delivery"
    ]


@pytest.mark.parametrize(
    ("shipped", "promised", "zone", "late"),
    [
        (12, 0, "UTC", False),  # abroad it takes longer than a week, and the day is not over
        (12, -1, "UTC", True),
        (1, -1, "UTC", True),
        (12, 0, "Pacific/Kiritimati", True),  # where the next day began two hours ago
    ],
)
def test_a_parcel_is_late_after_our_own_date_where_the_channel_gave_none(
    database: Database, shipped: float, promised: int, zone: str, late: bool
) -> None:
    promise(database, "taobao:shop:1", NOW.date() + timedelta(days=promised))
    order = told("1", placed_at=ago(days=13), fulfilment_status="shipped", shipped_at=ago(days=shipped))
    expected = ["late_delivery"] if late else []
    assert exceptions(database, order, around=Surroundings(NOW, zone)) == expected


def test_the_channels_own_date_goes_before_ours(database: Database) -> None:
    promise(database, "taobao:shop:1", NOW.date() - timedelta(days=1))
    order = told("1", fulfilment_status="shipped", shipped_at=ago(days=9), promised_at=ago(hours=-1))
    assert exceptions(database, order) == []
