"""Why a value is what it is: the message that won, its bytes, the conversion, and the values it overruled."""

from __future__ import annotations

from typing import Final, NamedTuple

from pydantic import BaseModel, JsonValue

from entrepot.api.personal import is_personal, masked_text, shown
from entrepot.api.services import Services
from entrepot.hub.adapter import Adapter
from entrepot.hub.lineage import FieldTrace, MessageTrace, explain_message
from entrepot.hub.queries import StoredMessage, stored_messages
from entrepot.hub.shops import Shop, known_shops
from entrepot.hub.spans import Span
from entrepot.kernel.canonical import ORDER_PARTS
from entrepot.kernel.errors import NotFound
from entrepot.kernel.facts import Value
from entrepot.orders.detail import order_sources, order_state
from entrepot.orders.fold import Fields, OrderState, Stamp

DERIVED: Final = {
    "refunded": "sum of refunds.amount that are done",
    "discount": "discount_seller + discount_platform",
    "pieces": "sum of lines.qty",
    "line_count": "number of lines",
    "goods": "sum of lines.line_total: the channel gives no figure of its own",
    "freight": "sum of lines.freight: the channel gives no figure of its own",
    "paid": "sum of payments.amount: the channel gives no figure of its own",
    "sku": "the line's merchant code where it is a SKU of ours, else the channel's listing",
}
"""Values computed by us, where no message says them."""

_AROUND: Final = 60
_MOST_CANDIDATES: Final = 20


class Candidate(BaseModel):
    """A value that another message gave, and why it lost."""

    value: JsonValue
    version: int
    message_id: str
    reason: str


class Explanation(BaseModel):
    """Where a value came from; offsets are characters of the message's text."""

    part: str
    field: str
    value: JsonValue
    rule: str | None = None
    message_id: str | None = None
    version: int | None = None
    adapter: str | None = None
    pointer: str | None = None
    converter: str | None = None
    start: int | None = None
    end: int | None = None
    excerpt: str | None = None
    excerpt_start: int | None = None
    candidates: list[Candidate] = []


class _Told(NamedTuple):
    """What one message says of the field."""

    stored: StoredMessage
    adapter: Adapter
    trace: MessageTrace
    version: int
    field: FieldTrace


def explain_value(
    services: Services, order_id: str, part: str, field: str, in_clear: bool, kind: str | None = None
) -> Explanation:
    """Explain one field of an order or of a part of it.

    Parameters
    ----------
    services : Services
        Whose books.
    order_id, part, field : str
        What to explain; the part is empty for the order itself.
    in_clear : bool
        Whether the caller may read personal data.
    kind : str, optional
        The part's, where parts of two kinds have one id; by default the first that knows the field.

    Raises
    ------
    NotFound
        ``orders.unknown``, ``orders.unknown_part`` or ``orders.unknown_field``.
    """
    field = {"channel_updated_at": "updated_at"}.get(field, field)
    with services.db.read() as conn:
        state = order_state(conn, order_id)
        if state is None:
            raise NotFound("orders.unknown", f"There is no order {order_id[:200]!r}.", "Look for it with a search.")
        kind, fields = _fields(state, part, field, kind)
        register = fields.get(field)
        if register is None:
            return _derived(part, field)
        sources = [source.message_id for source in order_sources(conn, order_id)]
        # The winner may be older than the sources that are kept at hand.
        messages = stored_messages(conn, [register[1][1], *sources[-_MOST_CANDIDATES:]])
        shops = known_shops(conn)
    record = f"{order_id}/{part}" if part else order_id
    told = [one for stored in messages for one in _told(services, stored, shops, kind, record, field, register[1][1])]
    return _explanation(kind, part, field, register[0], register[1], told, in_clear)


def _fields(state: OrderState, part: str, field: str, kind: str | None) -> tuple[str, Fields]:
    if not part:
        return "order", state.fields
    found = [
        (name, state.parts[name][part])
        for name in ORDER_PARTS
        if part in state.parts.get(name, {}) and kind in {None, name}
    ]
    if not found:
        raise NotFound(
            "orders.unknown_part", f"The order has no part {part[:100]!r}.", "Use the id of one of its parts."
        )
    return next((one for one in found if field in one[1]), found[0])


def _derived(part: str, field: str) -> Explanation:
    if field not in DERIVED:
        raise NotFound(
            "orders.unknown_field",
            f"Nothing is known of {field[:60]!r} here: no message gave it.",
            "Use the name of a field that the order shows.",
            field=field[:60],
        )
    return Explanation(part=part, field=field, value=None, rule=DERIVED[field])


def _told(
    services: Services,
    stored: StoredMessage,
    shops: dict[tuple[str, str], Shop],
    kind: str,
    record: str,
    field: str,
    winner: str,
) -> list[_Told]:
    shop = shops.get((stored.row.channel, stored.row.shop))
    if stored.message is None or shop is None:
        return []
    adapter = services.adapters.of(stored.message)
    # Of the winner an excerpt is shown, and for that every place of personal data must be known.
    only = None if stored.row.id == winner else (record, field)
    trace = explain_message(adapter, stored.message, shop.context, only)
    return [
        _Told(stored, adapter, trace, one.fact.version, one.fields[field])
        for one in trace.records
        if (one.fact.kind, one.fact.id) == (kind, record) and field in one.fields
    ]


def _explanation(
    kind: str, part: str, field: str, value: Value, stamp: Stamp, told: list[_Told], in_clear: bool
) -> Explanation:
    winner = next(
        (one for one in told if (one.version, one.stored.row.id) == stamp and one.field.value == value),
        next((one for one in told if one.stored.row.id == stamp[1]), None),
    )
    reply = Explanation(
        part=part,
        field=field,
        value=shown(kind, field, value, in_clear),
        message_id=stamp[1],
        version=stamp[0],
        candidates=[_candidate(kind, field, one, stamp, in_clear) for one in told if one is not winner],
    )
    if winner is None:
        reply.rule = "the message was erased, or today's mapping no longer reads this field from it"
        return reply
    reply.adapter = f"{winner.adapter.channel} v{winner.adapter.version}, {winner.trace.topic}"
    reply.pointer = ", ".join(winner.field.pointers)
    reply.converter = winner.field.converter
    if winner.field.spans:
        start, end = winner.field.spans[0]
        text = winner.trace.text if in_clear else masked_text(winner.trace.text, personal_spans(winner.trace))
        reply.start, reply.end = start, end
        reply.excerpt_start = max(0, start - _AROUND)
        reply.excerpt = text[reply.excerpt_start : end + _AROUND]
    return reply


def _candidate(kind: str, field: str, one: _Told, stamp: Stamp, in_clear: bool) -> Candidate:
    own = (one.version, one.stored.row.id)
    reason = "older" if own[0] < stamp[0] else "same age, lower hash" if own < stamp else "same message"
    return Candidate(
        value=shown(kind, field, one.field.value, in_clear),
        version=one.version,
        message_id=one.stored.row.id,
        reason=reason,
    )


def personal_spans(trace: MessageTrace) -> list[Span]:
    """Return where personal data stands in a message's text, as far as its mapping reads it."""
    return [
        span
        for record in trace.records
        for name, field in record.fields.items()
        if is_personal(record.fact.kind, name)
        for span in field.spans
    ]
