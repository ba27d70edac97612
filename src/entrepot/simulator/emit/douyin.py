"""Douyin shop: orders by poll (``order.orderDetail``), happenings by push; fen, epoch seconds, ciphered persons."""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from entrepot.simulator import signing
from entrepot.simulator.catalogue import offer
from entrepot.simulator.emit.happening import Happening
from entrepot.simulator.emit.wording import CARRIER_CODES_DOUYIN, cipher, masked_name, masked_phone, token
from entrepot.simulator.message import NativeMessage, utc
from entrepot.simulator.orders import Line, Order, Parcel

Field: TypeAlias = "str | int | bool | list[Field] | dict[str, Field] | None"

_STATUS: Final = {
    "unpaid": (1, "待支付", 1, "待支付"),
    "paid": (2, "备货中", 2, "备货中"),
    "part_shipped": (101, "部分发货", 101, "部分发货"),
    "shipped": (3, "已发货", 3, "已发货"),
    "finished": (5, "已完成", 5, "已完成"),
    "expired": (4, "已关闭", 4, "已取消"),
    "closed": (4, "已关闭", 22, "发货后退款完成"),
}
_CLOSED_BEFORE_SHIPPING: Final = (4, "已关闭", 21, "发货前退款完结")
_AFTER_SALE_STATUS: Final = {"asked": 6, "agreed": 7, "done": 12}
_REFUND_STATUS: Final = {"asked": 1, "agreed": 1, "done": 3}
_AFTER_SALE_TYPE: Final = {"return": 0, "lost": 1, "before_shipping": 2}
_SHIP_WITHIN: Final = 48 * 3600


def tell(order: Order, happening: Happening, now: int) -> list[NativeMessage]:
    """Poll the order when it appears or its money moves; push what happens after that."""
    match happening:
        case "placed" | "paid" | "expired":
            return [_detail(order, now)]
        case "shipped" | "part_shipped":
            return [_push("102" if happening == "shipped" else "108", _shipped(order, now), order, now)]
        case "finished":
            return [_push("103", _finished(order, now), order, now)]
        case "refund_asked":
            return [_push("200", _after_sale(order, now, "apply_time"), order, now)]
        case "refund_agreed":
            return [_push("202", _after_sale(order, now, "agree_time"), order, now)]
        case "refunded":
            return [_push("206", _after_sale(order, now, "success_time"), order, now), _detail(order, now)]


def _detail(order: Order, now: int) -> NativeMessage:
    body: Field = {
        "code": 10000,
        "msg": "success",
        "sub_code": "",
        "sub_msg": "",
        "data": {"shop_order_detail": _order(order)},
        "log_id": f"{now}{token(f'{order.number}|{now}', 16)}",
    }
    return NativeMessage(
        "douyin",
        order.shop.shop,
        "order",
        msgspec.json.encode(body),
        {"content-type": "application/json; charset=utf-8"},
        utc(now),
        "poll",
    )


def _push(tag: str, data: dict[str, Field], order: Order, now: int) -> NativeMessage:
    # The data of a push is JSON inside a string.
    message = {
        "tag": tag,
        "msg_id": f"{order.native_id}{tag}{now % 100_000}",
        "data": msgspec.json.encode(data).decode(),
    }
    body = msgspec.json.encode([message])
    headers = {
        "content-type": "application/json",
        "app-id": order.shop.secret["app_key"],
        "event-sign": signing.douyin(body, order.shop),
    }
    return NativeMessage("douyin", order.shop.shop, "push", body, headers, utc(now), "webhook")


