from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from entrepot.infra.auth import (
    SYSTEM,
    Principal,
    authenticate,
    authenticate_tokens,
    change_role,
    create_user,
    disable_user,
    enable_user,
    ensure_first_admin,
    erase_user,
    issue_token,
    list_audit,
    list_tokens,
    list_users,
    record_audit,
    resume_session,
    revoke_token,
    set_language,
    set_password,
)
from entrepot.infra.auth.first_admin import FILE
from entrepot.infra.auth.throttle import FORGET_AFTER, PER_ADDRESS, PER_NAME, admit
from entrepot.infra.database import Database
from entrepot.kernel.clock import FixedClock
from entrepot.kernel.errors import Conflict, EntrepotError, InputError, NotFound, Refused

GOOD = "correct horse battery"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def with_user(database: Database, name: str = "amy", role: str = "operator") -> int:
    with database.transaction() as conn:
        return create_user(conn, name, GOOD, role, by=SYSTEM)


def code_of(act: Callable[[], object], kind: type[EntrepotError] = Refused) -> str:
    with pytest.raises(kind) as caught:
        act()
    return caught.value.code


def test_a_user_logs_in_with_name_and_password(database: Database) -> None:
    user_id = with_user(database)
    who = authenticate(database, " AMY ", GOOD, "10.0.0.1", FixedClock(NOON))
    assert (who.name, who.role, who.user_id, who.scopes) == ("amy", "operator", user_id, None)
    with database.read() as conn:
        assert list_users(conn)[0].last_login_at == NOON


@pytest.mark.parametrize(
    ("name", "password"),
    [("amy", "wrong horse battery"), ("bob", GOOD), ("", ""), ("a\0b", GOOD), ("\ud800", GOOD), ("amy", "\ud800")],
)
def test_a_wrong_name_or_password_is_refused_alike(database: Database, name: str, password: str) -> None:
    with_user(database)
    assert code_of(lambda: authenticate(database, name, password, "10.0.0.1")) == "auth.wrong_password"


def test_a_disabled_user_is_refused_until_enabled(database: Database) -> None:
    with_user(database)
    with database.transaction() as conn:
        disable_user(conn, "amy", by=SYSTEM)
    assert code_of(lambda: authenticate(database, "amy", GOOD, "10.0.0.1")) == "auth.wrong_password"
    with database.transaction() as conn:
        enable_user(conn, "Amy", by=SYSTEM)
    assert authenticate(database, "amy", GOOD, "10.0.0.1").name == "amy"


def test_a_name_is_taken_once(database: Database) -> None:
    with_user(database)
    assert code_of(lambda: with_user(database, "AMY"), Conflict) == "auth.user_exists"


def test_a_weak_password_makes_no_user(database: Database) -> None:
    with database.transaction() as conn, pytest.raises(InputError):
        create_user(conn, "amy", "short", "viewer", by=SYSTEM)
    with database.read() as conn:
        assert list_users(conn) == []


def test_a_session_ends_with_a_new_password_or_role(database: Database) -> None:
    with_user(database)
    epoch = authenticate(database, "amy", GOOD, "10.0.0.1").epoch
    with database.transaction() as conn:
        set_language(conn, "amy", "zh", by=SYSTEM)
        assert resume_session(conn, "amy", epoch) is not None
        set_password(conn, "amy", "another horse battery", by=SYSTEM)
        assert resume_session(conn, "amy", epoch) is None
    epoch = authenticate(database, "amy", "another horse battery", "10.0.0.1").epoch
    with database.transaction() as conn:
        change_role(conn, "amy", "viewer", by=SYSTEM)
        assert resume_session(conn, "amy", epoch) is None
        assert resume_session(conn, "nobody", 0) is None


def test_guesses_at_a_name_wait_longer_and_longer(database: Database) -> None:
    with_user(database)
    clock = FixedClock(NOON)

    def guess() -> str:
        return code_of(lambda: authenticate(database, "amy", "a wrong guess", "10.0.0.1", clock))

    assert [guess() for _ in range(PER_NAME.free + 2)] == ["auth.wrong_password"] * (PER_NAME.free + 1) + [
        "auth.too_many_attempts"
    ]
    clock.at += timedelta(seconds=1)
    assert guess() == "auth.wrong_password"
    clock.at += timedelta(seconds=1)
    with pytest.raises(Refused) as caught:
        authenticate(database, "amy", GOOD, "10.0.0.1", clock)
    assert caught.value.fields["retry_after_seconds"] == 1
    clock.at += timedelta(seconds=1)
    assert authenticate(database, "amy", GOOD, "10.0.0.1", clock).name == "amy"
    assert guess() == "auth.wrong_password"


def test_an_unknown_name_is_throttled_like_a_known_one(database: Database) -> None:
    clock = FixedClock(NOON)
    addresses = iter(range(100))

    def guess() -> str:
        return code_of(lambda: authenticate(database, "nobody", GOOD, f"10.0.0.{next(addresses)}", clock))

    codes = [guess() for _ in range(PER_NAME.free + 2)]
    assert codes[-2:] == ["auth.wrong_password", "auth.too_many_attempts"]


