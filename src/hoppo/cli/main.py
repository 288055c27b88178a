"""The command line: one file a command."""

import sys

import click

from hoppo.cli.archive import archive
from hoppo.cli.backup import backup
from hoppo.cli.bench import bench
from hoppo.cli.clear import clear
from hoppo.cli.client import client
from hoppo.cli.database import database
from hoppo.cli.decide import arrived, bill, decide
from hoppo.cli.demo import demo
from hoppo.cli.docs import docs
from hoppo.cli.enterprise import enterprise
from hoppo.cli.explain import explain
from hoppo.cli.inbox import inbox
from hoppo.cli.message import message
from hoppo.cli.people import people
from hoppo.cli.replay import replay
from hoppo.cli.restore import restore
from hoppo.cli.serve import serve
from hoppo.cli.simulate import simulate
from hoppo.cli.tariff import tariff
from hoppo.cli.tax import tax
from hoppo.cli.torture import torture
from hoppo.cli.work import work
from hoppo.engine.database import DatabaseUnusableError
from hoppo.engine.keys import WrongMasterKeyError
from hoppo.engine.tracing import TracingMissingError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hoppo")
def cli() -> None:
    """Hoppo: an open cross-border e-commerce single window."""


for command in (
    clear,
    simulate,
    tax,
    explain,
    replay,
    archive,
    backup,
    restore,
    serve,
    work,
    client,
    message,
    people,
    inbox,
    database,
    tariff,
    enterprise,
    decide,
    bill,
    arrived,
    demo,
    bench,
    torture,
    docs,
):
    cli.add_command(command)


def main() -> None:
    """Run, and say what is wrong in one sentence."""
    try:
        cli(standalone_mode=True)
    except (DatabaseUnusableError, WrongMasterKeyError, TracingMissingError) as fault:
        click.echo(f"hoppo: {fault}", err=True)
        sys.exit(2)
