"""`hoppo backup`: a verified copy of the whole database, and its journal as it grows."""

from pathlib import Path

import click

from hoppo.cli.options import database_options, end_cleanly_when_told, existing_database
from hoppo.cli.registering import unusable
from hoppo.engine.keeping import (
    FACTS,
    KeepingError,
    Kept,
    Source,
    follow,
    keep,
    read_kept,
    running_server,
    stop_following,
)

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--to", "folder", required=True, type=FOLDER, help="The backup's new folder.")
@click.option(
    "--with-key",
    is_flag=True,
    help="Put the master key in too: who has the backup then reads all of it.",
)
@click.option(
    "--continuous",
    is_flag=True,
    help="Then fetch the journal as it grows, until stopped; goes on in the same folder.",
)
@database_options
def backup(
    folder: Path, data: Path | None, url: str | None, *, with_key: bool, continuous: bool
) -> None:
    """Copy the whole database while it works, and verify the copy.

    Personal data in it stays encrypted. Without the master key it cannot be read: keep that in
    another place.
    """
    end_cleanly_when_told()
    going_on = continuous and (folder / FACTS).exists()
    try:
        kept = read_kept(folder) if going_on else None
        with running_server(*existing_database(data, url)) as source:
            if kept is None:
                kept = keep(source, folder, with_key=with_key, continuous=continuous)
                key = "with" if with_key else "without"
                click.echo(f"{folder}: backup until {kept.ended_at.isoformat()}, {key} master key")
            if continuous:
                _follow_until_stopped(source, folder, kept)
    except KeepingError as fault:
        raise unusable(str(fault)) from fault
    except OSError as fault:
        raise unusable(f"{folder}: cannot be written: {fault.strerror or fault}") from fault


def _follow_until_stopped(source: Source, folder: Path, kept: Kept) -> None:
    process = follow(source, folder, kept)
    click.echo(
        f"{folder}: fetching the journal; Ctrl-C ends. The server keeps for it what comes"
        f" meanwhile; to give that up: SELECT pg_drop_replication_slot('{kept.slot}')",
        err=True,
    )
    try:
        ended = process.wait()
    finally:
        stop_following(process)
    if ended:
        raise unusable(f"{folder}: the journal is no longer fetched: pg_receivewal ended ({ended})")