def _shared(order: Order) -> dict[str, Field]:
    status, status_text, main, main_text = _STATUS[order.stage]
    if order.stage == "closed" and order.shipped is None:
        status, status_text, main, main_text = _CLOSED_BEFORE_SHIPPING
    return {
        "biz": 2,
        "biz_desc": "小店",
        "order_type": 0,
        "order_type_desc": "普通订单",
        "trade_type": 0,
        "trade_type_desc": "普通",
        "order_status": status,
        "order_status_desc": status_text,
        "main_status": main,
        "main_status_desc": main_text,
        "create_time": order.placed,
        "pay_time": order.paid or 0,
        "update_time": order.updated,
        "finish_time": (order.ended or 0) if order.stage == "finished" else 0,
        "order_expire_time": 1800,
        "cancel_reason": "超时未支付" if order.stage == "expired" else "",
        "b_type": 2,
        "b_type_desc": "抖音",
        "sub_b_type": 1,
        "sub_b_type_desc": "app内-原生",
        "app_id": 1128,
        "pay_type": 2 if order.number % 3 else 1,
        "channel_payment_no": f"{order.paid}{order.number:014d}" if order.paid else "",
        "exp_ship_time": order.paid + _SHIP_WITHIN if order.paid else 0,
        "ship_time": order.shipped or 0,
    }


def _order(order: Order) -> dict[str, Field]:
    secret, buyer = order.shop.secret["app_secret"], order.customer
    discount = sum(line.discount for line in order.lines)
    platform = sum(line.share for line in order.lines)
    return {
        "shop_id": int(order.shop.native_id),
        "shop_name": order.shop.name_zh,
        "order_id": order.native_id,
        "order_level": 2,
        **_shared(order),
        "open_id": "",
        "doudian_open_id": "1@#" + token(f"douyin|{buyer.number}", 80),
        "buyer_words": order.note,
        "seller_words": "",
        "seller_remark_stars": 0,
        "order_amount": order.goods,
        "promotion_amount": discount + platform,
        "promotion_shop_amount": discount,
        "promotion_platform_amount": platform,
        "promotion_talent_amount": 0,
        "promotion_pay_amount": 0,
        "shop_cost_amount": discount,
        "platform_cost_amount": platform,
        "post_amount": order.freight,
        "post_insurance_amount": 0,
        "modify_amount": 0,
        "modify_post_amount": 0,
        "pay_amount": order.total,
        "encrypt_post_tel": cipher(buyer.phone, "$", secret),
        "encrypt_post_receiver": cipher(buyer.name, "#", secret),
        "mask_post_tel": masked_phone(buyer.phone),
        "mask_post_receiver": masked_name(buyer.name),
        "post_addr": _address(order),
        "logistics_info": [_logistics(parcel) for parcel in order.parcels],
        "order_phase_list": [],
        "sku_order_list": [_line(order, line) for line in order.lines],
    }


def _address(order: Order) -> Field:
    buyer, city = order.customer, order.customer.city
    # "town" is the district here, and "street" the town.
    return {
        "province": {"name": city.province, "id": city.code[:2]},
        "city": {"name": city.name_zh, "id": city.code},
        "town": {"name": buyer.district or city.name_zh, "id": buyer.district_code},
        "street": {"name": buyer.town, "id": f"{buyer.district_code}010"},
        "encrypt_detail": cipher(buyer.address, "#", order.shop.secret["app_secret"]),
    }


def _line(order: Order, line: Line) -> dict[str, Field]:
    listed = offer("douyin", line.sku)
    alone = len(order.lines) == 1
    freight = order.freight if line.number == 1 else 0
    sale: Field = {
        "after_sale_status": _AFTER_SALE_STATUS[line.refund] if line.refund else 0,
        "after_sale_type": _AFTER_SALE_TYPE[order.refund.kind] if line.refund and order.refund else 0,
        "refund_status": _REFUND_STATUS[line.refund] if line.refund else 0,
    }
    return {
        "order_id": line_id(order, line),
        "parent_order_id": order.native_id,
        "order_level": 3,
        **_shared(order),
        "product_id": listed.item_id,
        "product_id_str": str(listed.item_id),
        "sku_id": listed.sku_id,
        "code": listed.merchant_code,
        "out_sku_id": listed.merchant_code,
        "out_product_id": f"SY-{line.sku.design}",
        "product_name": line.sku.title_zh,
        "spec": [
            {"name": name, "value": value}
            for name, value in (("颜色", line.sku.colour_zh), ("尺码", line.sku.size))
            if value
        ],
        "item_num": line.quantity,
        "origin_amount": line.unit_price,
        "sum_amount": line.gross,
        "order_amount": line.gross,
        "promotion_amount": line.discount + line.share,
        "promotion_shop_amount": line.discount,
        "promotion_platform_amount": line.share,
        "post_amount": freight,
        "pay_amount": line.net + freight,
        "given_product_type": "",
        "pre_sale_type": 0,
        "is_comment": 0,
        "content_id": "0" if alone else str(order.number),
        "after_sale_info": sale,
    }


