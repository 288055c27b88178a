"""The inbox: what a batch claims, in messages and in bytes."""

import os
from datetime import UTC, datetime

import pytest

from hoppo.engine import inbox
from hoppo.engine.database import Database

pytestmark = pytest.mark.database
NOW = datetime(2026, 6, 18, 4, tzinfo=UTC)
BODIES = [os.urandom(1000) for _ in range(5)]


@pytest.mark.parametrize(
    ("most", "most_bytes", "expected"),
    [(5, 10_000, 5), (3, 10_000, 3), (5, 2500, 2), (5, 2000, 2), (5, 1999, 1), (5, 1, 1)],
)
def test_a_batch_is_bounded_in_messages_and_in_bytes(
    database: Database, most: int, most_bytes: int, expected: int
) -> None:
    with database.connect() as connection:
        for body in BODIES:
            inbox.accept(connection, database, "s", body, NOW)
        connection.commit()
        claimed = inbox.claim(connection, database, most, most_bytes)
    assert [one.body for one in claimed] == BODIES[:expected]
