from __future__ import annotations

import pytest

from entrepot.infra.postgres.faults import explain
from entrepot.kernel.errors import InputError, UpstreamError

SAID = {
    "postgres.disk_full": 'FATAL:  could not write lock file "postmaster.pid": No space left on device',
    "postgres.port_taken": 'LOG:  could not bind IPv4 address "127.0.0.1": Address already in use\n'
    "HINT:  Is another postmaster already running on port 5432?\nFATAL:  could not create any TCP/IP sockets",
    "postgres.still_running": "FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use",
    "postgres.no_memory": "FATAL:  could not map anonymous shared memory: Cannot allocate memory",
    "postgres.version_mismatch": "FATAL:  database files are incompatible with server",
    "postgres.wrong_owner": 'FATAL:  data directory "/d" has wrong ownership',
    "postgres.state_mismatch": 'ERROR: FATAL:  password authentication failed for user "entrepot_admin"',
    "postgres.bad_configuration": 'FATAL:  configuration file "/d/postgresql.conf" contains errors',
    "postgres.failed": "PANIC:  something nobody thought of",
}


@pytest.mark.parametrize(("code", "said"), SAID.items())
def test_the_servers_words_get_a_code_and_a_way_to_mend_it(code: str, said: str) -> None:
    error = explain(said, "start")
    assert error.code == code
    assert error.mend
    assert said.splitlines()[-1].strip() in error.message


def test_what_the_caller_can_mend_and_what_only_time_can_differ() -> None:
    assert isinstance(explain(SAID["postgres.wrong_owner"], "start"), InputError)
    assert isinstance(explain(SAID["postgres.disk_full"], "start"), UpstreamError)


def test_silence_is_reported_as_such() -> None:
    assert "It says nothing." in str(explain("", "start"))
