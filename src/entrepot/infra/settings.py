"""What a deployment may set, by ``ENTREPOT_*`` environment variables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from entrepot.kernel.errors import InputError

PREFIX = "ENTREPOT_"

Positive = Annotated[int, Field(gt=0)]


class Settings(BaseSettings):
    """Every setting, its default and its meaning.

    Attributes
    ----------
    data_dir : Path
        Where the app keeps what is its own: database, secrets, outlines.
    database_url : str or None
        A PostgreSQL server (15 or later) to use; None starts the embedded one in ``data_dir``.
    postgres_bin : Path or None
        Directory of ``postgres`` and ``initdb`` for the embedded server; None searches.
    host, port : str, int
        Where the console and the API listen.
    https_only : bool
        Session cookies go over TLS alone; set it behind a TLS proxy.
    body_limit_mb : int
        Largest request body taken, in MiB.
    demo_rate : int
        Messages per minute the demo retailer sends live; 0 is silent.
    language : {"zh", "en"}
        Language of the console before a user chooses one.
    map_outline : Path or None
        GeoJSON of the country outlines drawn under the maps.
    roads : str or None
        Built roads (see ``entrepot roads build``) or an OSRM server's address, for own vehicles; None goes by great
        circle.
    log_level : str
        Least severe line the app writes.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Path(".entrepot")
    database_url: str | None = Field(default=None, repr=False)  # it holds a password
    postgres_bin: Path | None = None
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    https_only: bool = False
    body_limit_mb: Positive = 20
    demo_rate: Annotated[int, Field(ge=0)] = 30
    language: Literal["zh", "en"] = "zh"
    map_outline: Path | None = None
    roads: str | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("data_dir", "postgres_bin", "map_outline")
    @classmethod
    def _expand_home(cls, path: Path | None) -> Path | None:
        return path.expanduser() if path is not None else None

    @field_validator("database_url")
    @classmethod
    def _only_postgresql(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("postgresql://", "postgres://")):
            raise ValueError("must start with postgresql://, for PostgreSQL is the only database spoken")
        return url


def load_settings() -> Settings:
    """Read the settings from the environment.

    Returns
    -------
    Settings
        Checked and frozen.

    Raises
    ------
    InputError
        ``settings.invalid``, naming every wrong variable at once.
    """
    try:
        return Settings()
    except ValidationError as error:
        faults = {PREFIX + ".".join(map(str, fault["loc"])).upper(): fault["msg"] for fault in error.errors()}
        listed = "; ".join(f"{name}: {reason}" for name, reason in faults.items())
        raise InputError(
            "settings.invalid",
            f"The settings cannot be read: {listed}.",
            "Correct or unset these environment variables.",
            faults=faults,
        ) from None
