"""Compiled loops on disk, and which of them an update makes useless."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from entrepot.infra.loops import forget_stale


@pytest.mark.parametrize(("changed", "left"), [(100, ["old", "new"]), (250, ["new"]), (400, [])])
def test_what_was_compiled_before_any_source_changed_is_forgotten(
    tmp_path: Path, changed: int, left: list[str]
) -> None:
    deep = tmp_path / "deep" / "__pycache__"
    deep.mkdir(parents=True)
    for path, at in (
        (tmp_path / "a.py", 50), (tmp_path / "deep" / "b.py", changed),
        (deep / "b.old.nbi", 200), (deep / "b.old.1.nbc", 200), (deep / "b.new.nbi", 300), (deep / "b.pyc", 10),
    ):  # fmt: skip
        path.touch()
        os.utime(path, (at, at))
    forget_stale(tmp_path)
    assert [name for name in ("old", "new") if (deep / f"b.{name}.nbi").exists()] == left
    assert (deep / "b.old.1.nbc").exists() == ("old" in left)
    assert (deep / "b.pyc").exists()
