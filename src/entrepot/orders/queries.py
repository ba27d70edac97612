"""Orders as people look for them: a page of a filtered list, one order, counts by hour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from psycopg import Connection

from entrepot.kernel.errors import InputError
from entrepot.orders.attention import EXCEPTIONS, exception_list, exception_values

SORTS: Final[dict[str, str]] = {
    "placed_at": "o.placed_at",
    "updated_at": "o.changed_at",
    "paid": "o.paid",
    "pieces": "o.pieces",
}
"""Columns a list may be sorted by; ``id`` breaks ties."""

PREFIX_LENGTH: Final = 4
"""A shorter search text must be a whole number or code; a prefix of three digits would match half the book."""

_MOST_COUNTED: Final = 10_000
_EXPORT_CHUNK: Final = 2_000

_COLUMNS: Final = f"""o.id, o.channel, o.shop, o.native_id, o.placed_at, o.paid_at, o.shipped_at, o.promised_at,
    o.payment_status, o.fulfilment_status, o.aftersale_status, o.hold_status, o.currency, o.goods, o.freight,
    o.discount, o.paid, o.refunded, o.lines, o.pieces, o.province, o.city, o.store, o.changed_at,
    {exception_list()}"""

# Every arm is an index look-up.
_NAMED: Final = """
    SELECT id FROM orders.orders WHERE id = %(q)s OR native_id = %(q)s
    UNION ALL SELECT order_id FROM orders.line WHERE sku = %(q)s
    UNION ALL SELECT order_id FROM orders.line WHERE sku IS NULL AND merchant_code = %(q)s
    UNION ALL SELECT order_id FROM orders.shipment WHERE tracking_no = %(q)s"""


@dataclass(frozen=True, slots=True)
class OrderQuery:
    """Which orders, in which sequence.

    Parameters
    ----------
    channel, payment, fulfilment, aftersale, hold : tuple of str
        Any of these; empty is all.
    shop, store, province, city : str or None
        Exactly this.
    placed_from, placed_to : datetime or None
        Placed in ``[from, to)``.
    updated_since : datetime or None
        Changed in our book at or after.
    q : str or None
        Order number, SKU, merchant code or parcel number; where none of these is called so, the first four or more
        characters of an order number.
    exception : str or None
        A key of `entrepot.orders.attention.EXCEPTIONS`.
    sort : str
        A key of `SORTS`; ``-`` in front turns it round.
    """

    channel: tuple[str, ...] = ()
    payment: tuple[str, ...] = ()
    fulfilment: tuple[str, ...] = ()
    aftersale: tuple[str, ...] = ()
    hold: tuple[str, ...] = ()
    shop: str | None = None
    store: str | None = None
    province: str | None = None
    city: str | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    updated_since: datetime | None = None
    q: str | None = None
    exception: str | None = None
    sort: str = "-placed_at"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What other contexts know and an order's exceptions depend on.

    Parameters
    ----------
    now : datetime
        Aware.
    zone : str
        In which our own promised dates are days, as an IANA name.
    quarantined : list of str
        Orders of which a part is kept in quarantine.
    stocked_shops : list of str
        ``channel:shop`` whose sales move our stock.
    """

    now: datetime
    zone: str
    quarantined: list[str] = field(default_factory=list)
    stocked_shops: list[str] = field(default_factory=list)

    def values(self) -> dict[str, object]:
        """Return the parameters of the exceptions' predicates."""
        return exception_values(self.now, self.zone, self.quarantined, self.stocked_shops)


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """An order in a list. Money in minor units of `currency`; ``updated_at`` is when our book changed."""

    id: str
    channel: str
    shop: str
    native_id: str
    placed_at: datetime | None
    paid_at: datetime | None
    shipped_at: datetime | None
    promised_at: datetime | None
    payment_status: str | None
    fulfilment_status: str | None
    aftersale_status: str | None
    hold_status: str | None
    currency: str | None
    goods: int | None
    freight: int | None
    discount: int | None
    paid: int | None
    refunded: int | None
    lines: int
    pieces: int
    province: str | None
    city: str | None
    store: str | None
    updated_at: datetime
    exceptions: list[str]


Position = tuple[datetime | int | None, str]
"""Where a page ended: the value sorted by, and the order."""


def list_orders(
    conn: Connection, query: OrderQuery, around: Surroundings, limit: int, after: Position | None = None
) -> list[OrderSummary]:
    """List orders that match.

    Parameters
    ----------
    conn : Connection
        Any connection.
    query : OrderQuery
        Filter and sequence.
    around : Surroundings
        For the exceptions.
    limit : int
        Most orders to return.
    after : tuple, optional
        The last order of the page before, see `position_of`.

    Raises
    ------
    InputError
        ``orders.sort`` or ``orders.exception`` when they name nothing.
    """
    key, is_down = _sort(query.sort)
    where, values = _conditions(conn, query, around)
    if after is not None:
        where.append(_behind(key, after[0] is None, is_down))
        values |= {"after": after[0], "after_id": after[1]}
    direction = "DESC" if is_down else "ASC"
    # Only ids at first: rare filters are then answered from an index, without a look at the wide rows.
    page = f"SELECT o.id FROM orders.orders o{_all(where)} ORDER BY {key} {direction}, o.id {direction} LIMIT %(limit)s"
    rows = conn.execute(
        f"WITH page AS MATERIALIZED ({page}) SELECT {_COLUMNS} FROM page JOIN orders.orders o USING (id) "
        f"ORDER BY {key} {direction}, o.id {direction}".encode(),
        values | {"limit": limit},
    )
    return [OrderSummary(*row) for row in rows]


