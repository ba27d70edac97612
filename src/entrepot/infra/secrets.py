"""Secrets at rest: channel secrets are encrypted, and session cookies signed, with one key.

The key lives in ``secret.key`` in the data directory, or in ENTREPOT_SECRET_KEY. Several keys, separated by commas,
rotate it: the first encrypts, all of them decrypt.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from entrepot.infra.private_files import read_private, write_private
from entrepot.kernel.errors import InputError, Refused

FILE = "secret.key"
VARIABLE = "ENTREPOT_SECRET_KEY"


class SecretBox:
    """Encrypts and decrypts small secrets.

    Parameters
    ----------
    keys : str
        One or more Fernet keys (32 bytes in URL-safe base64), separated by commas.
    """

    def __init__(self, keys: str) -> None:
        self._keys = [key.strip() for key in keys.split(",") if key.strip()]
        try:
            self._fernet = MultiFernet([Fernet(key) for key in self._keys])
        except ValueError as error:
            raise InputError(
                "secrets.bad_key",
                f"The secret key is not usable: {error}.",
                f"Set {VARIABLE} to 32 random bytes in URL-safe base64, or unset it to use the key file.",
            ) from error

    def encrypt(self, secret: bytes) -> bytes:
        """Return the secret as it may be stored."""
        return self._fernet.encrypt(secret)

    def decrypt(self, stored: bytes) -> bytes:
        """Return the secret again.

        Raises
        ------
        Refused
            ``secrets.wrong_key`` when it was changed or made with a key no longer known.
        """
        try:
            return self._fernet.decrypt(stored)
        except InvalidToken as error:
            raise Refused(
                "secrets.wrong_key",
                "A stored secret cannot be decrypted: it was made with another key.",
                f"Put the former key behind a comma in {VARIABLE}, or enter the secret again.",
            ) from error

    def derive(self, purpose: str) -> str:
        """Return a further key for one purpose, such as ``session-cookies``; it tells nothing about this one."""
        material = base64.urlsafe_b64decode(self._keys[0])
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"entrepot {purpose}".encode()).derive(material)
        return base64.urlsafe_b64encode(key).decode()

    def session_key(self) -> str:
        """Return the key that signs the console's session cookies."""
        return self.derive("session-cookies")


def open_secret_box(data_dir: Path, secret_key: str | None = None) -> SecretBox:
    """Open the box with the given key, the environment's, or the key file, made on first use.

    Parameters
    ----------
    data_dir : Path
        The private data directory.
    secret_key : str, optional
        Key or keys that override both others.
    """
    keys = secret_key or os.environ.get(VARIABLE)
    if keys:
        return SecretBox(keys)
    file = data_dir / FILE
    if not file.exists():
        write_private(file, Fernet.generate_key(), replace=False)
    return SecretBox(read_private(file).decode().strip())
