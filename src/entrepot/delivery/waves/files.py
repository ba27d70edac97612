"""The shell around days: our JSON, a static instance of which a day of the competition is drawn, tables of couriers."""

from __future__ import annotations

from pathlib import Path

from entrepot.delivery.routing.formats import read_problem
from entrepot.delivery.waves.competition import competition_day
from entrepot.delivery.waves.couriers.facts import ServiceDay
from entrepot.delivery.waves.couriers.grubhub import TABLES, read_grubhub
from entrepot.delivery.waves.day import Day
from entrepot.delivery.waves.forecast import Forecast
from entrepot.delivery.waves.form import read_day
from entrepot.infra.text_files import read_text
from entrepot.kernel.errors import InputError


def load_day(path: Path, seed: int) -> tuple[Day, Forecast | None]:
    """Read a day; of a VRPLIB or Solomon instance the competition's day of a seed.

    Raises
    ------
    NotFound
        ``waves.no_file``.
    InputError
        With the file and what is wrong in it.
    """
    text = read_text(path, "waves")
    try:
        if text.lstrip().startswith("{"):
            return read_day(text, path.name.removesuffix(".gz").rsplit(".", 1)[0])
        return competition_day(read_problem(path), seed)
    except InputError as error:
        message = error.message if str(path) in error.message else f"{path}: {error.message}"
        raise InputError(error.code, message, error.mend, **error.fields) from error


def load_grubhub(folder: Path) -> ServiceDay:
    """Read a day of instant delivery from a folder of four tables.

    Raises
    ------
    NotFound
        ``waves.no_file``.
    InputError
        ``waves.format``.
    """
    return read_grubhub({table: read_text(folder / f"{table}.txt", "waves") for table in TABLES}, folder.name)
