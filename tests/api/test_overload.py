"""A house with too much to do, or without a database that writes, says so and takes nothing."""

import hashlib
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from tests.conftest import NOON
from tests.purchase import messages, purchase

from hoppo.api import ceb, open_database
from hoppo.api.queue import Queue
from hoppo.engine import inbox
from hoppo.engine.address import URL_VARIABLE
from hoppo.engine.clients import add_client
from hoppo.engine.database import Database
from hoppo.engine.watching import formatter

pytestmark = pytest.mark.database


class Door:
    """The application in this process, with a client's token."""

    def __init__(self, token: str) -> None:
        """Open it."""
        self.headers = {"Authorization": f"Bearer {token}"}
        self.client = Client(raise_request_exception=False)

    def post(self, body: bytes, **headers: str) -> Any:
        return self.client.post(
            "/ceb/messages", body, content_type="application/xml",
            headers={**self.headers, **headers},
        )  # fmt: skip

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.headers)


@pytest.fixture
def door(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    monkeypatch.setenv(URL_VARIABLE, database.url)
    monkeypatch.setenv(open_database.KEY_FILE_VARIABLE, str(database.key_file))
    monkeypatch.setattr(ceb, "_queue", Queue())
    open_database.opened.cache_clear()
    with database.connect() as connection:
        token = add_client(connection, "tester", "", NOON) or ""
    yield Door(token)
    ceb._forget()  # noqa: SLF001 - the connection of this thread
    open_database.opened.cache_clear()


def stored(database: Database) -> int:
    with database.connect() as connection:
        row = connection.execute("SELECT count(*) FROM inbox").fetchone()
    return int(row[0]) if row else 0


BODY = messages(purchase(1))[0]


def test_too_many_messages_are_refused_for_a_while(
    door: Door, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "MOST_WAITING", 3)
    answers = [door.post(BODY) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [202] * 3 + [503] * 2
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert stored(database) == 3
    told = door.get("/readyz")
    assert told.status_code == 503
    assert "3 messages" in told.json()["queue"]
    with database.connect() as connection:
        connection.execute("UPDATE inbox SET state = 1")
    monkeypatch.setattr(ceb, "_queue", Queue())
    assert door.post(BODY).status_code == 202


def test_too_many_bytes_are_refused_for_a_while(
    door: Door, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "MOST_WAITING_BYTES", 2 * len(BODY))
    answers = [door.post(BODY) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [202] * 2 + [503] * 2
    assert stored(database) == 2


def test_a_schema_that_lacks_a_step_is_not_ready(door: Door, database: Database) -> None:
    step = ("engine", "0003_worker")
    with database.connect() as connection:
        connection.execute("DELETE FROM django_migrations WHERE (app, name) = (%s, %s)", step)
        connection.execute("ALTER TABLE worker RENAME TO worker_of_later")
    try:
        told = door.get("/readyz")
    finally:
        with database.connect() as connection:
            connection.execute("ALTER TABLE worker_of_later RENAME TO worker")
            connection.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())", step
            )
    assert told.status_code == 503
    assert told.json() == {"ready": False, "schema": "engine 0003_worker is missing."}


def test_a_database_that_became_a_standby_takes_nothing(door: Door, database: Database) -> None:
    assert door.post(BODY).status_code == 202
    ceb._connection().execute("SET default_transaction_read_only = on")  # noqa: SLF001
    ceb._connection().commit()  # noqa: SLF001
    refused = door.post(BODY)
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert stored(database) == 1
    assert door.post(BODY).status_code == 202


def test_a_fault_of_ours_is_answered_and_told_without_its_values(
    door: Door, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "440101199001011234"

    def fail() -> None:
        raise ValueError(secret)

    monkeypatch.setattr(ceb, "clock", fail)
    monkeypatch.setattr(logging.getLogger("hoppo"), "propagate", True)
    answer = door.post(BODY)
    assert answer.status_code == 500
    assert "send it again" in answer.json()["error"]
    (told,) = [record for record in caplog.records if record.msg == "request failed"]
    assert vars(told)["fault"] == "ValueError"
    assert secret not in formatter("json").format(told) + answer.content.decode()


def test_an_acknowledgement_names_its_trace(door: Door) -> None:
    answer = json.loads(door.post(BODY, traceparent=f"00-{'a' * 32}-{'b' * 16}-01").content)
    assert answer["sha256"] == hashlib.sha256(BODY).hexdigest()
    assert len(bytes.fromhex(answer["trace"])) == 16
    assert answer["trace"] != "a" * 32
