"""Writes of holds: rows, journal, levels and quotas in sets, and the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Final, LiteralString, TypeAlias

import msgspec

from entrepot.infra import log
from entrepot.infra.arrays import Scalar, columns, literal
from entrepot.infra.line import Answer, Asks
from entrepot.stock import hold_events
from entrepot.stock.hold import SOFT, Change, HoldRow, Key
from entrepot.stock.quota import EVERYWHERE, Quota

Numbers: TypeAlias = Callable[[], dict[str, int]]
"""Gives the newest journal entry by hold; waits until the statements are through."""

_GIVEN_SHIFTS: Final = """
WITH shift AS MATERIALIZED (
    SELECT unnest(%s::text[]) AS sku, unnest(%s::text[]) AS node, unnest(%s::bigint[]) AS reserved,
        unnest(%s::bigint[]) AS allocated
)"""

_SHIFT: Final = """
UPDATE stock.level l
SET reserved = l.reserved + d.reserved, allocated = l.allocated + d.allocated, version = l.version + 1
FROM shift d {join} WHERE l.sku = d.sku AND l.node = d.node"""

# A row where all of it fits into what is free, and no quota says otherwise; none where not.
_FITS: Final = """, fits AS MATERIALIZED (
    SELECT FROM (
        SELECT bool_and(coalesce(l.on_hand - l.reserved - l.allocated - l.safety >= d.reserved + d.allocated, false))
        FROM shift d LEFT JOIN stock.level l ON l.sku = d.sku AND l.node = d.node) AS all_of (it)
    WHERE it AND NOT EXISTS (SELECT FROM stock.quota q JOIN shift d ON d.sku = q.sku)
)"""


_OWN: Final = """unnest(%s::text[]) AS act, unnest(%s::bigint[]) AS backordered,
        unnest(%s::timestamptz[]) AS created_at, unnest(%s::text[]) AS said_by"""
_SHARED: Final = "'create' AS act, 0::bigint AS backordered, %s::timestamptz AS created_at"


def _holding(
    others: LiteralString,
    said_by: LiteralString,
    condition: LiteralString = "",
    source: LiteralString = "",
    join: LiteralString = "",
) -> LiteralString:
    """Write new holds, their cells and their journal in one: a statement costs as much as a few rows.

    They are inserted in the order of ids: two writers that share ids cannot wait in a circle. Arrays are unnested in
    the list of what is selected, a row at a time; in FROM each of them would be written to a table of its own first.
    ``others`` are the columns that all rows share, or not. Entries are numbered in the order of the rows.
    """
    return f"""{_GIVEN_SHIFTS}{condition}, given AS MATERIALIZED (
    SELECT unnest(%s::text[]) AS id, unnest(%s::int[]) AS place, unnest(%s::text[]) AS line,
        unnest(%s::text[]) AS sku, unnest(%s::text[]) AS node, unnest(%s::bigint[]) AS qty,
        unnest(%s::text[]) AS kind, unnest(%s::text[]) AS channel, unnest(%s::text[]) AS doc,
        unnest(%s::text[]) AS to_node, unnest(%s::timestamptz[]) AS expires_at, unnest(%s::bool[]) AS is_displaceable,
        unnest(%s::bigint[]) AS content, unnest(%s::text[]) AS actor, {others} {source}
), made AS (
    INSERT INTO stock.hold (id, place, line, sku, node, qty, held, backordered, kind, state, channel, doc, to_node,
        expires_at, is_displaceable, content, actor, created_at)
    SELECT id, place, line, sku, node, qty, qty, backordered, kind, 'held', channel, doc, to_node, expires_at,
        is_displaceable, content, actor, created_at FROM given
), shifted AS ({_SHIFT.format(join=join)}), entered AS (
    INSERT INTO stock.hold_entry (hold, place, act, sku, node, reserved, allocated, actor)
    SELECT id, place, act, sku, node, CASE WHEN kind IN ('cart', 'quota') THEN qty ELSE 0 END,
        CASE WHEN kind IN ('cart', 'quota') THEN 0 ELSE qty END, {said_by} FROM given
    RETURNING seq
), {log.telling(source)}
SELECT json_agg(seq)::text FROM entered, woken"""


_HOLD: Final = _holding(_OWN, "said_by")
_HOLD_IF_IT_FITS: Final = _holding(_SHARED, "actor", _FITS, "FROM fits", "CROSS JOIN fits")
_ONLY_SHIFT: Final = _GIVEN_SHIFTS + _SHIFT.format(join="")

_TURN: Final = """
UPDATE stock.hold h
SET held = d.held, posted = d.posted, kind = d.kind, state = d.state, expires_at = d.expires_at
FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::timestamptz[])
    AS d (id, place, held, posted, kind, state, expires_at)
