"""Supply files: CSV or Excel to rows."""

from __future__ import annotations

from io import BytesIO
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from entrepot.kernel.errors import InputError

if TYPE_CHECKING:
    import polars as pl

ENDINGS: Final = (".csv", ".xlsx", ".xls")


def read_table(body: bytes, name: str) -> list[dict[str, object]]:
    """Read the rows of a file; headings are taken in lower case, and empty rows are passed over.

    Parameters
    ----------
    body : bytes
        The file: CSV in UTF-8, or the first sheet of an Excel file.
    name : str
        Its ending says which.

    Raises
    ------
    InputError
        ``stock.supply_file`` when it is neither, or cannot be read.
    """
    ending = PurePath(name).suffix.lower()
    if ending not in ENDINGS:
        raise InputError(
            "stock.supply_file", f"{name[:80]!r} is no supply file.", f"Its name ends in {', '.join(ENDINGS)}."
        )
    import fastexcel  # late: both take half a second to load
    import polars as pl

    try:
        table = _csv(body) if ending == ".csv" else _excel(body)
    except (pl.exceptions.PolarsError, fastexcel.FastExcelError, UnicodeDecodeError) as error:
        why = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise InputError(
            "stock.supply_file", f"{name[:80]!r} cannot be read: {why}.", "Save it anew as CSV in UTF-8, or as Excel."
        ) from error
    table = table.rename({heading: heading.strip().lower() for heading in table.columns})
    return [row for row in table.to_dicts() if any(value not in (None, "") for value in row.values())]


def _csv(body: bytes) -> pl.DataFrame:
    import polars as pl

    text = body.decode("utf-8-sig")  # Polars would read other encodings as something else, without a word
    return pl.read_csv(BytesIO(text.encode()), infer_schema=False) if text.strip() else pl.DataFrame()


def _excel(body: bytes) -> pl.DataFrame:
    import fastexcel

    return fastexcel.read_excel(body).load_sheet(0, dtypes="string").to_polars()
