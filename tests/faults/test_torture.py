"""A house that is hurt while it works loses nothing; `hoppo torture` does more of the same."""

import json
import subprocess
from typing import Any

import pytest
from tests.cli.served import HOPPO

from hoppo.engine.database import Database
from hoppo.tax import ledger
from hoppo.torture.races import races

ROUNDS, SCHEDULES = 6, 100


def torture(*options: str) -> dict[str, Any]:
    """What `hoppo torture` tells; it found nothing wrong."""
    ran = subprocess.run(
        [str(HOPPO), "torture", "--json", *options], capture_output=True, text=True, check=False
    )
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    assert told["complaints"] == []
    assert ran.returncode == 0
    return told


def test_rounds_of_torture_lose_nothing() -> None:
    told = torture("--rounds", str(ROUNDS), "--seed", "1000")
    assert told["rounds"] == ROUNDS
    assert sum(told["faults"].values()) >= ROUNDS
    assert told["recovery_s"]


@pytest.mark.slow
def test_twice_the_capacity_is_refused_politely_and_forgotten() -> None:
    told = torture("--soak", "0.2")["soak"]
    assert told["answers"]["refused for now"]
    assert told["most_waiting"] > told["bound"] / 2


@pytest.mark.database
def test_nobody_overspends_the_last_yuan_of_a_year(database: Database) -> None:
    assert races(database, 1, SCHEDULES) == {
        "schedules": SCHEDULES, "lists": SCHEDULES * 200, "clean": True, "complaints": [],
    }  # fmt: skip


@pytest.mark.database
def test_an_account_that_is_not_locked_is_noticed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race itself can fail: without the lock on the account it does."""
    monkeypatch.setattr(ledger, "wait_for_locks", lambda *_: None)
    found = races(database, 1, 10)
    assert not found["clean"]
