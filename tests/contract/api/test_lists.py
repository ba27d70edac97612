"""Every list, walked to its end in small pages, gives each row once; and only what was asked for."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from entrepot.api import Services
from entrepot.infra.auth import SYSTEM, record_audit
from entrepot.stock import Movement
from tests.contract.api.conftest import Client, trade


@pytest.fixture
def books(nobody: Client, admin: Client, services: Services) -> Client:
    """Some of everything."""
    for number in range(1, 24):
        more: dict[str, object] = {"payment": f"{number % 4}.00"}
        if number % 5 == 0:
            more["receiver_city"] = "上海市"
        nobody.post("/hub/taobao/flagship/trade", content=trade(number * 10, minute=number, **more))
        nobody.post("/hub/taobao/flagship/trade", content=b"{broken %d" % number)
    at = datetime(2026, 11, 1, tzinfo=UTC)
    with services.db.transaction() as conn:
        services.stock.post(
            conn,
            [
                Movement(
                    f"m{number}", f"A-{number % 3}", 5, "supplier:x", "on_hand", f"N-{number % 2}", "on_hand",
                    "receipt", at + timedelta(hours=number // 4),
                )
                for number in range(20)
            ],
        )  # fmt: skip
        # Orders of which only a part is known yet.
        conn.execute("UPDATE orders.orders SET placed_at = NULL WHERE native_id IN ('70', '140', '210')")
        for number in range(15):
            record_audit(conn, SYSTEM, "test.act", f"thing:{number}")
            conn.execute(
                "INSERT INTO jobs.job (id, name, submitted_by, app_version) VALUES (%s, 'test', 'x', '1')",
                (f"job-{number}",),
            )
    return admin


LISTS = {
    "/api/v1/orders": ({}, "id", 23),
    "/api/v1/orders?sort=placed_at": ({"sort": "placed_at"}, "id", 23),
    "/api/v1/orders?sort=-placed_at": ({"sort": "-placed_at"}, "id", 23),
    "/api/v1/orders?sort=paid": ({"sort": "paid"}, "id", 23),
    "/api/v1/orders?sort=-paid": ({"sort": "-paid"}, "id", 23),
    "/api/v1/orders?sort=-updated_at": ({"sort": "-updated_at"}, "id", 23),
    "/api/v1/orders?sort=pieces": ({"sort": "pieces"}, "id", 23),
    "/api/v1/orders?city": ({"city": "上海市"}, "id", 4),
    "/api/v1/messages": ({}, "id", 46),
    "/api/v1/messages?outcome": ({"outcome": "quarantined"}, "id", 23),
    "/api/v1/quarantine": ({"open": "1"}, "id", 23),
    "/api/v1/stock/levels": ({}, None, 6),
    "/api/v1/stock/levels?sort=-on_hand": ({"sort": "-on_hand"}, None, 6),
    "/api/v1/stock/cells/A-1/N-1": ({}, "seq", 4),
    "/api/v1/audit?action": ({"action": "test"}, "seq", 15),
    "/api/v1/jobs": ({}, "id", 15),
    "/api/v1/channels/taobao/flagship/observations": ({}, None, None),
}


def test_every_list_is_walked_without_gap_or_double(books: Client, subtests: pytest.Subtests) -> None:
    for name, (params, key, count) in LISTS.items():
        url = name.partition("?")[0]
        with subtests.test(name):
            whole = books.walk(url, **params, limit="500")
            assert len(whole) == (count if count is not None else len(whole)) > 0
            for limit in ("1", "2", "7"):
                assert books.walk(url, **params, limit=limit) == whole
            keys = [json.dumps(item) if key is None else item[key] for item in whole]
            assert len(set(keys)) == len(keys)


def test_sequences_are_kept(books: Client) -> None:
    for sort in ("placed_at", "paid", "pieces", "updated_at"):
        up = [item[sort] for item in books.walk("/api/v1/orders", sort=sort, limit="5")]
        down = [item[sort] for item in books.walk("/api/v1/orders", sort=f"-{sort}", limit="5")]
        known = [value for value in up if value is not None]
        assert known == sorted(known)
        assert up == down[::-1]


def test_rows_that_come_while_a_list_is_walked_disturb_nobody(books: Client, nobody: Client) -> None:
    first = books.get("/api/v1/orders", params={"limit": "10"}).json()
    nobody.post("/hub/taobao/flagship/trade", content=trade(999, minute=59, created="2026-11-05 10:00:00"))
    second = books.get("/api/v1/orders", params={"limit": "500", "cursor": first["next"]}).json()
    ids = [item["id"] for item in first["items"] + second["items"]]
    assert len(set(ids)) == len(ids) == 23


def test_the_first_page_says_how_many_there_are(books: Client) -> None:
    assert books.get("/api/v1/orders").json()["total"] == 23
    assert books.get("/api/v1/orders", params={"city": "上海市"}).json()["total"] == 4
    assert books.get("/api/v1/quarantine", params={"open": "0"}).json()["total"] == 0


def test_filters_narrow_and_days_are_the_retailers(books: Client) -> None:
    def count(**params: str) -> int:
        return len(books.walk("/api/v1/orders", **params))

    # 10:00 on 2 November in China is 02:00 in UTC; the retailer's second of November begins at 16:00 the day before.
    assert count(**{"from": "2026-11-02", "to": "2026-11-02"}) == 20
    assert count(**{"to": "2026-11-01"}) == count(**{"from": "2026-11-03"}) == 0
    assert count(payment="paid,unpaid", fulfilment="open", channel="taobao") == 23
    assert count(channel="shopify") == count(hold="risk") == 0
    assert count(q="230") == count(q="taobao:flagship:230") == 1
    assert count(q="23") == 0
    assert count(exception="late_to_ship") + count(exception="unpaid_long") <= 23
    now = datetime.now(UTC) + timedelta(minutes=1)
    assert count(updated_since=now.isoformat()) == 0
    assert count(updated_since=(now - timedelta(hours=1)).isoformat()) == 23


def test_an_export_has_every_row_of_the_filter_once(books: Client) -> None:
    reply = books.get("/api/v1/orders.csv", params={"city": "上海市"})
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in reply.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(reply.text.removeprefix("\ufeff"))))
    assert {row["city"] for row in rows} == {"上海市"}
    assert len({row["id"] for row in rows}) == len(rows) == 4
    assert len(books.get("/api/v1/stock/levels.csv").text.splitlines()) == 7


def test_an_answer_known_already_is_not_sent_again(books: Client) -> None:
    for url in ("/api/v1/orders", "/api/v1/orders/taobao:flagship:10", "/api/v1/messages", "/api/v1/stock/levels"):
        first = books.get(url)
        again = books.get(url, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_a_cell_shows_its_ledger_with_running_balances(books: Client) -> None:
    cell = books.get("/api/v1/stock/cells/A-1/N-1").json()
    assert cell["level"]["on_hand"] == 20
    assert [item["balance"] for item in cell["items"]] == [20, 15, 10, 5]


def test_as_of_answers_for_a_moment(books: Client) -> None:
    params = {"valid": "2026-11-01T00:30:00Z", "sku": "A-1"}
    items = books.get("/api/v1/stock/as-of", params=params).json()["items"]
    assert items == [{"sku": "A-1", "node": "N-1", "state": "on_hand", "qty": 5}]
    assert books.get("/api/v1/stock/as-of", params=params | {"known": "2026-11-01T00:00:00Z"}).json()["items"] == []
