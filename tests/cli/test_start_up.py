"""What cannot be used is said in one clear sentence at start, not in a stack trace later."""

import os
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from tests.cli.served import HOPPO

from hoppo.engine.database import Database

pytestmark = pytest.mark.database


def started(*arguments: str, **variables: str) -> str:
    """What a command that must not start says; the environment names no database."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HOPPO_")}
    ran = subprocess.run(
        [str(HOPPO), *arguments], capture_output=True, text=True, timeout=60, check=False,
        env={**clean, **variables},
    )  # fmt: skip
    assert ran.returncode == 2, ran.stderr
    assert "Traceback" not in ran.stderr
    return ran.stderr.strip()


def one_sentence(said: str) -> str:
    assert said.startswith("hoppo: ")
    assert len(said.splitlines()) == 1
    return said


@pytest.fixture
def old_server() -> Iterator[int]:
    """A server of our own that greets as PostgreSQL 14 does, and says nothing more."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def greet() -> None:
            for _ in range(4):
                try:
                    talk, _address = listening.accept()
                except OSError:
                    return
                with talk:
                    while (asked := talk.recv(4096))[4:8] != struct.pack("!i", 196608):
                        if not asked:
                            break
                        talk.sendall(b"N")
                    version = b"server_version\x0014.9\x00"
                    talk.sendall(b"R" + struct.pack("!ii", 8, 0))
                    talk.sendall(b"S" + struct.pack("!i", 4 + len(version)) + version)
                    talk.sendall(b"Z" + struct.pack("!i", 5) + b"I")
                    talk.recv(4096)

        threading.Thread(target=greet, daemon=True).start()
        yield listening.getsockname()[1]


@pytest.mark.parametrize(
    "url",
    [
        "no address",
        "mysql://root@localhost/hoppo",
        "postgresql://nobody@127.0.0.1:1/hoppo",
        "postgresql://nobody@no-such-host.invalid/hoppo",
        "postgresql://nobody@127.0.0.1:notaport/hoppo",
        "postgresql:///hoppo?host=/no/such/folder",
    ],
)
def test_an_address_that_leads_nowhere(url: str) -> None:
    said = one_sentence(started("work", HOPPO_DATABASE_URL=url))
    assert "HOPPO_DATABASE_URL" in said


def test_a_port_where_something_else_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def answer() -> None:
            talk, _address = listening.accept()
            with talk:
                talk.recv(100)
                talk.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        said = one_sentence(started("work", "--db", f"postgresql://a@127.0.0.1:{port}/b"))
    assert "does not answer" in said


def test_a_server_too_old(old_server: int) -> None:
    said = one_sentence(started("work", "--db", f"postgresql://a@127.0.0.1:{old_server}/b"))
    assert "PostgreSQL 14; 15 or newer is needed" in said


def test_a_database_that_is_not_there(database: Database) -> None:
    parts = urlsplit(database.url)
    url = urlunsplit(parts._replace(path="/no_such_database"))
    assert "no_such_database" in one_sentence(started("work", "--db", url))


def test_a_schema_ahead_of_the_code(database: Database) -> None:
    row = ("customs", "9999_from_the_future")
    with database.connect() as connection:
        connection.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())", row
        )
    try:
        said = one_sentence(
            started("work", "--db", database.url, HOPPO_MASTER_KEY_FILE=str(database.key_file))
        )
    finally:
        with database.connect() as connection:
            connection.execute("DELETE FROM django_migrations WHERE (app, name) = (%s, %s)", row)
    assert "migrated by a newer hoppo" in said
    assert "9999_from_the_future" in said


def test_a_database_that_takes_no_writes(database: Database) -> None:
    with psycopg.connect(database.url) as connection:
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    try:
        said = one_sentence(started("work", "--db", database.url))
    finally:
        with psycopg.connect(
            database.url, options="-c default_transaction_read_only=off"
        ) as connection:
            connection.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    assert "takes no writes" in said


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A path below a file stands in for a read-only disk: root may write everywhere else."""
    (tmp_path / "file").write_text("in the way")
    said = one_sentence(started("serve", "--data", str(tmp_path / "file" / "data")))
    assert "does not start" in said


def test_tracing_that_is_asked_for_and_not_installed(tmp_path: Path) -> None:
    (tmp_path / "opentelemetry.py").write_text("raise ImportError('not here')\n")
    said = one_sentence(
        started(
            "serve", "--data", str(tmp_path / "data"),
            OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1", PYTHONPATH=str(tmp_path),
        )
    )  # fmt: skip
    assert "hoppo[otel]" in said
