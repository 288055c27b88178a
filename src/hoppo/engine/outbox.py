"""The outbox: receipt messages, in order for each receiver, delivered at least once."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg

from hoppo.engine.database import Database
from hoppo.engine.packing import pack, unpack
from hoppo.values.moments import beijing_day

PURPOSE = b"outbox"
ORDER_LOCK = 7469


class Outgoing(NamedTuple):
    """A receipt message before it is stored."""

    receiver: str
    message_type: str
    records: int
    body: bytes
    # Numbers of the messages whose records it answers.
    answers: tuple[int, ...] = ()


class Stored(NamedTuple):
    """A receipt message as it is delivered."""

    id: int
    receiver: str
    message_type: str
    created_at: datetime
    records: int
    body: bytes


def seal(
    connection: psycopg.Connection[Any],
    database: Database,
    messages: Sequence[Outgoing],
    now: datetime,
) -> list[Outgoing]:
    """Receipts compressed and encrypted: some carry the message they answer."""
    day = beijing_day(now)
    return [
        message._replace(body=database.keys.encrypt(connection, day, pack(message.body), PURPOSE))
        for message in messages
    ]


def put(
    connection: psycopg.Connection[Any], sealed: Sequence[Outgoing], now: datetime
) -> list[int]:
    """Store sealed receipts; returns their numbers."""
    # Receipts get their numbers in the order of commits, so that a reader who asks for those after
    # a number misses none. The caller commits soon: all others wait for it here.
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [ORDER_LOCK])
    rows = connection.execute(
        "INSERT INTO outbox (receiver, message_type, created_at, records, body)"
        " SELECT receiver, message_type, %s, records, body FROM"
        " unnest(%s::text[], %s::text[], %s::int4[], %s::bytea[]) WITH ORDINALITY"
        " AS k(receiver, message_type, records, body, at) ORDER BY at RETURNING id",
        [
            now,
            [message.receiver for message in sealed],
            [message.message_type for message in sealed],
            [message.records for message in sealed],
            [message.body for message in sealed],
        ],
    )
    return [number for (number,) in rows]


def after(
    connection: psycopg.Connection[Any],
    database: Database,
    last: int,
    *,
    receiver: str | None = None,
    most: int = 100,
) -> list[Stored]:
    """Receipts after a number, oldest first, for one receiver or for all."""
    rows = connection.execute(
        "SELECT id, receiver, message_type, created_at, records, body FROM outbox"
        " WHERE id > %s AND (%s::text IS NULL OR receiver = %s) ORDER BY id LIMIT %s",
        [last, receiver, receiver, most],
    ).fetchall()
    return [
        Stored(
            number,
            receiver_name,
            message_type,
            created_at,
            records,
            unpack(database.keys.decrypt(connection, beijing_day(created_at), body, PURPOSE)),
        )
        for number, receiver_name, message_type, created_at, records, body in rows
    ]


def every(
    connection: psycopg.Connection[Any], database: Database, last: int = 0
) -> Iterator[Stored]:
    """All receipts after a number, a page at a time."""
    while page := after(connection, database, last, most=500):
        yield from page
        last = page[-1].id
