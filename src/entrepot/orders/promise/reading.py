"""Reads a file of orders into a history: our column names or Olist's, joined already or with its files beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from entrepot.kernel.errors import InputError
from entrepot.orders.promise import olist_files
from entrepot.orders.promise.columns import BY_NAME, COLUMNS, Column
from entrepot.orders.promise.history import EPOCH, GROUPS, NEVER, NUMBERS, Days, Floats, History, encode
from entrepot.orders.promise.tables import read_table, times_of

_AREA_LENGTH: Final = 3
_NOBODYS: Final = date(2100, 1, 1)
"""From here on a time stands for none, as 9999-12-31 does."""

_EARTH_DIAMETER_KM: Final = 12_742.0


@dataclass(frozen=True, slots=True)
class PastOrders:
    """Orders as they were read, from a file or the platform's own book.

    Parameters
    ----------
    history : History
        Its orders.
    country : str or None
        Whose holidays apply, where the file's layout tells.
    absent : tuple of str
        Optional columns a file does not have.
    findings : tuple of str
        What was odd about it, in sentences.
    """

    history: History
    country: str | None
    absent: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()


def read_orders_file(path: Path, names: Mapping[str, str] | None = None) -> PastOrders:
    """Read orders from a Parquet or CSV file.

    Parameters
    ----------
    path : Path
        See `columns.COLUMNS` for what it may hold. Olist's published orders file finds its items, products, sellers,
        customers, payments and geolocation in the same folder.
    names : mapping of str to str, optional
        What the file calls columns of ours.

    Raises
    ------
    NotFound
        ``promise.file`` when there is no such file.
    InputError
        ``promise.file`` when it cannot be read; ``promise.columns`` when a column is missing, unknown, or holds
        something else.
    """
    table = _renamed(read_table(path), names or {}, path)
    country = None
    if olist_files.is_orders_file(table.columns):
        table, country = olist_files.join_beside(table, path), olist_files.COUNTRY
    table, absent = _named(table, path)
    history, findings = history_of(table)
    return PastOrders(history, country, absent, findings)


def _renamed(table: pl.DataFrame, names: Mapping[str, str], path: Path) -> pl.DataFrame:
    """Call columns as we do; what stood under our name before makes way."""
    strange = [name for name in names if name not in BY_NAME]
    absent = [theirs for theirs in names.values() if theirs not in table.columns]
    if strange or absent:
        what = f"There is no column {strange[0]!r} of ours" if strange else f"{path} has no column {absent[0]!r}"
        known = BY_NAME if strange else table.columns
        raise InputError("promise.columns", f"{what}.", f"Use one of: {', '.join(known)}.", file=str(path))
    taken = [pl.col(theirs).alias(ours) for ours, theirs in names.items()]
    return table.drop([name for name in names if name in table.columns and name not in names.values()]).with_columns(
        taken
    )


def _named(table: pl.DataFrame, path: Path) -> tuple[pl.DataFrame, tuple[str, ...]]:
    found = {column.name: next((name for name in column.names if name in table.columns), None) for column in COLUMNS}
    faults = [
        f"column {column.name!r} ({column.meaning}) is missing"
        + (f"; it may also be called {', '.join(map(repr, column.aliases))}" if column.aliases else "")
        for column in COLUMNS
        if column.is_required and found[column.name] is None
    ]
    columns = []
    for name, theirs in found.items():
        if theirs is None:
            continue
        if BY_NAME[name].kind == "time" and (table.schema[theirs].is_numeric() or table.schema[theirs] == pl.Boolean):
            faults.append(f"column {theirs!r} ({BY_NAME[name].meaning}) holds {table.schema[theirs]}, not times")
            continue
        try:
            columns.append(_read(BY_NAME[name], table[theirs]))
        except (ValueError, pl.exceptions.PolarsError) as error:
            faults.append(f"column {theirs!r} ({BY_NAME[name].meaning}): {str(error).splitlines()[0]}")
    if faults:
        raise InputError(
            "promise.columns",
            f"{path} cannot be used: {'; '.join(faults)}. It has the columns {', '.join(table.columns)}.",
            "Name them (--column placed_at=THEIRS) or convert them; src/entrepot/orders/promise/README.md lists all.",
            file=str(path),
        )
    return pl.DataFrame(columns), tuple(name for name, theirs in found.items() if theirs is None)


def _read(column: Column, values: pl.Series) -> pl.Series:
    values = values.rename(column.name)
    if column.kind == "text":
        return values.cast(pl.String).fill_null("")
    is_text = values.dtype == pl.String
    if column.kind == "number":
        return (values.str.strip_chars().replace("", None) if is_text else values).cast(pl.Float64)
    if is_text:
        return times_of(values).rename(column.name)
    if isinstance(values.dtype, pl.Datetime) and values.dtype.time_zone:
        values = values.dt.replace_time_zone(None)  # the wall clock of the zone the file names
    return values.cast(pl.Datetime("us"))


def history_of(table: pl.DataFrame) -> tuple[History, tuple[str, ...]]:
    """Turn a table with our columns into a history, and tell what was odd about it.

    Parameters
    ----------
    table : DataFrame
        Columns of `columns.COLUMNS`, those required at least; times without a zone.
    """
    table, findings = _without_times_of_nobody(table)
    whole = len(table)
    table = table.filter(pl.col("placed_at").is_not_null())
    if undated := whole - len(table):
        findings.append(f"{undated:,} orders without a time of purchase were left out.")
    whole = len(table)
    table = table.unique("order_id", keep="first", maintain_order=True).sort("placed_at", "order_id")
    if repeated := whole - len(table):
        findings.append(f"{repeated:,} rows name an order again; the first row of each was kept.")
    if backward := table.filter(pl.col("delivered_at").dt.date() < pl.col("placed_at").dt.date()).height:
        findings.append(f"{backward:,} orders were delivered before they were placed; the day they were placed counts.")
    placed = _days(table, "placed_at")
    delivered = _not_before(_days(table, "delivered_at"), placed)
    shipped = _not_before(_days(table, "shipped_at"), placed)
    if "shipped_at" in table.columns:
        shipped = np.minimum(shipped, delivered)
    closed = _not_before(_days(table, "closed_at"), placed + 1)
    groups, names = _groups(table)
    late = (
        np.zeros(len(table), dtype=np.bool_)
        if "promised_at" not in table.columns
        else table.select((pl.col("delivered_at") > pl.col("promised_at")).fill_null(False)).to_series().to_numpy()
    )
    history = History(
        ids=table["order_id"].to_numpy().astype(np.str_),
        placed=placed,
        shipped=shipped,
        delivered=delivered,
        closed=np.where(closed < delivered, closed, NEVER),
        incumbent=_days(table, "promised_at"),
        incumbent_late=late,
        groups=groups,
        names=names,
        numbers=_numbers(table),
    )
    return history, tuple(findings)


def _without_times_of_nobody(table: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Take times before days are counted, or of another century, for none: systems write them where they know none."""
    findings, begin, end = [], pl.lit(EPOCH).cast(pl.Datetime("us")), pl.lit(_NOBODYS).cast(pl.Datetime("us"))
    for column in COLUMNS:
        if column.kind == "time" and column.name in table.columns:
            at = pl.col(column.name)
            for strange, where in ((at < begin, f"before {EPOCH}"), (at >= end, f"from {_NOBODYS} on")):
                if unknown := table.filter(strange).height:
                    findings.append(f"{unknown:,} times of {column.name} are {where} and were taken for none.")
            table = table.with_columns(pl.when((at >= begin) & (at < end)).then(at).alias(column.name))
    if "promised_at" in table.columns and (unpromised := table["promised_at"].null_count()) not in (0, len(table)):
        findings.append(
            f"{unpromised:,} orders have no promised_at; where one of them was delivered, nothing is compared with it."
        )
    return table, findings


