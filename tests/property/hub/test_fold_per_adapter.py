"""Every adapter's messages fold to one state, however they are ordered, grouped and repeated.

The messages are the adapter's own samples and variants of them: the same thing said again at another time, with
another figure in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple, TypeAlias

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from entrepot.app import Platform
from entrepot.flows.catalogue import Matcher
from entrepot.flows.dispatch import Batch
from entrepot.flows.matching import match_again
from entrepot.hub.adapter import RawMessage
from entrepot.hub.channels import ADAPTERS, adapter_of
from entrepot.hub.lineage import message_text, pointer_of
from entrepot.hub.shops import Shop
from entrepot.hub.spans import Span
from entrepot.hub.translate import Translation, translate
from entrepot.kernel.canonical import ORDER_PARTS
from entrepot.kernel.facts import Fact
from entrepot.orders.fold import OrderState, absorb, from_json, merge, to_json
from tests.golden.hub.golden import samples

RECEIVED = datetime(2026, 12, 31, tzinfo=UTC)
CLOCK = re.compile(r"(\d\d)(:|%3A)(\d\d)(?=(:|%3A)\d\d)")
EPOCH = re.compile(r"(\d{7,})(\d\d)$")
CHANNELS = [channel for channel in ADAPTERS if samples(channel)]


class Utterance(NamedTuple):
    """A sample, or a variant of it."""

    channel: str
    sample: str
    minute: int | None = None
    digit: tuple[int, int] | None = None


Said: TypeAlias = tuple[bytes, RawMessage, Translation]


@cache
def _shop(channel: str) -> Shop:
    adapter = adapter_of(channel)
    return Shop(channel, "demo", "demo", currency=adapter.currency, zone=adapter.zone)


@cache
def _bodies(channel: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in samples(channel)}


def _translated(channel: str, body: bytes) -> Said:
    message = RawMessage(channel, "demo", "", body, RECEIVED)
    return message.identity(), message, translate(adapter_of(channel), message, _shop(channel).context)


@cache
def _places(channel: str, sample: str) -> tuple[list[Span], list[Span]]:
    """Where a sample says its versions, and where it says everything else that is read."""
    _, message, said = _translated(channel, _bodies(channel)[sample])
    text = message_text(message)
    versions: set[Span] = set()
    others: set[Span] = set()
    for table, place in said.places:
        spec = table.table
        for paths, found in [(spec.version or (), versions), *((field.paths, others) for field in spec.fields)]:
            for path in (paths,) if isinstance(paths, str) else paths:
                span = adapter_of(channel).locate(text, pointer_of(path, place))
                if span is not None and path[:1] != "=":
                    found.add(span)
    return sorted(versions), sorted(others - versions)


def _at(text: str, minute: int) -> str:
    """Move a written time to another minute (or an epoch to other last digits)."""
    if CLOCK.search(text):
        return CLOCK.sub(lambda match: f"{match[1]}{match[2]}{minute:02}", text)
    return EPOCH.sub(lambda match: f"{match[1]}{minute:02}", text)


@cache
def _said(one: Utterance) -> Said:
    """Say a sample again: its versions in another minute, one digit of what it says another one."""
    body = _bodies(one.channel)[one.sample]
    plain = _translated(one.channel, body)
    # The stock book is append-only: of two movements of one name the first is booked, the other a conflict.
    if any(fact.kind in {"movement", "stock_fact"} for fact in plain[2].facts):
        return plain
    versions, others = _places(one.channel, one.sample)
    text = body.decode()
    edits = [] if one.minute is None else [(span, _at(text[slice(*span)], one.minute)) for span in versions]
    if one.digit is not None and others:
        start, end = others[one.digit[0] % len(others)]
        if text[start:end].isdecimal():
            edits.append(((end - 1, end), str(one.digit[1])))
    for (start, end), put in sorted(edits, reverse=True):
        text = text[:start] + put + text[end:]
    return _translated(one.channel, text.encode())


def _utterances(channel: str, most: int) -> st.SearchStrategy[list[Utterance]]:
    variants = st.builds(
        Utterance,
        st.just(channel),
        st.sampled_from(list(_bodies(channel))),
        st.none() | st.integers(10, 14),
        st.none() | st.tuples(st.integers(0, 40), st.integers(0, 3)),
    )
    few = st.lists(st.sampled_from(list(_bodies(channel))), min_size=1, max_size=2)
    return few.flatmap(
        lambda names: st.lists(
            variants.map(lambda one: one._replace(sample=names[len(one.sample) % len(names)])),
            min_size=1,
            max_size=most,
        )
    ).map(_unlike)


def _unlike(said: list[Utterance]) -> list[Utterance]:
    return list({_said(one)[0]: one for one in said}.values())


def _orders(said: Iterable[Utterance]) -> dict[str, OrderState]:
    states: dict[str, OrderState] = {}
    for message_id, _, translation in map(_said, said):
        of_order: dict[str, list[Fact]] = {}
        for fact in translation.facts:
            if fact.kind == "order" or (fact.kind in ORDER_PARTS and fact.parent):
                of_order.setdefault(fact.parent or fact.id, []).append(fact)
        for order_id, facts in of_order.items():
            absorb(states.setdefault(order_id, OrderState()), facts, message_id.hex())
    return states


def _grouped(draw: st.DataObject, said: list[Utterance]) -> Iterator[list[Utterance]]:
    """Shuffle, repeat and cut."""
    again = draw.draw(st.lists(st.sampled_from(said), max_size=3))
    heard = draw.draw(st.permutations(said + again))
    cuts = sorted(draw.draw(st.sets(st.integers(1, len(heard)), max_size=3)))
    for start, end in zip([0, *cuts], [*cuts, len(heard)], strict=True):
        if start < end:
            yield heard[start:end]


@pytest.mark.parametrize("channel", CHANNELS)
@given(data=st.data())
@settings(max_examples=40)
def test_any_sequence_grouping_and_repetition_gives_the_same_orders(channel: str, data: st.DataObject) -> None:
    said = data.draw(_utterances(channel, 6))
    expected = {order_id: to_json(state) for order_id, state in _orders(said).items()}
    states: dict[str, OrderState] = {}
    for group in _grouped(data, said):
        for order_id, state in _orders(group).items():
            # Each group is stored and read back, as it is between two transactions.
            states[order_id] = from_json(to_json(merge(states.get(order_id, OrderState()), state)))
    assert {order_id: to_json(state) for order_id, state in states.items()} == expected


class _Undo(Exception):
    """Rolls the transaction back."""


TABLES = {
    "orders": "SELECT id, doc::text, payment_status, fulfilment_status, paid, lines, pieces FROM orders.orders",
    "lines": "SELECT * FROM orders.line",
    "payments": "SELECT * FROM orders.payment",
    "refunds": "SELECT * FROM orders.refund",
    "shipments": "SELECT order_id, shipment_id, tracking_no, status, lines::text FROM orders.shipment",
    "sources": "SELECT order_id, message_id, version, topic FROM orders.source",
    "scans": "SELECT * FROM orders.tracking_event",
    "parcels": "SELECT tracking_no, status, status_at, place, carrier, delivered_at, events FROM orders.parcel",
    "skus": "SELECT id, title, title_en, brand, category, barcode, price, currency, version, source FROM stock.sku",
    "nodes": "SELECT id, name, kind, city, latitude, active, version, source FROM stock.node",
    "listings": "SELECT channel, item_id, sku_native_id, merchant_code, sku_id, version, source FROM stock.listing",
    "movements": "SELECT id, sku, qty, from_node, from_state, to_node, to_state, reason, valid_at FROM stock.movement",
    "levels": "SELECT sku, node, on_hand, quality_hold, damaged, in_transit FROM stock.level",
}


def _stored(
    platform: Platform, channel: str, groups: Iterable[Iterable[Utterance]]
) -> dict[str, list[tuple[object, ...]]]:
    """What the database holds after the groups, each written as one batch; nothing of it stays."""
    found: dict[str, list[tuple[object, ...]]] = {}
    try:
        with platform.db.transaction() as conn:
            for group in groups:
                _write(platform, conn, channel, group)
            for name, query in TABLES.items():
                found[name] = sorted(conn.execute(query).fetchall(), key=repr)
            raise _Undo
    except _Undo:
        return found


def _write(platform: Platform, conn: Connection, channel: str, group: Iterable[Utterance]) -> None:
    matcher = Matcher()
    matcher.reload(conn)
    batch = Batch(matcher, platform.book)
    heard = {one[0]: one for one in map(_said, group)}  # the intake takes a message once
    for message_id, message, said in heard.values():
        batch.add(message_id, message, said, _shop(channel))
    batch.write(conn)
    match_again(conn)


@pytest.mark.parametrize("channel", CHANNELS)
@given(data=st.data())
@settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_sequence_grouping_and_repetition_gives_the_same_rows(
    platform: Platform, channel: str, data: st.DataObject
) -> None:
    said = data.draw(_utterances(channel, 6))
    expected = _stored(platform, channel, [said])
    assert _stored(platform, channel, list(_grouped(data, said))) == expected
    assert _stored(platform, channel, [[one] for one in reversed(said)]) == expected


@pytest.mark.parametrize("channel", CHANNELS)
def test_all_samples_at_once_and_one_by_one_backwards_are_the_same(platform: Platform, channel: str) -> None:
    said = [Utterance(channel, sample) for sample in _bodies(channel)]
    expected = _stored(platform, channel, [said])
    assert any(expected.values())
    assert _stored(platform, channel, [[one] for one in reversed(said)]) == expected
