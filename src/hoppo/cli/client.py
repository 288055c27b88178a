"""`hoppo client`: programs that may send messages and fetch receipts."""

from datetime import UTC, datetime
from pathlib import Path

import click

from hoppo.cli.options import database_options, existing_database, kept_database, text_up_to
from hoppo.cli.registering import unusable
from hoppo.engine.clients import add_client
from hoppo.engine.database import open_database


@click.group()
def client() -> None:
    """Programs that may send messages and fetch receipts."""


@client.command()
@click.argument("name", callback=text_up_to(64))
@click.option(
    "--dxp-id", default="", callback=text_up_to(30), help="The client's number on the exchange."
)
@database_options
def add(name: str, dxp_id: str, data: Path | None, url: str | None) -> None:
    """Make a client and print its token, once; only the token's hash is kept."""
    with open_database(*kept_database(data, url)) as database, database.connect() as connection:
        secret = add_client(connection, name, dxp_id, datetime.now(UTC))
    if secret is None:
        raise unusable(f"a client named {name} is there already; choose another name or revoke it")
    click.echo(secret)


@client.command()
@click.argument("name")
@database_options
def revoke(name: str, data: Path | None, url: str | None) -> None:
    """Refuse a client's token from now on."""
    with open_database(*existing_database(data, url)) as database, database.connect() as connection:
        found = connection.execute(
            "UPDATE client SET revoked_at = coalesce(revoked_at, %s) WHERE name = %s"
            " RETURNING name",
            [datetime.now(UTC), name],
        ).fetchone()
    if found is None:
        raise unusable(f"there is no client named {name}; see hoppo client list")
    click.echo(f"{name} is revoked.")


@client.command(name="list")
@database_options
def list_clients(data: Path | None, url: str | None) -> None:
    """Show the clients."""
    with open_database(*existing_database(data, url)) as database, database.connect() as connection:
        rows = connection.execute(
            "SELECT name, dxp_id, created_at, revoked_at FROM client ORDER BY name"
        ).fetchall()
    for name, dxp_id, created, revoked in rows:
        state = f"revoked {revoked:%Y-%m-%d}" if revoked else "active"
        click.echo(f"{name}\t{dxp_id or '-'}\tsince {created:%Y-%m-%d}\t{state}")
    if not rows:
        click.echo("No clients yet: hoppo client add NAME")
