"""Tmall: the reply of ``taobao.trade.fullinfo.get``; yuan as text, naive UTC+8, nested lists, long integer ids."""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from entrepot.simulator.catalogue import offer
from entrepot.simulator.emit.happening import Happening
from entrepot.simulator.emit.wording import decimal_text, masked_name, masked_phone, token
from entrepot.simulator.message import NativeMessage, china_time, utc
from entrepot.simulator.orders import Line, Order, Refund

Field: TypeAlias = "str | int | bool | list[Field] | dict[str, Field] | None"

_STATUS: Final = {
    "unpaid": "WAIT_BUYER_PAY",
    "paid": "WAIT_SELLER_SEND_GOODS",
    "part_shipped": "SELLER_CONSIGNED_PART",
    "shipped": "WAIT_BUYER_CONFIRM_GOODS",
    "finished": "TRADE_FINISHED",
    "expired": "TRADE_CLOSED_BY_TAOBAO",
    "closed": "TRADE_CLOSED",
}
_REFUND: Final = {"asked": "WAIT_SELLER_AGREE", "agreed": "WAIT_BUYER_RETURN_GOODS", "done": "SUCCESS"}


def tell(order: Order, happening: Happening, now: int) -> list[NativeMessage]:
    """Give the trade as a poll finds it after any happening, and each refund that moved."""
    told = [_reply(order, "trade", {"trade": _trade(order)}, now)]
    if order.refund is not None and happening.startswith("refund"):
        told += [_reply(order, "refund", {"refund": _refund(order, line)}, now) for line in order.refund.lines]
    return told


def _reply(order: Order, topic: str, content: dict[str, Field], now: int) -> NativeMessage:
    envelope = {"trade": "trade_fullinfo_get_response", "refund": "refund_get_response"}[topic]
    reply: Field = {envelope: {**content, "request_id": token(f"{order.number}{now}", 12)}}
    return NativeMessage(
        channel="taobao",
        shop=order.shop.shop,
        topic=topic,
        body=msgspec.json.encode(reply),
        headers={"content-type": "application/json;charset=UTF-8"},
        at=utc(now),
        transport="poll",
    )


def _trade(order: Order) -> dict[str, Field]:
    buyer, city = order.customer, order.customer.city
    trade: dict[str, Field] = {
        "tid": int(order.native_id),
        "type": "fixed",
        "status": _STATUS[order.stage],
        "title": order.shop.name_zh,
        "seller_nick": order.shop.native_id,
        "buyer_nick": f"{masked_name(buyer.name)}{buyer.number:04d}",
        "buyer_open_uid": token(f"taobao|{buyer.number}", 32),
        "created": china_time(order.placed),
        "modified": china_time(order.updated),
        "pay_time": china_time(order.paid),
        "consign_time": china_time(order.shipped),
        "end_time": china_time(order.ended),
        "total_fee": decimal_text(order.goods),
        "discount_fee": decimal_text(sum(line.share for line in order.lines)),
        "adjust_fee": "0.00",
        "payment": decimal_text(order.total),
        "post_fee": decimal_text(order.freight),
        "received_payment": decimal_text(order.total if order.stage == "finished" else 0),
        "shipping_type": "express",
        "trade_from": "WAP,WAP",
        "receiver_name": masked_name(buyer.name),
        "receiver_mobile": masked_phone(buyer.phone),
        "receiver_country": "",
        "receiver_state": city.province,
        "receiver_city": city.name_zh,
        "receiver_district": buyer.district,
        "receiver_town": buyer.town,
        "receiver_address": buyer.town + "***",
        "receiver_zip": "000000",
        "oaid": token(f"oaid|{buyer.number}|{order.number}", 64),
        "buyer_message": order.note or None,
        "seller_flag": 0,
        "seller_memo": None,
        "orders": {"order": [_line(order, line) for line in order.lines]},
    }
    if order.from_store is not None:
        trade["omnichannel_param"] = _omnichannel(order)
    if order.sale or any(line.share for line in order.lines):
        trade["promotion_details"] = {"promotion_detail": _promotions(order)}
    return trade


