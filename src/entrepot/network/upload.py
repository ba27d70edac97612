"""A study as people send it: a study or network in JSON, or its tables as a workbook or an archive of CSV files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

import msgspec

from entrepot.network.formats.tables import told_by
from entrepot.network.formats.workbook import are_tables, tables_in
from entrepot.network.study import Spot, Study, read_study


def read_upload(name: str, content: bytes) -> Study:
    """Read a study from a file's bytes; what they are is found by themselves, not by the name.

    Parameters
    ----------
    name : str
        Of the file.
    content : bytes
        JSON, a workbook, or a zip archive of CSV files.

    Raises
    ------
    InputError
        As `read_study`, and ``network.tables`` with table, row and column of each fault.
    """
    if not are_tables(content):
        return read_study(name, content)
    told = told_by(PurePosixPath(name).stem, *tables_in(content))
    study = Study(msgspec.Raw(msgspec.json.encode(told.network)), told.currency, _spots(told.sites), _spots(told.zones))
    return read_study(name, msgspec.json.encode(study))


def _spots(places: Mapping[str, tuple[float, float]]) -> dict[str, Spot]:
    return {name: Spot(*place) for name, place in places.items()}
