"""The inbox: bytes on disk before anything is acknowledged; claimed in batches, replayable."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg

from hoppo.engine.database import Database
from hoppo.engine.months import prepare
from hoppo.engine.packing import pack, unpack
from hoppo.values.moments import beijing_day

PURPOSE = b"inbox"
WAITING, DONE, SET_ASIDE = 0, 1, 2
MOST_BYTES = 8 * 1024 * 1024
# More is refused until some is cleared; bytes are those that are kept, compressed and encrypted.
MOST_WAITING = 20_000
MOST_WAITING_BYTES = 2 * 1024 * 1024 * 1024


class Arrived(NamedTuple):
    """A message claimed from the inbox, in clear."""

    id: int
    received_at: datetime
    sender: str
    body: bytes
    # The places of what is left to do in it; None when nothing was done yet.
    rest: list[int] | None = None


def accept(
    connection: psycopg.Connection[Any], database: Database, sender: str, body: bytes, now: datetime
) -> int:
    """Store raw bytes, encrypted; returns their number. The caller commits, then answers."""
    prepare(database, now)
    sealed = database.keys.encrypt(connection, beijing_day(now), pack(body), PURPOSE)
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
    connection: psycopg.Connection[Any],
    database: Database,
    most: int,
    most_bytes: int = MOST_BYTES,
    number: int | None = None,
) -> list[Arrived]:
    """Claim waiting messages for this transaction, oldest first: up to `most`, or `most_bytes`.

    With a number, that message alone, if it still waits.
    """
    # Bodies never change, so they may be read from the snapshot; what changes is read as locked.
    rows = connection.execute(
        "WITH locked AS MATERIALIZED"
        " (SELECT id, received_at, sender, rest, octet_length(body) AS size"
        " FROM inbox WHERE state = 0 AND (%s::int8 IS NULL OR id = %s)"
        " ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED),"
        " summed AS (SELECT *, sum(size) OVER (ORDER BY id) - size AS before FROM locked)"
        " SELECT s.id, s.received_at, s.sender, t.body, s.rest FROM summed s"
        " JOIN inbox t ON t.id = s.id WHERE s.before < %s ORDER BY s.id",
        [number, number, most, most_bytes],
    ).fetchall()
    claimed: list[Arrived] = []
    size = 0
    for at, received_at, sender, kept, rest in rows:
        body = opened(connection, database, received_at, kept)
        size += len(body)
        if claimed and size > most_bytes:
            break
        claimed.append(Arrived(at, received_at, sender, body, rest))
    return claimed


def opened(
    connection: psycopg.Connection[Any], database: Database, received_at: datetime, kept: bytes
) -> bytes:
    """The bytes as they came, from those that are kept."""
    day = beijing_day(received_at)
    return unpack(database.keys.decrypt(connection, day, kept, PURPOSE))


def mark_done(connection: psycopg.Connection[Any], numbers: Sequence[int]) -> None:
    """The messages have been worked into documents and receipts."""
    connection.execute("UPDATE inbox SET state = 1 WHERE id = ANY(%s)", [list(numbers)])


def keep_rest(connection: psycopg.Connection[Any], rest: Mapping[int, Sequence[int]]) -> None:
    """Keep the places of what is left of messages that were worked in part."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE inbox SET rest = %s WHERE id = %s",
            [(list(places), number) for number, places in rest.items()],
        )


def begin_try(connection: psycopg.Connection[Any]) -> tuple[int, int, str] | None:
    """Count a try of the oldest waiting message: its number, tries with this one, last reason.

    The caller commits before it works the message, so that the try counts even if it dies of it.
    """
    row = connection.execute(
        "UPDATE inbox SET attempts = attempts + 1 WHERE id ="
        " (SELECT id FROM inbox WHERE state = 0 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)"
        " AND state = 0 RETURNING id, attempts, reason"
    ).fetchone()
    return (int(row[0]), int(row[1]), str(row[2])) if row else None


def forgive_try(connection: psycopg.Connection[Any], number: int) -> None:
    """Take back a try that failed for no fault of the message."""
    connection.execute(
        "UPDATE inbox SET attempts = attempts - 1 WHERE id = %s AND attempts > 0", [number]
    )


def failed_try(connection: psycopg.Connection[Any], number: int, reason: str) -> None:
    """Keep why a try failed; the message waits for the next."""
    connection.execute("UPDATE inbox SET reason = %s WHERE id = %s AND state = 0", [reason, number])


def set_aside(connection: psycopg.Connection[Any], number: int, reason: str) -> None:
    """Keep a message that cannot be worked, with its reason; the queue goes on."""
    connection.execute(
        "UPDATE inbox SET state = 2, reason = %s WHERE id = %s AND state = 0", [reason, number]
    )


class Waiting(NamedTuple):
    """How much waits to be worked."""

    messages: int
    size: int  # bytes

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return self.messages > 0

    @property
    def full(self) -> bool:
        """Whether nothing more is taken in for now."""
        return self.messages >= MOST_WAITING or self.size >= MOST_WAITING_BYTES


class Kept(NamedTuple):
    """What may be shown of a message: nothing that stands in it."""

    id: int
    received_at: datetime
    sender: str
    sha256: bytes
    state: int
    attempts: int
    reason: str
    size: int  # bytes as they are kept, compressed and encrypted


def kept(
    connection: psycopg.Connection[Any],
    *,
    number: int | None = None,
    state: int | None = None,
    most: int = 100,
) -> list[Kept]:
    """Messages, newest first: one by its number, or those in a state, or all."""
    rows = connection.execute(
        "SELECT id, received_at, sender, sha256, state, attempts, reason, octet_length(body)"
        " FROM inbox WHERE (%s::int8 IS NULL OR id = %s) AND (%s::int4 IS NULL OR state = %s)"
        " ORDER BY id DESC LIMIT %s",
        [number, number, state, state, most],
    )
    return [Kept(*row) for row in rows]


def put_back(connection: psycopg.Connection[Any], number: int) -> bool:
    """Let a message that was set aside wait again, its tries forgotten; False if none was."""
    row = connection.execute(
        "UPDATE inbox SET state = 0, attempts = 0 WHERE id = %s AND state = 2 RETURNING id",
        [number],
    ).fetchone()
    return row is not None


def waiting(connection: psycopg.Connection[Any]) -> Waiting:
    """How much waits to be worked. Bodies are not read for it: their length is kept beside them."""
    row = connection.execute(
        "SELECT count(*), coalesce(sum(octet_length(body)), 0) FROM inbox WHERE state = 0"
    ).fetchone()
    return Waiting(int(row[0]), int(row[1])) if row else Waiting(0, 0)
