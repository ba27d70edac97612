"""Shopify: webhooks with bare REST objects; decimal text with ``*_set`` twins, ISO times with the shop's offset."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from entrepot.simulator import signing
from entrepot.simulator.catalogue import offer
from entrepot.simulator.emit.happening import Happening
from entrepot.simulator.emit.wording import decimal_text, token
from entrepot.simulator.message import NativeMessage, utc
from entrepot.simulator.orders import Line, Order, Parcel

Field: TypeAlias = "str | int | float | bool | list[Field] | dict[str, Field] | None"

# The shop keeps Arizona time, which knows no summer time.
_SHOP_ZONE: Final = timezone(timedelta(hours=-7))
_API_VERSION: Final = "2026-07"
_COUNTRIES: Final = {
    "US": "United States",
    "GB": "United Kingdom",
    "DE": "Germany",
    "FR": "France",
    "NL": "Netherlands",
    "SE": "Sweden",
    "SG": "Singapore",
    "JP": "Japan",
}
_STATES: Final = {
    "NY": "New York",
    "CA": "California",
    "IL": "Illinois",
    "WA": "Washington",
    "CO": "Colorado",
    "TX": "Texas",
    "MA": "Massachusetts",
    "OR": "Oregon",
    "AZ": "Arizona",
}
_LOCATIONS: Final = {"RDC-E": 71_200_000_001, "RDC-S": 71_200_000_002, "RDC-N": 71_200_000_003}


def tell(order: Order, happening: Happening, now: int) -> list[NativeMessage]:
    """Send the order when it is paid, ships or goes back; the fulfilment and the refund beside it."""
    match happening:
        case "paid":
            return [_hook(order, "orders/create", order_body(order), now)]
        case "part_shipped" | "shipped":
            fulfilment = _fulfilment(order, order.parcels[-1])
            return [
                _hook(order, "fulfillments/create", fulfilment, now),
                _hook(order, "orders/updated", order_body(order), now),
            ]
        case "refunded":
            topic = "orders/cancelled" if order.shipped is None else "orders/updated"
            return [
                _hook(order, "refunds/create", _refund(order), now),
                _hook(order, topic, order_body(order), now),
            ]
        case _:
            return []


def location_id(node_code: str) -> int:
    """Give the shop's id of a node it ships from."""
    return _LOCATIONS[node_code]


def _hook(order: Order, topic: str, content: Field, now: int) -> NativeMessage:
    body = msgspec.json.encode(content)
    event = token(f"{order.number}|{topic}|{now}|event", 16).encode()
    headers = {
        "content-type": "application/json",
        "x-shopify-topic": topic,
        "x-shopify-shop-domain": order.shop.native_id,
        "x-shopify-api-version": _API_VERSION,
        "x-shopify-hmac-sha256": signing.shopify(body, order.shop),
        "x-shopify-webhook-id": str(UUID(bytes=token(f"{order.number}|{topic}|{now}", 16).encode(), version=4)),
        "x-shopify-event-id": str(UUID(bytes=event, version=4)),
        "x-shopify-triggered-at": f"{utc(now):%Y-%m-%dT%H:%M:%S}.000000000Z",
    }
    return NativeMessage("shopify", order.shop.shop, topic, body, headers, utc(now), "webhook")


