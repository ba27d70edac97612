from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from entrepot.infra.private_files import write_private
from entrepot.infra.secrets import FILE, VARIABLE, SecretBox, open_secret_box
from entrepot.kernel.errors import InputError, Refused


@pytest.fixture(autouse=True)
def _no_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def test_a_secret_comes_back(tmp_path: Path) -> None:
    box = open_secret_box(tmp_path)
    stored = box.encrypt(b"app secret")
    assert b"app secret" not in stored
    assert open_secret_box(tmp_path).decrypt(stored) == b"app secret"


@pytest.mark.skipif(os.name != "posix", reason="file modes are a matter of POSIX")
def test_the_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    open_secret_box(tmp_path / "data")
    assert (tmp_path / "data" / FILE).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.name != "posix", reason="file modes are a matter of POSIX")
def test_a_key_file_others_can_read_is_refused(tmp_path: Path) -> None:
    open_secret_box(tmp_path)
    (tmp_path / FILE).chmod(0o644)
    with pytest.raises(Refused, match="chmod 600") as caught:
        open_secret_box(tmp_path)
    assert caught.value.code == "secrets.readable_by_others"


def test_a_key_in_the_environment_overrides_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = Fernet.generate_key().decode()
    monkeypatch.setenv(VARIABLE, key)
    stored = open_secret_box(tmp_path).encrypt(b"x")
    assert SecretBox(key).decrypt(stored) == b"x"
    assert list(tmp_path.iterdir()) == []


def test_a_former_key_still_decrypts(tmp_path: Path) -> None:
    former, present = (Fernet.generate_key().decode() for _ in range(2))
    stored = SecretBox(former).encrypt(b"x")
    rotated = open_secret_box(tmp_path, f"{present}, {former}")
    assert rotated.decrypt(stored) == b"x"
    assert SecretBox(present).decrypt(rotated.encrypt(b"y")) == b"y"


def test_another_key_cannot_decrypt() -> None:
    stored = SecretBox(Fernet.generate_key().decode()).encrypt(b"x")
    with pytest.raises(Refused) as caught:
        SecretBox(Fernet.generate_key().decode()).decrypt(stored)
    assert caught.value.code == "secrets.wrong_key"


def test_a_changed_secret_is_noticed(tmp_path: Path) -> None:
    box = open_secret_box(tmp_path)
    stored = bytearray(box.encrypt(b"x"))
    stored[-1] ^= 1
    with pytest.raises(Refused):
        box.decrypt(bytes(stored))


@pytest.mark.parametrize("key", ["too short", ",", "é"])
def test_an_unusable_key_is_refused_with_the_way_to_mend_it(key: str) -> None:
    with pytest.raises(InputError, match="32 random bytes") as caught:
        SecretBox(key)
    assert caught.value.code == "secrets.bad_key"


def test_derived_keys_are_steady_and_their_own(tmp_path: Path) -> None:
    box = open_secret_box(tmp_path)
    assert box.session_key() == open_secret_box(tmp_path).session_key()
    assert len({box.session_key(), box.derive("other"), (tmp_path / FILE).read_text()}) == 3


def test_the_first_writer_of_a_private_file_wins(tmp_path: Path) -> None:
    assert write_private(tmp_path / "key", b"first", replace=False)
    assert not write_private(tmp_path / "key", b"second", replace=False)
    assert (tmp_path / "key").read_bytes() == b"first"
    assert write_private(tmp_path / "key", b"third", replace=True)
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
