"""Reads a file of orders into a history: our column names or Olist's, joined already or with its files beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from entrepot.kernel.errors import InputError, NotFound
from entrepot.orders.promise import olist_files
from entrepot.orders.promise.columns import BY_NAME, COLUMNS, Column
from entrepot.orders.promise.history import EPOCH, GROUPS, NEVER, NUMBERS, Days, Floats, History, encode

_AREA_LENGTH: Final = 3
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


def read_orders_file(path: Path) -> PastOrders:
    """Read orders from a Parquet file.

    Parameters
    ----------
    path : Path
        See `columns.COLUMNS` for what it may hold. Olist's published orders file finds its items, products, sellers,
        customers, payments and geolocation in the same folder.

    Raises
    ------
    NotFound
        ``promise.file`` when there is no such file.
    InputError
        ``promise.file`` when it cannot be read; ``promise.columns`` when a column is missing or holds something else.
    """
    table = _scan(path)
    country = None
    if olist_files.is_orders_file(table.columns):
        table, country = olist_files.join_beside(table, path), olist_files.COUNTRY
    table, absent = _named(table, path)
    history, findings = history_of(table)
    return PastOrders(history, country, absent, findings)


def _scan(path: Path) -> pl.DataFrame:
    if path.is_dir():
        raise InputError("promise.file", f"{path} is a folder.", "Name one Parquet file in it.", file=str(path))
    try:
        return pl.read_parquet(path)
    except FileNotFoundError:
        raise NotFound(
            "promise.file", f"There is no file {path}.", "Check the path given with --orders.", file=str(path)
        ) from None
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(
            "promise.file",
            f"{path} cannot be read as Parquet: {str(error).splitlines()[0]}.",
            "Give a Parquet file; polars, pandas and DuckDB write them from CSV.",
            file=str(path),
        ) from error


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
            columns.append(table.select(_cast(BY_NAME[name], theirs, table.schema[theirs])).to_series())
        except pl.exceptions.PolarsError as error:
            faults.append(f"column {theirs!r} ({BY_NAME[name].meaning}): {str(error).splitlines()[0]}")
    if faults:
        raise InputError(
            "promise.columns",
            f"{path} cannot be used: {'; '.join(faults)}.",
            "Rename or convert these columns; src/entrepot/orders/promise/README.md lists them all.",
            file=str(path),
        )
    return pl.DataFrame(columns), tuple(name for name, theirs in found.items() if theirs is None)


def _cast(column: Column, theirs: str, dtype: pl.DataType) -> pl.Expr:
    value = pl.col(theirs)
    if column.kind == "text":
        return value.cast(pl.String).fill_null("").alias(column.name)
    if column.kind == "number":
        return value.cast(pl.Float64).alias(column.name)
    if dtype == pl.String:
        value = value.str.strip_chars()
        return pl.when(value != "").then(value).str.to_datetime(time_unit="us").alias(column.name)
    if isinstance(dtype, pl.Datetime) and dtype.time_zone:
        value = value.dt.replace_time_zone(None)  # the wall clock of the zone the file names
    return value.cast(pl.Datetime("us")).alias(column.name)


def history_of(table: pl.DataFrame) -> tuple[History, tuple[str, ...]]:
    """Turn a table with our columns into a history, and tell what was odd about it.

    Parameters
    ----------
    table : DataFrame
        Columns of `columns.COLUMNS`, those required at least; times without a zone.
    """
    table, findings = _without_times_before_all(table)
    whole = len(table)
    table = table.filter(pl.col("placed_at").is_not_null())
    if undated := whole - len(table):
        findings.append(f"{undated:,} orders without a time of purchase were left out.")
    whole = len(table)
    table = table.unique("order_id", keep="first", maintain_order=True).sort("placed_at", "order_id")
    if repeated := whole - len(table):
        findings.append(f"{repeated:,} rows name an order again; the first row of each was kept.")
    if backward := table.filter(pl.col("delivered_at") < pl.col("placed_at")).height:
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


def _without_times_before_all(table: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Take times before days are counted for none: systems write the year 1, or 1970, where they know no time."""
    findings, begin = [], pl.lit(EPOCH).cast(pl.Datetime("us"))
    for column in COLUMNS:
        if column.kind == "time" and column.name in table.columns:
            unknown = table.filter(pl.col(column.name) < begin).height
            if unknown:
                findings.append(f"{unknown:,} times of {column.name} are before {EPOCH} and were taken for none.")
                since = pl.when(pl.col(column.name) >= begin).then(pl.col(column.name))
                table = table.with_columns(since.alias(column.name))
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
