"""SF's route replies and pushes. Times are naive, in UTC+8, in whole seconds; the order of nodes says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from entrepot.hub.adapter import Adapter, Topic
from entrepot.hub.channels.sf.codes import TRACKING
from entrepot.hub.converters import BadValue, ShopContext, cn_time, computed, constant, enum, first, ident, text
from entrepot.hub.documents import Json, form_document, json_document, unwrap
from entrepot.hub.mapping import Field, Paths, Table
from entrepot.hub.tracking import code_of_sentence, seconds_with_code, sentence
from entrepot.kernel.facts import Value

_OP_CODE: Final = enum("opCode", TRACKING)
_GOES_BACK: Final = ("returning", "returned", "refused")


def decode(body: bytes, headers: Mapping[str, str]) -> Json:
    """Decode JSON and the JSON text in ``apiResultData``; of a form, the JSON text in ``content`` or ``msgData``."""
    if body.lstrip()[:1] in b"{[\xef":
        return unwrap(json_document(body, headers), "apiResultData")
    form = form_document(body, headers)
    for name in ("content", "msgData"):
        if isinstance(form, dict) and form.get(name):
            return unwrap({name: form[name]}, name)[name]  # type: ignore[call-overload, index]
    return form


def _code_of(node: dict[str, Json]) -> str | None:
    """Read a node's code from its opCode; 70, 80 and 99 are also used of a parcel that is refused or goes back."""
    number = str(node.get("opCode") or node.get("opcode") or "").strip()
    if number in {"70", "80", "99"}:
        said = code_of_sentence(str(node.get("remark") or ""))
        if said in _GOES_BACK:
            return {"70": said, "80": "returned", "99": "returning"}[number]
    return TRACKING.get(number)


def _code(raw: Json, context: ShopContext) -> Value:
    if not isinstance(raw, dict):
        raise BadValue(raw, "a node")
    number = raw.get("opCode") or raw.get("opcode")
    return None if number is None else _code_of(raw) or _OP_CODE.convert(number, context)


def _routes(at: str, number: Paths, order: Paths) -> Table:
    """Map route nodes: `number` and `order` are the paths of the waybill's number and of the sender's order number."""
    return Table(
        "tracking_event",
        at=at,
        id=number,
        digest=("acceptTime", "opCode", "opcode", "remark"),
        scope="global",
        version=".",
        version_by=seconds_with_code(cn_time, lambda node: node.get("acceptTime"), _code_of),
        fields=(
            Field("tracking_no", number, ident, required=True),
            Field("carrier", number, constant("shunfeng")),
            Field("at", "acceptTime", cn_time, required=True),
            Field("code", ".", computed("opCode and remark", "text", _code)),
            Field("raw_code", ("opCode", "opcode"), first(text)),
            Field("place", ("acceptAddress", "acceptTotaladdr"), first(text)),
            Field("text", "remark", sentence),
            Field("order_ref", order, first(ident)),
        ),
    )


QUERIED: Final = _routes("apiResultData.msgData.routeResps[].routes[]", "^.mailNo", ("^.orderId", "^.orderNo"))
LISTED: Final = _routes("body[]", "mailNo", ("orderId",))
PUSHED: Final = _routes("Body.WaybillRoute[]", "mailno", ("orderid", "orderId"))

CREATED: Final = Table(
    "fetch",
    at="apiResultData.msgData.waybillNoInfoList[]",
    id="waybillNo",
    fields=(
        Field("entity", "waybillNo", constant("tracking")),
        Field("native_id", "waybillNo", ident, required=True),
        Field("reason", "^.apiResultData.msgData.orderId"),
    ),
)
"""The parcel of an order has its number (the reason is the sender's order number): its routes can be asked for."""

STATE: Final = Table(
    "fetch",
    at="orderState[]",
    id="waybillNo",
    fields=(
        Field("entity", "waybillNo", constant("tracking")),
        Field("native_id", "waybillNo", ident, required=True),
        Field("reason", ("orderStateDesc", "orderStateCode"), first(text)),
    ),
)


def _is_refusal(document: Json) -> bool:
    if not isinstance(document, dict):
        return False
    data = document.get("apiResultData")
    return document.get("apiResultCode") not in (None, "A1000") or (
        isinstance(data, dict) and str(data.get("success")).lower() == "false"
    )


ADAPTER: Final = Adapter(
    channel="sf",
    title="SF Express",
    title_zh="顺丰速运",
    kind="carrier",
    version=1,
    signature="sf",
    decode=decode,
    topics=(
        Topic(
            "route_push",
            marks=("Body.WaybillRoute",),
            tables=(PUSHED,),
            aliases=("RoutePush", "RLS_ROUTE_PUSH"),
            note="The push has no route node.",
        ),
        Topic(
            "refusal",
            marks=("apiResultCode",),
            recognise=_is_refusal,
            note="SF refused the request, or had done it before (8016 placed, 8037 cancelled).",
        ),
        Topic(
            "routes",
            marks=("apiResultData.msgData.routeResps",),
            tables=(QUERIED,),
            aliases=("EXP_RECE_SEARCH_ROUTES",),
            note="The parcel has no route node yet.",
        ),
        Topic("routes_v1", marks=("body", "head"), tables=(LISTED,), note="The parcel has no route node yet."),
        Topic(
            "order_updated",
            marks=("apiResultData.msgData.resStatus",),
            aliases=("EXP_RECE_UPDATE_ORDER",),
            note="SF confirmed a change of an order without saying which (confirmed or cancelled); its routes tell.",
        ),
        Topic(
            "order_created",
            marks=("apiResultData.msgData.waybillNoInfoList",),
            tables=(CREATED,),
            aliases=("EXP_RECE_CREATE_ORDER", "EXP_RECE_SEARCH_ORDER_RESP"),
        ),
        Topic("order_state", marks=("orderState",), tables=(STATE,)),
        Topic("reply", marks=("apiResultCode",), note="SF answered a request that tells no parcel's route."),
        Topic("acknowledgement", marks=("return_code",), note="An acknowledgement of a push."),
        Topic("head", marks=("head.code",), note="SF refused the request; the reply tells no parcel."),
    ),
)