def order_body(order: Order) -> dict[str, Field]:
    """Write the REST order."""
    number = 1000 + order.number % 1_000_000
    goods, discounts = order.goods, sum(line.discount + line.share for line in order.lines)
    tax = sum(_tax(order, line) for line in order.lines)
    refunded = sum(line.net + _tax(order, line) for line in order.lines if line.refund == "done")
    cancelled = order.stage == "closed" and order.shipped is None
    current = [line for line in order.lines if line.refund != "done"]
    return {
        "id": int(order.native_id),
        "admin_graphql_api_id": f"gid://shopify/Order/{order.native_id}",
        "app_id": 580_111,
        "buyer_accepts_marketing": False,
        "cancel_reason": "inventory" if cancelled else None,
        "cancelled_at": _time(order.ended) if cancelled else None,
        "closed_at": None,
        "confirmation_number": token(f"confirm|{order.number}", 9).upper(),
        "confirmed": True,
        "contact_email": order.customer.email,
        "created_at": _time(order.placed),
        "currency": "USD",
        **_money("current_subtotal_price", sum(line.net for line in current)),
        **_money("current_total_price", order.total + tax - refunded),
        **_money("current_total_tax", sum(_tax(order, line) for line in current)),
        "customer_locale": "en",
        "discount_codes": [
            {"code": "TRAIL10", "amount": decimal_text(share), "type": "percentage"}
            for share in [sum(line.share for line in order.lines)]
            if share
        ],
        "email": order.customer.email,
        "estimated_taxes": False,
        "financial_status": _financial(order, refunded, order.total + tax),
        "fulfillment_status": {"shipped": "fulfilled", "finished": "fulfilled", "part_shipped": "partial"}.get(
            order.stage, "fulfilled" if order.stage == "closed" and order.shipped else None
        ),
        "location_id": None,
        "name": f"#{number}",
        "note": order.note or None,
        "number": number - 1000,
        "order_number": number,
        "payment_gateway_names": ["shopify_payments"],
        "phone": None,
        "presentment_currency": "USD",
        "processed_at": _time(order.paid),
        "source_name": "web",
        **_money("subtotal_price", goods - discounts),
        "tags": "",
        "tax_lines": _tax_lines(order, tax),
        "taxes_included": False,
        "test": False,
        "token": token(f"order|{order.number}", 32).lower(),
        **_money("total_discounts", discounts),
        **_money("total_line_items_price", goods),
        "total_outstanding": "0.00",
        **_money("total_price", order.total + tax),
        **_money("total_shipping_price", order.freight, plain=False),
        **_money("total_tax", tax),
        "total_tip_received": "0.00",
        "total_weight": sum(line.sku.weight_g * line.quantity for line in order.lines),
        "updated_at": _time(order.updated),
        "billing_address": _address(order),
        "customer": {
            "id": 7_300_000_000_000 + order.customer.number,
            "email": order.customer.email,
            "first_name": order.customer.name.split(" ")[0],
            "last_name": order.customer.name.split(" ")[-1],
            "state": "disabled",
            "verified_email": True,
            "currency": "USD",
            "tags": "",
        },
        "discount_applications": _applications(order),
        "fulfillments": [_fulfilment(order, parcel) for parcel in order.parcels],
        "line_items": [_line(order, line) for line in order.lines],
        "refunds": [_refund(order)] if order.refund and order.refund.step == "done" else [],
        "shipping_address": _address(order),
        "shipping_lines": [
            {
                "id": int(order.native_id) // 7,
                "code": "Standard",
                "title": "Standard international",
                "source": "shopify",
                **_money("price", order.freight),
                **_money("discounted_price", order.freight),
                "tax_lines": [],
            }
        ],
    }


def _financial(order: Order, refunded: int, total: int) -> str:
    if order.refund is not None and order.refund.step == "done":
        return "refunded" if order.stage == "closed" or refunded >= total else "partially_refunded"
    return "paid"


def _line(order: Order, line: Line) -> dict[str, Field]:
    listed = offer("shopify", line.sku)
    gone, shipped = line.refund == "done", line.parcel is not None
    tax = _tax(order, line)
    allocations: list[Field] = []
    for index, amount in enumerate(amount for amount in (line.discount, line.share) if amount):
        allocations.append({**_money("amount", amount), "discount_application_index": index})
    identity = int(order.native_id) * 2 + line.number
    return {
        "id": identity,
        "admin_graphql_api_id": f"gid://shopify/LineItem/{identity}",
        "current_quantity": 0 if gone else line.quantity,
        "fulfillable_quantity": 0 if shipped or gone else line.quantity,
        "fulfillment_service": "manual",
        "fulfillment_status": "fulfilled" if shipped else None,
        "gift_card": False,
        "grams": line.sku.weight_g,
        "name": f"{line.sku.name_en} - {line.sku.spec_en}",
        **_money("price", line.unit_price),
        "product_exists": True,
        "product_id": listed.item_id,
        "properties": [],
        "quantity": line.quantity,
        "requires_shipping": True,
        "sku": listed.merchant_code,
        "taxable": True,
        "title": line.sku.name_en,
        **_money("total_discount", 0),
        "variant_id": listed.sku_id,
        "variant_inventory_management": "shopify",
        "variant_title": line.sku.spec_en,
        "vendor": "Shanye Goods",
        "tax_lines": _tax_lines(order, tax),
        "duties": [],
        "discount_allocations": allocations,
    }


