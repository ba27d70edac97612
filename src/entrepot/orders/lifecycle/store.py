"""Reads and writes of orders in pieces, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from psycopg import Connection
from psycopg.types.json import Jsonb

from entrepot.orders.pieces import Change, Command, Order, Piece

_LIFE = "version, destination, sourced_for, over_issued, release_at, settled_at"
_PIECES = "line, no, sku, qty, state, node, hold, barred, was, grade, work, issues"


class Life(NamedTuple):
    """What is kept of an order besides its pieces."""

    version: int
    destination: str
    sourced_for: str
    over_issued: int
    release_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Happened:
    """A command that was done, and what it did to which units."""

    version: int
    at: datetime
    command: str
    command_id: str
    actor: str
    reason: str
    node: str | None
    changes: list[dict[str, object]]


class Fulfilment(NamedTuple):
    """A work order as it is made."""

    id: str
    order: str
    node: str
    mode: str
    released_at: datetime
    accept_by: datetime | None
    ship_by: datetime
    collect_by: datetime | None


def enter(conn: Connection, order_id: str, at: datetime) -> None:
    """Begin to keep an order in pieces; again is as good as once."""
    conn.execute(
        "INSERT INTO orders.life (order_id, version, entered_at, changed_at) VALUES (%s, 0, %s, %s) "
        "ON CONFLICT DO NOTHING",
        (order_id, at, at),
    )


def lock(conn: Connection, order_id: str) -> tuple[Life, Order] | None:
    """Load an order to change it; others wait. None when it is not kept in pieces."""
    row = conn.execute(f"SELECT {_LIFE} FROM orders.life WHERE order_id = %s FOR UPDATE", (order_id,)).fetchone()
    if row is None:
        return None
    life = Life(*row)
    return life, Order(order_id, life.version, _pieces(conn, order_id), *_lines(conn, order_id), _seen(conn, order_id))


def read(conn: Connection, order_ids: Sequence[str]) -> dict[str, tuple[Life, Order]]:
    """Load orders to look at them; commands already done are left out."""
    lives = {
        row[0]: Life(*row[1:])
        for row in conn.execute(
            f"SELECT order_id, {_LIFE} FROM orders.life WHERE order_id = ANY (%s)", (list(order_ids),)
        )
    }
    pieces: dict[str, list[Piece]] = {}
    ordered: dict[str, dict[str, int]] = {}
    known: dict[str, dict[str, int]] = {}
    for order_id, *piece in conn.execute(
        f"SELECT order_id, {_PIECES} FROM orders.piece WHERE order_id = ANY (%s) ORDER BY order_id, line, no",
        (list(lives),),
    ):
        pieces.setdefault(order_id, []).append(_piece(piece))
    for order_id, line, units, told in conn.execute(
        "SELECT order_id, line, ordered, known FROM orders.piece_line WHERE order_id = ANY (%s)", (list(lives),)
    ):
        ordered.setdefault(order_id, {})[line] = units
        if told is not None:
            known.setdefault(order_id, {})[line] = told
    return {
        id: (
            life,
            Order(id, life.version, tuple(pieces.get(id, ())), ordered.get(id, {}), known.get(id, {})),
        )
        for id, life in lives.items()
    }


def kept_of(conn: Connection, order_ids: Iterable[str]) -> list[str]:
    """Return which orders are kept in pieces."""
    query = "SELECT order_id FROM orders.life WHERE order_id = ANY (%s) ORDER BY order_id"
    return [row[0] for row in conn.execute(query, (list(order_ids),))]


def history(conn: Connection, order_id: str) -> list[Happened]:
    """Return what was done to an order, oldest first."""
    rows = conn.execute(
        "SELECT version, at, command, command_id, actor, reason, node, changes FROM orders.piece_event "
        "WHERE order_id = %s ORDER BY version",
        (order_id,),
    )
    return [Happened(*row) for row in rows]


def save(
    conn: Connection, before: Order, after: Order, command: Command, changes: Iterable[Change], at: datetime
) -> None:
    """Write what a command came to: pieces, lines, the event, and the order's new version."""
    old = {piece.id: piece for piece in before.pieces}
    changed = [piece for piece in after.pieces if old.get(piece.id) != piece]
    _write_pieces(conn, after.id, changed, at)
    lines = [
        (line, units, after.known.get(line))
        for line, units in after.ordered.items()
        if (units, after.known.get(line)) != (before.ordered.get(line), before.known.get(line))
    ]
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO orders.piece_line (order_id, line, ordered, known) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (order_id, line) DO UPDATE SET ordered = excluded.ordered, known = excluded.known",
            [(after.id, *line) for line in lines],
        )
    conn.execute(
        "INSERT INTO orders.piece_event (order_id, version, command_id, command, digest, actor, reason, node, changes, "
        "at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            after.id, after.version, command.id, command.name, command.digest, command.actor, command.reason,
            command.node, Jsonb([change._asdict() for change in changes]), at,
        ),
    )  # fmt: skip
    conn.execute(
        "UPDATE orders.life SET version = %s, changed_at = %s, settled_at = NULL WHERE order_id = %s",
        (after.version, at, after.id),
    )