def line_id(order: Order, line: Line) -> str:
    """Make the id of a line: the order's own when it is the only one."""
    return order.native_id if len(order.lines) == 1 else str(int(order.native_id) + line.number * 10_000_000)


def _logistics(parcel: Parcel) -> Field:
    return {
        "tracking_no": parcel.tracking,
        "company": CARRIER_CODES_DOUYIN.get(parcel.carrier.code, parcel.carrier.kuaidi100),
        "company_name": parcel.carrier.name_zh,
        "ship_time": parcel.shipped,
        "delivery_id": str(7_438_000_000_000_000_000 + parcel.number),
        "product_info": [
            {
                "product_id": offer("douyin", line.sku).item_id,
                "product_name": line.sku.title_zh,
                "sku_id": offer("douyin", line.sku).sku_id,
                "outer_sku_id": line.sku.code,
                "product_count": line.quantity,
                "price": line.unit_price,
                "sku_order_id": line_id(parcel.order, line),
            }
            for line in parcel.lines
        ],
    }


def _keys(order: Order) -> dict[str, Field]:
    return {
        "p_id": int(order.native_id),
        "s_ids": [int(line_id(order, line)) for line in order.lines],
        "shop_id": int(order.shop.native_id),
    }


def _shipped(order: Order, now: int) -> dict[str, Field]:
    parcel = order.parcels[-1]
    company = CARRIER_CODES_DOUYIN.get(parcel.carrier.code, parcel.carrier.kuaidi100)
    details: list[Field] = [
        {
            "shipped_order_id": int(line_id(order, line)),
            "product_id": offer("douyin", line.sku).item_id,
            "sku_id": offer("douyin", line.sku).sku_id,
            "shipped_num": line.quantity,
        }
        for line in parcel.lines
    ]
    return {
        **_keys(order),
        "biz": 2,
        "order_type": 0,
        "order_status": _STATUS[order.stage][0],
        "update_time": now,
        "logistics_msg": {
            "express_company_id": company,
            "logistics_code": parcel.tracking,
            "pack_id": str(7_438_000_000_000_000_000 + parcel.number),
            "shipped_order_info": details,
        },
    }


def _finished(order: Order, now: int) -> dict[str, Field]:
    return {**_keys(order), "biz": 2, "order_type": 0, "order_status": 5, "complete_time": now}


def _after_sale(order: Order, now: int, time_field: str) -> dict[str, Field]:
    refund = order.refund
    if refund is None:
        return {}
    return {
        "p_id": int(order.native_id),
        "s_id": int(line_id(order, refund.lines[0])),
        "shop_id": int(order.shop.native_id),
        "aftersale_id": 146_500_000_000_000_000 + refund.number,
        "aftersale_status": _AFTER_SALE_STATUS[refund.step],
        "aftersale_type": _AFTER_SALE_TYPE[refund.kind],
        "reason_code": 15,
        "refund_amount": refund.amount,
        "refund_post_amount": order.freight if len(refund.lines) == len(order.lines) else 0,
        "refund_voucher_num": 0,
        time_field: now,
        "update_time": now,
    }
