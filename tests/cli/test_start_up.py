"""What cannot be used is said in one clear sentence at start, not in a stack trace later."""

import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from tests.cli.served import HOPPO, free_port

from hoppo.engine.database import Database
from hoppo.engine.server import EmbeddedServer

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


def parameter(name: bytes, value: bytes) -> bytes:
    text = name + b"\x00" + value + b"\x00"
    return b"S" + struct.pack("!i", 4 + len(text)) + text


@contextmanager
def speaking(answer: bytes) -> Iterator[int]:
    """A server of our own that answers every start of PostgreSQL's protocol with these bytes."""
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
                    talk.sendall(answer)
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
        "postgresql://nobody:se/cret@127.0.0.1/hoppo",
        "postgresql://nobody:se@cret@127.0.0.1:1/hoppo",
        "postgresql://nobody:12/cret@127.0.0.1/hoppo",
        "postgresql://nobody:secret@127.0.0.1",
    ],
)
def test_an_address_that_leads_nowhere(url: str) -> None:
    said = one_sentence(started("work", HOPPO_DATABASE_URL=url))
    assert "HOPPO_DATABASE_URL" in said
    assert "cret" not in said


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mysql://root@localhost/hoppo", "does not begin with postgresql://"),
        ("postgresql://nobody@127.0.0.1:notaport/hoppo", "its port is no number"),
        ("postgresql://nobody@127.0.0.1:65536/hoppo", "its port is no number"),
        ("postgresql://nobody@127.0.0.1/hoppo?connect_timeout=soon", "no number of seconds"),
        ("postgresql://nobody:se@cret@127.0.0.1/hoppo", "an @ is %40"),
        ("postgresql://nobody@127.0.0.1", "names no database"),
    ],
)
def test_an_address_of_the_wrong_shape(url: str, expected: str) -> None:
    said = one_sentence(started("work", "--db", url))
    assert expected in said
    assert "postgresql://USER@HOST:PORT/NAME" in said


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("28P01", 'password authentication failed for user "a"', "password authentication failed"),
        ("57P03", "the database system is starting up", "starting up"),
        ("53300", "sorry, too many clients already", "too many clients"),
    ],
)
def test_a_server_that_refuses(code: str, text: str, expected: str) -> None:
    fields = b"".join(
        kind + value.encode() + b"\x00"
        for kind, value in ((b"S", "FATAL"), (b"V", "FATAL"), (b"C", code), (b"M", text))
    )
    refusal = b"E" + struct.pack("!i", 5 + len(fields)) + fields + b"\x00"
    with speaking(refusal) as port:
        said = one_sentence(started("work", "--db", f"postgresql://a:b@127.0.0.1:{port}/c"))
    assert expected in said


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


def test_a_server_too_old() -> None:
    greeting = b"R" + struct.pack("!ii", 8, 0) + parameter(b"server_version", b"14.9")
    with speaking(greeting + b"Z" + struct.pack("!i", 5) + b"I") as port:
        said = one_sentence(started("work", "--db", f"postgresql://a@127.0.0.1:{port}/b"))
    assert "PostgreSQL 14; 15 or newer is needed" in said


def test_a_database_that_is_not_there(database: Database) -> None:
    parts = urlsplit(database.url)
    url = urlunsplit(parts._replace(path="/no_such_database"))
    assert "no_such_database" in one_sentence(started("work", "--db", url))


def test_a_database_that_cannot_hold_chinese(database: Database) -> None:
    url = urlunsplit(urlsplit(database.url)._replace(path="/in_latin"))
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(
            "CREATE DATABASE in_latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
            " TEMPLATE template0"
        )
        try:
            said = one_sentence(started("work", "--db", url))
        finally:
            connection.execute("DROP DATABASE in_latin WITH (FORCE)")
    assert "keeps text as LATIN1" in said


def test_a_role_that_may_not_use_the_tables(database: Database) -> None:
    parts = urlsplit(database.url)
    host = parts.netloc.rpartition("@")[2]
    url = urlunsplit(parts._replace(netloc=f"stranger:secret@{host}"))
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE stranger LOGIN PASSWORD 'secret'")
        try:
            said = one_sentence(started("work", "--db", url))
        finally:
            connection.execute("DROP ROLE stranger")
    assert "permission denied for table django_migrations" in said
    assert "role that owns them" in said


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


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said = one_sentence(started("serve", "--data", str(tmp_path / "file" / "data")))
    assert "does not start" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a disk")
@pytest.mark.parametrize(
    ("disk", "expected"), [("ro", "Read-only file system"), ("size=8m", "No space left on device")]
)
def test_a_disk_that_cannot_be_written(tmp_path: Path, disk: str, expected: str) -> None:
    """A namespace of its own keeps the mount from everybody else, and takes it away at the end."""
    tmp_path.chmod(0o755)
    mount = f"mount -t tmpfs -o {disk} tmpfs {tmp_path}"
    script = f"{mount} && exec {HOPPO} serve --port {free_port()} --data {tmp_path}/data"
    ran = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    if "unshare" in ran.stderr or "mount:" in ran.stderr:
        pytest.skip("no disk can be mounted here")
    assert ran.returncode == 2
    assert expected in one_sentence(ran.stderr.strip())


def test_a_folder_of_another_version(tmp_path: Path) -> None:
    EmbeddedServer(tmp_path / "postgres", lasting=False).stop()
    (tmp_path / "postgres" / "PG_VERSION").write_text("14\n")
    said = one_sentence(started("serve", "--port", str(free_port()), "--data", str(tmp_path)))
    assert "initialized by PostgreSQL version 14" in said


def test_machines_that_start_together_make_the_tables_once(database: Database) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE started_together")
        url = urlunsplit(urlsplit(database.url)._replace(path="/started_together"))
        opening = (
            "import sys; from hoppo.engine.database import open_database\n"
            "with open_database(url=sys.argv[1]): print('open')"
        )
        try:
            machines = [
                subprocess.Popen(
                    [sys.executable, "-c", opening, url], text=True,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    env={**os.environ, "HOPPO_MASTER_KEY_FILE": str(database.key_file)},
                )
                for _ in range(3)
            ]  # fmt: skip
            said = [machine.communicate(timeout=60)[0] for machine in machines]
        finally:
            connection.execute("DROP DATABASE started_together WITH (FORCE)")
    assert said == ["open\n"] * 3


def test_tracing_that_is_asked_for_and_not_installed(tmp_path: Path) -> None:
    (tmp_path / "opentelemetry.py").write_text("raise ImportError('not here')\n")
    said = one_sentence(
        started(
            "serve", "--data", str(tmp_path / "data"),
            OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1", PYTHONPATH=str(tmp_path),
        )
    )  # fmt: skip
    assert "hoppo[otel]" in said
