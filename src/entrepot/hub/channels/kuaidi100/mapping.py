"""Kuaidi100's pushes and query replies. Times are naive and in UTC+8; the order of the nodes proves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from entrepot.hub.adapter import Adapter, Topic
from entrepot.hub.channels.kuaidi100.codes import BY_CODE, BY_NAME, STATES
from entrepot.hub.converters import BadValue, ShopContext, cn_time, computed, constant, first, ident, text
from entrepot.hub.documents import Json, form_document, json_document, unwrap
from entrepot.hub.mapping import Field, Table
from entrepot.hub.spans import Span, json_span
from entrepot.hub.tracking import code_of_sentence, seconds_with_code, sentence
from entrepot.kernel.facts import Value


def decode(body: bytes, headers: Mapping[str, str]) -> Json:
    """Decode a push (a form whose ``param`` is JSON), or a plain JSON body, to the JSON inside."""
    document = json_document(body, headers) if body.lstrip()[:1] in b"{[\xef" else form_document(body, headers)
    if isinstance(document, dict) and "param" in document:
        return unwrap(document, "param")["param"]  # type: ignore[index, call-overload]
    return document


def locate(text: str, pointer: str) -> Span | None:
    """Find a pointer into the decoded JSON: in a push it stands inside ``param``."""
    return json_span(text, pointer) or json_span(text, f"/param{pointer}")


def _number(node: dict[str, Json]) -> str:
    value = node.get("statusCode")
    return "" if value is None else str(value).strip()


def _code_of(node: dict[str, Json]) -> str:
    """Read a node's code from the node alone: its number, its word, else its sentence.

    The push's own state is left out: the same node comes again in later pushes, and must not change its meaning.
    """
    name = str(node.get("status") or "").strip()
    stated = BY_CODE.get(_number(node)) or BY_NAME.get(name)
    return stated or code_of_sentence(str(node.get("context") or "")) or "in_transit"


def _code(raw: Json, context: ShopContext) -> Value:
    if not isinstance(raw, dict):
        raise BadValue(raw, "a node")
    if (number := _number(raw)) and number not in BY_CODE:
        raise BadValue(number, f"one of statusCode: {', '.join(STATES)}")
    return _code_of(raw)


def _carrier(raw: Json, context: ShopContext) -> Value:
    """Take the carrier that the service found to be right, where it corrected ours."""
    named, is_corrected, found = raw if isinstance(raw, list) else (None, None, None)
    if str(is_corrected) == "1" and isinstance(found, str) and found.strip():
        return found.strip()
    return text.convert(named, context) if named is not None else None


def _raw_code(raw: Json, context: ShopContext) -> Value:
    candidates = raw if isinstance(raw, list) else [raw]
    return next((str(value).strip() for value in candidates if value not in (None, "")), None)


def _nodes(number: str) -> Table:
    """Map the nodes beside a number: `number` is ``^`` and the path of the object that has both."""
    return Table(
        "tracking_event",
        at=f"{number.removeprefix('^.')}data[]",
        id=f"{number}nu",
        digest=("time", "context"),
        scope="global",
        version=".",
        version_by=seconds_with_code(cn_time, lambda node: node.get("ftime") or node.get("time"), _code_of),
        fields=(
            Field("tracking_no", f"{number}nu", ident, required=True),
            Field(
                "carrier",
                (f"{number}com", "^.autoCheck", "^.comNew"),
                computed("comNew where autoCheck, else com", "text", _carrier),
            ),
            Field("at", ("ftime", "time"), first(cn_time), required=True),
            Field("code", ".", computed("statusCode, else status, else context", "text", _code)),
            Field("raw_code", ("statusCode", "status"), computed("statusCode or status", "text", _raw_code)),
            Field("place", ("areaName", "location"), first(text)),
            Field("text", "context", sentence),
        ),
    )


PUSHED: Final = _nodes("^.lastResult.")
QUERIED: Final = _nodes("^.")

GIVEN_UP: Final = Table(
    "fetch",
    id="lastResult.nu",
    when=lambda push: isinstance(push, dict) and push.get("status") == "abort",
    fields=(
        Field("entity", "status", constant("tracking"), required=True),
        Field("native_id", "lastResult.nu", ident, required=True),
        Field("reason", ("message", "status"), first(text)),
    ),
)
"""The service stopped watching the number (no record for 3 days, no change for 60): check it and subscribe again."""

ADAPTER: Final = Adapter(
    channel="kuaidi100",
    title="Kuaidi100",
    title_zh="快递100",
    kind="carrier",
    version=1,
    signature="kuaidi100",
    decode=decode,
    locate=locate,
    topics=(
        Topic(
            "push",
            marks=("lastResult",),
            tables=(PUSHED, GIVEN_UP),
            note="The push tells of the subscription only: the number has no node yet.",
        ),
        Topic(
            "query",
            marks=("nu", "data"),
            tables=(QUERIED,),
            note="The number has no node yet.",
        ),
        Topic("reply", marks=("returnCode",), note="The service acknowledged or refused a request; it tells no node."),
        Topic(
            "subscription",
            marks=("status", "message"),
            note="The service tells of a subscription, and names no parcel.",
        ),
    ),
)