WHERE h.id = d.id AND h.place = d.place"""

_ENTER: Final = """
WITH entered AS (
    INSERT INTO stock.hold_entry (hold, place, act, sku, node, reserved, allocated, movement, actor)
    SELECT * FROM unnest(%s::text[], %s::int[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[],
        %s::text[], %s::text[])
    RETURNING hold, seq
)
SELECT json_object_agg(hold, seq ORDER BY seq)::text FROM entered"""

_read_numbers = msgspec.json.Decoder(dict[str, int]).decode
_read_in_order = msgspec.json.Decoder(list[int]).decode

_DRAW: Final = """
UPDATE stock.quota q SET drawn = q.drawn + d.qty
FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[]) AS d (sku, node, channel, qty)
WHERE q.sku = d.sku AND q.node = d.node AND q.channel = d.channel"""

_PROTECT: Final = """
UPDATE stock.level l SET protected = coalesce(now.protected, 0)
FROM stock.level o
CROSS JOIN (SELECT %s::text[] AS skus, %s::timestamptz AS now) AS given
LEFT JOIN LATERAL (
    SELECT sum(greatest(q.protected - q.drawn, 0))::bigint AS protected FROM stock.quota q
    WHERE q.sku = o.sku AND q.node = o.node AND q.valid_from <= given.now
      AND (q.valid_until IS NULL OR q.valid_until > given.now)) AS now ON true
