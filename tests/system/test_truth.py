"""A simulated city whose truth is known: the verdicts equal it, however the messages arrive."""

import json
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.conftest import empty

from hoppo.cli.registering import load_enterprises
from hoppo.customs.catalogue import MESSAGES
from hoppo.customs.registers import registers_changed, write_setting
from hoppo.customs.reporting import verdict_lines
from hoppo.engine import inbox
from hoppo.engine.database import Database
from hoppo.simulation.city import simulate
from hoppo.values.moments import BEIJING
from hoppo.wire.codec import read_message, write_message
from hoppo.workers.clearing import Worker

pytestmark = pytest.mark.database
NOW = datetime(2026, 6, 19, 12, tzinfo=BEIJING)
ORDERS = 1500


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One simulated day on disk."""
    folder = tmp_path_factory.mktemp("city")
    simulate(7, ORDERS, folder)
    return folder


def bodies(city: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted((city / "messages").iterdir())]


def split(body: bytes) -> list[bytes]:
    """The records of an unsigned message as messages of their own; others as they are."""
    reading = read_message(body, MESSAGES)
    sound = not reading.faults and not reading.notes
    if reading.signed or not sound or any(record.faults for record in reading.records):
        return [body]
    return [
        write_message(
            reading.message, reading.guid, [(record.head, record.lines)], reading.transfer
        )
        for record in reading.records
    ]


def clear(
    database: Database, city: Path, messages: Iterable[bytes], batch: int, workers: int = 1
) -> int:
    """Clear messages; returns how many lists waited before time was called."""
    load_enterprises(database, city / "enterprises.csv")
    with database.connect() as connection:
        write_setting(connection, "sandbox", "N")
        registers_changed(connection)
        for body in messages:
            inbox.accept(connection, database, "city", body, NOW)
    together = [Worker(database, lambda: NOW, most=batch) for _ in range(workers)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(Worker.drain, together))
    # What a batch left to another that then had its hands free waits for one more look.
    together[0].drain()
    waited = together[0].connection.execute("SELECT count(*) FROM verdict WHERE status = '2'")
    waiting: int = waited.fetchall()[0][0]
    together[0].sweep(final=True)
    row = together[0].connection.execute("SELECT count(*) FROM inbox WHERE state <> 1").fetchone()
    for worker in together:
        worker.close()
    assert row == (0,)
    return waiting


def differences(database: Database, city: Path) -> list[Any]:
    """Where verdicts and truth disagree; lists of a group are counted together."""
    with database.connect() as connection:
        verdicts = {
            (line["ebpCode"], line["orderNo"], line["copNo"]): line
            for line in verdict_lines(connection)
        }
    wrong: list[Any] = []
    groups: dict[str, list[tuple[Any, Any]]] = defaultdict(list)
    for line in (city / "truth.jsonl").read_text("utf-8").splitlines():
        truth = json.loads(line)
        found = verdicts.pop((truth["ebpCode"], truth["orderNo"], truth["copNo"]), None)
        if found is None:
            wrong.append(("no verdict", truth))
        elif truth["status"] == "group":
            groups[truth["group"]].append((truth, found))
        else:
            seen = {
                "status": found["status"],
                "codes": sorted({item["code"] for item in found["findings"]}),
                "rules": sorted({item["rule"] for item in found["findings"]}),
                "tax": found["tax"],
            }
            if seen != {name: truth[name] for name in seen}:
                wrong.append((truth, seen))
    for name, rows in groups.items():
        passed = sum(found["status"] in {"800", "500"} for _, found in rows)
        if passed != rows[0][0]["group_released"]:
            wrong.append((name, passed, rows[0][0]))
    return wrong + [("not in the truth", line) for line in verdicts.values()]


def test_verdicts_equal_the_truth(database: Database, city: Path) -> None:
    clear(database, city, bodies(city), 40)
    assert differences(database, city) == []


@pytest.mark.parametrize("seed", [1, 2])
def test_shuffled_doubled_and_split_arrival_changes_nothing(
    database: Database, city: Path, seed: int
) -> None:
    rng = Random(seed)
    messages = [part for body in bodies(city) for part in split(body)]
    messages += rng.sample(messages, len(messages) // 5)
    rng.shuffle(messages)
    clear(database, city, messages, 150)
    assert differences(database, city) == []


@pytest.fixture(scope="module")
def mixed(city: Path) -> list[bytes]:
    """The day's records in messages of their own, in no order."""
    messages = [part for body in bodies(city) for part in split(body)]
    Random(3).shuffle(messages)
    return messages


@pytest.fixture
def waiting_alone(database: Database, city: Path, mixed: list[bytes]) -> int:
    """How many lists still wait when one worker alone has done everything."""
    return clear(database, city, mixed, 150)


def test_workers_side_by_side_change_nothing(
    waiting_alone: int, database: Database, city: Path, mixed: list[bytes]
) -> None:
    empty(database)
    assert clear(database, city, mixed, 5, workers=6) == waiting_alone
    assert differences(database, city) == []
    with database.connect() as connection:
        overdrawn = connection.execute(
            "SELECT 1 FROM limit_account a WHERE used <> (SELECT coalesce(sum(amount), 0)"
            " FROM limit_entry e WHERE (e.person, e.year) = (a.person, a.year))"
            " UNION ALL "
            "SELECT 1 FROM guarantee_account a WHERE held <> (SELECT coalesce(sum(amount), 0)"
            " FROM guarantee_entry e WHERE e.guarantor_code = a.guarantor_code)"
        )
        assert overdrawn.fetchall() == []
