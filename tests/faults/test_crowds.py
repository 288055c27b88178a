"""Whole workers side by side overspend nothing and wait for nobody in a circle."""

from pathlib import Path

import pytest

from hoppo.cli.torture import prepared
from hoppo.engine.database import Database
from hoppo.tax.ledger import Ledgers
from hoppo.torture.crowds import LISTS, crowds

pytestmark = pytest.mark.database
SEEDS = 2


@pytest.fixture
def registered(database: Database, tmp_path: Path) -> Database:
    """The database with the enterprises of the cities."""
    prepared(database, tmp_path)
    return database


def test_whole_workers_overspend_nothing(registered: Database) -> None:
    assert crowds(registered, 1, SEEDS) == {
        "crowds": SEEDS, "lists": SEEDS * LISTS, "complaints": [],
    }  # fmt: skip


def test_a_crowd_notices_what_is_not_given_back_to_the_account(
    registered: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crowd can fail: here every list is counted twice where the limit is looked at."""
    used = Ledgers.used
    monkeypatch.setattr(Ledgers, "used", lambda self, person: used(self, person) * 2)
    (first, *_) = crowds(registered, 2, 1)["complaints"]
    assert "had room for it" in first
