from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from entrepot.infra.postgres.processes import PidFile, is_server, read_pid_file, wait_until


def test_a_pid_file_is_read_as_far_as_it_is_written(tmp_path: Path) -> None:
    assert read_pid_file(tmp_path) is None
    (tmp_path / "postmaster.pid").write_text("")
    assert read_pid_file(tmp_path) is None
    (tmp_path / "postmaster.pid").write_text("42\n/data\n1700000000\n")
    assert read_pid_file(tmp_path) == PidFile(42, 0, "")
    (tmp_path / "postmaster.pid").write_text("42\n/data\n1700000000\n5433\n/tmp\n127.0.0.1\n  1 2\nready   \n")
    assert read_pid_file(tmp_path) == PidFile(42, 5433, "ready")


def test_a_number_that_went_to_another_program_is_no_server(tmp_path: Path) -> None:
    assert not is_server(os.getpid(), tmp_path)


def test_a_number_nobody_has_is_no_server(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert not is_server(ended.pid, tmp_path)


def test_a_zombie_is_no_server(tmp_path: Path) -> None:
    program = tmp_path / "postgres"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    zombie = subprocess.Popen([str(program), "-D", str(tmp_path)], cwd=tmp_path)
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)  # ended, and not reaped
    assert not is_server(zombie.pid, tmp_path)
    zombie.wait()


def test_waiting_tells_whether_it_came_true() -> None:
    answers = iter([False, True])
    assert wait_until(lambda: next(answers), 5)
    assert not wait_until(lambda: False, 0)
