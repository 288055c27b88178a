"""Where the data is: a PostgreSQL of our own in a folder, or a server named by URL."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import django
import psycopg
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connections
from django.db.migrations.loader import MigrationLoader

from hoppo.engine.address import URL_VARIABLE, address_fault, database_settings
from hoppo.engine.keys import KeyRing, read_master_key
from hoppo.engine.server import EmbeddedServer
from hoppo.engine.watching import make_namespace

OLDEST_SERVER = 150000
CONNECT_SECONDS = 10
MIGRATE_LOCK = 7473
KEY_VARIABLE = "HOPPO_MASTER_KEY_FILE"
OWNER = f"Name the role that owns them in --db or {URL_VARIABLE}."


class DatabaseUnusableError(Exception):
    """The database cannot be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Database:
    """An opened database: its URL, the keys of its personal data, and its server if it is ours."""

    url: str
    keys: KeyRing
    key_file: Path
    server: EmbeddedServer | None = None

    def connect(self, *, autocommit: bool = False) -> psycopg.Connection[Any]:
        """A new connection for work in sets."""
        connection = psycopg.connect(
            self.url, autocommit=autocommit, connect_timeout=CONNECT_SECONDS
        )
        connection.execute("SET TIME ZONE 'UTC'")
        if not autocommit:
            connection.commit()
        return connection


def setup_django(url: str) -> None:
    """Point Django at a database. Must come before any model is imported.

    The settings are read once in a process; a later call moves the connection alone.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hoppo.engine.settings")
    django.setup()
    connections["default"].close()
    connections["default"].settings_dict.update(database_settings(url))


def said(fault: BaseException) -> str:
    """What the server said first, as a part of a sentence of ours; details may quote a row."""
    while not isinstance(fault, psycopg.Error) and (before := fault.__cause__ or fault.__context__):
        fault = before
    first = fault.diag.message_primary if isinstance(fault, psycopg.Error) else None
    return " ".join((first or str(fault)).strip().partition("\n")[0].split()).rstrip(".")


def check_server(url: str) -> None:
    """Refuse a server that does not answer or is too old, in one sentence."""
    if wrong := address_fault(url):
        message = (
            f"The address of the database is not usable: {wrong}. Write"
            f" postgresql://USER@HOST:PORT/NAME in --db or {URL_VARIABLE}."
        )
        raise DatabaseUnusableError(message)
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
            version = connection.info.server_version
            if version < OLDEST_SERVER:
                message = f"The server is PostgreSQL {version // 10000}; 15 or newer is needed."
                raise DatabaseUnusableError(message)
            encoding = connection.info.parameter_status("server_encoding")
            if encoding != "UTF8":
                message = (
                    f"The database keeps text as {encoding}, which cannot hold what is declared."
                    " Make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
                )
                raise DatabaseUnusableError(message)
            row = connection.execute("SHOW transaction_read_only").fetchone()
    except (psycopg.OperationalError, psycopg.ProgrammingError) as fault:
        message = f"The database does not answer: {said(fault)}. Check --db or {URL_VARIABLE}."
        raise DatabaseUnusableError(message) from fault
    if row != ("off",):
        message = (
            "The database takes no writes: it is a standby, or default_transaction_read_only is"
            f" set. Name the primary with --db or {URL_VARIABLE}."
        )
        raise DatabaseUnusableError(message)


def schema_faults(connection: psycopg.Connection[Any]) -> list[str]:
    """What in the schema is not as this code wants it: steps it does not know, or lacks."""
    found = connection.execute("SELECT to_regclass('django_migrations')").fetchone()
    known = {key for key in MigrationLoader(None).disk_migrations if key[0] in apps.app_configs}
    rows = connection.execute("SELECT app, name FROM django_migrations") if found != (None,) else ()
    applied = {(str(app), str(name)) for app, name in rows if app in apps.app_configs}
    ahead = [f"{app} {name} is unknown here." for app, name in sorted(applied - known)]
    return ahead + [f"{app} {name} is missing." for app, name in sorted(known - applied)]


def check_schema(url: str) -> None:
    """Refuse a database that a newer hoppo has migrated, in one sentence."""
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
            ahead = [fault for fault in schema_faults(connection) if "unknown" in fault]
    except psycopg.Error as fault:
        raise DatabaseUnusableError(f"The tables cannot be read: {said(fault)}. {OWNER}") from fault
    if ahead:
        message = (
            f"The database was migrated by a newer hoppo: {ahead[0]} Run that version here, or"
            " restore a backup from before its upgrade."
        )
        raise DatabaseUnusableError(message)


def default_key_file() -> Path:
    """Where the master key of a server's database is kept unless a variable names a file."""
    named = os.environ.get(KEY_VARIABLE)
    return Path(named) if named else Path.home() / ".hoppo" / "master.key"


def _prepare(url: str, key_file: Path) -> Database:
    check_server(url)
    setup_django(url)
    check_schema(url)
    try:
        # Several machines may start at the same moment: one makes the tables, the others wait.
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [MIGRATE_LOCK])
            call_command("migrate", verbosity=0, interactive=False)
    except (DatabaseError, psycopg.Error) as fault:
        message = f"The tables cannot be made or changed: {said(fault)}. {OWNER}"
        raise DatabaseUnusableError(message) from fault
    try:
        keys = KeyRing(read_master_key(key_file))
    except (OSError, ValueError) as fault:
        message = f"The master key cannot be read: {fault}."
        raise DatabaseUnusableError(message) from fault
    database = Database(url, keys, key_file)
    try:
        with database.connect() as connection:
            keys.check(connection)
            make_namespace(connection)
    except psycopg.Error as fault:
        message = f"The tables cannot be used: {said(fault)}. {OWNER}"
        raise DatabaseUnusableError(message) from fault
    return database


@contextmanager
def open_database(data: Path | None = None, url: str | None = None) -> Iterator[Database]:
    """Open and migrate a database: at a URL, kept in a folder, or fresh and gone afterwards.

    Raises DatabaseUnusableError with one clear sentence.
    """
    if url:
        yield _prepare(url, default_key_file())
        return
    with tempfile.TemporaryDirectory(prefix="hoppo-") as fresh:
        folder = data.resolve() if data else Path(fresh)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            server = EmbeddedServer(folder / "postgres", lasting=data is not None)
        except Exception as fault:
            reason = (str(fault).strip() or type(fault).__name__).splitlines()[0].rstrip(".")
            message = (
                f"The embedded PostgreSQL in {folder} does not start: {reason}. Mend that, or name"
                " another folder with --data."
            )
            raise DatabaseUnusableError(message) from fault
        try:
            database = _prepare(server.url, folder / "master.key")
            yield replace(database, server=server)
        finally:
            server.stop()