def _days(table: pl.DataFrame, name: str) -> Days:
    if name not in table.columns:
        return np.full(len(table), NEVER, dtype=np.int64)
    days = (pl.col(name).dt.date() - pl.lit(EPOCH)).dt.total_days()
    return table.select(days.fill_null(NEVER).cast(pl.Int64)).to_series().to_numpy()


def _not_before(days: Days, earliest: Days) -> Days:
    return np.maximum(days, earliest)


def _groups(table: pl.DataFrame) -> tuple[dict[str, Days], dict[str, tuple[str, ...]]]:
    codes, names = {}, {}
    for group in GROUPS:
        codes[group], names[group] = encode(_names(table, group))
    return codes, names


def _names(table: pl.DataFrame, group: str) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    if group == "lane":
        origin, destination = _names(table, "origin"), _names(table, "destination")
        both = np.char.add(np.char.add(origin, " > "), destination)
        return np.where((origin == "") & (destination == ""), "", both)
    if group not in table.columns:
        return np.full(len(table), "", dtype=np.str_)
    names = table[group]
    if group in ("area", "origin_area"):
        names = names.str.slice(0, _AREA_LENGTH)
    return names.to_numpy().astype(np.str_)


def _numbers(table: pl.DataFrame) -> Mapping[str, Floats]:
    unknown = np.full(len(table), np.nan)
    numbers = {name: table[name].fill_null(np.nan).to_numpy() if name in table.columns else unknown for name in NUMBERS}
    numbers["hour"] = (
        table.select(pl.col("placed_at").dt.hour() + pl.col("placed_at").dt.minute() / 60).to_series().to_numpy()
    )
    computed = great_circle_km(
        numbers["origin_latitude"], numbers["origin_longitude"], numbers["latitude"], numbers["longitude"]
    )
    numbers["distance_km"] = np.where(np.isnan(numbers["distance_km"]), computed, numbers["distance_km"])
    return numbers


def great_circle_km(from_latitude: Floats, from_longitude: Floats, to_latitude: Floats, to_longitude: Floats) -> Floats:
    """Return distances over the sphere (haversine).

    Examples
    --------
    >>> paris, rome = (np.array([48.86]), np.array([2.35])), (np.array([41.9]), np.array([12.5]))
    >>> great_circle_km(*paris, *rome).round().tolist()
    [1106.0]
    """
    a, b = np.radians(from_latitude), np.radians(to_latitude)
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(to_longitude - from_longitude) / 2) ** 2
    distances: Floats = _EARTH_DIAMETER_KM * np.arcsin(np.sqrt(half))
    return distances
