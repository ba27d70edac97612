"""One database cluster on disk: made once, then started and stopped."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from entrepot.infra.postgres.account import Account, user_name
from entrepot.infra.postgres.binaries import Binaries
from entrepot.infra.postgres.faults import explain
from entrepot.infra.postgres.processes import (
    PID_FILE,
    POLL_SECONDS,
    cluster_name,
    end_headless,
    is_server,
    read_pid_file,
    stop_server,
)
from entrepot.infra.postgres.server_log import ServerLog
from entrepot.kernel.errors import InputError, UpstreamError

logger = logging.getLogger(__name__)

ADMIN = "entrepot_admin"

# Text sorts by bytes and upper, lower and trigrams know every script; where the system lacks C.UTF-8 (macOS) another
# UTF-8 character table serves, and plain C is the last resort (pg_trgm then finds no Chinese).
LOCALES = (["--locale=C.UTF-8"], ["--locale=C", "--lc-ctype=en_US.UTF-8"], ["--locale=C"])

# Written into postgresql.conf once: an operator may tune them.
TUNABLES = {
    "shared_buffers": "256MB",
    "max_connections": "100",
    "max_wal_size": "2GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}

# On the command line at every start: the supervisor relies on them.
FIXED = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_permissions": "0700",
    "synchronous_commit": "on",
    # A file per day of the week, emptied when its day comes round.
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgres-%w.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
}


def major_of(directory: Path) -> int | None:
    """Major version of the server that made a cluster; None when there is no cluster."""
    try:
        return int((directory / "PG_VERSION").read_text().strip().split(".")[0])
    except FileNotFoundError:
        return None


class Cluster:
    """The cluster in one directory, run by one account with one set of binaries.

    Parameters
    ----------
    directory : Path
        The server's data directory, resolved.
    binaries : Binaries
        Of the cluster's major version.
    account : Account
        Owner of the directory.
    start_log : Path
        Where the server writes before it opens its own log.
    """

    def __init__(self, directory: Path, binaries: Binaries, account: Account, start_log: Path) -> None:
        self.directory = directory
        self.binaries = binaries
        self.account = account
        self.log = ServerLog(start_log, directory / "log")

    def create(self, admin_password: str) -> None:
        """Make the cluster (checksums, UTF-8, passwords only); it appears under its name when it is complete."""
        part = self.directory.with_name(self.directory.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        self.account.give(part)
        secret = part.with_name("password.part")
        secret.unlink(missing_ok=True)
        try:
            secret.touch(mode=0o600)
            secret.write_text(admin_password)
            self.account.give(secret)
            said = self._initdb(part, secret)
        finally:
            secret.unlink(missing_ok=True)
        if major_of(part) is None:
            shutil.rmtree(part, ignore_errors=True)
            raise explain(said, "be created")
        with (part / "postgresql.conf").open("a") as file:
            file.write("\n# Entrepot\n" + "".join(f"{name} = '{value}'\n" for name, value in TUNABLES.items()))
        part.rename(self.directory)

    def _initdb(self, part: Path, secret: Path) -> str:
        said = ""
        for locale in LOCALES:
            for leftover in part.iterdir():
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
            reply = self.account.run(
                [
                    self.binaries.program("initdb"),
                    f"--pgdata={part}",
                    f"--username={ADMIN}",
                    f"--pwfile={secret}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--data-checksums",
                    "--no-instructions",
                    *locale,
                ]
            )
            said = reply.stdout
            if reply.returncode == 0 or "locale" not in said.rpartition("error:")[2]:
                break
        return said if reply.returncode else ""

    def check_owner(self) -> None:
        """Refuse a cluster that is another user's (``postgres.wrong_owner``)."""
        owner = self.directory.stat().st_uid
        if owner == self.account.uid:
            return
        raise InputError(
            "postgres.wrong_owner",
            f"The database in {self.directory} belongs to {user_name(owner)}, and the server would run as"
            f" {self.account.name}.",
            f"Start Entrepot as {user_name(owner)}, give the directory to {self.account.name} (chown -R), or choose"
            " another ENTREPOT_DATA_DIR.",
            directory=str(self.directory),
            owner=user_name(owner),
            account=self.account.name,
        )

    def clear_away_dead(self, sockets: Path) -> None:
        """Stop a server a dead app left running and remove the traces of one that was killed.

        Only the holder of the directory's lock may call this: whoever else ran the server is then dead.
        """
        left = read_pid_file(self.directory)
        if left is not None and is_server(left.pid, self.directory):
            logger.warning("Stopping the database server (process %d) an earlier Entrepot left running.", left.pid)
            if not stop_server(left.pid, lambda: not is_server(left.pid, self.directory)):
                raise UpstreamError(
                    "postgres.still_running",
                    f"A database server (process {left.pid}) of an earlier Entrepot does not stop.",
                    "End it and start again.",
                    pid=left.pid,
                )
        end_headless(self.directory)
        (self.directory / PID_FILE).unlink(missing_ok=True)
        for trace in sockets.glob(".s.PGSQL.*"):
            trace.unlink(missing_ok=True)

    def start(self, port: int, sockets: Path, parameters: Mapping[str, str], seconds: float) -> subprocess.Popen[bytes]:
        """Start the server and wait until it takes connections, as long as recovery needs.

        Parameters
        ----------
        port : int
        sockets : Path
            Directory of the Unix socket.
        parameters : mapping of str to str
            Server settings beside ours.
        seconds : float
            Give up after this long.

        Returns
        -------
        Popen
            The postmaster, our child.

        Raises
        ------
        EntrepotError
            From :func:`explain`; ``postgres.start_timeout``.
        """
        quoted = '"' + str(sockets).replace('"', '""') + '"'
        settings = {
            **FIXED,
            **parameters,
            "cluster_name": cluster_name(self.directory),
            "port": str(port),
            "unix_socket_directories": quoted,
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.log.mark()
        with self.log.start_log.open("wb") as output:
            os.chmod(self.log.start_log, 0o600)
            server = self.account.spawn(
                [self.binaries.program("postgres"), "-D", str(self.directory), *options], self.directory, output
            )
        try:
            self._await_ready(server, seconds)
        except BaseException:
            self.stop(server)
            raise
        return server

    def _await_ready(self, server: subprocess.Popen[bytes], seconds: float) -> None:
        begun = time.monotonic()
        told = False
        while True:
            if server.poll() is not None:
                raise explain(self.log.since_mark(), "start")
            found = read_pid_file(self.directory)
            if found is not None and found.pid == server.pid and found.status == "ready":
                return
            waited = time.monotonic() - begun
            if waited > seconds:
                raise UpstreamError(
                    "postgres.start_timeout",
                    f"The database took no connections within {seconds:.0f} s. {self.log.since_mark()[-300:]}",
                    "See its log; a long recovery needs a longer start_timeout.",
                    directory=str(self.directory),
                )
            if waited > 3 and not told:
                logger.info("The database recovers from a crash; this takes a while.")
                told = True
            time.sleep(POLL_SECONDS)

    def stop(self, server: subprocess.Popen[bytes]) -> None:
        """Stop our server: fast, then hard; a killed one only costs recovery at the next start."""
        if server.poll() is None and not stop_server(server.pid, lambda: server.poll() is not None):
            server.kill()
            server.wait()
