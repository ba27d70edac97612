from __future__ import annotations

from datetime import timedelta

import pytest

from entrepot.infra.auth import CAPABILITIES, ROLES, SYSTEM, Principal, capabilities_of, require
from entrepot.infra.auth.capabilities import check_role, check_scopes
from entrepot.infra.auth.passwords import check_password, hash_password, is_outdated, verify_password
from entrepot.infra.auth.throttle import PER_ADDRESS, PER_NAME, Limit, backoff
from entrepot.infra.auth.users import check_name
from entrepot.kernel.errors import InputError, Refused


def test_every_capability_of_a_role_exists() -> None:
    assert frozenset().union(*ROLES.values()) == CAPABILITIES.keys()


def test_roles_grow_from_viewer_to_admin() -> None:
    assert ROLES["viewer"] < ROLES["operator"] < ROLES["planner"] < ROLES["admin"]
    assert ROLES["operator"] < ROLES["finance"] < ROLES["admin"]


def test_a_viewer_sees_no_personal_data() -> None:
    assert not Principal("vi", "viewer").can("read_personal")


def test_a_token_may_do_what_both_its_role_and_its_scopes_allow() -> None:
    token = Principal("till", "operator", scopes=frozenset({"intake", "manage_users"}))
    assert capabilities_of(token) == {"intake"}


def test_an_unknown_role_may_nothing() -> None:
    assert capabilities_of(Principal("ghost", "emperor")) == frozenset()


def test_a_refusal_says_who_what_and_how_to_mend() -> None:
    with pytest.raises(Refused) as caught:
        require(Principal("vi", "viewer"), "operate")
    assert caught.value.code == "auth.not_allowed"
    assert str(caught.value) == (
        "vi may not replay, mend and dismiss quarantined messages: 'operate' is not their right. "
        "Ask an administrator for one of the roles operator, dispatcher, planner, finance, admin, "
        "or use a token whose scopes include it."
    )


def test_the_platform_itself_may_everything() -> None:
    for capability in CAPABILITIES:
        require(SYSTEM, capability)


def test_an_unknown_role_is_named() -> None:
    with pytest.raises(InputError, match="no role 'boss'"):
        check_role("boss")


@pytest.mark.parametrize(
    ("scopes", "why"),
    [({"fly"}, "no scopes fly"), ({"manage_users"}, "does not hold manage_users"), (set(), "at least one scope")],
)
def test_scopes_must_exist_and_be_held(scopes: set[str], why: str) -> None:
    with pytest.raises(InputError, match=why):
        check_scopes(frozenset(scopes), "viewer")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "it has 5 characters"),
        ("x" * 201, "it has 201 characters"),
        ("Christopher-9", "the user's name"),
        ("aaaaaaaaaaaaaa", "one character repeated"),
    ],
)
def test_weak_passwords_are_refused(password: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        check_password(password, "christopher-9")


def test_a_refused_password_is_not_repeated_in_the_error() -> None:
    with pytest.raises(InputError) as caught:
        check_password("hunter2", "amy")
    assert "hunter2" not in str(caught.value)


def test_a_password_of_words_is_accepted() -> None:
    check_password("一盘货 warehouse tram", "amy")


def test_a_password_fits_its_hash_only() -> None:
    stored = hash_password("correct horse battery")
    assert verify_password(stored, "correct horse battery")
    assert not verify_password(stored, "correct horse batterY")
    assert not is_outdated(stored)


def test_a_password_fits_however_its_characters_are_composed() -> None:
    assert verify_password(hash_password("cafe\u0301 cafe\u0301 12"), "caf\u00e9 caf\u00e9 12")


@pytest.mark.parametrize("stored", [None, "", "not a hash"])
def test_nothing_fits_a_missing_hash(stored: str | None) -> None:
    assert not verify_password(stored, "nobody")


def test_the_wait_doubles_up_to_its_limit() -> None:
    limit = Limit(free=2, longest=timedelta(seconds=10))
    assert [backoff(n, limit).seconds for n in range(8)] == [0, 0, 0, 1, 2, 4, 8, 10]


def test_the_wait_is_bounded_for_any_number_of_failures() -> None:
    assert backoff(10**9, PER_NAME) == PER_NAME.longest
    assert backoff(10**9, PER_ADDRESS) == PER_ADDRESS.longest


@pytest.mark.parametrize(
    ("name", "stored"), [("Amy", "amy"), (" 王芳 ", "王芳"), ("ａｍｙ", "amy"), ("a@b.cn", "a@b.cn")]
)
def test_names_are_stored_without_case_and_width(name: str, stored: str) -> None:
    assert check_name(name) == stored


@pytest.mark.parametrize("name", ["", " ", "a b", "x" * 65, "System", "erased-3", ".amy", "a\nb", "a'--"])
def test_impossible_names_are_refused(name: str) -> None:
    with pytest.raises(InputError):
        check_name(name)
