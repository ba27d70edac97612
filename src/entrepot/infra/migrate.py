"""Brings a database to the schema this version of the code expects."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from entrepot.kernel.errors import InputError, UpstreamError

SCRIPTS = "entrepot:migrations"  # a package resource: infra knows the place and imports nothing from it
LOCK_KEY = 0x456E7472  # "Entr"


def upgrade(url: str, scripts: str = SCRIPTS, target: str = "head") -> None:
    """Run the migrations a database lacks, all of them in one transaction or none.

    Parameters
    ----------
    url : str
        ``postgresql://...``.
    scripts : str
        Alembic's script location.
    target : str
        Revision to reach.

    Raises
    ------
    InputError
        ``migrate.newer_database`` when the database holds a revision this code does not know.
    UpstreamError
        ``database.unreachable``.

    Notes
    -----
    Two apps that start together take turns by an advisory lock; the second finds nothing left to do.
    """
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
            connection.commit()  # the lock is the session's; Alembic opens its own transaction
            config = Config()
            config.set_main_option("script_location", scripts)
            config.attributes["connection"] = connection  # not as text: a password may hold a %
            command.upgrade(config, target)
    except OperationalError as error:
        raise UpstreamError(
            "database.unreachable",
            f"The database does not answer: {str(error.orig).strip()}.",
            "Check ENTREPOT_DATABASE_URL and that the server runs.",
        ) from error
    except CommandError as error:
        raise InputError(
            "migrate.newer_database",
            f"The database's schema is not one this version knows: {error}.",
            "Run the version of Entrepot that last used this database, or a later one.",
        ) from error
    finally:
        engine.dispose()


def revision(url: str) -> str | None:
    """Return the revision a database is at; None before the first migration."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
