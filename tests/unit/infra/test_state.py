from __future__ import annotations

from pathlib import Path

import pytest

from entrepot.infra.postgres.state import new_state, read_state, write_state
from entrepot.kernel.errors import InputError


def test_what_is_written_is_read_and_closed_to_others(tmp_path: Path) -> None:
    state = new_state(tmp_path / "postgres", tmp_path)
    write_state(tmp_path, state)
    write_state(tmp_path, state)
    assert read_state(tmp_path) == state
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o600]


def test_a_cluster_inside_is_remembered_relative_so_that_the_whole_may_move(tmp_path: Path) -> None:
    assert new_state(tmp_path / "postgres", tmp_path).cluster == "postgres"
    assert new_state(Path("/var/lib/x"), tmp_path).cluster == "/var/lib/x"


def test_the_two_passwords_differ(tmp_path: Path) -> None:
    state = new_state(tmp_path, tmp_path)
    assert state.password != state.admin_password


def test_a_torn_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "postgres.json").write_text('{"cluster": "p')
    with pytest.raises(InputError, match=r"postgres\.json") as caught:
        read_state(tmp_path)
    assert caught.value.code == "postgres.state_unreadable"
