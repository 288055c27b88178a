"""A database for the tests: the embedded one, or the server that HOPPO_DATABASE_URL names."""

import os
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime

import pytest
from pytest_django import DjangoDbBlocker

from hoppo.engine.database import Database, open_database

NOON = datetime(2026, 6, 18, 4, tzinfo=UTC)
SERVER = os.environ.get("HOPPO_DATABASE_URL")
KEPT = {"django_migrations", "master_key_check", "data_key"}


@pytest.fixture(scope="session")
def opened(django_db_blocker: DjangoDbBlocker | None) -> Iterator[Database]:
    """One migrated database for the whole run; the tests empty it themselves."""
    # There is no blocker where no test of the run has set up Django before it began.
    free = django_db_blocker.unblock() if django_db_blocker else nullcontext()
    with free, open_database(url=SERVER) as database:
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
