"""Reads and writes of what carriers offer: their terms, replaced by key, and their cards, added by version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from datetime import date, time
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec
from psycopg import Connection

from entrepot.delivery.calendar import Calendar
from entrepot.delivery.rate_sheet import Sheet
from entrepot.delivery.tariff import SURCHARGES, Bracket, Carrier, Carton, Lane, RateCard, Surcharge, Tariff

_CARD_COLUMNS: Final = (
    "carrier", "service", "version", "name", "name_en", "currency", "valid_from", "valid_to", "divisor",
    "weight_step_g", "minimum", "max_weight_g", "max_longest_mm", "max_girth_mm", "takes_hazmat",
)  # fmt: skip


class Stored(NamedTuple):
    """What an import changed.

    Parameters
    ----------
    sheet : int
        Its number.
    cards : list of tuple
        (carrier, service, version) of new cards.
    unchanged : list of tuple
        (carrier, service) of cards that are stored already, word for word.
    """

    sheet: int
    cards: list[tuple[str, str, int]]
    unchanged: list[tuple[str, str]]


# Imports ------------------------------------------------------------------------------------------------------------


def store_sheet(conn: Connection, sheet: Sheet, actor: str) -> Stored:
    """Store what a sheet says: terms by key, cards as new versions; imports take turns.

    Parameters
    ----------
    conn : Connection
        In a transaction.
    sheet : Sheet
        Read.
    actor : str
        Who imports it.
    """
    conn.execute("LOCK TABLE delivery.card IN SHARE ROW EXCLUSIVE MODE")
    number = _insert_sheet(conn, sheet, actor)
    _store_carriers(conn, sheet, number)
    _store_terms(conn, sheet, number)
    known = _newest_cards(conn)
    stored = Stored(number, [], [])
    for card in sheet.cards:
        version, digest = known.get((card.carrier, card.service), (0, b""))
        if digest == card_digest(card):
            stored.unchanged.append((card.carrier, card.service))
            continue
        _insert_card(conn, card, version + 1, number)
        stored.cards.append((card.carrier, card.service, version + 1))
    return stored


def card_digest(card: RateCard) -> bytes:
    """Return the fingerprint of a card's content, whatever its version."""
    head = [str(getattr(card, name)) for name in _CARD_COLUMNS if name != "version"]
    body = (
        sorted((zone, [astuple(one) for one in brackets]) for zone, brackets in card.brackets.items()),
        sorted(astuple(lane) for lane in card.lanes.values()),
        [astuple(one) for one in card.surcharges],
    )
    return sha256(msgspec.json.encode((head, body))).digest()


def _insert_sheet(conn: Connection, sheet: Sheet, actor: str) -> int:
    counts = {
        "rows": sheet.rows,
        "carriers": len(sheet.carriers),
        "cards": len(sheet.cards),
        "held": [list(held) for held in sheet.held],
        "cut_offs": len(sheet.cut_offs),
        "capacities": len(sheet.capacities),
        "own_days": len(sheet.own_days),
        "cartons": len(sheet.cartons),
    }
    faults = [fault._asdict() for fault in sheet.faults]
    row = conn.execute(
        "INSERT INTO delivery.sheet (name, actor, counts, faults) VALUES (%s, %s, %s, %s) RETURNING id",
        (sheet.name, actor, _json(counts), _json(faults)),
    ).fetchone()
    return row[0] if row else 0


def _store_carriers(conn: Connection, sheet: Sheet, number: int) -> None:
    for code, carrier in sorted(sheet.carriers.items()):
        if carrier is None:
            conn.execute("UPDATE delivery.carrier SET active = false, sheet = %s WHERE code = %s", (number, code))
            continue
        calendar = carrier.calendar
        conn.execute(
            "INSERT INTO delivery.carrier (code, name, name_en, aliases, weekdays, zone, holidays, sheet) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (code) DO UPDATE SET (name, name_en, aliases, "
            "weekdays, zone, holidays, active, sheet) = ROW (excluded.name, excluded.name_en, excluded.aliases, "
            "excluded.weekdays, excluded.zone, excluded.holidays, true, excluded.sheet)",
            (
                code,
                carrier.name,
                carrier.name_en,
                list(carrier.aliases),
                sorted(calendar.weekdays),
                calendar.zone,
                calendar.holidays,
                number,
            ),
        )


