"""Options that several commands share."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from hoppo.customs.rules import FIRST_DAY
from hoppo.engine.address import URL_VARIABLE
from hoppo.values.moments import beijing_day, read_iso

LAST_YEAR = 2200
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
            moment = read_iso(str(value))
        except ValueError:
            self.fail(
                f"{value!r} is no ISO time; write 2026-06-18T10:00 or 2026-06-18T10:00+08:00",
                param,
                ctx,
            )
        known = FIRST_DAY.year <= moment.year < LAST_YEAR and beijing_day(moment) >= FIRST_DAY
        if not known:
            self.fail(
                f"{value!r}: expected a time from {FIRST_DAY} to before {LAST_YEAR}", param, ctx
            )
        return moment


class Calendar(click.ParamType[date]):
    """A day, or a month by its first day."""

    def __init__(self, name: str, form: str, example: str) -> None:
        """Take what it is called, how it is read, and one as it is written."""
        self.name, self._form, self._example = name, form, example

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Read it, or say what one looks like."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(str(value), self._form).replace(tzinfo=UTC).date()
        except ValueError:
            self.fail(f"{value!r} is no {self.name.lower()}; write {self._example}", param, ctx)


DAY = Calendar("DAY", "%Y-%m-%d", "2026-06-18")
MONTH = Calendar("MONTH", "%Y-%m", "2026-06")


def _address(_context: click.Context, _option: click.Parameter, url: str | None) -> str | None:
    """Refuse an empty address: an unset variable must not mean another database."""
    if url is not None and not url.strip():
        message = "the address is empty; write postgresql://USER@HOST/NAME or leave --db out"
        raise click.BadParameter(message)
    return url


def text_up_to(most: int) -> Callable[[click.Context, click.Parameter, str], str]:
    """Check an option's text: something must stand there, and not more than `most` characters."""

    def check(_context: click.Context, option: click.Parameter, text: str) -> str:
        if len(text) > most or not text.isprintable() or (option.required and not text.strip()):
            message = f"found {len(text)} characters, expected 1 to {most} on one line"
            raise click.BadParameter(message)
        return text

    return check


def end_cleanly_when_told() -> None:
    """Let SIGTERM end the process as Ctrl-C does, so that the embedded server stops with it."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def database_options(command: Command) -> Command:
    """`--data DIR` or `--db URL`: where the data is."""
    data = click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="Keep the embedded database in this folder.",
    )
    url = click.option(
        "--db", "url", metavar="URL", callback=_address, help="Use this PostgreSQL server."
    )
    return data(url(command))


def kept_database(data: Path | None, url: str | None) -> tuple[Path | None, str | None]:
    """The database of a command that needs one that stays.

    Named by an option, else by HOPPO_DATABASE_URL, else the folder ./hoppo-data.
    """
    if data and url:
        message = "give --data or --db, not both"
        raise click.UsageError(message)
    if not data and not url:
        url = os.environ.get(URL_VARIABLE) or None
    return (data or (None if url else Path("hoppo-data"))), url


def existing_database(data: Path | None, url: str | None) -> tuple[Path | None, str | None]:
    """The kept database of a command that only looks or changes: it must be there already."""
    folder, url = kept_database(data, url)
    if folder is not None and not (folder / "postgres").is_dir():
        message = f"{folder}: no database there; name the one to use with --data or --db"
        raise click.UsageError(message)
    return folder, url
