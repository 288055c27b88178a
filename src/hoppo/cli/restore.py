"""`hoppo restore`: a database in a new folder, made of a backup."""

from datetime import datetime
from pathlib import Path

import click

from hoppo.cli.backup import FOLDER
from hoppo.cli.options import Moment
from hoppo.cli.registering import unusable
from hoppo.engine.keeping import KeepingError
from hoppo.engine.keys import WrongMasterKeyError
from hoppo.engine.restoring import restore as restore_folder


@click.command()
@click.option("--from", "folder", required=True, type=FOLDER, help="The backup's folder.")
@click.option("--data", required=True, type=FOLDER, help="The new folder of the database.")
@click.option(
    "--to-time", "moment", type=Moment(), help="As it was at this moment; else all there is."
)
@click.option(
    "--key",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The master key, where the backup has none.",
)
def restore(folder: Path, data: Path, moment: datetime | None, key: Path | None) -> None:
    """Make a database in a new folder from a backup, with point in time."""
    try:
        kept = restore_folder(folder, data, moment=moment, key=key)
    except KeepingError as fault:
        raise unusable(str(fault)) from fault
    except WrongMasterKeyError as fault:
        message = "the master key does not open this backup; name the right one with --key"
        raise unusable(message) from fault
    until = moment or kept.ended_at
    word = "as it was at" if moment else "with everything until at least"
    click.echo(f"{data}: restored, {word} {until.isoformat()}; use it with --data {data}")
