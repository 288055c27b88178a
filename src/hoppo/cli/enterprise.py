"""`hoppo enterprise`: the register."""

from pathlib import Path

import click

from hoppo.cli.options import database_options, existing_database, kept_database
from hoppo.cli.registering import load_enterprises
from hoppo.commerce.register import read_register
from hoppo.engine.database import open_database


@click.group()
def enterprise() -> None:
    """The enterprise register."""


@enterprise.command()
@click.argument("file", type=click.Path(path_type=Path))
@database_options
def load(file: Path, data: Path | None, url: str | None) -> None:
    """Register the enterprises of a sheet, with guarantees and certificates."""
    with open_database(*kept_database(data, url)) as database:
        click.echo(f"{load_enterprises(database, file)} enterprises registered.")


@enterprise.command(name="list")
@database_options
def list_enterprises(data: Path | None, url: str | None) -> None:
    """Show who is registered."""
    with open_database(*existing_database(data, url)) as database, database.connect() as connection:
        for entry in read_register(connection).values():
            certificate = "certificate" if entry.certificate else "no certificate"
            click.echo(
                "\t".join(
                    (
                        entry.code,
                        entry.name,
                        "|".join(sorted(entry.roles)),
                        entry.credit_class,
                        certificate,
                    )
                )
            )
