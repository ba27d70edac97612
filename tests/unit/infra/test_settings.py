from __future__ import annotations

import os
from pathlib import Path

import pytest

from entrepot.infra.settings import PREFIX, Settings, load_settings
from entrepot.kernel.errors import InputError


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)


def test_without_variables_the_embedded_server_and_a_local_console_are_chosen() -> None:
    settings = load_settings()
    assert settings.database_url is None
    assert (settings.host, settings.port, settings.language) == ("127.0.0.1", 8000, "zh")
    assert settings.data_dir == Path(".entrepot")
    assert (settings.demo_rate, settings.body_limit_mb, settings.https_only) == (30, 20, False)


def test_variables_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_DATA_DIR", "~/retailer")
    monkeypatch.setenv("ENTREPOT_PORT", "9000")
    monkeypatch.setenv("ENTREPOT_LANGUAGE", "en")
    settings = load_settings()
    assert settings.data_dir == Path.home() / "retailer"
    assert (settings.port, settings.language) == (9000, "en")


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_DATABASE_URL", "")
    assert load_settings().database_url is None


def test_every_wrong_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_PORT", "many")
    monkeypatch.setenv("ENTREPOT_LANGUAGE", "fr")
    monkeypatch.setenv("ENTREPOT_DATABASE_URL", "mysql://there")
    with pytest.raises(InputError, match="ENTREPOT_PORT") as caught:
        load_settings()
    assert caught.value.code == "settings.invalid"
    faults = caught.value.fields["faults"]
    assert isinstance(faults, dict)
    assert set(faults) == {"ENTREPOT_PORT", "ENTREPOT_LANGUAGE", "ENTREPOT_DATABASE_URL"}


def test_the_password_in_the_address_is_not_printed() -> None:
    assert "secret" not in repr(Settings(database_url="postgresql://me:secret@there/db"))
