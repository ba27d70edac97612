"""The embedded server as the app sees it: start it, get an address, stop it."""

from __future__ import annotations

import atexit
import errno
import itertools
import os
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import msgspec
import psycopg
from psycopg import sql

from entrepot.infra.postgres import faults
from entrepot.infra.postgres.account import Account, server_account, user_name
from entrepot.infra.postgres.addresses import fingerprint, free_port, socket_directory
from entrepot.infra.postgres.binaries import find_binaries, reachable
from entrepot.infra.postgres.cluster import ADMIN, Cluster, major_of
from entrepot.infra.postgres.exits import leave_signals, turn_signals_into_exits
from entrepot.infra.postgres.lock import DirectoryLock, is_locked
from entrepot.infra.postgres.processes import is_server, read_pid_file
from entrepot.infra.postgres.state import State, new_state, read_state, write_state
from entrepot.kernel.errors import EntrepotError, InputError

ROLE = "entrepot"
DATABASE = "entrepot"
LOCK_FILE = "postgres.lock"
CLUSTER = "postgres"
START_LOG = "postgres-start.log"
SYSTEM_PLACE = Path("/var/lib/entrepot")
ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class PostgresStatus:
    """What the supervisor knows of its server now.

    Attributes
    ----------
    state : {"stopped", "ready", "failed"}
        "failed" when it ended though nobody asked it to; start again to recover.
    pid, port, version : int, int, str, optional
        None while stopped.
    cluster, log : Path, optional
        Its data directory and the directory of its log; None before the first start.
    """

    state: Literal["stopped", "ready", "failed"]
    pid: int | None = None
    port: int | None = None
    version: str | None = None
    cluster: Path | None = None
    log: Path | None = None