def _line(order: Order, line: Line) -> dict[str, Field]:
    listed = offer("taobao", line.sku)
    alone = len(order.lines) == 1
    parcel = line.parcel
    return {
        "oid": _line_id(order, line),
        "status": _line_status(order, line),
        "refund_status": _REFUND[line.refund] if line.refund else "NO_REFUND",
        "refund_id": _refund_id(order, line) if line.refund else None,
        "num_iid": listed.item_id,
        "sku_id": str(listed.sku_id),
        "outer_iid": f"SY-{line.sku.design}",
        "outer_sku_id": listed.merchant_code,
        "title": line.sku.title_zh,
        "sku_properties_name": line.sku.spec_zh,
        "price": decimal_text(line.unit_price),
        "num": line.quantity,
        "discount_fee": decimal_text(line.discount),
        "adjust_fee": "0.00",
        "total_fee": decimal_text(line.gross - line.discount),
        "part_mjz_discount": decimal_text(line.share),
        "divide_order_fee": decimal_text(line.net),
        # A trade of one line carries its freight inside the line's payment; with more lines it does not.
        "payment": decimal_text(line.net + order.freight if alone else line.gross - line.discount),
        "cid": 50_010_000 + ord(line.sku.design[0]),
        "consign_time": china_time(parcel.shipped) if parcel else None,
        "end_time": china_time(order.ended),
        "logistics_company": parcel.carrier.name_zh if parcel else None,
        "invoice_no": parcel.tracking if parcel else None,
        "store_code": line.node.code if parcel and line.node else None,
        "buyer_rate": False,
        "order_from": "WAP,WAP",
    }


def _refund(order: Order, line: Line) -> dict[str, Field]:
    refund = order.refund
    if refund is None:
        return {}
    whole = len(refund.lines) == len(order.lines)
    # Freight goes back with the last line when the whole trade does.
    freight = order.freight if whole and line is refund.lines[-1] else 0
    return {
        "refund_id": _refund_id(order, line),
        "tid": int(order.native_id),
        "oid": _line_id(order, line),
        "num_iid": offer("taobao", line.sku).item_id,
        "sku": f"{offer('taobao', line.sku).sku_id}|{line.sku.spec_zh}",
        "outer_id": line.sku.code,
        "title": line.sku.title_zh,
        "num": line.quantity,
        "price": decimal_text(line.unit_price),
        "total_fee": decimal_text(line.net),
        "payment": decimal_text(order.total - line.net - freight),
        "refund_fee": decimal_text(line.net + freight),
        "status": _REFUND[refund.step],
        "order_status": _line_status(order, line),
        "good_status": _goods_status(refund),
        "has_good_return": refund.kind == "return",
        "refund_phase": "onsale" if order.stage != "finished" else "aftersale",
        "reason": refund.reason,
        "created": china_time(refund.asked),
        "modified": china_time(order.updated),
        "seller_nick": order.shop.native_id,
        "buyer_nick": f"{masked_name(order.customer.name)}{order.customer.number:04d}",
    }


def _line_id(order: Order, line: Line) -> int:
    # A trade of one line lends the line its id.
    return int(order.native_id) + (0 if len(order.lines) == 1 else line.number)


def _goods_status(refund: Refund) -> str:
    if refund.kind != "return":
        return "BUYER_NOT_RECEIVED"
    return "BUYER_RETURNED_GOODS" if refund.step == "done" else "BUYER_RECEIVED"


def _refund_id(order: Order, line: Line) -> str | None:
    return str(210_000_000_000 + order.refund.number * 10 + line.number) if order.refund else None


def _line_status(order: Order, line: Line) -> str:
    if line.refund == "done":
        return "TRADE_CLOSED"
    if order.stage == "part_shipped":
        return "WAIT_BUYER_CONFIRM_GOODS" if line.parcel else "WAIT_SELLER_SEND_GOODS"
    return _STATUS[order.stage]


def _omnichannel(order: Order) -> str:
    store = order.from_store.code if order.from_store else ""
    state = "X_SHOP_ALLOCATION" if order.stage in ("unpaid", "paid") else "X_SHOP_HANDLED"
    return (
        f"orderType:STORE_DELIVER,everStoreAllocated:1,allocationCode:{120_000_000 + order.number},"
        f"targetType:STORE,targetStoreOuterId:{store},orderState:{state};"
    )


def _promotions(order: Order) -> list[Field]:
    details: list[Field] = [
        {
            "id": int(order.native_id) + line.number,
            "promotion_name": order.sale,
            "promotion_id": f"Tmall$tmallItemPromotion-{line.sku.number + 1_500_000_000}",
            "promotion_desc": f"{order.sale}:省{decimal_text(line.discount)}元",
            "discount_fee": decimal_text(line.discount),
        }
        for line in order.lines
        if line.discount
    ]
    together = sum(line.share for line in order.lines)
    if together:
        details.append(
            {
                "id": int(order.native_id),
                "promotion_name": "满减优惠",
                "promotion_id": f"Tmall$mjz-{order.number}",
                "promotion_desc": f"满减优惠:省{decimal_text(together)}元",
                "discount_fee": decimal_text(together),
            }
        )
    return details
