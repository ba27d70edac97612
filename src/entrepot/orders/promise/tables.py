"""Tables from files, and times as files write them: Parquet, or CSV as spreadsheets and data sets keep it."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import Final

import polars as pl

from entrepot.kernel.errors import InputError, NotFound

CSV: Final = (".csv", ".tsv", ".txt", ".csv.gz")
_DELIMITERS: Final = ",;\t|"
_ENCODINGS: Final = ("utf-8-sig", "gb18030")

_CLOCKS: Final = (" %H:%M:%S%.f", " %H:%M", "", " %I:%M:%S %p", " %I:%M %p")
_YEAR_FIRST: Final = ("%Y-%m-%d", "%Y%m%d")
_DAY_FIRST: Final = "%d-%m-%Y"
_MONTH_FIRST: Final = "%m-%d-%Y"


def read_table(path: Path) -> pl.DataFrame:
    """Read a table; the columns of a CSV are all text.

    Parameters
    ----------
    path : Path
        A CSV by its name (`CSV`), in UTF-8 or GB 18030, its cells apart by comma, semicolon, tab or bar; else Parquet.

    Raises
    ------
    NotFound
        ``promise.file`` when there is no such file.
    InputError
        ``promise.file`` when it cannot be read.
    """
    if path.is_dir():
        raise InputError("promise.file", f"{path} is a folder.", "Name one file in it.", file=str(path))
    try:
        return _read_csv(path) if is_csv(path) else pl.read_parquet(path)
    except FileNotFoundError:
        raise NotFound(
            "promise.file", f"There is no file {path}.", "Check the path given with --orders.", file=str(path)
        ) from None
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, pl.exceptions.PolarsError) as error:
        kind = "CSV" if is_csv(path) else "Parquet"
        raise InputError(
            "promise.file",
            f"{path} cannot be read as {kind}: {str(error).splitlines()[0]}.",
            "Give a Parquet file, or a CSV in UTF-8 or GB 18030 whose name ends in .csv.",
            file=str(path),
        ) from error


def is_csv(path: Path) -> bool:
    """Tell whether a file's name says that it is a CSV."""
    return path.name.lower().endswith(CSV)


def _read_csv(path: Path) -> pl.DataFrame:
    raw = path.read_bytes()
    text = _decoded(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
    heading = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=heading.count)
    table = pl.read_csv(text.encode(), separator=delimiter, infer_schema=False)
    return table.rename({name: name.strip() for name in table.columns})


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode(_ENCODINGS[0])
    except UnicodeDecodeError:
        return raw.decode(_ENCODINGS[1])


def times_of(written: pl.Series) -> pl.Series:
    """Read times as they are written, by the clock that is shown: an offset is left aside.

    Parameters
    ----------
    written : Series of String
        Empty ones are no times. The year comes first (2026-01-31 09:30, 2026/1/31, 2026年1月31日, 20260131), or last
        where all of them show by themselves whether the day or the month comes first.

    Raises
    ------
    ValueError
        Saying which cannot be read, or that two readings are possible.
    """
    plain = _plain(written)
    found = _parsed(plain, _YEAR_FIRST)
    if not _unread(plain, found).len():
        return found
    by_day, by_month = _parsed(plain, (_DAY_FIRST,)), _parsed(plain, (_MONTH_FIRST,))
    is_day, is_month = not _unread(plain, by_day).len(), not _unread(plain, by_month).len()
    if is_day and is_month and not by_day.equals(by_month, null_equal=True):
        raise ValueError(f"in {written.drop_nulls()[0]!r} day or month may come first; write the year first")
    if is_day or is_month:
        return by_day if is_day else by_month
    strange = _unread(written, found)
    raise ValueError(f"{strange.len():,} of {written.len():,} are no times such as 2026-01-31 09:30: {strange[0]!r}")


def _plain(written: pl.Series) -> pl.Series:
    """Bring separators, blanks and offsets to one form; the empty text is none."""
    told = (
        pl.col("")
        .str.strip_chars()
        .str.replace(r"(\d)T(\d)", "$1 $2")
        .str.replace(r"(:\d{2}(?:\.\d+)?)\s*(?:Z|UTC|[+-]\d{2}:?\d{2})$", "$1")
        .str.replace(r"^(\d{1,4})[年/.-](\d{1,2})[月/.-](\d{1,4})日?", "$1-$2-$3")
        .str.replace_all(r"\s+", " ")
    )
    return written.rename("").to_frame().select(pl.when(told != "").then(told))[""]


def _parsed(plain: pl.Series, dates: tuple[str, ...]) -> pl.Series:
    found = pl.Series(plain.name, [None] * len(plain), dtype=pl.Datetime("us"))
    for form in (date + clock for date in dates for clock in _CLOCKS):
        if not _unread(plain, found).len():
            break
        found = found.fill_null(plain.str.to_datetime(form, strict=False, time_unit="us"))
    return found


def _unread(written: pl.Series, found: pl.Series) -> pl.Series:
    return written.filter(found.is_null() & written.is_not_null())
