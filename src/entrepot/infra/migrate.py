"""Brings a database to the schema this version of the code expects."""

from __future__ import annotations

from importlib.resources import files
from typing import LiteralString

import psycopg

from entrepot.kernel.errors import InputError, UpstreamError

SCRIPTS = "entrepot:migrations"  # a package resource: infra knows the place and imports nothing from it
LOCK_KEY = 0x456E7472  # "Entr"

_REVISION: LiteralString = "SELECT version_num FROM public.alembic_version"


def upgrade(url: str) -> None:
    """Run the migrations a database lacks, all of them in one transaction or none.

    Parameters
    ----------
    url : str
        ``postgresql://...``.

    Raises
    ------
    InputError
        ``migrate.newer_database`` when the database holds a revision this code does not know.
    UpstreamError
        ``database.unreachable``.

    Notes
    -----
    Two apps that start together take turns by an advisory lock; the second finds nothing left to do. Of a database at
    the newest revision no more than that is asked: Alembic takes a second to load.
    """
    if revision(url) == newest():
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError
    from sqlalchemy import NullPool, create_engine, text
    from sqlalchemy.engine import make_url

    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
            connection.commit()  # the lock is the session's; Alembic opens its own transaction
            config = Config()
            config.set_main_option("script_location", SCRIPTS)
            config.attributes["connection"] = connection  # not as text: a password may hold a %
            command.upgrade(config, "head")
    except CommandError as error:
        raise InputError(
            "migrate.newer_database",
            f"The database's schema is not one this version knows: {error}.",
            "Run the version of Entrepot that last used this database, or a later one.",
        ) from error
    finally:
        engine.dispose()


def revision(url: str) -> str | None:
    """Return the revision a database is at; None before the first migration.

    Raises
    ------
    UpstreamError
        ``database.unreachable``.
    """
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            row = connection.execute(_REVISION).fetchone()
    except psycopg.errors.UndefinedTable:
        return None
    except psycopg.OperationalError as error:
        raise UpstreamError(
            "database.unreachable",
            f"The database does not answer: {str(error).strip()}.",
            "Check ENTREPOT_DATABASE_URL and that the server runs.",
        ) from error
    return None if row is None else str(row[0])


def newest() -> str:
    """Return the newest revision of this version of the code: names of scripts begin with theirs."""
    package, _, folder = SCRIPTS.partition(":")
    names = (entry.name for entry in files(package).joinpath(folder, "versions").iterdir())
    return max(name.partition("_")[0] for name in names if name[0].isdigit())