def _store_terms(conn: Connection, sheet: Sheet, number: int) -> None:
    with conn.cursor() as cursor:
        cursor.executemany("DELETE FROM delivery.own_day WHERE carrier = %s AND day = %s", sorted(sheet.own_days))
        cursor.executemany(
            "INSERT INTO delivery.own_day (carrier, day, works, note, sheet) VALUES (%s, %s, %s, %s, %s)",
            [(*key, *own, number) for key, own in sorted(sheet.own_days.items()) if own is not None],
        )
        cursor.executemany(
            "DELETE FROM delivery.cut_off WHERE node = %s AND carrier = %s AND weekday = %s", sorted(sheet.cut_offs)
        )
        cursor.executemany(
            "INSERT INTO delivery.cut_off (node, carrier, weekday, at, sheet) VALUES (%s, %s, %s, %s, %s)",
            [(*key, at, number) for key, at in sorted(sheet.cut_offs.items()) if at is not None],
        )
        capacities = [
            (node, carrier, *((when, None) if isinstance(when, int) else (None, when)), parcels)
            for (node, carrier, when), parcels in sheet.capacities.items()
        ]
        cursor.executemany(
            "DELETE FROM delivery.capacity WHERE node = %s AND carrier = %s AND (weekday = %s OR day = %s)",
            [row[:4] for row in capacities],
        )
        cursor.executemany(
            "INSERT INTO delivery.capacity (node, carrier, weekday, day, parcels, sheet) "
            "VALUES (%s, %s, %s, %s, %s, %s)",
            [(*row, number) for row in capacities if row[4] is not None],
        )
        cursor.executemany("DELETE FROM delivery.carton WHERE code = %s", [(code,) for code in sorted(sheet.cartons)])
        cursor.executemany(
            "INSERT INTO delivery.carton (code, length_mm, width_mm, height_mm, max_weight_g, tare_g, wall_mm, sheet) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [(*astuple(carton), number) for carton in sheet.cartons.values() if carton is not None],
        )


def _newest_cards(conn: Connection) -> dict[tuple[str, str], tuple[int, bytes]]:
    rows = conn.execute(
        "SELECT DISTINCT ON (carrier, service) carrier, service, version, digest FROM delivery.card "
        "ORDER BY carrier, service, version DESC"
    )
    return {(carrier, service): (version, bytes(digest)) for carrier, service, version, digest in rows}


def _insert_card(conn: Connection, card: RateCard, version: int, number: int) -> None:
    names = (*_CARD_COLUMNS, "digest", "sheet")
    values = [version if name == "version" else getattr(card, name) for name in _CARD_COLUMNS]
    row = conn.execute(
        f"INSERT INTO delivery.card ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))}) "
        "RETURNING id".encode(),
        [*values, card_digest(card), number],
    ).fetchone()
    key = row[0] if row else 0
    brackets = [(key, zone, *astuple(one)) for zone, some in card.brackets.items() for one in some]
    _copy(conn, "bracket (card, zone, up_to_g, base, first_g, step_g, step_price)", brackets)
    lanes = [(key, *astuple(lane)) for lane in card.lanes.values()]
    _copy(conn, "lane (card, origin, destination, zone, transit_days, why)", lanes)
    columns = "card, place, kind, percent_bp, amount, per_kg, destination, over_g, over_longest_mm, over_girth_mm"
    _copy(conn, f"surcharge ({columns})", [(key, place, *astuple(one)) for place, one in enumerate(card.surcharges)])


def _copy(conn: Connection, into: str, rows: Iterable[Sequence[object]]) -> None:
    with conn.cursor() as cursor, cursor.copy(f"COPY delivery.{into} FROM STDIN".encode()) as copy:
        for row in rows:
            copy.write_row(row)


# Reading ------------------------------------------------------------------------------------------------------------


def newest_sheet(conn: Connection) -> int:
    """Return the number of the newest import; 0 where there is none."""
    row = conn.execute("SELECT coalesce(max(id), 0) FROM delivery.sheet").fetchone()
    return row[0] if row else 0


def load_tariff(conn: Connection, since: date) -> Tariff:
    """Load all terms, and the cards that did not end before a day."""
    return Tariff(
        {carrier.code: carrier for carrier in _load_carriers(conn)},
        tuple(load_cards(conn, since)),
        _load_cut_offs(conn),
        _load_capacities(conn),
        tuple(
            Carton(*row)
            for row in conn.execute(
                "SELECT code, length_mm, width_mm, height_mm, max_weight_g, tare_g, wall_mm FROM delivery.carton "
                "ORDER BY code"
            )
        ),
    )


