"""Orders in pieces over HTTP: place, look, act, refuse, the desk, the work list of a node."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from entrepot.api import Services
from entrepot.hub.adapter import RawMessage
from entrepot.stock import Movement, Node, Sku, upsert_nodes, upsert_skus
from tests.contract.api.conftest import Client, trade

ID = "own:desk:T-1"


@pytest.fixture
def clerk(services: Services, as_role: Callable[[str], Client]) -> Client:
    """An operator of a house with a warehouse, a store and tea."""
    with services.db.transaction() as conn:
        upsert_nodes(conn, [Node("DC", 1, "test", kind="rdc"), Node("S1", 1, "test", kind="store")])
        upsert_skus(conn, [Sku("TEA", 1, "test", title="茶")])
    receive(services, "in/1", "DC", 3)
    return as_role("operator")


def receive(services: Services, id: str, node: str, qty: int) -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    with services.db.transaction() as conn:
        services.stock.post(conn, [Movement(id, "TEA", qty, "supplier", "on_hand", node, "on_hand", "receipt", at)])


def place(clerk: Client, number: str = "T-1", qty: int = 2, **more: Any) -> Any:
    lines = [{"line_id": "1", "sku": "TEA", "qty": qty, "unit_price": 5000}]
    return clerk.post("/api/v1/orders", json={"order_id": number, "lines": lines, **more})


def command(clerk: Client, name: str, id: str | None = None, order: str = ID, **more: Any) -> Any:
    body = {"id": id or f"c-{name}-{len(str(more))}", "command": name, **more}
    return clerk.post(f"/api/v1/orders/{order}/commands", json=body)


def states(clerk: Client, order: str = ID) -> dict[str, int]:
    pieces = clerk.get(f"/api/v1/orders/{order}/pieces").json()["pieces"]
    found: dict[str, int] = {}
    for piece in pieces:
        found[piece["state"]] = found.get(piece["state"], 0) + piece["qty"]
    return found


def test_an_order_is_placed_once_and_read_like_any_other(clerk: Client) -> None:
    first = place(clerk)
    assert first.status_code == 201, first.text
    assert first.json()["order_id"] == ID
    again = place(clerk)
    assert (again.status_code, again.json()["is_new"]) == (200, False)
    other = place(clerk, qty=3)
    assert (other.status_code, other.json()["code"]) == (409, "orders.id_taken")
    order = clerk.get(f"/api/v1/orders/{ID}").json()
    assert (order["lines"][0]["sku"], order["lines"][0]["qty"], order["paid"]) == ("TEA", 2, None)
    explained = clerk.get(f"/api/v1/orders/{ID}/explain", params={"field": "qty", "part": "1"}).json()
    assert explained["pointer"] == "/lines/0/qty"


def test_an_order_that_is_sent_again_with_anything_else_in_it_is_refused(clerk: Client) -> None:
    sent: dict[str, Any] = {"address": {"city": "杭州市"}, "freight": 800, "payment": "unpaid"}
    assert place(clerk, **sent).status_code == 201
    clerk.post(f"/api/v1/orders/{ID}/changes", json={"payment": "paid"})
    assert place(clerk, **sent).status_code == 200  # a repeat, though it was changed since
    for more, name in (
        ({"address": {"city": "上海市"}}, "address"), ({"freight": 900}, "freight"), ({"payment": "paid"}, "payment"),
        ({"note": "ring twice"}, "note"), ({"placed_at": "2026-11-01T00:00:00Z"}, "placed_at"),
    ):  # fmt: skip
        other = place(clerk, **(sent | more))
        assert (other.status_code, other.json()["fields"]["fields"]) == (409, [name]), other.text


def test_an_order_that_could_not_be_read_or_served_is_refused_before_it_is_kept(
    clerk: Client, services: Services
) -> None:
    twice = [{"line_id": "1", "sku": "TEA", "qty": 1}, {"line_id": "1", "sku": "TEA", "qty": 2}]
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"lines": twice}, "api.invalid"),
        ({"lines": [{"line_id": "1#1", "sku": "TEA", "qty": 1}]}, "api.invalid"),
        ({"lines": [{"line_id": "1", "sku": " ", "qty": 1}]}, "orders.unreadable"),
        ({"placed_at": "1801-01-01T00:00:00Z"}, "orders.unreadable"),
        ({"mode": "pickup", "store": "MOON"}, "orders.no_store"),
        ({"store": "S1"}, "orders.store"),
        ({"shop": "elsewhere"}, "hub.unknown_shop"),
    ]
    for fields, code in wrong:
        body = {"order_id": "W-1", "lines": [{"line_id": "1", "sku": "TEA", "qty": 1}], **fields}
        refused = clerk.post("/api/v1/orders", json=body)
        assert refused.json()["code"] == code, refused.text
        assert refused.json()["mend"]
    assert clerk.get("/api/v1/quarantine").json()["items"] == []
    assert clerk.get("/api/v1/orders/own:desk:W-1").status_code == 404
    place(clerk)
    for change, code in (({}, "orders.no_change"), ({"promised_at": "1801-01-01T00:00:00Z"}, "orders.unreadable")):
        refused = clerk.post(f"/api/v1/orders/{ID}/changes", json=change)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert clerk.post("/api/v1/orders/nothing/changes", json={"note": "x"}).status_code == 404
    clerk.post(f"/api/v1/orders/{ID}/changes", json={"status": "cancelled"})
    again = clerk.post(f"/api/v1/orders/{ID}/changes", json={"status": "open"})
    assert (again.status_code, again.json()["code"]) == (409, "orders.order_cancelled")


def test_the_whole_life_runs_over_http(clerk: Client, services: Services) -> None:
    place(clerk)
    assert states(clerk) == {"placed": 2}
    assert services.saga.advance(ID) == ["follow", "hold", "source"]
    read = clerk.get(f"/api/v1/orders/{ID}/pieces").json()
    assert (read["status"], read["is_kept"], read["ordered"]) == ("promised", True, {"1": 2})
    assert read["pieces"][0]["node"] == "DC"
    assert "release" in read["pieces"][0]["commands"]
    for name in ("release", "accept", "pick"):
        assert command(clerk, name).status_code == 200, name
    shipped = command(clerk, "ship", parcel={"carrier": "SF", "tracking_no": "SF1"})
    assert shipped.json()["changes"] == [
        {"piece": "1#1", "line": "1", "sku": "TEA", "qty": 2, "source": "picking", "target": "shipped", "node": "DC"}
    ]
    listed = clerk.get("/api/v1/fulfilments", params={"node": "DC", "state": "shipped"}).json()
    assert listed["counts"] == {"shipped": 1}
    assert listed["items"][0]["parcels"] == [{"carrier": "SF", "tracking_no": "SF1"}]
    for name in ("deliver", "ask_return", "authorise", "receive", "grade_sound", "restock"):
        answer = command(clerk, name)
        assert answer.status_code == 200, answer.text
    assert states(clerk) == {"restocked": 2}
    history = clerk.get(f"/api/v1/orders/{ID}/pieces").json()["history"]
    assert [one["command"] for one in history][:4] == ["add", "reserve", "source", "release"]
    assert services.stock.audit() == []


def test_a_command_again_is_the_same_and_a_stale_or_illegal_one_is_refused_with_its_reason(
    clerk: Client, services: Services
) -> None:
    place(clerk)
    services.saga.advance(ID)
    first = command(clerk, "release", "r1").json()
    assert command(clerk, "release", "r1").json() == {**first, "is_replay": True, "undo": None, "changes": []}
    assert first["undo"] == "recall"
    reused = command(clerk, "cancel", "r1")
    assert (reused.status_code, reused.json()["code"]) == (409, "orders.id_reused")
    stale = command(clerk, "accept", "a1", expected_version=1)
    assert (stale.status_code, stale.json()["code"]) == (409, "orders.stale")
    illegal = command(clerk, "deliver", "d1")
    assert illegal.json()["code"] == "orders.illegal"
    assert illegal.json()["detail"] == "Cannot deliver 2 of TEA (line 1): it is released."
    assert illegal.json()["mend"].startswith("May be done now: recall, accept,")
    assert command(clerk, "told_issued", "t1").json()["code"] == "orders.command"
    assert command(clerk, "accept", "a2", order="own:desk:none").status_code == 404
    assert clerk.get("/api/v1/orders/own:desk:none/pieces").status_code == 404


def test_an_edit_is_held_at_once_or_refused_whole(clerk: Client, services: Services) -> None:
    place(clerk)
    services.saga.advance(ID)
    too_much = command(clerk, "edit", "e1", adds=[{"line": "1", "sku": "TEA", "qty": 5}])
    assert (too_much.status_code, too_much.json()["code"]) == (409, "orders.short")
    assert states(clerk) == {"sourced": 2}
    one = command(clerk, "edit", "e2", adds=[{"line": "1", "sku": "TEA", "qty": 1}])
    assert one.status_code == 200
    assert command(clerk, "edit", "e2", adds=[{"line": "1", "sku": "TEA", "qty": 1}]).json()["is_replay"]
    assert states(clerk) == {"sourced": 2, "reserved": 1}


def test_an_edit_says_what_changed_and_why_and_keeps_to_its_version_and_id(clerk: Client, services: Services) -> None:
    place(clerk)
    services.saga.advance(ID)
    empty = command(clerk, "edit", "e0")
    assert (empty.status_code, empty.json()["code"]) == (409, "orders.nothing_to_edit")
    stale = command(clerk, "edit", "e0", takes=[{"name": "1", "qty": 1}], expected_version=1)
    assert (stale.status_code, stale.json()["code"]) == (409, "orders.stale")
    done = command(clerk, "edit", "e1", takes=[{"name": "1", "qty": 1}], reason="wants one", expected_version=3).json()
    assert [(one["qty"], one["source"], one["target"]) for one in done["changes"]] == [(1, "sourced", "cancelled")]
    history = clerk.get(f"/api/v1/orders/{ID}/pieces").json()["history"]
    assert (history[-1]["command"], history[-1]["reason"]) == ("cancel", "wants one")
    reused = command(clerk, "edit", "e1", adds=[{"line": "1", "sku": "TEA", "qty": 1}])
    assert (reused.status_code, reused.json()["code"]) == (409, "orders.id_reused")
    again = command(clerk, "edit", "e1", takes=[{"name": "1", "qty": 1}], expected_version=3)
    assert (again.status_code, again.json()["is_replay"]) == (200, True)
    assert states(clerk) == {"sourced": 1, "cancelled": 1}


def test_what_a_command_would_not_read_or_could_never_serve_is_refused(clerk: Client, services: Services) -> None:
    place(clerk)
    services.saga.advance(ID)
    more = [{"line": "1", "sku": "TEA", "qty": 1}]
    unread = [
        ("cancel", {"adds": more}), ("release", {"parcel": {"carrier": "SF", "tracking_no": "1"}}),
        ("release", {"sku": "TEA"}), ("accept", {"spots": [{"piece": "1#1", "node": "DC", "qty": 1}]}),
        ("add", {"adds": more, "node": "DC"}), ("source", {"takes": [{"name": "1"}]}), ("source", {}), ("match", {}),
    ]  # fmt: skip
    for name, fields in unread:
        refused = command(clerk, name, **fields)
        assert (refused.status_code, refused.json()["code"]) == (422, "orders.field"), name
    for name, line, sku, code in (
        ("edit", "2", "COFFEE", "unknown_sku"), ("add", "2", "COFFEE", "unknown_sku"),
        ("add", "1", "MILK", "other_sku"),
    ):  # fmt: skip
        with services.db.transaction() as conn:
            upsert_skus(conn, [Sku("MILK", 1, "test", title="奶")])
        refused = command(clerk, name, adds=[{"line": line, "sku": sku, "qty": 1}])
        assert (refused.status_code, refused.json()["code"]) == (409, f"orders.{code}"), refused.text
        assert refused.json()["mend"]
    assert command(clerk, "add", adds=[{"line": "a#1", "sku": "TEA", "qty": 1}]).status_code == 422
    assert command(clerk, "source", spots=[{"piece": "1#1", "node": "MOON", "qty": 2}]).json()["code"] == (
        "orders.unknown_node"
    )
    for name in ("release", "ship", "deliver"):
        assert command(clerk, name).status_code == 200
    taken = command(clerk, "exchange", takes=[{"name": "1", "qty": 1}], adds=[{"line": "2", "sku": "COFFEE", "qty": 1}])
    assert taken.json()["code"] == "orders.unknown_sku"
    assert command(clerk, "exchange", adds=[{"line": "2", "sku": "MILK", "qty": 1}]).status_code == 200
    assert command(clerk, "receive", node="MOON").json()["code"] == "orders.unknown_node"
    assert command(clerk, "receive", node="S1").status_code == 200
    assert states(clerk) == {"received": 2, "placed": 1}


def test_nothing_is_added_to_an_order_that_is_cancelled(clerk: Client, services: Services) -> None:
    place(clerk)
    services.saga.advance(ID)
    clerk.post(f"/api/v1/orders/{ID}/changes", json={"status": "cancelled"})
    refused = command(clerk, "edit", adds=[{"line": "1", "sku": "TEA", "qty": 1}])
    assert (refused.status_code, refused.json()["code"]) == (409, "orders.order_cancelled")


def test_a_parcel_sent_again_under_another_number_is_another_command(clerk: Client, services: Services) -> None:
    place(clerk)
    services.saga.advance(ID)
    command(clerk, "release")
    assert command(clerk, "ship", "s1", parcel={"carrier": "SF", "tracking_no": "SF1"}).status_code == 200
    assert command(clerk, "ship", "s1", parcel={"carrier": "SF", "tracking_no": "SF1"}).json()["is_replay"]
    other = command(clerk, "ship", "s1", parcel={"carrier": "SF", "tracking_no": "SF2"})
    assert (other.status_code, other.json()["code"]) == (409, "orders.id_reused")


def test_a_replacement_is_told_with_the_node_it_is_held_at(clerk: Client, services: Services) -> None:
    place(clerk, qty=3)
    services.saga.advance(ID)
    for name in ("release", "ship", "lose"):
        command(clerk, name)
    receive(services, "in/2", "S1", 3)
    held = command(clerk, "reserve").json()
    assert [(one["source"], one["node"]) for one in held["changes"]] == [("lost", "S1")]


def test_a_changed_address_is_sourced_anew_until_the_release_and_shown_after_it(
    clerk: Client, services: Services
) -> None:
    place(clerk, address={"city": "杭州市"})
    services.saga.advance(ID)
    change = {"address": {"city": "上海市"}}
    assert clerk.post(f"/api/v1/orders/{ID}/changes", json=change).status_code == 200
    assert services.saga.advance(ID) == ["source"]
    command(clerk, "release")
    clerk.post(f"/api/v1/orders/{ID}/changes", json={"address": {"city": "北京市"}})
    command(clerk, "accept")
    desk = clerk.get("/api/v1/desk").json()
    assert [(one["reason"], one["count"]) for one in desk["counts"]] == [("address_changed", 1)]
    assert clerk.post("/api/v1/orders/taobao:flagship:41/changes", json=change).status_code == 404
    services.intake.accept([RawMessage("taobao", "flagship", "", trade(41), datetime(2026, 11, 3, tzinfo=UTC))])
    taobao = clerk.post("/api/v1/orders/taobao:flagship:41/changes", json=change)
    assert (taobao.status_code, taobao.json()["code"]) == (422, "orders.not_own")


def test_the_desk_shows_what_waits_with_what_may_be_done_and_acts_on_many(clerk: Client, services: Services) -> None:
    for number in range(3):
        place(clerk, f"T-{number}", qty=2)
        services.saga.advance(f"own:desk:T-{number}")
    desk = clerk.get("/api/v1/desk").json()
    assert [(one["reason"], one["count"], one["qty"]) for one in desk["counts"]] == [("backordered", 2, 4)]
    row = desk["items"][0]
    assert (row["order_id"], row["money"], row["currency"]) == ("own:desk:T-1", 10000, "CNY")
    assert row["commands"] == ["hold_risk", "reserve", "cancel"]
    assert len(clerk.walk("/api/v1/desk", limit=1)) == 2
    body = {"id": "b1", "command": "cancel", "reason": "backordered", "why": "discontinued"}
    tried = clerk.post("/api/v1/desk:act", json={**body, "dry_run": True}).json()
    assert tried == {"matched": 2, "done": 2, "units": 4, "refused": []}
    assert states(clerk, "own:desk:T-1") == {"backordered": 2}
    short = clerk.post("/api/v1/desk:act", json={**body, "id": "b0", "command": "reserve"}).json()
    assert (short["done"], {one["reason"] for one in short["refused"]}) == (0, {"short"})
    assert clerk.post("/api/v1/desk:act", json=body).json()["done"] == 2
    assert states(clerk, "own:desk:T-1") == {"cancelled": 2}
    assert clerk.get("/api/v1/desk").json()["items"] == []


def test_what_the_desk_does_not_know_is_refused(clerk: Client) -> None:
    assert clerk.get("/api/v1/desk", params={"reason": "boredom"}).json()["code"] == "orders.desk_reason"
    assert clerk.get("/api/v1/fulfilments", params={"state": "dreaming"}).json()["code"] == "orders.work_state"
    body = {"id": "b1", "command": "exchange", "reason": "backordered"}
    assert clerk.post("/api/v1/desk:act", json=body).json()["code"] == "orders.bulk_command"


def test_a_viewer_looks_and_does_not_touch(clerk: Client, viewer: Client, services: Services) -> None:
    place(clerk)
    assert viewer.get(f"/api/v1/orders/{ID}/pieces").status_code == 200
    assert viewer.get("/api/v1/desk").status_code == 200
    assert place(viewer, "T-9").status_code == 403
    assert command(viewer, "cancel").status_code == 403
    body = {"id": "b1", "command": "cancel", "reason": "backordered"}
    assert viewer.post("/api/v1/desk:act", json=body).status_code == 403


def test_what_is_done_stands_in_the_audit_trail(clerk: Client, services: Services, admin: Client) -> None:
    place(clerk)
    services.saga.advance(ID)
    command(clerk, "cancel", reason="customer called")
    trail = admin.walk("/api/v1/audit")
    assert {"order.place", "order.cancel"} <= {entry["action"] for entry in trail}


def test_a_customer_collects_at_the_store_named(clerk: Client, services: Services) -> None:
    assert place(clerk, "P-1", mode="pickup").json()["code"] == "orders.no_store"
    receive(services, "in/2", "S1", 1)
    place(clerk, "P-1", qty=1, mode="pickup", store="S1")
    order = "own:desk:P-1"
    services.saga.advance(order)
    for name in ("release", "accept", "make_ready"):
        assert command(clerk, name, order=order).status_code == 200, name
    refused = command(clerk, "ship", order=order)
    assert refused.json()["code"] == "orders.illegal"
    assert command(clerk, "collect", order=order).status_code == 200
    assert states(clerk, order) == {"collected": 1}


def test_goods_are_named_by_the_catalogue_in_both_languages_beside_the_channels_title(
    clerk: Client, services: Services
) -> None:
    with services.db.transaction() as conn:
        upsert_skus(conn, [Sku("TEA", 2, "test", title="茶", title_en="Tea")])
    lines = [{"line_id": "1", "sku": "TEA", "qty": 2, "title": "旗舰店 茶"}, {"line_id": "2", "sku": "WHAT", "qty": 1}]
    clerk.post("/api/v1/orders", json={"order_id": "T-1", "lines": lines})
    services.saga.advance(ID)
    pieces = clerk.get(f"/api/v1/orders/{ID}/pieces").json()["pieces"]
    assert [(one["name"], one["name_en"]) for one in pieces] == [("茶", "Tea"), ("", "")]
    shown = clerk.get(f"/api/v1/orders/{ID}").json()["lines"]
    assert [(one["name"], one["name_en"], one["title"]) for one in shown] == [
        ("茶", "Tea", "旗舰店 茶"),
        ("", "", None),
    ]
    (matter,) = clerk.get("/api/v1/desk", params={"reason": "unmatched_sku"}).json()["items"]
    assert matter["goods"] == [{"sku": None, "qty": 1, "title": "WHAT", "name": "", "name_en": ""}]
    command(clerk, "release")
    (work,) = clerk.get("/api/v1/fulfilments").json()["items"]
    (piece,) = work["pieces"]
    assert (piece["name"], piece["name_en"], piece["title"]) == ("茶", "Tea", "旗舰店 茶")
    for q, counts in ((work["id"], {"released": 1}), ("T-1", {"released": 1}), ("T-2", {})):
        assert clerk.get("/api/v1/fulfilments", params={"q": q}).json()["counts"] == counts


def test_what_concerns_an_order_as_a_whole_tells_where_its_goods_are(clerk: Client, services: Services) -> None:
    place(clerk)
    services.saga.advance(ID)
    for name in ("release", "ship"):
        command(clerk, name)
    at = datetime(2026, 11, 2, tzinfo=UTC)
    with services.db.transaction() as conn:
        services.stock.post(conn, [Movement("x", "TEA", 1, "DC", "on_hand", "customer", "on_hand", "sale", at, doc=ID)])
    services.saga.advance(ID)
    (matter,) = clerk.get("/api/v1/desk").json()["items"]
    assert (matter["reason"], matter["nodes"], matter["goods"][0]["qty"]) == ("over_issued", ["DC"], 2)