def test_guesses_from_an_address_are_throttled_over_all_names(database: Database) -> None:
    with database.transaction() as conn:
        for n in range(PER_ADDRESS.free + 1):
            admit(conn, f"name-{n}", "10.9.9.9", NOON)
    refused = code_of(lambda: authenticate(database, "someone", GOOD, "10.9.9.9", FixedClock(NOON)))
    assert refused == "auth.too_many_attempts"
    assert (
        code_of(lambda: authenticate(database, "someone", GOOD, "10.9.9.8", FixedClock(NOON))) == "auth.wrong_password"
    )


def test_old_failures_are_forgotten(database: Database) -> None:
    clock = FixedClock(NOON)
    for _ in range(PER_NAME.free):
        code_of(lambda: authenticate(database, "amy", "a wrong guess", "10.0.0.1", clock))
    clock.at += FORGET_AFTER * 3
    code_of(lambda: authenticate(database, "bob", "a wrong guess", "10.0.0.2", clock))
    with database.read() as conn:
        assert conn.execute("SELECT count(*) FROM auth.throttle").fetchone() == (2,)


def test_parallel_guesses_do_not_pass_together(database: Database) -> None:
    with_user(database)
    clock = FixedClock(NOON)
    codes: list[str] = []

    def guess() -> None:
        try:
            authenticate(database, "amy", "a wrong guess", "10.0.0.1", clock)
        except Refused as refusal:
            codes.append(refusal.code)

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes.count("auth.wrong_password") == PER_NAME.free + 1
    assert codes.count("auth.too_many_attempts") == 12 - PER_NAME.free - 1


def test_the_typed_name_is_stored_nowhere(database: Database) -> None:
    code_of(lambda: authenticate(database, "my-secret-password", "x", "10.0.0.1"))
    with database.read() as conn:
        kept = conn.execute("SELECT key FROM auth.throttle").fetchall()
        trail = list_audit(conn)
    assert "my-secret-password" not in repr((kept, trail))
    assert trail[0].action == "login.failure"


def test_the_last_administrator_stays(database: Database) -> None:
    with_user(database, "root", "admin")
    for act in (
        lambda conn: disable_user(conn, "root", by=SYSTEM),
        lambda conn: erase_user(conn, "root", by=SYSTEM),
        lambda conn: change_role(conn, "root", "viewer", by=SYSTEM),
    ):
        with database.transaction() as conn, pytest.raises(Conflict, match="only administrator"):
            act(conn)
    with_user(database, "deputy", "admin")
    with database.transaction() as conn:
        disable_user(conn, "root", by=SYSTEM)


def test_an_erased_user_leaves_only_a_number(database: Database) -> None:
    user_id = with_user(database)
    who = authenticate(database, "amy", GOOD, "10.0.0.1")
    with database.transaction() as conn:
        record_audit(conn, who, "quarantine.replay", "quarantine:1")
        token = issue_token(conn, "amy", "mine", ["read"], by=who)
        erase_user(conn, "amy", by=SYSTEM)
        assert list_users(conn) == []
        assert "amy" not in repr(list_audit(conn))
        assert list_audit(conn, who=f"erased-{user_id}", action="quarantine")[0].object == "quarantine:1"
    assert code_of(lambda: authenticate(database, "amy", GOOD, "10.0.0.1")) == "auth.wrong_password"
    assert authenticate_tokens(database, [token.secret], NOON) == [None]
    with_user(database)


def test_an_unknown_user_cannot_be_changed(database: Database) -> None:
    with database.transaction() as conn, pytest.raises(NotFound):
        set_password(conn, "nobody", GOOD, by=SYSTEM)


def let_in(database: Database, secret: str) -> Principal:
    (who,) = authenticate_tokens(database, [secret], NOON)
    assert who is not None
    return who


def test_a_token_lets_a_program_in_with_its_scopes(database: Database) -> None:
    user_id = with_user(database)
    with database.transaction() as conn:
        issued = issue_token(conn, "amy", "till export", ["read", "intake"], by=SYSTEM)
    who = let_in(database, issued.secret)
    assert (who.role, who.scopes, who.user_id) == ("operator", {"read", "intake"}, user_id)
    assert not who.can("operate")
    assert issued.secret.startswith("ent_")
    assert len(issued.secret) == 47
    with database.read() as conn:
        token = list_tokens(conn, "amy")[0]
        kept = conn.execute("SELECT secret_hash FROM auth.tokens").fetchone()
    assert (token.label, token.prefix, token.last_used_at) == ("till export", issued.secret[:10], NOON)
    assert kept is not None
    assert issued.secret.encode() not in kept[0]


