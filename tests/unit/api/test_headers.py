from __future__ import annotations

from entrepot.api.headers import delivery_id_of, kept_headers, topic_of


def test_credentials_are_never_kept() -> None:
    given = {"Authorization": "Bearer ent_x", "Cookie": "entrepot_session=y", "X-Api-Key": "z", "Host": "h"}
    assert kept_headers(given) == {}


def test_what_names_and_signs_a_message_is_kept_in_lower_case() -> None:
    given = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Hmac-Sha256": "abc=",
        "X-Shopify-Webhook-Id": "b54557e4",
        "X-Square-HmacSha256-Signature": "def=",
        "Event-Sign": "0a",
    }
    assert kept_headers(given) == {name.lower(): value for name, value in given.items()}


def test_a_header_cannot_fill_the_store() -> None:
    assert len(kept_headers({"content-type": "x" * 100_000})["content-type"]) == 1000


def test_delivery_and_topic_are_found_in_the_senders_own_headers() -> None:
    given = {"x-shopify-webhook-id": "b54557e4", "x-shopify-topic": "orders/create"}
    assert delivery_id_of(given) == "b54557e4"
    assert topic_of(given) == "orders/create"
    assert delivery_id_of({}) == topic_of({}) == ""
