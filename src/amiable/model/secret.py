"""Secrets at rest: AES-128-CBC with HMAC (Fernet) under a key file of mode 0600.

The key file lies outside the database, so that a copy of the database alone tells nothing.
"""

import hmac
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from amiable.core.errors import Corrupt, MissingPrerequisite


class Sealer:
    """Seals and opens small secrets with one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._fernet = Fernet(key)

    def derive(self, purpose: bytes) -> bytes:
        """A key of 32 bytes for something else, the same at every start."""
        return hmac.digest(self._key, purpose, "sha256")

    def seal(self, plain: bytes) -> bytes:
        """The encrypted form."""
        return self._fernet.encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        """The clear form. Raises Corrupt when it was sealed with another key."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as wrong:
            raise Corrupt("A sealed secret", "it does not open with this secret.key") from wrong


def load_sealer(path: Path) -> Sealer:
    """The sealer of a key file; the file is made at first use.

    Raises MissingPrerequisite when others can read the file.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key())
            file.flush()
            os.fsync(file.fileno())
    if path.stat().st_mode & 0o077:
        raise MissingPrerequisite(f"{path} can be read by others.", f"Run: chmod 600 {path}")
    return Sealer(path.read_bytes().strip())
