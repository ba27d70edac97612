"""Square: the vendor's published bodies read exactly."""

from pathlib import Path

import pytest

from tests.golden.hub.golden import kinds, of_kind, one, read, rules


def body(shared_data: Path, name: str) -> bytes:
    return (shared_data / "payloads" / "square" / f"{name}.json").read_bytes()


def test_the_order_is_read_to_the_cent(shared_data):
    read_ = read("square", body(shared_data, "CreateOrderResponse"))
    order = one(read_, "order")
    assert kinds(read_) == {"order": 1, "order_line": 2}
    assert (order["goods"], order["discount_seller"], order["tax"], order["total"]) == (6099, 433, 510, 6176)
    assert (order["payment_status"], order["fulfilment_status"], order["fulfil_mode"]) == ("unpaid", "open", "store")
    assert order["currency"] == "USD"
    assert order["line_ids"] == ["8uSwfzvUImn3IRrvciqlXC", "v8ZuEXpOJpb0bazLuvrLDB"]
    steak = of_kind(read_, "order_line")[1].fields
    assert (steak["qty"], steak["unit_price"], steak["line_total"]) == (2, 2200, 4500)
    assert rules(read_) == set()


def test_a_request_is_not_squares_order(shared_data):
    read_ = read("square", body(shared_data, "UpdateOrderRequest"))
    assert (read_.topic, read_.facts, rules(read_)) == ("order_request", [], {"message.empty"})


@pytest.mark.parametrize(
    ("name", "entity", "native_ids"),
    [
        ("OrderCreatedEvent", "order", ["eA3vssLHKJrv9H0IdJCM3gNqfdcZY"]),
        ("OrderFulfillmentUpdatedEvent", "order", ["eA3vssLHKJrv9H0IdJCM3gNqfdcZY"]),
        (
            "SearchOrdersResponse",
            "order",
            ["CAISEM82RcpmcFBM0TfOyiHV3es", "CAISENgvlJ6jLWAzERDzjyHVybY", "CAISEM52YcpmcWAzERDOyiWS3ty"],
        ),
        ("CatalogVersionUpdatedEvent", "catalog", ["6SSW7HV8K2ST5"]),
    ],
)
def test_thin_messages_ask_for_the_whole(shared_data, name, entity, native_ids):
    found = of_kind(read("square", body(shared_data, name)), "fetch")
    assert [fact.fields["native_id"] for fact in found] == native_ids
    assert {fact.fields["entity"] for fact in found} == {entity}


def test_payments_and_refunds_belong_to_their_order(shared_data):
    payment = one(read("square", body(shared_data, "PaymentCreatedEvent")), "payment")
    assert (payment["amount"], payment["status"], payment["method"]) == (100, "authorised", "CARD")
    refund = of_kind(read("square", body(shared_data, "RefundUpdatedEvent")), "refund")[0]
    assert refund.parent == "square:demo:haOyDuHiqtAXMk0d8pDKXpL7Jg4F"
    assert (refund.fields["amount"], refund.fields["status"]) == (1000, "refunded")
    assert one(read("square", body(shared_data, "RefundPaymentResponse")), "refund")["status"] == "asked"
    assert one(read("square", body(shared_data, "ListPaymentRefundsResponse")), "refund")["amount"] == 555


@pytest.mark.parametrize(
    ("name", "qty"),
    [
        ("BatchRetrieveInventoryCountsResponse", 79),
        ("BatchRetrieveInventoryChangesResponse", 86),
        ("BatchChangeInventoryRequest", 53),
        ("InventoryCountUpdatedEvent", 10),
    ],
)
def test_counts_are_stock_on_hand(shared_data, name, qty):
    fact = one(read("square", body(shared_data, name)), "stock_fact")
    assert (fact["qty"], fact["bucket"], fact["mode"]) == (qty, "on_hand", "absolute")


def test_the_catalogue_gives_items_and_their_variations(shared_data):
    read_ = read("square", body(shared_data, "BatchRetrieveCatalogObjectsResponse"))
    assert kinds(read_) == {"product": 2, "listing": 3}
    assert [fact.fields["price"] for fact in of_kind(read_, "listing")] == [150, 250, 350]


def test_locations_are_read(shared_data):
    places = of_kind(read("square", body(shared_data, "ListLocationsResponse")), "location")
    assert [place.fields["name"] for place in places] == ["Grant Park", "Midtown"]
    assert places[1].fields["latitude"] == "33.7889"
