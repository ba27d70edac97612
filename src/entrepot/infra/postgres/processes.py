"""Is that server alive? Answers that neither a stale pid file nor a zombie can deceive."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from entrepot.infra.postgres.addresses import fingerprint

PID_FILE = "postmaster.pid"
POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class PidFile:
    """What the server wrote about itself.

    Attributes
    ----------
    pid : int
    port : int
        0 while it is not yet written.
    status : str
        "starting", "stopping", "ready", "standby", or "" while it is not yet written.
    """

    pid: int
    port: int
    status: str


def read_pid_file(cluster: Path) -> PidFile | None:
    """Read the server's pid file; None when there is none or it is torn."""
    try:
        lines = (cluster / PID_FILE).read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return None
    if not lines or not lines[0].strip().isdigit():
        return None
    port = lines[3].strip() if len(lines) > 3 else ""
    return PidFile(int(lines[0]), int(port) if port.isdigit() else 0, lines[7].strip() if len(lines) > 7 else "")


def cluster_name(cluster: Path) -> str:
    """Name every process of the server carries in its title, so that anyone can tell whose it is."""
    return f"entrepot-{fingerprint(cluster)[:8]}"


def is_server(pid: int, cluster: Path) -> bool:
    """Tell whether a living process is a PostgreSQL process of this cluster.

    A dead server's number may belong to another program by now, or to a zombie nobody has reaped.
    """
    entry = Path("/proc") / str(pid)
    if not Path("/proc/self/stat").exists():
        return _is_server_by_ps(pid, cluster)
    try:
        if (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0] in ("Z", "X"):
            return False
        words = (entry / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return _names_server(words[0]) and (
        str(cluster) in words or cluster_name(cluster) in words[0] or _works_in(entry, cluster)
    )


def server_processes(cluster: Path) -> list[int]:
    """List all living processes of the cluster, also those whose postmaster is gone; empty where /proc is missing."""
    try:
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except FileNotFoundError:
        return []
    return [pid for pid in pids if is_server(pid, cluster)]


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Poll a condition; False when it did not come true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(POLL_SECONDS)
    return True


def stop_server(pid: int, has_ended: Callable[[], bool], fast_seconds: float = 60, hard_seconds: float = 20) -> bool:
    """Ask the server to stop; fast first (sessions are cut, data are written), then at once (recovery at next start).

    Returns
    -------
    bool
        Whether it has ended.
    """
    for request, seconds in ((signal.SIGINT, fast_seconds), (signal.SIGQUIT, hard_seconds)):
        try:
            os.kill(pid, request)
        except ProcessLookupError:
            return True
        if wait_until(has_ended, seconds):
            return True
    return False


def end_headless(cluster: Path) -> bool:
    """End the processes that outlived a killed postmaster, which only those deep in a query do for long.

    All are asked at once, for the logger ends only after the others.

    Returns
    -------
    bool
        Whether none is left.
    """

    def none_left() -> bool:
        return not server_processes(cluster)

    if wait_until(none_left, 1):
        return True
    for request in (signal.SIGINT, signal.SIGQUIT):
        for pid in server_processes(cluster):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, request)
        if wait_until(none_left, 5):
            return True
    return False


def _names_server(program: str) -> bool:
    # Its children rename themselves "postgres: checkpointer" and so on.
    return program.startswith("postgres:") or os.path.basename(program) in ("postgres", "postmaster")


def _works_in(entry: Path, cluster: Path) -> bool:
    """Every process of a server works inside its data directory."""
    try:
        return (entry / "cwd").readlink() == cluster
    except OSError:
        return False  # gone; or we are root without SYS_PTRACE, as in containers: the names then have to do


def _is_server_by_ps(pid: int, cluster: Path) -> bool:
    reply = subprocess.run(["ps", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, command = reply.stdout.strip().partition(" ")
    return bool(state) and not state.startswith("Z") and "postgres" in command and str(cluster) in command
