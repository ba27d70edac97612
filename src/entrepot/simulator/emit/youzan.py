"""Youzan: pushes whose ``msg`` is URL-encoded JSON, signed with MD5; yuan as text, naive UTC+8, "" for nothing."""

from __future__ import annotations

from typing import Final, TypeAlias
from urllib.parse import quote_plus
from uuid import UUID

import msgspec

from entrepot.simulator import signing
from entrepot.simulator.catalogue import offer
from entrepot.simulator.emit.happening import Happening
from entrepot.simulator.emit.wording import decimal_text, token
from entrepot.simulator.message import NativeMessage, china_time, utc
from entrepot.simulator.orders import Line, Order

Field: TypeAlias = "str | int | float | bool | list[Field] | dict[str, Field] | None"

_TYPES: Final[dict[Happening, str]] = {
    "placed": "trade_TradeCreate",
    "paid": "trade_TradePaid",
    "expired": "trade_TradeClose",
    "part_shipped": "trade_TradePartlySellerShip",
    "shipped": "trade_TradeSellerShip",
    "finished": "trade_TradeSuccess",
    "refund_asked": "TRADE_ORDER_REFUND",
    "refund_agreed": "TRADE_ORDER_REFUND",
    "refunded": "TRADE_ORDER_REFUND",
}
_STATUS: Final = {
    "unpaid": ("WAIT_BUYER_PAY", "待支付"),
    "paid": ("WAIT_SELLER_SEND_GOODS", "待发货"),
    "part_shipped": ("WAIT_SELLER_SEND_GOODS", "部分发货"),
    "shipped": ("WAIT_BUYER_CONFIRM_GOODS", "已发货"),
    "finished": ("TRADE_SUCCESS", "已完成"),
    "expired": ("TRADE_CLOSED", "已关闭"),
    "closed": ("TRADE_CLOSED", "已关闭"),
}
_REFUND_STATE: Final = {"asked": "SAFE_NEW", "agreed": "SAFE_ACCEPT", "done": "SAFE_FINISHED"}
_EXPRESS: Final = {"SF": 7, "ZTO": 3, "YTO": 2, "YUNDA": 5, "STO": 1, "JT": 138}


def tell(order: Order, happening: Happening, now: int) -> list[NativeMessage]:
    """Push the whole order when it changes hands, a short note when it ships or goes back."""
    match happening:
        case "part_shipped" | "shipped":
            return [_push(order, _TYPES[happening], _shipped(order), now)]
        case "refund_asked" | "refund_agreed":
            return [_push(order, _TYPES[happening], _refund(order), now)]
        case "refunded":
            messages = [_push(order, _TYPES[happening], _refund(order), now)]
            if order.stage == "closed":
                messages.append(_push(order, "trade_TradeClose", _full(order), now))
            return messages
        case _:
            return [_push(order, _TYPES[happening], _full(order), now)]


def _push(order: Order, kind: str, message: Field, now: int) -> NativeMessage:
    shop = order.shop
    encoded = quote_plus(msgspec.json.encode(message))
    envelope = {
        "msg": encoded,
        "kdt_name": shop.name_zh,
        "test": False,
        "sendCount": 1,
        "mode": 1,
        "client_id": shop.secret["client_id"],
        "type": kind,
        "version": now,
        "kdt_id": int(shop.native_id),
        "id": order.native_id,
        "msg_id": str(UUID(bytes=token(f"{order.number}|{kind}|{now}", 16).encode(), version=4)),
        "root_kdt_id": int(shop.native_id),
        "status": _STATUS[order.stage][0],
        "sign": signing.youzan(encoded, shop),
    }
    body = msgspec.json.encode(envelope)
    # One address takes all of Youzan's pushes; the type tells them apart, so it is the topic.
    return NativeMessage("youzan", shop.shop, kind, body, {"content-type": "application/json"}, utc(now), "webhook")


def _full(order: Order) -> Field:
    return {
        "delivery_order": [],
        "order_promotion": {
            "item": [],
            "adjust_fee": "0.00",
            "order": [
                {"promotion_type": "meetReduce", "discount_fee": decimal_text(share)}
                for share in [sum(line.share for line in order.lines)]
                if share
            ],
        },
        "refund_order": [_refund_order(order)] if order.refund else [],
        "full_order_info": {
            "address_info": _address(order),
            "remark_info": {"buyer_message": order.note},
            "pay_info": _payment(order),
            "buyer_info": {
                "outer_user_id": f"o{token(f'wx|{order.customer.number}', 27)}",
                "buyer_phone": order.customer.phone,
                "yz_open_id": token(f"yz|{order.customer.number}", 18),
                "fans_type": 9,
                "buyer_id": 12_000_000_000 + order.customer.number,
                "fans_nickname": order.customer.name[:1] + "同学",
                "fans_id": 317_000_000 + order.customer.number,
            },
            "orders": [_line(line) for line in order.lines],
            "source_info": {
                "is_offline_order": False,
                "book_key": token(f"book|{order.number}", 36),
                "source": {"platform": "wx", "wx_entrance": "direct_buy"},
            },
            "order_info": _order_info(order),
        },
    }


