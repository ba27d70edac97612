"""Youzan: the captured pushes read exactly, and the project's own samples against their golden records."""

from pathlib import Path

from tests.golden.hub.golden import check_samples, kinds, one, read, rules


def body(shared_data: Path, name: str) -> bytes:
    return (shared_data / "payloads" / "youzan" / name).read_bytes()


def test_an_order_that_was_not_paid_is_read(shared_data):
    read_ = read("youzan", body(shared_data, "push_trade_TradeCreate.json"))
    order = one(read_, "order")
    assert kinds(read_) == {"order": 1, "order_line": 1}
    assert order["native_id"] == "E20210331172726094804181"
    assert (order["total"], order["paid"], order["payment_status"]) == (1, 0, "unpaid")
    assert order["placed_at"] == "2021-03-31T09:27:27Z"
    assert (order["longitude"], order["latitude"]) == ("121.2388702496894", "31.375931891359027")
    line = one(read_, "order_line")
    assert (line["native_id"], line["sku_native_id"], line["spec"]) == (
        "2796923531611602955",
        "37196971",
        "证照类型:进出口权证",
    )
    assert rules(read_) == set()


def test_a_push_and_its_decoded_body_say_the_same(shared_data):
    pushed = read("youzan", body(shared_data, "push_trade_TradePaid.json"))
    plain = read("youzan", body(shared_data, "push_trade_TradePaid.decoded_msg.json"))
    order = {name: value for name, value in one(pushed, "order").items() if name != "is_test"}
    assert order == one(plain, "order")
    assert [fact.id for fact in pushed.facts] == [fact.id for fact in plain.facts]
    assert [fact.version for fact in pushed.facts] == [fact.version for fact in plain.facts]
    assert (order["goods"], order["freight"], order["total"], order["paid"]) == (1, 1, 2, 2)
    assert "sku_native_id" not in one(plain, "order_line")


def test_a_part_shipment_moves_the_status_and_asks_for_the_order(shared_data):
    read_ = read("youzan", body(shared_data, "push_trade_TradePartlySellerShip.json"))
    assert kinds(read_) == {"order": 1, "fetch": 1}
    assert one(read_, "order")["fulfilment_status"] == "part_shipped"
    assert one(read_, "fetch")["native_id"] == "E20210307175649090904167"
    assert read_.facts[0].version == 1615111376_000000


def test_the_projects_samples_give_their_golden_records():
    check_samples("youzan")
