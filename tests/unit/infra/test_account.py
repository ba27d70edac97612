from __future__ import annotations

import os
import pwd
import shutil
import subprocess

import pytest

from entrepot.infra.postgres import account as module
from entrepot.infra.postgres.account import server_account
from entrepot.kernel.errors import InputError


def user(name: str, uid: int) -> pwd.struct_passwd:
    return pwd.struct_passwd((name, "x", uid, uid, "", "/", "/bin/false"))


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(module.Account, "run", lambda self, command: subprocess.CompletedProcess(command, 0, ""))


def test_anyone_but_root_runs_the_server_as_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4321)
    account = server_account()
    assert (account.uid, account.is_dropped_to, account.name) == (4321, False, "uid 4321")


@pytest.mark.usefixtures("root")
def test_root_prefers_the_user_postgres(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pwd, "getpwall", lambda: [user("root", 0), user("entrepot", 71), user("postgres", 70)])
    account = server_account()
    assert (account.name, account.uid, account.is_dropped_to) == ("postgres", 70, True)


@pytest.mark.usefixtures("root")
def test_root_makes_a_user_when_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    users = [user("root", 0)]

    def useradd(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        users.append(user(command[-1], 72))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(pwd, "getpwall", lambda: users)
    monkeypatch.setattr(shutil, "which", lambda program, path: "/usr/sbin/useradd")
    monkeypatch.setattr(subprocess, "run", useradd)
    assert server_account().name == "entrepot"


@pytest.mark.usefixtures("root")
def test_root_without_a_user_to_become_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pwd, "getpwall", lambda: [user("root", 0)])
    monkeypatch.setattr(shutil, "which", lambda program, path: None)
    with pytest.raises(InputError, match="add a system user named entrepot or postgres") as caught:
        server_account()
    assert caught.value.code == "postgres.no_account"


@pytest.mark.usefixtures("root")
def test_a_root_that_may_not_change_its_user_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object, command: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(pwd, "getpwall", lambda: [user("postgres", 70)])
    monkeypatch.setattr(module.Account, "run", refuse)
    with pytest.raises(InputError, match="SETUID") as caught:
        server_account()
    assert caught.value.code == "postgres.cannot_drop"
