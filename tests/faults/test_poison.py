"""A message that cannot be worked, or that kills who works it, is set aside; the queue goes on."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.context import SpawnProcess
from typing import Any

import psycopg
import pytest
from tests.cli.served import HOPPO
from tests.conftest import NOON
from tests.customs.office import Office
from tests.purchase import messages, purchase

from hoppo.cli.supervising import work
from hoppo.engine import inbox
from hoppo.engine.database import Database

pytestmark = pytest.mark.database


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    office = Office(database, NOON)
    yield office
    office.close()


@pytest.fixture
def poisoned(office: Office) -> Iterator[Office]:
    """Order number ORDER-POISON fails in the database, wherever it is tried."""
    with office.database.connect() as connection:
        connection.execute(
            "ALTER TABLE purchase_order ADD CONSTRAINT poison CHECK (order_no NOT LIKE '%POISON')"
        )
    yield office
    with office.database.connect() as connection:
        connection.execute("ALTER TABLE purchase_order DROP CONSTRAINT IF EXISTS poison")


def poison() -> bytes:
    return messages(purchase(1))[0].replace(
        purchase(1)["order"][0]["order_no"].encode(), b"ORDER-POISON"
    )


def hoppo(office: Office, *arguments: str) -> str:
    command = [str(HOPPO), *arguments, "--db", office.database.url]
    variables = {**os.environ, "HOPPO_MASTER_KEY_FILE": str(office.database.key_file)}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=variables).stdout


def test_a_poison_message_is_set_aside_seen_and_replayed(poisoned: Office) -> None:
    poisoned.accept(poison(), *messages(purchase(2)))
    poisoned.worker.drain()
    assert poisoned.verdict(2)["status"] == "800"
    (aside,) = inbox.kept(poisoned.connection, state=inbox.SET_ASIDE)
    assert aside.attempts > 1
    assert "poison" in aside.reason
    poisoned.connection.rollback()
    told = json.loads(hoppo(poisoned, "inbox", "list", "--set-aside", "--json"))
    assert (told["number"], told["state"]) == (aside.id, "set aside")
    with poisoned.database.connect() as connection:
        connection.execute("ALTER TABLE purchase_order DROP CONSTRAINT poison")
    hoppo(poisoned, "inbox", "replay", str(aside.id))
    poisoned.worker.drain()
    assert inbox.kept(poisoned.connection, state=inbox.SET_ASIDE) == []
    stored = "SELECT count(*) FROM purchase_order WHERE order_no = 'ORDER-POISON'"
    assert poisoned.rows(stored) == [(1,)]


def test_a_message_that_kills_its_worker_is_set_aside(office: Office) -> None:
    """Whoever works the message is killed while it does: a stand-in for a crash in C code."""
    office.accept(poison(), *messages(purchase(2)))
    killed = 0
    worker = _started(office)
    try:
        with office.database.connect(autocommit=True) as connection:
            # The order's key is held, so whoever works it waits there, and can be killed in it.
            connection.execute("SELECT pg_advisory_lock(hashtextextended('order ORDER-POISON', 0))")
            ends = time.monotonic() + 60
            while time.monotonic() < ends and inbox.waiting(connection).messages:
                if _waits_for_a_lock(connection):
                    worker.kill()
                    worker.join()
                    killed += 1
                    worker = _started(office)
                time.sleep(0.05)
    finally:
        worker.terminate()
        worker.join(30)
    (aside,) = inbox.kept(office.connection, state=inbox.SET_ASIDE)
    assert killed >= 5
    assert "ended" in aside.reason
    assert office.rows("SELECT count(*) FROM inbox WHERE state = 1") == [(4,)]


def _started(office: Office) -> SpawnProcess:
    """A worker process, as `hoppo work` starts it."""
    where = (office.database.url, str(office.database.key_file), "text")
    process = get_context("spawn").Process(target=work, args=where, daemon=True)
    process.start()
    return process


def _waits_for_a_lock(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'"
    ).fetchone()
    return bool(row and row[0])
