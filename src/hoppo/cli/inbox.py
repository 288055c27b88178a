"""`hoppo inbox`: what came in, what was set aside and why, and back into the queue with it."""

import json
from pathlib import Path
from typing import Any

import click

from hoppo.cli.options import database_options, existing_database
from hoppo.cli.registering import unusable
from hoppo.engine import inbox as store
from hoppo.engine.database import open_database
from hoppo.values.moments import BEIJING

STATES = {store.WAITING: "waiting", store.DONE: "done", store.SET_ASIDE: "set aside"}


@click.group()
def inbox() -> None:
    """See the messages that came in; put back those that were set aside."""


def told(message: store.Kept) -> dict[str, Any]:
    """What is known of a message without opening it."""
    return {
        "number": message.id,
        "received_at": message.received_at.astimezone(BEIJING).isoformat(timespec="seconds"),
        "sender": message.sender,
        "kept_bytes": message.size,
        "sha256": bytes(message.sha256).hex(),
        "state": STATES[message.state],
        "tries": message.attempts,
        "reason": message.reason,
    }


@inbox.command("list")
@click.option("--set-aside", is_flag=True, help="Only those that could not be worked.")
@click.option("--most", default=100, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@database_options
def list_messages(
    most: int, data: Path | None, url: str | None, *, set_aside: bool, as_json: bool
) -> None:
    """Show messages, newest first."""
    state = store.SET_ASIDE if set_aside else None
    with open_database(*existing_database(data, url)) as database, database.connect() as connection:
        found = [told(one) for one in store.kept(connection, state=state, most=most)]
    if not found:
        click.echo("No message was set aside." if set_aside else "No messages yet.", err=True)
    for one in found:
        if as_json:
            click.echo(json.dumps(one, ensure_ascii=False))
        else:
            click.echo(
                f"{one['number']}  {one['received_at']}  {one['sender']}  {one['state']}"
                f"  {one['reason']}".rstrip()
            )


@inbox.command()
@click.argument("number", type=click.IntRange(1))
@database_options
def show(number: int, data: Path | None, url: str | None) -> None:
    """Show what is known of one message, without its content."""
    with open_database(*existing_database(data, url)) as database, database.connect() as connection:
        found = store.kept(connection, number=number)
    if not found:
        raise unusable(f"there is no message {number}")
    for name, value in told(found[0]).items():
        click.echo(f"{name.replace('_', ' ')}: {value}")


@inbox.command()
@click.argument("number", type=click.IntRange(1))
@database_options
def replay(number: int, data: Path | None, url: str | None) -> None:
    """Put a message that was set aside back into the queue; its tries begin anew."""
    with open_database(*existing_database(data, url)) as database, database.connect() as connection:
        if not store.put_back(connection, number):
            raise unusable(f"message {number} is not set aside; hoppo inbox show {number}")
    click.echo(f"message {number} waits again")
