"""Starts the process that works a sheet, and tells whether it lives."""

import os
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from typing import Any

from django.db.models.functions import Now

from hoppo.api.open_database import KEY_FILE_VARIABLE
from hoppo.engine.address import URL_VARIABLE
from hoppo.engine.database import Database
from hoppo.portal.sheet_models import SheetUpload

# So long without a sign of life, and a step counts as interrupted.
PATIENCE = timedelta(seconds=30)
RUNNING = ("reading", "checking", "sending")
AT_ONCE = 2  # processes of one window; the others wait
LONGEST = 15 * 60  # seconds; then something hangs, and the step may be started again
BEAT = 5.0  # seconds
_turns = threading.BoundedSemaphore(AT_ONCE)


def begin(database: Database, upload: SheetUpload, now: datetime) -> threading.Thread:
    """Start the step an upload waits for; returns the thread that sees it through."""
    SheetUpload.objects.filter(pk=upload.pk).update(beat_at=Now(), progress=0)
    thread = threading.Thread(target=_see_through, args=(database, upload.pk, now), daemon=True)
    thread.start()
    return thread


def _see_through(database: Database, upload: int, now: datetime) -> None:
    """Wait for a turn, telling that it lives; run the process to its end."""
    while not _turns.acquire(timeout=BEAT):
        with database.connect(autocommit=True) as connection:
            connection.execute(
                "UPDATE portal_sheet SET beat_at = clock_timestamp() WHERE id = %s", [upload]
            )
    try:
        run(database, upload, now)
    finally:
        _turns.release()


def run(database: Database, upload: int, now: datetime) -> None:
    """The process itself; what it dies of stands on its standard error, which is ours."""
    named = {URL_VARIABLE: database.url, KEY_FILE_VARIABLE: str(database.key_file)}
    command = [sys.executable, "-m", "hoppo.portal.sheet_work", str(upload), now.isoformat()]
    try:
        subprocess.run(  # noqa: S603 - our own module
            command, env={**os.environ, **named}, stdin=subprocess.DEVNULL, check=False,
            timeout=LONGEST,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        # Without a sign of life it is shown as interrupted.
        return


def is_interrupted(upload: SheetUpload) -> bool:
    """Whether a running step has given no sign of life for too long."""
    if upload.state not in RUNNING:
        return False
    late: Any = SheetUpload.objects.filter(pk=upload.pk, beat_at__lt=Now() - PATIENCE)
    return bool(late.exists())
