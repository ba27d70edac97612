"""Passwords: what is accepted, how they are hashed, what an unknown user costs."""

from __future__ import annotations

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from entrepot.kernel.errors import InputError

SHORTEST, LONGEST = 12, 200

# OWASP's least argon2id setting, 19 MiB and two passes: a storm of log-ins must not take all the memory.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def check_password(password: str, name: str) -> None:
    """Refuse a password that is too short, too long, the user's name, or one repeated character.

    Raises
    ------
    InputError
        ``auth.weak_password``.
    """
    plain = _normal(password)
    if not SHORTEST <= len(plain) <= LONGEST:
        why = f"it has {len(plain)} characters"
    elif plain.casefold() == _normal(name).casefold():
        why = "it is the user's name"
    elif len(set(plain)) == 1:
        why = "it is one character repeated"
    else:
        return
    raise InputError(
        "auth.weak_password",
        f"The password of {name} was not accepted: {why}.",
        f"Use {SHORTEST} to {LONGEST} characters; a few unrelated words do well.",
        name=name,
    )


def hash_password(password: str) -> str:
    """Return the argon2id hash to store."""
    return _HASHER.hash(_normal(password))


def verify_password(stored: str | None, password: str) -> bool:
    """Return whether the password fits; an absent hash takes as long and never fits."""
    try:
        _HASHER.verify(stored or _hash_of_nobody(), _normal(password)[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return bool(stored)


def is_outdated(stored: str) -> bool:
    """Return whether a hash was made with other settings than today's."""
    return _HASHER.check_needs_rehash(stored)


@cache
def _hash_of_nobody() -> str:
    return _HASHER.hash("nobody")


def _normal(text: str) -> str:
    # The same Chinese or accented password can arrive composed or decomposed, full or half width.
    # A broken one (half a surrogate pair) must be a wrong password, not a failure.
    return unicodedata.normalize("NFKC", text).encode("utf-8", "replace").decode()