WHERE l.sku = o.sku AND l.node = o.node AND o.sku = ANY (given.skus)
  AND l.protected <> coalesce(now.protected, 0)"""


def write(asks: Asks, changes: Sequence[Change], quotas: Sequence[Quota], actor: str | None, now: datetime) -> Numbers:
    """Write changes of holds with their journal, cells and quotas, and tell the log.

    Parameters
    ----------
    asks : Asks
        In the transaction that locked the cells.
    changes : sequence of Change
        In the order in which they came to be.
    quotas : sequence of Quota
        Those of the SKUs, locked.
    actor : str or None
        Who changes; a new hold names its own.
    now : datetime
        When.

    Returns
    -------
    callable
        Gives the newest journal entry by hold; waits until the statements are through.
    """
    if not changes:
        return dict
    turned = [change for change in changes if change.before is not None]
    draws = _draws(changes, quotas)
    entered: list[Numbers] = []
    if len(turned) < len(changes):
        new = [change for change in changes if change.before is None]
        new.sort(key=lambda change: (change.after.id, change.after.place))
        rows = [change.after for change in new]
        own = [(act, row.backordered, row.created_at, row.actor if actor is None else actor) for _, row, act, _ in new]
        values = [*_shifts(changes), *_given(rows), *columns(own, 4), *log.told(hold_events.told(changes))]
        entered.append(_numbers(asks.ask(_HOLD, values), rows))
    else:
        asks.ask(_ONLY_SHIFT, _shifts(changes))
        log.insert(asks, hold_events.told(changes))
    if turned:
        last = {(change.after.id, change.after.place): change.after for change in turned}
        states = [(r.id, r.place, r.held, r.posted, r.kind, r.state, r.expires_at) for r in last.values()]
        asks.ask(_TURN, columns(states, 7))
        said = asks.ask(_ENTER, columns([_entry(change, actor) for change in turned], 9))
        entered.append(lambda: _read_numbers(said() or "{}"))
    if draws:
        asks.ask(_DRAW, columns([(*key, qty) for key, qty in draws.items()], 4))
        show_protected(asks, {key[0] for key in draws}, now)
    return lambda: {hold: seq for numbers in entered for hold, seq in numbers().items()}


def write_if_it_fits(asks: Asks, holds: Collection[Sequence[HoldRow]]) -> Numbers:
    """Write new holds as `write` does if all of them fit into what is free in their cells, else nothing of them.

    Parameters
    ----------
    asks : Asks
        In the transaction that locked the cells: this statement sees all that was committed before the lock was got.
    holds : collection of sequences of HoldRow
        The rows of each, none backordered, in the order in which they came to be; all made at one time.

    Returns
    -------
    callable
        As of `write`; gives nothing when nothing was written, also where a quota limits one of the SKUs.
    """
    rows = sorted([row for hold in holds for row in hold])
    values = [
        *_sums((row.sku, row.node, row.kind in SOFT, row.qty) for row in rows),
        *_given(rows),
        rows[0].created_at.isoformat(),
        *log.told(hold_events.created(holds)),
    ]
    return _numbers(asks.ask(_HOLD_IF_IT_FITS, values), rows)


def show_protected(asks: Asks, skus: Collection[str], now: datetime) -> None:
    """Let what quotas of SKUs protect at a time show on their cells."""
    asks.ask(_PROTECT, [literal(sorted(skus)), now.isoformat()])


def _given(rows: Sequence[HoldRow]) -> list[str]:
    """Return the columns of new holds as `_holding` takes them, without those that it is told how to get."""
    (
        id, place, line, sku, node, qty, _, _, _, kind, _, channel, doc, to_node, expires_at, is_displaceable, content,
        actor, _,
    ) = zip(*rows, strict=True)  # fmt: skip
    given = (
        id, place, line, sku, node, qty, kind, channel, doc, to_node, expires_at, is_displaceable, content, actor,
    )  # fmt: skip
    return [literal(column) for column in given]


def _numbers(entered: Answer, rows: Sequence[HoldRow]) -> Numbers:
    """Pair rows with their entries: both are in the order of ids and places, so the last of a hold is its newest."""
    return lambda: {row.id: seq for row, seq in zip(rows, sorted(_read_in_order(entered() or "[]")), strict=False)}


def _entry(change: Change, actor: str | None) -> tuple[Scalar, ...]:
    row = change.after
    return (
        row.id, row.place, change.act, row.sku, row.node, change.reserved, change.allocated, change.movement, actor,
    )  # fmt: skip


def _shifts(changes: Iterable[Change]) -> list[str]:
    """Sum by cell what changes add to soft and firm holds; as `_GIVEN_SHIFTS` takes it."""
    return _sums(
        (*change.after.cell, is_soft, qty)
        for change in changes
        for is_soft, qty in ((True, change.reserved), (False, change.allocated))
    )


def _sums(added: Iterable[tuple[str, str, bool, int]]) -> list[str]:
    sums: dict[Key, list[int]] = {}
    for sku, node, is_soft, qty in added:
        cell = sums.get((sku, node))
        if cell is None:
            cell = sums[sku, node] = [0, 0]
        cell[not is_soft] += qty
    return columns([(sku, node, soft, firm) for (sku, node), (soft, firm) in sums.items() if soft or firm], 4)


def _draws(changes: Iterable[Change], quotas: Sequence[Quota]) -> dict[tuple[str, str, str], int]:
    """Sum by quota what its channel's holds draw, or give back."""
    by_key = {(quota.sku, quota.node, quota.channel): quota for quota in quotas}
    draws: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    if not by_key:
        return draws
    for before, row, *_ in changes:
        if row.channel is None:
            continue
        qty = row.held + row.posted - (before.held + before.posted if before is not None else 0)
        for key in ((row.sku, row.node, row.channel), (row.sku, EVERYWHERE, row.channel)):
            if qty and key in by_key and by_key[key].counts(row.created_at):
                draws[key] += qty
    return draws
