"""Two batches never wait for each other in the ledgers, however often they come back to them."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import psycopg
import pytest

from hoppo.engine.database import Database
from hoppo.tax.ledger import Ledgers, grant

pytestmark = pytest.mark.database
AT = datetime(2026, 6, 18, 4, tzinfo=UTC)


@pytest.fixture
def three(database: Database) -> Iterator[list[psycopg.Connection[object]]]:
    connections = [database.connect() for _ in range(3)]
    grant(connections[0], [("A", Decimal(1000)), ("B", Decimal(1000))])
    connections[0].commit()
    yield connections
    for connection in connections:
        connection.close()


def written(
    ledgers: Ledgers, connection: psycopg.Connection[object], faults: list[Exception]
) -> None:
    try:
        ledgers.write()
        connection.commit()
    except psycopg.Error as fault:
        faults.append(fault)


def both_written(
    three: list[psycopg.Connection[object]], early: Ledgers, late: Ledgers
) -> list[Exception]:
    """Let the first write and stand where it must, then the second; what went wrong."""
    faults: list[Exception] = []
    writing = threading.Thread(target=partial(written, early, three[0], faults))
    writing.start()
    writing.join(0.3)
    late.write()
    three[1].commit()
    writing.join(30)
    return faults


def test_a_guarantee_that_runs_low_is_locked_in_its_place(
    three: list[psycopg.Connection[object]],
) -> None:
    early, late, other = (Ledgers(connection, AT) for connection in three)
    early.lock([], ["A", "B"])  # plenty is left of both: nothing is locked yet
    early.hold("A", ("D", "1"), Decimal(1), "pass")
    early.hold("B", ("D", "1"), Decimal(1), "pass")
    other.lock([], ["B"])
    other.hold("B", ("D", "2"), Decimal(900), "pass")
    other.write()
    three[2].commit()
    late.lock([], ["A", "B"])  # B runs low and is locked now
    late.hold("A", ("D", "3"), Decimal(1), "pass")
    late.hold("B", ("D", "3"), Decimal(1), "pass")
    assert both_written(three, early, late) == []


def test_what_was_left_to_the_end_stays_there(three: list[psycopg.Connection[object]]) -> None:
    """A batch that looks again finds a guarantee low; it must not lock it before the others."""
    early, late, other = (Ledgers(connection, AT) for connection in three)
    early.lock([], ["A", "B"])
    late.lock([], ["A", "B"])
    other.lock([], ["B"])
    other.hold("B", ("D", "2"), Decimal(900), "pass")
    other.write()
    three[2].commit()
    late.lock([], ["B"])
    for ledgers in (early, late):
        ledgers.hold("A", ("D", "1"), Decimal(1), "pass")
        ledgers.hold("B", ("D", "1"), Decimal(1), "pass")
    assert both_written(three, early, late) == []