def note(conn: Connection, order_id: str, **values: object) -> None:
    """Set columns of an order's life."""
    names = ", ".join(f"{name} = %({name})s" for name in values)
    conn.execute(f"UPDATE orders.life SET {names} WHERE order_id = %(order)s".encode(), {**values, "order": order_id})


def open_fulfilments(conn: Connection, made: Iterable[Fulfilment]) -> None:
    """Write work orders."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO orders.fulfilment (id, order_id, node, mode, released_at, accept_by, ship_by, collect_by) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            list(made),
        )


def add_parcel(conn: Connection, works: Iterable[str], parcel: Mapping[str, str]) -> None:
    """Note a parcel on the work orders it holds goods of."""
    conn.execute(
        "UPDATE orders.fulfilment SET parcels = parcels || %s WHERE id = ANY (%s) AND NOT parcels @> %s",
        (Jsonb([dict(parcel)]), sorted(set(works)), Jsonb([dict(parcel)])),
    )


def _write_pieces(conn: Connection, order_id: str, pieces: Iterable[Piece], at: datetime) -> None:
    rows = [
        (
            order_id, piece.line, piece.no, piece.sku, piece.qty, piece.state, piece.node, piece.hold,
            list(piece.barred), piece.was, piece.grade, piece.work, piece.issues, at,
        )
        for piece in pieces
    ]  # fmt: skip
    with conn.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO orders.piece AS p (order_id, {_PIECES}, since) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) "
            "ON CONFLICT (order_id, line, no) DO UPDATE SET sku = excluded.sku, qty = excluded.qty, "
            "state = excluded.state, node = excluded.node, hold = excluded.hold, barred = excluded.barred, "
            "was = excluded.was, grade = excluded.grade, work = excluded.work, issues = excluded.issues, "
            "since = CASE WHEN p.state = excluded.state THEN p.since ELSE excluded.since END",
            rows,
        )


def _pieces(conn: Connection, order_id: str) -> tuple[Piece, ...]:
    rows = conn.execute(f"SELECT {_PIECES} FROM orders.piece WHERE order_id = %s ORDER BY line, no", (order_id,))
    return tuple(map(_piece, rows))


def _piece(row: Sequence[object]) -> Piece:
    line, no, sku, qty, state, node, hold, barred, was, grade, work, issues = row
    return Piece(line, no, sku, qty, state, node, hold, tuple(barred), was, grade, work, issues)  # type: ignore[arg-type]


def _lines(conn: Connection, order_id: str) -> tuple[dict[str, int], dict[str, int]]:
    rows = conn.execute(
        "SELECT line, ordered, known FROM orders.piece_line WHERE order_id = %s", (order_id,)
    ).fetchall()
    return {line: ordered for line, ordered, _ in rows}, {line: known for line, _, known in rows if known is not None}


def _seen(conn: Connection, order_id: str) -> dict[str, str]:
    return dict(
        conn.execute("SELECT command_id, digest FROM orders.piece_event WHERE order_id = %s", (order_id,)).fetchall()
    )
