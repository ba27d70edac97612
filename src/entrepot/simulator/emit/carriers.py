"""Carriers: SF Express route pushes and route queries, everybody else through Kuaidi100; naive UTC+8."""

from __future__ import annotations

from typing import Final, TypeAlias
from urllib.parse import quote_plus

import msgspec

from entrepot.simulator import signing
from entrepot.simulator.emit.wording import token
from entrepot.simulator.message import NativeMessage, china_time, utc
from entrepot.simulator.orders import Parcel, Stop
from entrepot.simulator.retailer import DemoShop

Field: TypeAlias = "str | int | bool | list[Field] | dict[str, Field] | None"

_SF_CODES: Final = {
    "picked_up": "50", "departed": "30", "arrived": "31", "out": "44", "signed": "80", "receipt": "8000",
    "problem": "33", "failed": "70", "refused": "70", "returning": "99", "returned": "80", "customs": "31",
}  # fmt: skip

# (state, billstatus, status text, advanced status code) by kind of stop.
_KUAIDI100: Final = {
    "picked_up": ("1", "got", "揽收", "103"),
    "departed": ("0", "transport", "在途", "1002"),
    "arrived": ("0", "transport", "在途", "1001"),
    "customs": ("8", "transport", "清关", "8"),
    "out": ("5", "sending", "派件", "5"),
    "signed": ("3", "check", "签收", "301"),
    "receipt": ("3", "check", "签收", "301"),
    "problem": ("2", "transport", "疑难", "2"),
    "failed": ("2", "sending", "疑难", "208"),
    "refused": ("14", "sending", "拒签", "14"),
    "returning": ("6", "transport", "退回", "6"),
    "returned": ("4", "check", "退签", "4"),
}  # fmt: skip


def tell(parcel: Parcel, upto: int, shops: dict[str, DemoShop], now: int) -> NativeMessage:
    """Push what is new about a parcel: the stops after the last told, up to and with ``upto``."""
    if parcel.carrier.code == "SF":
        return _sf_push(parcel, parcel.stops[parcel.told : upto + 1], shops["sf"], now)
    return _kuaidi100_push(parcel, parcel.stops[: upto + 1], shops["kuaidi100"], now)


def sf_routes(parcel: Parcel, upto: int, shop: DemoShop, now: int) -> NativeMessage:
    """Answer a route query (EXP_RECE_SEARCH_ROUTES): the data is JSON inside a string."""
    routes: list[Field] = [
        {
            "acceptAddress": stop.place,
            "acceptTime": china_time(stop.at),
            "remark": stop.text,
            "opCode": _SF_CODES[stop.kind],
        }
        for stop in parcel.stops[: upto + 1]
    ]
    data: Field = {
        "success": True,
        "errorCode": "S0000",
        "errorMsg": None,
        "msgData": {"routeResps": [{"mailNo": parcel.tracking, "routes": routes}]},
    }
    body: Field = {
        "apiErrorMsg": "",
        "apiResponseID": token(f"{parcel.number}|{now}", 32).upper(),
        "apiResultCode": "A1000",
        "apiResultData": msgspec.json.encode(data).decode(),
    }
    headers = {"content-type": "application/json;charset=UTF-8"}
    return NativeMessage("sf", shop.shop, "search_routes", msgspec.json.encode(body), headers, utc(now), "poll")


def _sf_push(parcel: Parcel, stops: list[Stop], shop: DemoShop, now: int) -> NativeMessage:
    routes: list[Field] = [
        {
            "id": str(parcel.number * 100 + parcel.stops.index(stop) + 16_000_000_000),
            "mailno": parcel.tracking,
            "orderid": f"SY{parcel.number:010d}",
            "acceptTime": china_time(stop.at),
            "acceptAddress": stop.place,
            "opCode": _SF_CODES[stop.kind],
            "remark": stop.text,
        }
        for stop in stops
    ]
    body = msgspec.json.encode({"Body": {"WaybillRoute": routes}})
    headers = {"content-type": "application/json;charset=UTF-8"}
    return NativeMessage("sf", shop.shop, "route_push", body, headers, utc(now), "webhook")


def _kuaidi100_push(parcel: Parcel, stops: list[Stop], shop: DemoShop, now: int) -> NativeMessage:
    state, bill, _, _ = _KUAIDI100[stops[-1].kind]
    ended = stops[-1].kind in ("signed", "returned")
    nodes: list[Field] = [
        {
            "time": china_time(stop.at),
            "ftime": china_time(stop.at),
            "context": stop.text,
            "status": _KUAIDI100[stop.kind][2],
            "statusCode": _KUAIDI100[stop.kind][3],
            "areaCode": f"{stop.area_code}000000" if stop.area_code else None,
            "areaName": stop.place,
        }
        for stop in reversed(stops)
    ]
    content: Field = {
        "status": "shutdown" if ended else "polling",
        "billstatus": bill,
        "message": "",
        "autoCheck": "0",
        "comOld": "",
        "comNew": "",
        "lastResult": {
            "message": "ok",
            "nu": parcel.tracking,
            "ischeck": "1" if ended else "0",
            "com": parcel.carrier.kuaidi100,
            "status": "200",
            "state": state,
            "condition": "F00" if ended else "00",
            "data": nodes,
        },
    }
    parameter = msgspec.json.encode(content).decode()
    body = f"sign={signing.kuaidi100(parameter, shop)}&param={quote_plus(parameter)}".encode()
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    return NativeMessage("kuaidi100", shop.shop, "push", body, headers, utc(now), "webhook")