def read_orders(conn: Connection, order_ids: Sequence[str], around: Surroundings) -> list[OrderSummary]:
    """Read orders by id, in the order of ids; unknown ones are left out."""
    rows = conn.execute(
        f"SELECT {_COLUMNS} FROM orders.orders o WHERE o.id = ANY (%(ids)s) ORDER BY o.id".encode(),
        around.values() | {"ids": list(order_ids)},
    )
    return [OrderSummary(*row) for row in rows]


def parcel_orders(conn: Connection, tracking_no: str, limit: int) -> list[tuple[str, str]]:
    """Find the orders a parcel belongs to: (order, parcel number)."""
    rows = conn.execute(
        "SELECT order_id, tracking_no FROM orders.shipment WHERE tracking_no = %s ORDER BY order_id LIMIT %s",
        (tracking_no, limit),
    ).fetchall()
    return [(row[0], row[1]) for row in rows]


def position_of(order: OrderSummary, sort: str) -> Position:
    """Return the place of an order in a sequence."""
    value: datetime | int | None = getattr(order, sort.removeprefix("-"))
    return value, order.id


def count_orders(conn: Connection, query: OrderQuery, around: Surroundings) -> int | None:
    """Count what matches; None when it is more than 10,000, which nobody reads and would cost a walk."""
    where, values = _conditions(conn, query, around)
    sql = f"SELECT count(*) FROM (SELECT FROM orders.orders o{_all(where)} LIMIT {_MOST_COUNTED + 1}) AS found"
    row = conn.execute(sql.encode(), values).fetchone()
    return row[0] if row is not None and row[0] <= _MOST_COUNTED else None


def every_order(conn: Connection, query: OrderQuery, around: Surroundings) -> Iterator[OrderSummary]:
    """Go through all that match, for an export; reads in chunks and holds one of them."""
    after: Position | None = None
    while chunk := list_orders(conn, query, around, _EXPORT_CHUNK, after):
        yield from chunk
        if len(chunk) < _EXPORT_CHUNK:
            return
        after = position_of(chunk[-1], query.sort)


def exception_counts(
    conn: Connection, around: Surroundings, kinds: Sequence[str] = tuple(EXCEPTIONS)
) -> dict[str, tuple[int, str | None]]:
    """Count orders by exception, with the one that waits longest."""
    found: dict[str, tuple[int, str | None]] = {}
    for kind in kinds:
        where, values = _conditions(conn, OrderQuery(exception=kind), around)
        eldest = "(array_agg(o.native_id ORDER BY o.placed_at, o.id))[1]"
        sql = f"SELECT count(*), {eldest} FROM orders.orders o{_all(where)}"
        row = conn.execute(sql.encode(), values).fetchone()
        if row is not None and row[0]:
            found[kind] = (row[0], row[1])
    return found


def _sort(sort: str) -> tuple[str, bool]:
    key = SORTS.get(sort.removeprefix("-"))
    if key is None:
        raise InputError(
            "orders.sort", f"Cannot sort orders by {sort[:40]!r}.", f"Use one of {', '.join(SORTS)}, with - for down."
        )
    return key, sort.startswith("-")


def _behind(key: str, is_null: bool, is_down: bool) -> str:
    """Return the condition for rows behind a position; nulls come first going down and last going up."""
    than = "<" if is_down else ">"
    if is_null:
        rest = f"({key} IS NULL AND o.id {than} %(after_id)s)"
        return f"({rest} OR {key} IS NOT NULL)" if is_down else rest
    rest = f"({key}, o.id) {than} (%(after)s, %(after_id)s)"
    return rest if is_down else f"({rest} OR {key} IS NULL)"


def _conditions(conn: Connection, query: OrderQuery, around: Surroundings) -> tuple[list[str], dict[str, object]]:
    where: list[str] = []
    values: dict[str, object] = {}
    axes = {"channel": "channel"} | {name: f"{name}_status" for name in ("payment", "fulfilment", "aftersale", "hold")}
    for name, column in axes.items():
        if wanted := getattr(query, name):
            where.append(f"o.{column} = ANY (%({name})s)")
            values[name] = list(wanted)
    for name in ("shop", "store", "province", "city"):
        if (value := getattr(query, name)) is not None:
            where.append(f"o.{name} = %({name})s")
            values[name] = value
    bounds = {"placed_from": "o.placed_at >=", "placed_to": "o.placed_at <", "updated_since": "o.changed_at >="}
    for name, test in bounds.items():
        if (moment := getattr(query, name)) is not None:
            where.append(f"{test} %({name})s")
            values[name] = moment
    if query.q:
        where.append(_called(conn, query.q))
        values |= {"q": query.q, "prefix": _prefix(query.q)}
    if query.exception is not None:
        where.append(_exception(query.exception))
    return where, values | around.values()


def _exception(name: str) -> str:
    test = EXCEPTIONS.get(name)
    if test is None:
        raise InputError(
            "orders.exception", f"There is no exception {name[:40]!r}.", f"Use one of {', '.join(EXCEPTIONS)}."
        )
    return f"({test})"


def _called(conn: Connection, q: str) -> str:
    # Apart, so that each is planned for what it is: a name is a look-up, a common prefix a walk down the list.
    row = conn.execute(f"SELECT EXISTS ({_NAMED})".encode(), {"q": q}).fetchone()
    is_name = row is not None and row[0]
    return f"o.id IN ({_NAMED})" if is_name or len(q) < PREFIX_LENGTH else "o.native_id LIKE %(prefix)s"


def _prefix(q: str) -> str:
    return q.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"


def _all(where: list[str]) -> str:
    return " WHERE " + " AND ".join(where) if where else ""
