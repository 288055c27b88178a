"""Decisions and events that no message carries: officers, payments, goods that came back."""

from datetime import UTC, datetime
from pathlib import Path

import click

from hoppo.cli.explain import one_list
from hoppo.cli.options import Moment, database_options, existing_database, text_up_to
from hoppo.cli.registering import unusable
from hoppo.customs.applications import goods_back
from hoppo.customs.references import orders_of_own_number
from hoppo.customs.registers import Registers
from hoppo.customs.sweeping import decide as decide_list
from hoppo.customs.sweeping import pay_bill, return_batch
from hoppo.customs.tables import APPLICATIONS
from hoppo.engine.database import open_database


@click.command()
@click.argument("copno")
@click.option("--release", "outcome", flag_value="release", help="Let the parcel go (800).")
@click.option("--refuse", "outcome", flag_value="refuse", help="Refuse the list (100).")
@click.option(
    "--reason",
    required=True,
    callback=text_up_to(200),
    help="Why; it stands in the receipt of a refusal.",
)
@click.option("--declarant", help="Whose list, where several declarants use the number.")
@click.option("--now", type=Moment(), help="The clock.")
@database_options
def decide(  # noqa: PLR0913 - one argument an option
    copno: str,
    outcome: str | None,
    reason: str,
    declarant: str | None,
    now: datetime | None,
    data: Path | None,
    url: str | None,
) -> None:
    """Decide a list in review (300) or inspection (500)."""
    if outcome is None:
        message = "give --release or --refuse"
        raise click.UsageError(message)
    with open_database(*existing_database(data, url)) as database, database.connect() as connection:
        found = one_list(connection, copno, declarant)
        done = decide_list(
            connection,
            database,
            Registers(),
            now or datetime.now(UTC),
            found,
            release=outcome == "release",
            reason=reason,
        )
    if not done:
        raise unusable(f"list {copno} has status {found.status}; only 300 and 500 are decided")
    click.echo(f"{copno}: {'released (800)' if outcome == 'release' else 'refused (100)'}")


@click.group()
def bill() -> None:
    """Tax bills."""


@bill.command()
@click.argument("tax_no", metavar="TAXNO")
@click.option("--notice", default="", help="Number of the payment notice.")
@click.option("--now", type=Moment(), help="The clock.")
@database_options
def pay(tax_no: str, notice: str, now: datetime | None, data: Path | None, url: str | None) -> None:
    """Book a bill as paid (818); prints the late fee."""
    with open_database(*existing_database(data, url)) as database, database.connect() as connection:
        fee = pay_bill(connection, database, Registers(), now or datetime.now(UTC), tax_no, notice)
    if fee is None:
        raise unusable(f"there is no unpaid tax bill {tax_no}")
    click.echo(f"{tax_no}: paid, late fee {fee:.2f} yuan")


@bill.command(name="list")
@database_options
def list_bills(data: Path | None, url: str | None) -> None:
    """Show the bills."""
    with open_database(*existing_database(data, url)) as database, database.connect() as connection:
        rows = connection.execute(
            "SELECT bill_tax_no, list_no, duty + vat + consumption_tax, due_on, status, late_fee"
            " FROM tax_bill ORDER BY bill_tax_no"
        ).fetchall()
    if not rows:
        click.echo("No tax bills yet.", err=True)
    for number, list_no, tax, due_on, status, fee in rows:
        state = {"1": "made", "2": "paid", "3": "void"}[status]
        click.echo(
            f"{number}\tlist {list_no}\t{tax:.2f} yuan\tdue {due_on}\t{state}\tlate fee {fee:.2f}"
        )


@click.command()
@click.argument("copno")
@click.option("--now", type=Moment(), help="The clock.")
@database_options
def arrived(copno: str, now: datetime | None, data: Path | None, url: str | None) -> None:
    """The goods of a return application are back at their site."""
    with open_database(*existing_database(data, url)) as database, database.connect() as connection:
        keys = [(order_no,) for order_no in orders_of_own_number(connection, copno)]
        found = [
            row
            for row in APPLICATIONS.by_key(connection, keys, on=("order_no",))
            if row.kind == "return" and row.cop_no == copno
        ]
        if not found:
            raise unusable(f"there is no return application {copno}")
        batch = return_batch(connection, database, Registers(), now or datetime.now(UTC), found[0])
        faults = goods_back(batch, batch.space.applications.get(APPLICATIONS.key_of(found[0])))
        if not faults:
            batch.write()
    if faults:
        raise unusable("; ".join(faults))
    click.echo(f"{copno}: goods are back; tax, limit and guarantee are given back")