def _load_carriers(conn: Connection) -> list[Carrier]:
    own_days: dict[str, dict[date, bool]] = {}
    for code, day, works in conn.execute("SELECT carrier, day, works FROM delivery.own_day"):
        own_days.setdefault(code, {})[day] = works
    rows = conn.execute(
        "SELECT code, name, name_en, aliases, weekdays, zone, holidays FROM delivery.carrier WHERE active ORDER BY code"
    )
    return [
        Carrier(
            code,
            Calendar(frozenset(weekdays), zone, holidays, own_days.get(code, {})),
            name,
            name_en,
            tuple(aliases),
        )
        for code, name, name_en, aliases, weekdays, zone, holidays in rows
    ]


def load_cards(conn: Connection, since: date, carrier: str | None = None) -> list[RateCard]:
    """Load cards with all they hold, by carrier, service and version, the newest first."""
    heads = conn.execute(
        f"SELECT id, {', '.join(_CARD_COLUMNS)} FROM delivery.card "
        "WHERE (valid_to IS NULL OR valid_to >= %s) AND (%s::text IS NULL OR carrier = %s) "
        "ORDER BY carrier, service, version DESC".encode(),
        (since, carrier, carrier),
    ).fetchall()
    keys = [head[0] for head in heads]
    brackets = _load_brackets(conn, keys)
    lanes = _load_lanes(conn, keys)
    surcharges = _load_surcharges(conn, keys)
    return [
        RateCard(
            **dict(zip(_CARD_COLUMNS, head, strict=True)),
            brackets=brackets.get(key, {}),
            lanes=lanes.get(key, {}),
            surcharges=tuple(surcharges.get(key, ())),
        )
        for key, *head in heads
    ]


def _load_brackets(conn: Connection, keys: list[int]) -> dict[int, dict[str, tuple[Bracket, ...]]]:
    found: dict[int, dict[str, tuple[Bracket, ...]]] = {}
    for key, zone, *bracket in conn.execute(
        "SELECT card, zone, up_to_g, base, first_g, step_g, step_price FROM delivery.bracket WHERE card = ANY(%s) "
        "ORDER BY card, zone, up_to_g NULLS LAST",
        (keys,),
    ):
        zones = found.setdefault(key, {})
        zones[zone] = (*zones.get(zone, ()), Bracket(*bracket))
    return found


def _load_lanes(conn: Connection, keys: list[int]) -> dict[int, dict[tuple[str, str], Lane]]:
    found: dict[int, dict[tuple[str, str], Lane]] = {}
    for key, *lane in conn.execute(
        "SELECT card, origin, destination, zone, transit_days, why FROM delivery.lane WHERE card = ANY(%s)", (keys,)
    ):
        one = Lane(*lane)
        found.setdefault(key, {})[one.origin, one.destination] = one
    return found


def _load_surcharges(conn: Connection, keys: list[int]) -> dict[int, list[Surcharge]]:
    kinds = {kind: kind for kind in SURCHARGES}
    found: dict[int, list[Surcharge]] = {}
    for key, kind, *surcharge in conn.execute(
        "SELECT card, kind, percent_bp, amount, per_kg, destination, over_g, over_longest_mm, over_girth_mm "
        "FROM delivery.surcharge WHERE card = ANY(%s) ORDER BY card, place",
        (keys,),
    ):
        found.setdefault(key, []).append(Surcharge(kinds[kind], *surcharge))
    return found


def _load_cut_offs(conn: Connection) -> dict[tuple[str, str], dict[int, time]]:
    found: dict[tuple[str, str], dict[int, time]] = {}
    for node, carrier, weekday, at in conn.execute("SELECT node, carrier, weekday, at FROM delivery.cut_off"):
        found.setdefault((node, carrier), {})[weekday] = at
    return found


def _load_capacities(conn: Connection) -> dict[tuple[str, str], dict[int | date, int]]:
    found: dict[tuple[str, str], dict[int | date, int]] = {}
    for node, carrier, weekday, day, parcels in conn.execute(
        "SELECT node, carrier, weekday, day, parcels FROM delivery.capacity"
    ):
        found.setdefault((node, carrier), {})[weekday if day is None else day] = parcels
    return found


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
