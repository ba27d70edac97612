"""Programs of OSRM, here a stand-in that says its number and then waits: they end with who started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from entrepot.delivery.roads.executables import Executables
from entrepot.kernel.errors import InputError

STARTED = """
import sys
from pathlib import Path
from entrepot.delivery.roads.executables import Executables
Executables(Path(sys.argv[1]), Path(sys.argv[1])).run("osrm-extract", [sys.argv[2]], Path(sys.argv[1]))
"""


def stand_in(folder: Path, script: str) -> Executables:
    program = folder / "osrm-extract"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return Executables(folder, folder)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in ("Z", "X")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_a_program_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    stand_in(tmp_path, 'echo $$ > "$1"\nexec sleep 60')
    told = tmp_path / "told"
    os.mkfifo(told)
    parent = subprocess.Popen([sys.executable, "-c", STARTED, str(tmp_path), str(told)])
    child = int(told.read_text())
    assert is_alive(child)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    waited = Event()
    for _ in range(500):
        if not is_alive(child):
            return
        waited.wait(0.01)
    os.kill(child, signal.SIGKILL)
    pytest.fail("the program outlived its parent")


def test_what_a_program_said_last_is_told_when_it_fails(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="osrm-extract failed: no roads"):
        stand_in(tmp_path, "echo no roads\nexit 3").run("osrm-extract", [], tmp_path)
