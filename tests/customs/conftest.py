"""The office under test, on the emptied database."""

from collections.abc import Iterator

import pytest
from tests.conftest import NOON
from tests.customs.office import Office

from hoppo.engine.database import Database


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    """A sandbox office at noon of 18 June 2026."""
    opened = Office(database, NOON)
    yield opened
    opened.close()
