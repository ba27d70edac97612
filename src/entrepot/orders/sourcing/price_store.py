"""Reads and writes of stock prices, the retailer's terms and the nodes' answers, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from psycopg import Connection

from entrepot.infra.arrays import columns
from entrepot.orders.sourcing.acceptance import Answers
from entrepot.orders.sourcing.terms import NodeTerms, Terms

_TERMS: Final = (
    "currency", "split_penalty", "load_cost", "refusal_cost", "lost_cost", "margin_percent", "markdown_percent",
    "markdown_after_days", "ship_within_hours", "horizon_days", "history_days",
)  # fmt: skip
_NODE: Final = "node, capacity, handling_per_parcel, handling_per_piece, channels, takes_hazmat"

# Prices -------------------------------------------------------------------------------------------------------------


class PriceRun(NamedTuple):
    """A solution of the price problem; the columns of ``orders.price_run``."""

    id: int
    solved_at: datetime
    horizon_days: int
    history_days: int
    baskets: int
    profiles: int
    cells: int
    objective: float
    milliseconds: int
    actor: str


class PriceRow(NamedTuple):
    """What a piece is worth somewhere, and the markdown that selling it there saves."""

    sku: str
    node: str
    price: int
    credit: int
    free: int
    spare: float


def add_run(conn: Connection, run: PriceRun, position: tuple[int, int], rows: Sequence[PriceRow]) -> int:
    """Keep a solution (its id is given here); cells without price and credit are left out."""
    found = conn.execute(
        "INSERT INTO orders.price_run (solved_at, log_xid, log_seq, horizon_days, history_days, baskets, profiles, "
        "cells, objective, milliseconds, actor) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        (run.solved_at, *position, *run[2:]),
    ).fetchone()
    assert found is not None
    id = int(found[0])
    with (
        conn.cursor() as cursor,
        cursor.copy("COPY orders.node_price (run, sku, node, price, credit, free, spare) FROM STDIN") as copy,
    ):
        for row in rows:
            if row.price or row.credit:
                copy.write_row((id, *row))
    return id


def forget_prices(conn: Connection, before: datetime) -> int:
    """Drop prices of old solutions; the newest stays, and decisions carry the prices they used."""
    return conn.execute(
        "DELETE FROM orders.price_run WHERE solved_at < %s AND id < (SELECT max(id) FROM orders.price_run)", (before,)
    ).rowcount


def newest_run(conn: Connection) -> PriceRun | None:
    """Return the solution in force."""
    row = conn.execute(
        "SELECT id, solved_at, horizon_days, history_days, baskets, profiles, cells, objective, milliseconds, actor "
        "FROM orders.price_run ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return None if row is None else PriceRun(*row)


def prices(conn: Connection, run: int, skus: Sequence[str]) -> dict[tuple[str, str], tuple[int, int]]:
    """Return price and credit of some SKUs by (node, sku); a cell that is missing has neither."""
    rows = conn.execute(
        "SELECT node, sku, price, credit FROM orders.node_price WHERE run = %s AND sku = ANY (%s)", (run, list(skus))
    )
    return {(node, sku): (price, credit) for node, sku, price, credit in rows}


def price_rows(
    conn: Connection, run: int, sku: str | None = None, node: str | None = None, limit: int = 100
) -> list[PriceRow]:
    """List the dearest cells of a solution."""
    rows = conn.execute(
        "SELECT sku, node, price, credit, free, spare FROM orders.node_price WHERE run = %(run)s "
        "AND (%(sku)s::text IS NULL OR sku = %(sku)s) AND (%(node)s::text IS NULL OR node = %(node)s) "
        "ORDER BY price DESC, sku, node LIMIT %(limit)s",
        {"run": run, "sku": sku, "node": node, "limit": limit},
    )
    return [PriceRow(*row) for row in rows]


# Terms and answers --------------------------------------------------------------------------------------------------


def terms(conn: Connection) -> Terms:
    """Return the retailer's weights, or the defaults."""
    row = conn.execute(f"SELECT {', '.join(_TERMS)} FROM orders.sourcing_policy").fetchone()
    return Terms() if row is None else Terms(*row)


def set_terms(conn: Connection, given: Terms, actor: str) -> None:
    """Set the weights."""
    values = {name: getattr(given, name) for name in _TERMS}
    names = ", ".join(_TERMS)
    conn.execute(
        f"INSERT INTO orders.sourcing_policy ({names}, actor) "
        f"VALUES ({', '.join(f'%({name})s' for name in _TERMS)}, %(actor)s) ON CONFLICT (only_row) DO UPDATE SET "
        + ", ".join(f"{name} = excluded.{name}" for name in (*_TERMS, "actor"))
        + ", changed_at = clock_timestamp()",
        {**values, "actor": actor},
    )


def node_terms(conn: Connection) -> dict[str, NodeTerms]:
    """Return what is special about nodes, by node."""
    rows = conn.execute(f"SELECT {_NODE} FROM orders.sourcing_node").fetchall()
    return {
        node: NodeTerms(node, capacity, parcel, piece, None if channels is None else tuple(channels), hazmat)
        for node, capacity, parcel, piece, channels, hazmat in rows
    }


def set_node(conn: Connection, given: NodeTerms, actor: str) -> None:
    """Set what is special about a node."""
    channels = None if given.channels is None else list(given.channels)
    conn.execute(
        f"INSERT INTO orders.sourcing_node ({_NODE}, actor) VALUES (%s, %s, %s, %s, %s, %s, %s) "
        "ON CONFLICT (node) DO UPDATE SET capacity = excluded.capacity, "
        "handling_per_parcel = excluded.handling_per_parcel, handling_per_piece = excluded.handling_per_piece, "
        "channels = excluded.channels, takes_hazmat = excluded.takes_hazmat, actor = excluded.actor, "
        "changed_at = clock_timestamp()",
        (given.node, given.capacity, given.handling_per_parcel, given.handling_per_piece, channels,
         given.takes_hazmat, actor),
    )  # fmt: skip


def count_answers(conn: Connection, answers: Mapping[tuple[str, date], Answers]) -> None:
    """Add answers of nodes to their days."""
    rows = [(node, day.isoformat(), *one) for (node, day), one in sorted(answers.items())]
    conn.execute(
        "INSERT INTO orders.node_answer AS a (node, day, accepted, refused) "
        "SELECT * FROM unnest(%s::text[], %s::date[], %s::bigint[], %s::bigint[]) "
        "ON CONFLICT (node, day) DO UPDATE SET accepted = a.accepted + excluded.accepted, "
        "refused = a.refused + excluded.refused",
        columns(rows, 4),
    )


def answers(conn: Connection, since: date, nodes: Iterable[str]) -> dict[str, Answers]:
    """Return what nodes answered since a day; all of the nodes are there."""
    found = dict.fromkeys(nodes, Answers())
    for node, accepted, refused in conn.execute(
        "SELECT node, sum(accepted)::bigint, sum(refused)::bigint FROM orders.node_answer "
        "WHERE day >= %s GROUP BY node",
        (since,),
    ):
        if node in found:
            found[node] = Answers(accepted, refused)
    return found
