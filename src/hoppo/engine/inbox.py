"""The inbox: bytes on disk before anything is acknowledged; claimed in batches, replayable."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg

from hoppo.engine.database import Database
from hoppo.values.moments import beijing_day

PURPOSE = b"inbox"
WAITING, DONE, SET_ASIDE = 0, 1, 2
MOST_BYTES = 8 * 1024 * 1024


class Arrived(NamedTuple):
    """A message claimed from the inbox, in clear."""

    id: int
    received_at: datetime
    sender: str
    body: bytes


def accept(
    connection: psycopg.Connection[Any], database: Database, sender: str, body: bytes, now: datetime
) -> int:
    """Store raw bytes, encrypted; returns their number. The caller commits, then answers."""
    sealed = database.keys.encrypt(connection, beijing_day(now), body, PURPOSE)
    row = connection.execute(
        "INSERT INTO inbox (received_at, sender, sha256, body, state, attempts, reason)"
        " VALUES (%s, %s, %s, %s, 0, 0, '') RETURNING id",
        [now, sender, hashlib.sha256(body).digest(), sealed],
    ).fetchone()
    if row is None:
        message = "the inbox gave no number"
        raise LookupError(message)
    return int(row[0])


def claim(
    connection: psycopg.Connection[Any], database: Database, most: int, most_bytes: int = MOST_BYTES
) -> list[Arrived]:
    """Claim waiting messages for this transaction, oldest first: up to `most`, or `most_bytes`."""
    waiting_now = connection.execute(
        "SELECT id, octet_length(body) FROM inbox WHERE state = 0"
        " ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED",
        [most],
    ).fetchall()
    chosen: list[int] = []
    size = 0
    for number, length in waiting_now:
        size += length
        if chosen and size > most_bytes:
            break
        chosen.append(number)
    rows = connection.execute(
        "SELECT id, received_at, sender, body FROM inbox WHERE id = ANY(%s) ORDER BY id", [chosen]
    )
    return [
        Arrived(
            number,
            received_at,
            sender,
            database.keys.decrypt(connection, beijing_day(received_at), body, PURPOSE),
        )
        for number, received_at, sender, body in rows
    ]


def mark_done(connection: psycopg.Connection[Any], numbers: Sequence[int]) -> None:
    """The messages have been worked into documents and receipts."""
    connection.execute("UPDATE inbox SET state = 1 WHERE id = ANY(%s)", [list(numbers)])


def set_aside(connection: psycopg.Connection[Any], number: int, reason: str) -> None:
    """Keep a message that cannot be worked, with its reason; the queue goes on."""
    connection.execute(
        "UPDATE inbox SET state = 2, attempts = attempts + 1, reason = %s WHERE id = %s",
        [reason, number],
    )


def waiting(connection: psycopg.Connection[Any]) -> int:
    """How many messages wait to be worked."""
    row = connection.execute("SELECT count(*) FROM inbox WHERE state = 0").fetchone()
    return int(row[0]) if row else 0
