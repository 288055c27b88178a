"""What a client sent under a key of its own is stored once, however often it is sent."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg

KEPT = timedelta(hours=24)


def remembered(
    connection: psycopg.Connection[Any], client: str, key: str, sha256: bytes, now: datetime,
    accept: Callable[[], int],
) -> tuple[int, bool, bool]:  # fmt: skip
    """Accept once a day under a key: the number, whether it was there, whether its bytes agree.

    Two at the same moment wait for each other; the caller commits.
    """
    if not key:
        return accept(), False, True
    connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"idempotency {client} {key}"]
    )
    connection.execute(
        "DELETE FROM idempotency WHERE client = %s AND made_at < %s", [client, now - KEPT]
    )
    row = connection.execute(
        "SELECT number, sha256 FROM idempotency WHERE client = %s AND key = %s", [client, key]
    ).fetchone()
    if row is not None:
        return int(row[0]), True, bytes(row[1]) == sha256
    number = accept()
    connection.execute(
        "INSERT INTO idempotency (client, key, sha256, number, made_at)"
        " VALUES (%s, %s, %s, %s, %s)",
        [client, key, sha256, number, now],
    )
    return number, False, True
