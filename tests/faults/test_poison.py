"""A message that cannot be worked, or that kills who works it, is set aside; the queue goes on."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator

import psutil
import pytest
from tests.cli.served import HOPPO
from tests.conftest import NOON
from tests.customs.office import Office
from tests.purchase import messages, purchase

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
    """The database ends each process that inserts the order: a stand-in for a crash in C code."""
    office.accept(poison(), *messages(purchase(2)))
    variables = {**os.environ, "HOPPO_MASTER_KEY_FILE": str(office.database.key_file)}
    watching = subprocess.Popen(
        [str(HOPPO), "work", "--db", office.database.url], stderr=subprocess.PIPE, env=variables
    )
    killed = 0
    try:
        with office.database.connect(autocommit=True) as connection:
            # The order's key is held, so whoever works it waits there, and can be killed in it.
            connection.execute("SELECT pg_advisory_lock(hashtextextended('order ORDER-POISON', 0))")
            ends = time.monotonic() + 60
            while time.monotonic() < ends:
                if inbox.kept(connection, state=inbox.SET_ASIDE):
                    break
                if _waits_for_a_lock(connection):
                    for process in _workers(watching.pid):
                        os.kill(process, signal.SIGKILL)
                        killed += 1
                time.sleep(0.1)
    finally:
        watching.terminate()
        watching.communicate(timeout=30)
    (aside,) = inbox.kept(office.connection, state=inbox.SET_ASIDE)
    assert killed >= 5
    assert "ended" in aside.reason
    assert office.rows("SELECT count(*) FROM inbox WHERE state = 1") == [(4,)]


def _waits_for_a_lock(connection: object) -> bool:
    row = connection.execute(  # type: ignore[attr-defined]
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'"
    ).fetchone()
    return bool(row[0])


def _workers(parent: int) -> list[int]:
    return [
        child.pid
        for child in psutil.Process(parent).children(recursive=True)
        if child.status() != psutil.STATUS_ZOMBIE and "spawn_main" in " ".join(child.cmdline())
    ]
