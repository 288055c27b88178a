"""Options that several commands share."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from hoppo.values.moments import read_iso

Command = TypeVar("Command", bound=Callable[..., Any])


class Moment(click.ParamType[datetime]):
    """An ISO time; Beijing when it names no zone."""

    name = "ISO-TIME"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read it, or say what a time looks like."""
        if isinstance(value, datetime):
            return value
        try:
            return read_iso(str(value))
        except ValueError:
            self.fail(
                f"{value!r} is no ISO time; write 2026-06-18T10:00 or 2026-06-18T10:00+08:00",
                param,
                ctx,
            )


def database_options(command: Command) -> Command:
    """`--data DIR` or `--db URL`: where the data is."""
    data = click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="Keep the embedded database in this folder.",
    )
    url = click.option("--db", "url", metavar="URL", help="Use this PostgreSQL server.")
    return data(url(command))


def kept_database(data: Path | None, url: str | None) -> tuple[Path | None, str | None]:
    """The database of a command that needs one that stays: named, or ./hoppo-data."""
    if data and url:
        message = "give --data or --db, not both"
        raise click.UsageError(message)
    return (data or (None if url else Path("hoppo-data"))), url
