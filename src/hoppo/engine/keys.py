"""Encryption at rest: one data key a day, wrapped by the master key; pseudonyms from the same root.

Authenticated encryption is AES-256-GCM. The master key is 32 bytes in a file of its own that the
database never sees; without it nothing personal in a copy of the database can be read.
"""

import os
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hoppo.values.personal import Pseudonyms
from hoppo.values.random_bytes import RandomBytes

KEY_BYTES = 32
NONCE_BYTES = 12
CHECK_TEXT = b"hoppo master key"


class WrongMasterKeyError(Exception):
    """The master key does not open this database.

    Name the key file the database was made with (HOPPO_MASTER_KEY_FILE).
    """

    def __init__(self) -> None:
        """Speak the docstring."""
        super().__init__(" ".join((type(self).__doc__ or "").split()))


def read_master_key(path: Path) -> bytes:
    """Read the master key; make one, readable by its owner alone, where there is none.

    Raises ValueError when the file does not hold 64 hexadecimal digits.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(os.urandom(KEY_BYTES).hex() + "\n")
    try:
        key = bytes.fromhex(path.read_text().strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        message = f"{path}: expected 64 hexadecimal digits, the master key"
        raise ValueError(message)
    return key


def _derive(master: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(master)


class KeyRing:
    """Encrypts and decrypts for one database; hands out the pseudonym maker."""

    def __init__(self, master: bytes) -> None:
        """Take the master key; nothing is read from the database yet."""
        self._wrap = AESGCM(_derive(master, b"wrap data keys"))
        self.pseudonyms = Pseudonyms(_derive(master, b"pseudonyms"))
        # Signs sessions: the same in every door of a house, and after a restart.
        self.session_secret = _derive(master, b"sessions").hex()
        self._by_day: dict[date, AESGCM] = {}
        self._nonces = RandomBytes()

    def check(self, connection: psycopg.Connection[Any]) -> None:
        """Refuse a database made under another master key; mark a new one as ours."""
        found = connection.execute("SELECT wrapped FROM master_key_check").fetchone()
        if found is None:
            connection.execute(
                "INSERT INTO master_key_check (id, wrapped) VALUES (1, %s) ON CONFLICT DO NOTHING",
                [self._seal(self._wrap, CHECK_TEXT, b"")],
            )
            return
        try:
            self._open(self._wrap, found[0], b"")
        except InvalidTag as fault:
            raise WrongMasterKeyError from fault

    def forget(self) -> None:
        """Drop remembered data keys: after a rollback one of them may never have been stored."""
        self._by_day.clear()
        self.pseudonyms.forget()

    def encrypt(
        self, connection: psycopg.Connection[Any], day: date, clear: bytes, purpose: bytes
    ) -> bytes:
        """Encrypt under a day's key; the purpose (table) is authenticated with it."""
        return self._seal(self._key(connection, day), clear, purpose)

    def decrypt(
        self, connection: psycopg.Connection[Any], day: date, sealed: bytes, purpose: bytes
    ) -> bytes:
        """Decrypt what `encrypt` made; raises InvalidTag when it was altered."""
        return self._open(self._key(connection, day), sealed, purpose)

    def _key(self, connection: psycopg.Connection[Any], day: date) -> AESGCM:
        key = self._by_day.get(day)
        if key is None:
            key = self._by_day[day] = AESGCM(self._data_key(connection, day))
        return key

    def _data_key(self, connection: psycopg.Connection[Any], day: date) -> bytes:
        purpose = day.isoformat().encode()
        fresh = self._seal(self._wrap, AESGCM.generate_key(256), purpose)
        connection.execute(
            "INSERT INTO data_key (day, wrapped) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [day, fresh],
        )
        row = connection.execute("SELECT wrapped FROM data_key WHERE day = %s", [day]).fetchone()
        if row is None:
            message = f"no data key for {day}"
            raise LookupError(message)
        return self._open(self._wrap, row[0], purpose)

    def _seal(self, key: AESGCM, clear: bytes, purpose: bytes) -> bytes:
        nonce = self._nonces.take(NONCE_BYTES)
        return nonce + key.encrypt(nonce, clear, purpose)

    @staticmethod
    def _open(key: AESGCM, sealed: bytes, purpose: bytes) -> bytes:
        return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], purpose)
