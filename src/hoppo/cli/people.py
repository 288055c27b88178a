"""`hoppo people`: accounts of the window, for the first operator and for whoever lost his way."""

from pathlib import Path

import click

from hoppo.cli.options import database_options, existing_database
from hoppo.cli.registering import unusable
from hoppo.engine.database import open_database

ROLES = ("trader", "operator", "reviewer", "inspector", "supervisor", "auditor", "buyer")


@click.group()
def people() -> None:
    """Accounts of people who use the window."""


@people.command()
@click.argument("username")
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--enterprise", default="", help="Customs code of a trader's enterprise.")
@click.option("--district", default="", help="An officer's customs district; none is all.")
@click.option("--manages", is_flag=True, help="May register colleagues and programs.")
@database_options
def add(  # noqa: PLR0913 - one argument an option
    username: str, role: str, enterprise: str, district: str, data: Path | None, url: str | None,
    *, manages: bool,
) -> None:  # fmt: skip
    """Make an account, or give one that is there a new password; prints the password once."""
    with open_database(*existing_database(data, url)):
        from hoppo.portal.accounts import AccountError, make_account  # noqa: PLC0415 - tables first
        from hoppo.portal.roles import Role  # noqa: PLC0415

        try:
            password = make_account(
                username, Role(role), enterprise=enterprise, district=district, manages=manages
            )
        except AccountError as fault:
            raise unusable(str(fault)) from fault
    click.echo(password)


@people.command(name="list")
@database_options
def list_people(data: Path | None, url: str | None) -> None:
    """Show the accounts."""
    with open_database(*existing_database(data, url)):
        from hoppo.portal.models import User  # noqa: PLC0415 - tables first

        for user in User.objects.order_by("username"):
            state = "" if user.is_active else "\tclosed"
            place = user.enterprise_code or user.customs_code
            click.echo(f"{user.username}\t{user.role}\t{place}{state}")