class EmbeddedPostgres:
    """A PostgreSQL server that belongs to the app and keeps its data in the app's data directory.

    Parameters
    ----------
    data_dir : Path
        The app's data directory; made when it is missing.
    bin_directory : Path, optional
        Where ``postgres`` and ``initdb`` are; None searches.
    parameters : mapping of str to str, optional
        Server settings on top of ours.
    start_timeout : float
        Longest wait for recovery, in seconds.
    system_place : Path
        Where root puts the cluster when the server's account cannot enter ``data_dir``.

    Notes
    -----
    One app at a time holds the directory (a lock that ends with the process). A server that a killed app left
    running is stopped and started afresh: one path to test, and the settings are then ours. It stops with the app: at
    exit, on SIGTERM and SIGHUP.

    Examples
    --------
    >>> with EmbeddedPostgres(Path(".entrepot")) as server:  # doctest: +SKIP
    ...     print(server.url)
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        bin_directory: Path | None = None,
        parameters: Mapping[str, str] | None = None,
        start_timeout: float = 600,
        system_place: Path = SYSTEM_PLACE,
    ) -> None:
        self.data_dir = Path(os.path.realpath(data_dir))
        self._bin_directory = bin_directory
        self._parameters = dict(parameters or {})
        self._start_timeout = start_timeout
        self._system_place = system_place
        self._locks: list[DirectoryLock] = []
        self._cluster: Cluster | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._state: State | None = None
        self._owner = 0
        self._turn = threading.RLock()

    def start(self) -> str:
        """Start the server and return its address; also restarts one that died. A running one is left alone.

        Returns
        -------
        str
            ``postgresql://entrepot:...@127.0.0.1:<port>/entrepot``.

        Raises
        ------
        EntrepotError
            Codes ``postgres.*``: what is wrong with the directory, the binaries, the account, the port or the disk.
        """
        with self._turn:
            if self._server is not None and self._server.poll() is None:
                return self.url
            try:
                self._start()
            except BaseException:
                self.stop()
                raise
            self._stop_with_the_app()
            return self.url

    def stop(self) -> None:
        """Stop the server and give the directory up; a no-op when it does not run."""
        with self._turn:
            if self._owner not in (0, os.getpid()):
                return  # a fork of the app must not stop the app's server
            if self._server is not None and self._cluster is not None:
                self._cluster.stop(self._server)
            self._server = None
            while self._locks:
                self._locks.pop().release()
            atexit.unregister(self.stop)
            leave_signals()

    @property
    def url(self) -> str:
        """Address of the running server, password included."""
        if self._server is None or self._state is None:
            raise InputError("postgres.not_started", "The embedded database is not started.", "Call start() first.")
        return _url(self._state)

    @property
    def status(self) -> PostgresStatus:
        """What runs now."""
        if self._cluster is None:
            return PostgresStatus("stopped")
        cluster, log = self._cluster.directory, self._cluster.log.directory
        if self._server is None or self._state is None:
            return PostgresStatus("stopped", cluster=cluster, log=log)
        state: Literal["ready", "failed"] = "ready" if self._server.poll() is None else "failed"
        version = self._cluster.binaries.version
        return PostgresStatus(state, self._server.pid, self._state.port, version, cluster, log)

    def is_healthy(self) -> bool:
        """Tell whether our own server lives and answers a query."""
        if self.status.state != "ready":
            return False
        try:
            with psycopg.connect(self.url, connect_timeout=5) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self) -> None:
        try:
            self._take_directory()
            account = server_account()
            state = read_state(self.data_dir) or self._first_state(account)
            cluster = self._cluster = self._open_cluster(state, account)
            self._run(cluster, state)
        except PermissionError as error:
            raise _not_ours(self.data_dir, error) from error
        except OSError as error:
            raise _unusable(self.data_dir, error) from error

    def _take_directory(self) -> None:
        if not self.data_dir.exists():
            self.data_dir.mkdir(parents=True)
            # Root's server account must pass through; what is secret in here is 0600 or 0700 by itself.
            self.data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)
        self._lock(self.data_dir)

    def _lock(self, directory: Path) -> None:
        if any(lock.path.parent == directory for lock in self._locks):
            return  # kept through a restart
        lock = DirectoryLock(directory / LOCK_FILE)
        lock.acquire()
        self._locks.append(lock)
        self._owner = os.getpid()

    def _first_state(self, account: Account) -> State:
        inside = account.can_enter(self.data_dir)
        cluster = (self.data_dir if inside else _system_home(self._system_place, self.data_dir)) / CLUSTER
        if cluster.exists():
            raise InputError(
                "postgres.state_missing",
                f"{cluster} holds a database, but the file with its passwords is missing from {self.data_dir}.",
                "Restore postgres.json from a backup, or move the database away.",
                cluster=str(cluster),
            )
        state = new_state(cluster, self.data_dir)
        write_state(self.data_dir, state)
        return state

    def _open_cluster(self, state: State, account: Account) -> Cluster:
        directory = self.data_dir / state.cluster
        if not account.can_enter(directory.parent):
            raise _closed(directory.parent, account)
        if directory.parent != self.data_dir:
            self._lock(directory.parent)  # a copied data directory names the same cluster
        major = major_of(directory)
        if major is None and state.port:
            raise InputError(
                "postgres.cluster_missing",
                f"The database of {self.data_dir} should be in {directory}, and is not.",
                f"Bring it back, or remove {self.data_dir / 'postgres.json'} to begin with an empty one.",
                cluster=str(directory),
            )
        binaries = reachable(find_binaries(self._bin_directory, major), account, directory.parent)
        cluster = Cluster(directory, binaries, account, self.data_dir / START_LOG)
        if major is None:
            cluster.create(state.admin_password)
        cluster.check_owner()
        return cluster

    def _run(self, cluster: Cluster, state: State) -> None:
        sockets = socket_directory(cluster.directory.parent, cluster.account)
        cluster.clear_away_dead(sockets)
        port = free_port(state.port)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._server = cluster.start(port, sockets, self._parameters, self._start_timeout)
                break
            except EntrepotError as error:
                if error.code not in (faults.PORT_TAKEN, faults.STILL_RUNNING) or attempt == ATTEMPTS:
                    raise
                time.sleep(0.5 * attempt)  # sessions of a killed server may need a moment to notice
                cluster.clear_away_dead(sockets)
                port = free_port(port)
        self._state = msgspec.structs.replace(state, port=port)
        _ensure_database(self._state)
        if port != state.port:
            write_state(self.data_dir, self._state)

    def _stop_with_the_app(self) -> None:
        atexit.unregister(self.stop)
        atexit.register(self.stop)
        turn_signals_into_exits()


def running_url(data_dir: Path) -> str | None:
    """Return the address of the server another living app runs on a data directory, for a command beside it.

    Parameters
    ----------
    data_dir : Path
        The app's data directory.

    Returns
    -------
    str or None
        None when no app holds the directory, or its server is not ready.
    """
    directory = Path(os.path.realpath(data_dir))
    try:
        state = read_state(directory)
        if state is None or not is_locked(directory / LOCK_FILE):
            return None
        cluster = directory / state.cluster
        found = read_pid_file(cluster)
    except PermissionError as error:
        raise _not_ours(directory, error) from error
    if found is None or found.status != "ready" or not is_server(found.pid, cluster):
        return None
    return _url(msgspec.structs.replace(state, port=found.port))


def _system_home(place: Path, data_dir: Path) -> Path:
    """Make a home outside the data directory; never one used before: an older database there stays as it is."""
    if not place.exists():
        place.mkdir(parents=True)
        place.chmod(0o755)
    names = (f"{fingerprint(data_dir)}-{number}" for number in itertools.count(1))
    home = next(place / name for name in names if not (place / name).exists())
    home.mkdir()
    home.chmod(0o755)
    return home


def _url(state: State) -> str:
    return f"postgresql://{ROLE}:{state.password}@127.0.0.1:{state.port}/{DATABASE}"


def _ensure_database(state: State) -> None:
    """Make our role and database when they are missing; the role is no superuser but may make databases."""
    address = f"host=127.0.0.1 port={state.port} user={ADMIN} password={state.admin_password} dbname=postgres"
    try:
        _ensure_over(address, state.password)
    except psycopg.Error as error:
        raise faults.explain(f"ERROR: {error}", "be opened") from error


def _ensure_over(address: str, password: str) -> None:
    with psycopg.connect(address, autocommit=True, connect_timeout=30) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}").format(sql.Identifier(ROLE), password)
            )
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(ROLE))
            )


def _closed(directory: Path, account: Account) -> InputError:
    return InputError(
        "postgres.directory_closed",
        f"The user {account.name}, who runs the database, cannot enter {directory}.",
        "Move the data directory to a place that user can enter.",
        directory=str(directory),
        account=account.name,
    )


def _unusable(data_dir: Path, error: OSError) -> EntrepotError:
    said = f"error: {error.strerror}: {error.filename}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return faults.explain(said, "start")
    return InputError(
        "postgres.data_directory",
        f"The data directory {data_dir} cannot be used ({error.filename}: {error.strerror}).",
        "Choose another ENTREPOT_DATA_DIR, a directory on a local disk.",
        directory=str(data_dir),
    )


def _not_ours(data_dir: Path, error: PermissionError) -> InputError:
    owner = user_name(data_dir.stat().st_uid) if data_dir.exists() else "nobody"
    return InputError(
        "postgres.wrong_owner",
        f"{user_name(os.geteuid())} may not use the data directory {data_dir} of {owner}'s ({error.filename}).",
        f"Start Entrepot as {owner}, or choose another ENTREPOT_DATA_DIR.",
        directory=str(data_dir),
        owner=owner,
    )
