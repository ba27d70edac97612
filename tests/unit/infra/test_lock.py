from __future__ import annotations

import os
from pathlib import Path

import pytest

from entrepot.infra.postgres.lock import DirectoryLock, is_locked
from entrepot.kernel.errors import InputError


def test_the_second_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    first = DirectoryLock(tmp_path / "lock")
    first.acquire()
    with pytest.raises(InputError, match=rf"process {os.getpid()}\) uses {tmp_path}") as caught:
        DirectoryLock(tmp_path / "lock").acquire()
    assert caught.value.code == "postgres.in_use"
    assert caught.value.fields["pid"] == os.getpid()
    first.release()


def test_a_released_lock_is_free_again(tmp_path: Path) -> None:
    first, second = DirectoryLock(tmp_path / "lock"), DirectoryLock(tmp_path / "lock")
    first.acquire()
    first.release()
    second.acquire()
    assert is_locked(tmp_path / "lock")
    second.release()
    assert not is_locked(tmp_path / "lock")


def test_a_lock_nobody_ever_took_is_free(tmp_path: Path) -> None:
    assert not is_locked(tmp_path / "lock")
