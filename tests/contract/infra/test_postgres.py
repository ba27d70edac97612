"""The supervisor against real servers: what it promises when things are killed, taken, or someone else's."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from entrepot.infra.postgres import EmbeddedPostgres, running_url
from entrepot.infra.postgres.account import Account
from entrepot.infra.postgres.processes import is_server, read_pid_file, server_processes, wait_until
from entrepot.infra.postgres.state import read_state
from entrepot.kernel.errors import InputError

PATIENCE = 30

APP = """
import sys
from pathlib import Path
from entrepot.infra.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
print(server.start(), flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def app(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """Another app that holds the directory until its input closes."""
    process = subprocess.Popen(
        [sys.executable, "-c", APP, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("postgresql://")
        yield process


@pytest.fixture
def data_dir(open_directory: Path) -> Path:
    return open_directory / "data"


def note(url: str, word: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS noted (word text)")
        connection.execute("INSERT INTO noted VALUES (%s)", [word])


def noted(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [word for (word,) in connection.execute("SELECT word FROM noted ORDER BY word")]


def cluster_of(server: EmbeddedPostgres) -> Path:
    cluster = server.status.cluster
    assert cluster is not None
    return cluster


def pid_of(server: EmbeddedPostgres) -> int:
    pid = server.status.pid
    assert pid is not None
    return pid


def test_rows_port_and_password_outlive_a_stop(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server:
        first = server.url
        note(first, "kept")
        assert server.start() == first
        assert server.is_healthy()
    assert server.status.state == "stopped"
    assert not server.is_healthy()
    with EmbeddedPostgres(data_dir) as server:
        assert server.url == first
        assert noted(first) == ["kept"]


def test_the_server_is_careful_and_closed(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server, psycopg.connect(server.url) as connection:
        shown = {
            name: connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            for name in ("data_checksums", "synchronous_commit", "fsync", "listen_addresses", "server_encoding")
        }
        rights = connection.execute("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user")
        assert shown == {
            "data_checksums": ("on",),
            "synchronous_commit": ("on",),
            "fsync": ("on",),
            "listen_addresses": ("127.0.0.1",),
            "server_encoding": ("UTF8",),
        }
        assert rights.fetchone() == (False, True)
        assert cluster_of(server).stat().st_mode & 0o777 == 0o700
        assert (data_dir / "postgres.json").stat().st_mode & 0o777 == 0o600
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(server.url.replace("entrepot:", "entrepot:x"))


@pytest.mark.skipif(sys.platform != "linux", reason="C.UTF-8 is not everywhere")
def test_trigrams_know_chinese(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server, psycopg.connect(server.url) as connection:
        if not connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'").fetchone():
            pytest.skip("these binaries come without pg_trgm")
        connection.execute("CREATE EXTENSION pg_trgm")
        assert connection.execute("SELECT cardinality(show_trgm('上海仓'))").fetchone() == (4,)


def test_committed_rows_outlive_a_killed_server(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server:
        note(server.url, "committed")
        pid = pid_of(server)
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: server.status.state == "failed", PATIENCE)
        assert not server.is_healthy()
        server.start()
        assert pid_of(server) != pid
        assert noted(server.url) == ["committed"]


def test_a_session_that_outlives_a_killed_server_does_not_prevent_the_next_start(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server:
        note(server.url, "committed")
        with contextlib.closing(psycopg.connect(server.url, autocommit=True)) as busy:
            # A session deep in computing does not notice that its server is gone.
            busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000) a")
            session = busy.info.backend_pid
            os.kill(pid_of(server), signal.SIGKILL)
            assert wait_until(lambda: server.status.state == "failed", PATIENCE)
            assert session in server_processes(cluster_of(server))
            server.start()
            assert session not in server_processes(cluster_of(server))
        assert noted(server.url) == ["committed"]


def test_a_server_left_by_a_killed_app_is_replaced(data_dir: Path) -> None:
    with app(data_dir) as killed:
        url = running_url(data_dir)
        assert url is not None
        note(url, "committed")
        killed.kill()
    left = read_pid_file(data_dir / "postgres")
    assert left is not None
    assert is_server(left.pid, data_dir / "postgres")
    assert running_url(data_dir) is None
    with EmbeddedPostgres(data_dir) as server:
        assert pid_of(server) != left.pid
        assert not is_server(left.pid, data_dir / "postgres")
        assert noted(server.url) == ["committed"]


def test_a_pid_file_whose_number_went_to_another_program_is_no_hindrance(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server:
        cluster = cluster_of(server)
    (cluster / "postmaster.pid").write_text(f"{os.getppid()}\n{cluster}\n1\n5432\n\n127.0.0.1\n\nready   \n")
    with EmbeddedPostgres(data_dir) as server:
        assert server.is_healthy()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP, None], ids=["SIGTERM", "SIGHUP", "exit"])
def test_the_server_ends_with_its_app(data_dir: Path, ending: signal.Signals | None) -> None:
    with app(data_dir) as process:
        found = read_pid_file(data_dir / "postgres")
        assert found is not None
        if ending is not None:
            process.send_signal(ending)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE) == (128 + ending if ending is not None else 0)
    assert not is_server(found.pid, data_dir / "postgres")
    assert read_pid_file(data_dir / "postgres") is None


def test_a_second_app_is_refused_and_a_command_beside_it_gets_the_address(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server:
        with pytest.raises(InputError, match=f"process {os.getpid()}") as caught:
            EmbeddedPostgres(data_dir).start()
        assert caught.value.code == "postgres.in_use"
        assert running_url(data_dir) == server.url
        assert server.is_healthy()
    assert running_url(data_dir) is None


def test_a_taken_port_is_replaced_by_another(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server:
        first = server.status.port
        assert first is not None
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", first))
        taken.listen()
        with EmbeddedPostgres(data_dir) as server:
            assert server.status.port != first
            assert server.is_healthy()
            state = read_state(data_dir)
            assert state is not None
            assert state.port == server.status.port


def test_data_of_another_version_are_refused(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server:
        cluster = cluster_of(server)
    (cluster / "PG_VERSION").write_text("99\n")
    with pytest.raises(InputError, match="made by PostgreSQL 99") as caught:
        EmbeddedPostgres(data_dir).start()
    assert caught.value.code == "postgres.version_mismatch"


def test_data_of_another_user_are_refused(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedPostgres(data_dir) as server:
        cluster = cluster_of(server)
    if os.geteuid() == 0:
        os.chown(cluster, 0, 0)
    else:
        me = Account("someone", os.geteuid() + 1, os.getegid(), is_dropped_to=False)
        monkeypatch.setattr("entrepot.infra.postgres.supervisor.server_account", lambda: me)
    with pytest.raises(InputError, match="belongs to") as caught:
        EmbeddedPostgres(data_dir).start()
    assert caught.value.code == "postgres.wrong_owner"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may enter everywhere")
def test_a_closed_data_directory_is_named(data_dir: Path) -> None:
    data_dir.mkdir(mode=0o500)
    with pytest.raises(InputError, match=str(data_dir)) as caught:
        EmbeddedPostgres(data_dir).start()
    assert caught.value.code == "postgres.wrong_owner"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_root_keeps_the_cluster_elsewhere_when_the_servers_user_cannot_enter(open_directory: Path) -> None:
    closed = open_directory / "closed"
    closed.mkdir(mode=0o700)
    system = open_directory / "system"
    with EmbeddedPostgres(closed / "data", system_place=system) as server:
        note(server.url, "kept")
        assert cluster_of(server).is_relative_to(system)
    assert closed.stat().st_mode & 0o777 == 0o700
    closed.chmod(0o755)  # the answer to "where?" is remembered, not asked again
    with EmbeddedPostgres(closed / "data", system_place=system) as server:
        assert noted(server.url) == ["kept"]


def test_a_data_directory_may_be_moved(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server:
        note(server.url, "kept")
    data_dir.rename(data_dir.with_name("moved"))
    with EmbeddedPostgres(data_dir.with_name("moved")) as server:
        assert noted(server.url) == ["kept"]


def test_a_lost_cluster_or_a_lost_password_is_not_answered_with_an_empty_database(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server:
        cluster = cluster_of(server)
    cluster.rename(cluster.with_name("aside"))
    with pytest.raises(InputError) as caught:
        EmbeddedPostgres(data_dir).start()
    assert caught.value.code == "postgres.cluster_missing"
    cluster.with_name("aside").rename(cluster)
    (data_dir / "postgres.json").unlink()
    with pytest.raises(InputError) as caught:
        EmbeddedPostgres(data_dir).start()
    assert caught.value.code == "postgres.state_missing"


def test_a_start_killed_while_it_made_the_cluster_is_begun_again(data_dir: Path) -> None:
    (data_dir / "postgres.part" / "base").mkdir(parents=True)
    data_dir.chmod(0o711)
    with EmbeddedPostgres(data_dir) as server:
        assert server.is_healthy()
    assert not (data_dir / "postgres.part").exists()


def test_a_file_in_the_data_directorys_place_is_named(data_dir: Path) -> None:
    data_dir.touch()
    with pytest.raises(InputError, match="Not a directory") as caught:
        EmbeddedPostgres(data_dir).start()
    assert caught.value.code == "postgres.data_directory"


def test_a_bad_configuration_is_quoted(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server:
        cluster = cluster_of(server)
    with (cluster / "postgresql.conf").open("a") as file:
        file.write("shared_bufers = 1GB\n")
    with pytest.raises(InputError, match="shared_bufers") as caught:
        EmbeddedPostgres(data_dir).start()
    assert caught.value.code == "postgres.bad_configuration"


@pytest.mark.skipif(not list(Path("/usr/lib/postgresql").glob("*/bin/postgres")), reason="no system PostgreSQL here")
def test_the_systems_binaries_serve_as_well(data_dir: Path) -> None:
    chosen = next(Path("/usr/lib/postgresql").glob("*/bin/postgres")).parent
    with EmbeddedPostgres(data_dir, bin_directory=chosen) as server:
        assert server.is_healthy()
    # The version of the data now decides which of the servers found here runs them.
    with EmbeddedPostgres(data_dir) as server:
        assert server.is_healthy()


def test_a_long_path_gets_a_socket_elsewhere(open_directory: Path) -> None:
    deep = open_directory / ("deep" * 25)
    deep.mkdir(mode=0o711)
    with EmbeddedPostgres(deep / "data") as server:
        assert server.is_healthy()
        found = (cluster_of(server) / "postmaster.pid").read_text().splitlines()
    assert len(found[4]) < 80
    shutil.rmtree(found[4])
