"""Writes of the order book: batches of folded orders and parcels, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import NamedTuple

from psycopg import Connection, sql

from entrepot.kernel.errors import Conflict
from entrepot.kernel.facts import Fact
from entrepot.orders.fold import OrderState, absorb, from_json, to_json
from entrepot.orders.projection import (
    ORDER_COLUMNS,
    PART_COLUMNS,
    PART_TABLES,
    ResolveSku,
    Row,
    order_row,
    part_rows,
)
from entrepot.orders.tracking import Scan, fold_parcel


class Said(NamedTuple):
    """What one message said of one order.

    Parameters
    ----------
    message_id : bytes
        32 bytes.
    topic : str
        The message's.
    received_at : datetime
        Aware.
    facts : list of Fact
        The order and its parts.
    """

    message_id: bytes
    topic: str
    received_at: datetime
    facts: list[Fact]


class Changed(NamedTuple):
    """An order after a fold."""

    order_id: str
    revision: int
    state: OrderState
    is_new: bool


def fold_orders(
    conn: Connection, said: Mapping[str, Sequence[Said]], resolve: ResolveSku, rebuild: Set[str] = frozenset()
) -> list[Changed]:
    """Fold what messages said into the orders they speak of, and write state, rows and sources.

    Parameters
    ----------
    conn : Connection
        In a transaction.
    said : mapping of order id to what was said of it
        Any number of orders.
    resolve : callable
        Finds a line's SKU.
    rebuild : set of str
        Orders whose state is forgotten first: `said` holds everything that was ever said of them, translated anew.

    Returns
    -------
    list of Changed
        The orders whose state is another than before, by id.

    Raises
    ------
    Conflict
        If another transaction changed one of the orders meanwhile; roll back and retry.
    """
    order_ids = sorted(said)
    known = _load(conn, order_ids)
    changed: list[Changed] = []
    docs: list[str] = []
    for order_id in order_ids:
        revision, before = known.get(order_id, (0, None))
        state = OrderState() if before is None or order_id in rebuild else from_json(before)
        for one in said[order_id]:
            absorb(state, one.facts, one.message_id.hex())
        doc = to_json(state).decode()
        if doc != before:
            changed.append(Changed(order_id, revision + 1, state, revision == 0))
            docs.append(doc)
    _write_orders(conn, changed, docs)
    _write_parts(conn, changed, resolve)
    _write_sources(conn, said, changed)
    return changed


def _load(conn: Connection, order_ids: list[str]) -> dict[str, tuple[int, str]]:
    rows = conn.execute(
        "SELECT id, revision, doc::text FROM orders.orders WHERE id = ANY(%s)", (order_ids,), prepare=True
    ).fetchall()
    return {order_id: (revision, doc) for order_id, revision, doc in rows}


def _write_orders(conn: Connection, changed: list[Changed], docs: list[str]) -> None:
    new = [(one, doc) for one, doc in zip(changed, docs, strict=True) if one.is_new]
    old = [(one, doc) for one, doc in zip(changed, docs, strict=True) if not one.is_new]
    columns = sql.SQL(", ").join(map(sql.Identifier, ORDER_COLUMNS))
    if new:
        with (
            conn.cursor() as cursor,
            cursor.copy(sql.SQL("COPY orders.orders ({}, revision, doc) FROM STDIN").format(columns)) as copy,
        ):
            for one, doc in new:
                copy.write_row((*order_row(one.order_id, one.state), one.revision, doc))
    if old:
        _update_orders(conn, old)


_TYPES = {
    **dict.fromkeys(("placed_at", "paid_at", "shipped_at", "delivered_at", "completed_at"), "timestamptz"),
    **dict.fromkeys(("cancelled_at", "promised_at", "updated_at"), "timestamptz"),
    **dict.fromkeys(("goods", "freight", "discount", "paid", "refunded", "lines", "pieces"), "bigint"),
}


def _update_orders(conn: Connection, old: list[tuple[Changed, str]]) -> None:
    rows = [(*order_row(one.order_id, one.state), one.revision, doc) for one, doc in old]
    names = (*ORDER_COLUMNS, "revision", "doc")
    types = [_TYPES.get(name, {"revision": "int", "doc": "json"}.get(name, "text")) for name in names]
    settable = [name for name in names if name not in ("id", "channel", "shop", "native_id")]
    cursor = conn.execute(
        sql.SQL(
            "UPDATE orders.orders o SET {}, change = nextval('orders.change'), changed_at = now() "
            "FROM unnest({}) AS n({}) WHERE o.id = n.id AND o.revision = n.revision - 1"
        ).format(
            sql.SQL(", ").join(sql.SQL("{0} = n.{0}").format(sql.Identifier(name)) for name in settable),
            sql.SQL(", ").join(sql.SQL("%s::{}[]").format(sql.SQL(kind)) for kind in types),
            sql.SQL(", ").join(map(sql.Identifier, names)),
        ),
        [list(column) for column in zip(*rows, strict=True)],
    )
    if cursor.rowcount != len(rows):
        raise Conflict(
            "orders.moved", f"{len(rows) - cursor.rowcount} orders were changed by another transaction.", "Retry."
        )


def _write_parts(conn: Connection, changed: list[Changed], resolve: ResolveSku) -> None:
    again = [one.order_id for one in changed if not one.is_new]
    for kind, (table, part_id) in PART_TABLES.items():
        rows: list[Row] = []
        for one in changed:
            if kind in one.state.parts:
                rows.extend(part_rows(one.order_id, one.state, kind, resolve))
        name = sql.Identifier("orders", table)
        if again:
            conn.execute(sql.SQL("DELETE FROM {} WHERE order_id = ANY(%s)").format(name), (again,))
        if not rows:
            continue
        columns = ["order_id", part_id, *(["sku"] if kind == "order_line" else []), *PART_COLUMNS[kind]]
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(name, sql.SQL(", ").join(map(sql.Identifier, columns)))
        with conn.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)


def _write_sources(conn: Connection, said: Mapping[str, Sequence[Said]], changed: Sequence[Changed]) -> None:
    new = {one.order_id for one in changed if one.is_new}
    names = "order_id, message_id, version, topic, received_at, kinds"
    # An order nobody had spoken of has no source yet: no look at the index for what might be there.
    with conn.cursor() as cursor, cursor.copy(f"COPY orders.source ({names}) FROM STDIN") as copy:
        for row in _source_rows({order_id: said[order_id] for order_id in new}):
            copy.write_row(row)
    again = list(_source_rows({order_id: messages for order_id, messages in said.items() if order_id not in new}))
    if again:
        # A replay translates a message again; its older entry gives way.
        conn.execute(
            f"INSERT INTO orders.source ({names}) "
            "SELECT * FROM unnest(%s::text[], %s::bytea[], %s::bigint[], %s::text[], %s::timestamptz[], %s::text[]) "
            "ON CONFLICT (order_id, message_id) DO UPDATE SET version = excluded.version, kinds = excluded.kinds",
            [list(column) for column in zip(*again, strict=True)],
        )


def _source_rows(said: Mapping[str, Sequence[Said]]) -> Iterator[Row]:
    for order_id, messages in said.items():
        for one in messages:
            version = max(fact.version for fact in one.facts)
            kinds = ",".join(sorted({fact.kind for fact in one.facts}))
            yield (order_id, one.message_id, version, one.topic, one.received_at, kinds)


def fold_parcels(conn: Connection, events: Iterable[tuple[Fact, bytes]]) -> list[str]:
    """Add tracking events (each once, by its id) and fold the parcels they concern.

    Returns
    -------
    list of str
        Tracking numbers whose events grew.
    """
    rows = [_event_row(fact, message_id) for fact, message_id in events]
    if not rows:
        return []
    # Of one event told twice the newest telling counts, also within a batch.
    unique = {str(row[0]): row for row in sorted(rows, key=lambda row: row[-2:])}
    ordered = [unique[key] for key in sorted(unique)]
    added = conn.execute(
        "INSERT INTO orders.tracking_event (id, tracking_no, carrier, code, raw_code, at, place, note, version, "
        "message_id) SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], "
        "%s::timestamptz[], %s::text[], %s::text[], %s::bigint[], %s::bytea[]) ON CONFLICT (id) DO UPDATE SET "
        "carrier = excluded.carrier, code = excluded.code, raw_code = excluded.raw_code, at = excluded.at, "
        "place = excluded.place, note = excluded.note, version = excluded.version, message_id = excluded.message_id "
        "WHERE (tracking_event.version, tracking_event.message_id) <= (excluded.version, excluded.message_id) "
        "RETURNING tracking_no",
        [list(column) for column in zip(*ordered, strict=True)],
    ).fetchall()
    numbers = sorted({row[0] for row in added})
    _fold_parcel_rows(conn, numbers)
    return numbers


def _event_row(fact: Fact, message_id: bytes) -> Row:
    said = fact.fields.get
    return (
        fact.id, said("tracking_no"), said("carrier"), said("code"), said("raw_code"), said("at"), said("place"),
        said("text"), fact.version, message_id,
    )  # fmt: skip


def _fold_parcel_rows(conn: Connection, numbers: list[str]) -> None:
    # Two transactions that fold one parcel take turns, so that neither misses the other's events.
    conn.execute(
        "SELECT pg_advisory_xact_lock(hashtext('parcel:' || number)) FROM unnest(%s::text[]) AS t(number)", (numbers,)
    )
    scans: dict[str, list[Scan]] = {}
    for number, *scan in conn.execute(
        "SELECT tracking_no, at, code, place, carrier, version, id FROM orders.tracking_event "
        "WHERE tracking_no = ANY(%s)",
        (numbers,),
    ):
        scans.setdefault(number, []).append(Scan(*scan))
    parcels = [(number, fold_parcel(scans[number])) for number in numbers]
    conn.execute(
        "INSERT INTO orders.parcel (tracking_no, status, status_at, place, carrier, delivered_at, events) "
        "SELECT * FROM unnest(%s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::timestamptz[], "
        "%s::int[]) ON CONFLICT (tracking_no) DO UPDATE SET status = excluded.status, status_at = excluded.status_at, "
        "place = excluded.place, carrier = excluded.carrier, delivered_at = excluded.delivered_at, "
        "events = excluded.events, changed_at = %s",
        [
            numbers,
            [parcel.status for _, parcel in parcels],
            [parcel.status_at for _, parcel in parcels],
            [parcel.place for _, parcel in parcels],
            [parcel.carrier for _, parcel in parcels],
            [parcel.delivered_at for _, parcel in parcels],
            [parcel.events for _, parcel in parcels],
            datetime.now(UTC),
        ],
    )
