from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path

import pytest

from entrepot.infra.postgres.account import Account
from entrepot.infra.postgres.addresses import SOCKET_NAME, fingerprint, free_port, socket_directory
from entrepot.kernel.errors import InputError

ME = Account("me", os.geteuid(), os.getegid(), is_dropped_to=False)


def test_a_free_port_is_kept_and_a_taken_one_replaced() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        other = free_port(port)
        assert other != port
    assert free_port(other) == other


def test_a_short_home_holds_its_own_socket() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as home:
        chosen = socket_directory(Path(home), ME)
        assert chosen == Path(home) / "socket"
        assert chosen.stat().st_mode & 0o777 == 0o700


def test_a_long_home_gets_a_short_private_directory_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / ("long" * 25)
    runtime = Path(tempfile.mkdtemp(dir="/tmp"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    chosen = socket_directory(home, ME)
    assert chosen.parent == runtime
    assert len(os.fsencode(chosen / SOCKET_NAME)) < 100
    assert socket_directory(home, ME) == chosen
    chosen.rmdir()
    runtime.rmdir()


def test_a_directory_someone_opened_to_others_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / ("long" * 25)
    runtime = Path(tempfile.mkdtemp(dir="/tmp"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    planted = runtime / f"entrepot-{fingerprint(home)}"
    planted.mkdir()
    planted.chmod(0o777)
    with pytest.raises(InputError, match="not a private directory") as caught:
        socket_directory(home, ME)
    assert caught.value.code == "postgres.socket_directory"
    planted.rmdir()
    runtime.rmdir()