def _fulfilment(order: Order, parcel: Parcel) -> dict[str, Field]:
    identity = 5_100_000_000_000 + parcel.number
    url = f"https://track.example/{parcel.tracking}"
    return {
        "id": identity,
        "admin_graphql_api_id": f"gid://shopify/Fulfillment/{identity}",
        "order_id": int(order.native_id),
        "status": "success",
        "created_at": _time(parcel.shipped),
        "updated_at": _time(parcel.shipped),
        "service": "manual",
        "shipment_status": None,
        "location_id": location_id(parcel.node.code),
        "name": f"#{1000 + order.number % 1_000_000}.{order.parcels.index(parcel) + 1}",
        "tracking_company": parcel.carrier.name_zh if parcel.carrier.code != "SF" else "SF Express",
        "tracking_number": parcel.tracking,
        "tracking_numbers": [parcel.tracking],
        "tracking_url": url,
        "tracking_urls": [url],
        "receipt": {},
        "line_items": [_line(order, line) for line in parcel.lines],
    }


def _refund(order: Order) -> dict[str, Field]:
    refund = order.refund
    if refund is None:
        return {}
    restock = {"before_shipping": "cancel", "return": "return", "lost": "no_restock"}[refund.kind]
    items: list[Field] = []
    for line in refund.lines:
        items.append(
            {
                "id": refund.number * 10 + line.number + 4_500_000_000,
                "line_item_id": int(order.native_id) * 2 + line.number,
                "quantity": line.quantity,
                "restock_type": restock,
                "location_id": location_id(line.node.code) if line.node and restock != "no_restock" else None,
                **_money("subtotal", line.net),
                **_money("total_tax", _tax(order, line)),
                "line_item": _line(order, line),
            }
        )
    amount = refund.amount + sum(_tax(order, line) for line in refund.lines)
    identity = 990_000_000_000 + refund.number
    return {
        "id": identity,
        "admin_graphql_api_id": f"gid://shopify/Refund/{identity}",
        "order_id": int(order.native_id),
        "created_at": _time(refund.done),
        "processed_at": _time(refund.done),
        "note": refund.reason,
        "user_id": None,
        "restock": restock != "no_restock",
        "duties": [],
        "order_adjustments": [],
        "refund_shipping_lines": [],
        "refund_line_items": items,
        "transactions": [
            {
                "id": 6_600_000_000_000 + refund.number,
                "order_id": int(order.native_id),
                "kind": "refund",
                "gateway": "shopify_payments",
                "status": "success",
                "created_at": _time(refund.done),
                "processed_at": _time(refund.done),
                "amount": decimal_text(amount),
                "currency": "USD",
                "test": False,
            }
        ],
    }


def _applications(order: Order) -> list[Field]:
    found: list[Field] = []
    if any(line.discount for line in order.lines):
        found.append(
            {
                "target_type": "line_item",
                "type": "automatic",
                "value": "15.0",
                "value_type": "percentage",
                "allocation_method": "across",
                "target_selection": "all",
                "title": order.sale,
            }
        )
    if any(line.share for line in order.lines):
        found.append(
            {
                "target_type": "line_item",
                "type": "discount_code",
                "value": "10.0",
                "value_type": "percentage",
                "allocation_method": "across",
                "target_selection": "all",
                "code": "TRAIL10",
            }
        )
    return found


def _address(order: Order) -> Field:
    buyer, city = order.customer, order.customer.city
    first, _, last = buyer.name.partition(" ")
    return {
        "first_name": first,
        "last_name": last,
        "name": buyer.name,
        "address1": buyer.address,
        "address2": "",
        "company": None,
        "city": city.name_en,
        "province": _STATES.get(city.province),
        "province_code": city.province or None,
        "country": _COUNTRIES[city.country],
        "country_code": city.country,
        "zip": city.postal,
        "phone": buyer.phone,
        "latitude": city.latitude,
        "longitude": city.longitude,
    }


def _tax(order: Order, line: Line) -> int:
    # Sales tax is collected in the United States only; parcels elsewhere are taxed at the border.
    return round(line.net * 0.07) if order.customer.city.country == "US" else 0


def _tax_lines(order: Order, tax: int) -> list[Field]:
    if not tax:
        return []
    return [{"title": "State tax", "rate": 0.07, **_money("price", tax), "channel_liable": False}]


def _money(name: str, cents: int, *, plain: bool = True) -> dict[str, Field]:
    amount: dict[str, Field] = {"amount": decimal_text(cents), "currency_code": "USD"}
    twin: dict[str, Field] = {f"{name}_set": {"shop_money": amount, "presentment_money": amount}}
    return {name: decimal_text(cents), **twin} if plain else twin


def _time(second: int | None) -> str | None:
    return None if second is None else datetime.fromtimestamp(second, _SHOP_ZONE).isoformat(timespec="seconds")