def test_a_token_that_is_being_changed_keeps_nobody_waiting(database: Database) -> None:
    with_user(database)
    with database.transaction() as conn:
        issued = issue_token(conn, "amy", "x", ["read"], by=SYSTEM)
    with database.transaction() as conn:
        conn.execute("SELECT FROM auth.tokens FOR UPDATE")
        assert let_in(database, issued.secret).can("read")


def test_a_token_follows_its_owners_role(database: Database) -> None:
    with_user(database)
    with database.transaction() as conn:
        issued = issue_token(conn, "amy", "x", ["operate"], by=SYSTEM)
        change_role(conn, "amy", "viewer", by=SYSTEM)
    assert not let_in(database, issued.secret).can("operate")


def test_a_token_ends_by_expiry_revocation_or_its_owner(database: Database) -> None:
    with_user(database)
    later = NOON + timedelta(hours=1)
    with database.transaction() as conn:
        short = issue_token(conn, "amy", "short", ["read"], by=SYSTEM, expires_at=later)
        ended = issue_token(conn, "amy", "ended", ["read"], by=SYSTEM)
        owned = issue_token(conn, "amy", "owned", ["read"], by=SYSTEM)
        revoke_token(conn, ended.id, by=SYSTEM)
        revoke_token(conn, ended.id, by=SYSTEM)
    secrets = [short.secret, ended.secret, owned.secret, "ent_made-up", short.secret]
    assert [who is not None for who in authenticate_tokens(database, secrets, NOON)] == [True, False, True, False, True]
    assert authenticate_tokens(database, [short.secret], later) == [None]
    with database.transaction() as conn:
        disable_user(conn, "amy", by=SYSTEM)
    assert authenticate_tokens(database, [owned.secret], NOON) == [None]


def test_a_user_revokes_only_tokens_of_their_own(database: Database) -> None:
    with_user(database)
    with_user(database, "bob")
    with database.transaction() as conn:
        issued = issue_token(conn, "amy", "x", ["read"], by=SYSTEM)
        with pytest.raises(NotFound):
            revoke_token(conn, issued.id, by=Principal("bob", "operator"), owner="bob")
        with pytest.raises(InputError, match="label"):
            issue_token(conn, "amy", " ", ["read"], by=SYSTEM)


@pytest.mark.parametrize(
    "statement", ["UPDATE auth.audit SET action = 'x'", "DELETE FROM auth.audit", "TRUNCATE auth.audit"]
)
def test_the_audit_trail_cannot_be_changed(database: Database, statement: str) -> None:
    with database.transaction() as conn:
        record_audit(conn, SYSTEM, "test.act")
    with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"), database.transaction() as conn:
        conn.execute(statement.encode())


def test_an_act_and_its_trail_are_kept_together_or_not_at_all(database: Database) -> None:
    def fail_after_acting() -> None:
        with database.transaction() as conn:
            create_user(conn, "amy", GOOD, "viewer", by=SYSTEM)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_acting()
    with database.read() as conn:
        assert list_audit(conn) == []


def test_the_trail_is_read_newest_first_and_filtered(database: Database) -> None:
    amy = Principal("amy", "operator", user_id=with_user(database))
    with database.transaction() as conn:
        for n in range(3):
            record_audit(conn, amy, "stock.adjust", f"sku:{n}", {"qty": n}, ip="10.0.0.1", request_id="r-1")
        record_audit(conn, SYSTEM, "stockroom.open")
        first = list_audit(conn, limit=2, action="stock")
        second = list_audit(conn, limit=2, action="stock", before=first[-1].id)
        mine = list_audit(conn, who="amy", object="sku:1")
    assert [entry.object for entry in first + second] == ["sku:2", "sku:1", "sku:0"]
    assert (mine[0].detail, mine[0].ip, mine[0].request_id) == ({"qty": 1}, "10.0.0.1", "r-1")


def test_the_first_admin_is_made_once_and_told_until_the_password_changes(database: Database, tmp_path: Path) -> None:
    made = ensure_first_admin(database, tmp_path)
    assert made is not None
    assert made.is_new
    assert authenticate(database, made.name, made.password, "127.0.0.1").role == "admin"
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    again = ensure_first_admin(database, tmp_path)
    assert again is not None
    assert (again.password, again.is_new) == (made.password, False)
    with database.transaction() as conn:
        set_password(conn, "admin", GOOD, by=SYSTEM)
    assert ensure_first_admin(database, tmp_path) is None
    assert not (tmp_path / FILE).exists()


def test_no_first_admin_where_there_are_users(database: Database, tmp_path: Path) -> None:
    with_user(database)
    assert ensure_first_admin(database, tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_two_starts_at_once_make_one_admin(database: Database, tmp_path: Path) -> None:
    made: list[object] = []
    threads = [threading.Thread(target=lambda: made.append(ensure_first_admin(database, tmp_path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(getattr(one, "is_new", None) is True for one in made) == [False, False, False, True]
    with database.read() as conn:
        assert len(list_users(conn)) == 1
