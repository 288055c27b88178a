"""A database for the tests: the embedded one, or the server that HOPPO_DATABASE_URL names."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from hoppo.engine.database import Database, open_database

NOON = datetime(2026, 6, 18, 4, tzinfo=UTC)
SERVER = os.environ.get("HOPPO_DATABASE_URL")
KEPT = {"django_migrations", "master_key_check", "data_key"}


@pytest.fixture(scope="session")
def opened() -> Iterator[Database]:
    """One migrated database for the whole run."""
    with open_database(url=SERVER) as database:
        yield database


def empty(opened: Database) -> None:
    """Leave nothing in the tables but what opening made."""
    with opened.connect() as connection:
        rows = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        names = ", ".join(f'"{name}"' for (name,) in rows if name not in KEPT)
        connection.execute(f"TRUNCATE {names} RESTART IDENTITY")


@pytest.fixture
def database(opened: Database) -> Database:
    """The database, emptied."""
    empty(opened)
    return opened