def _order_info(order: Order) -> Field:
    status, text = _STATUS[order.stage]
    tags: dict[str, Field] = {"is_secured_transactions": True}
    if order.paid:
        tags["is_payed"] = True
    return {
        "tid": order.native_id,
        "status": status,
        "status_str": text,
        "type": 0,
        "team_type": 0,
        "pay_type": 10 if order.paid else 0,
        "express_type": 0,
        "is_retail_order": False,
        "created": china_time(order.placed),
        "update_time": china_time(order.updated),
        "pay_time": china_time(order.paid) or "",
        "consign_time": china_time(order.shipped) or "",
        "success_time": (china_time(order.ended) or "") if order.stage == "finished" else "",
        "confirm_time": "",
        "expired_time": china_time(order.placed + 3600),
        "close_type": {"expired": 1, "closed": 2}.get(order.stage, 0),
        "refund_state": {None: 0, "asked": 1, "agreed": 1, "done": 12}[order.refund.step if order.refund else None],
        "order_extra": {"is_from_cart": "true", "is_points_order": "0"},
        "order_tags": tags,
    }


def _payment(order: Order) -> Field:
    return {
        "total_fee": decimal_text(sum(line.gross - line.discount for line in order.lines)),
        "post_fee": decimal_text(order.freight),
        "payment": decimal_text(order.total),
        "real_payment": decimal_text(order.total if order.paid else 0),
        "deduction_pay": 0,
        "phase_payments": [],
        "outer_transactions": [f"42000{order.paid}{order.number:013d}"] if order.paid else [],
        "transaction": [f"{order.paid}{order.number:012d}"] if order.paid else [],
    }


def _address(order: Order) -> Field:
    buyer, city = order.customer, order.customer.city
    extra = {"areaCode": buyer.district_code, "lon": city.longitude, "lat": city.latitude}
    return {
        "self_fetch_info": "",
        "receiver_name": buyer.name,
        "receiver_tel": buyer.phone,
        "delivery_province": city.province,
        "delivery_city": city.name_zh,
        "delivery_district": buyer.district,
        "delivery_address": buyer.town + buyer.address,
        "delivery_postal_code": "",
        "address_extra": msgspec.json.encode(extra).decode(),
    }


def _line(line: Line) -> Field:
    listed = offer("youzan", line.sku)
    properties = [{"k": "颜色", "k_id": 1, "v": line.sku.colour_zh, "v_id": 100}]
    if line.sku.size:
        properties.append({"k": "尺码", "k_id": 2, "v": line.sku.size, "v_id": 200})
    return {
        "oid": str(2_800_000_000_000_000_000 + line_key(line)),
        "item_id": listed.item_id,
        "sku_id": listed.sku_id,
        "outer_item_id": f"SY-{line.sku.design}",
        "outer_sku_id": listed.merchant_code,
        "title": line.sku.title_zh,
        "sku_properties_name": msgspec.json.encode(properties).decode(),
        "num": line.quantity,
        "price": decimal_text(line.unit_price),
        "discount_price": decimal_text((line.gross - line.discount) // line.quantity),
        "total_fee": decimal_text(line.gross - line.discount),
        "payment": decimal_text(line.net),
        "points_price": "0",
        "fenxiao_price": "0.00",
        "fenxiao_payment": "0.00",
        "item_type": 0,
        "is_present": False,
        "is_cross_border": "",
        "cross_border_trade_mode": "",
        "customs_code": "",
        "sub_order_no": "",
        "item_message": "",
        "buyer_messages": "",
        "alias": token(f"alias|{line.sku.design}", 13).lower(),
        "goods_url": "https://shop.example/goods",
        "pic_path": "https://img.example/goods.jpg",
    }


def line_key(line: Line) -> int:
    """Give a line a number no other line of any order has."""
    return line.order_number * 10 + line.number


def _shipped(order: Order) -> Field:
    parcel = order.parcels[-1]
    return {
        "tid": order.native_id,
        "oids": ",".join(str(2_800_000_000_000_000_000 + line_key(line)) for line in parcel.lines),
        "express_id": _EXPRESS.get(parcel.carrier.code, 0),
        "express_no": parcel.tracking,
        "update_time": china_time(order.updated),
    }


def _refund_order(order: Order) -> Field:
    refund = order.refund
    if refund is None:
        return {}
    return {
        "refund_id": f"{refund.asked}{refund.number:08d}",
        "refund_type": "REFUND_AND_RETURN" if refund.kind == "return" else "REFUND_ONLY",
        "refund_state": _REFUND_STATE[refund.step],
        "refund_fee": decimal_text(refund.amount),
        "oids": [str(2_800_000_000_000_000_000 + line_key(line)) for line in refund.lines],
    }


def _refund(order: Order) -> Field:
    refund = order.refund
    if refund is None:
        return {}
    return {
        "tid": order.native_id,
        "oid": str(2_800_000_000_000_000_000 + line_key(refund.lines[0])),
        "refund_id": f"{refund.asked}{refund.number:08d}",
        "refund_state": _REFUND_STATE[refund.step],
        "refund_type": "REFUND_AND_RETURN" if refund.kind == "return" else "REFUND_ONLY",
        "refund_reason": refund.reason,
        "refunded_fee": decimal_text(refund.amount),
        "update_time": china_time(order.updated),
    }
