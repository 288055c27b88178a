"""`hoppo tariff`: load the full tariff, look a commodity up."""

from datetime import UTC, date, datetime
from pathlib import Path

import click

from hoppo.cli.options import database_options, kept_database
from hoppo.cli.registering import load_tariff, unusable
from hoppo.engine.database import open_database
from hoppo.tariff.store import read_tariff_table
from hoppo.values.moments import beijing_day
from hoppo.values.money import plain_text


@click.group()
def tariff() -> None:
    """The tariff: load the full one, look a commodity up."""


@tariff.command()
@click.argument("file", type=click.Path(path_type=Path))
@database_options
def load(file: Path, data: Path | None, url: str | None) -> None:
    """Put a tariff sheet in place of the tariff: all rows or none."""
    with open_database(*kept_database(data, url)) as database:
        click.echo(f"{load_tariff(database, file)} rows loaded.")


@tariff.command()
@click.argument("code")
@click.option("--day", metavar="YYYY-MM-DD", help="The day to look at; today when not given.")
@database_options
def show(code: str, day: str | None, data: Path | None, url: str | None) -> None:
    """Show a commodity on a day."""
    try:
        at = date.fromisoformat(day) if day else beijing_day(datetime.now(UTC))
    except ValueError as fault:
        raise unusable(f"{day!r} is no day; write YYYY-MM-DD") from fault
    with open_database(*kept_database(data, url)) as database, database.connect() as connection:
        found = read_tariff_table(connection).on(code, at)
    if found is None:
        raise unusable(f"{code} is not in the tariff on {at}")
    for name, value in found._asdict().items():
        text = plain_text(value) if hasattr(value, "quantize") else value
        click.echo(f"{name:22} {'' if text is None else text}")
