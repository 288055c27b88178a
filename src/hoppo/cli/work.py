"""`hoppo work`: workers alone, on any machine that reaches the database."""

import threading
from pathlib import Path

import click

from hoppo.cli.options import database_options, end_cleanly_when_told, existing_database
from hoppo.cli.supervising import LOG, announce, worked, write_log
from hoppo.engine.database import open_database
from hoppo.engine.tracing import check_tracing
from hoppo.engine.watching import Style


@click.command()
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 256))
@LOG
@database_options
def work(workers: int, style: Style, data: Path | None, url: str | None) -> None:
    """Clear what waits, until stopped; doors may be elsewhere (`hoppo serve --workers 0`)."""
    end_cleanly_when_told()
    write_log(style)
    check_tracing()
    with open_database(*existing_database(data, url)) as database:
        announce(style, f"{workers} at work; Ctrl-C ends", "working", workers=workers)
        with worked(database, workers, style):
            threading.Event().wait()
