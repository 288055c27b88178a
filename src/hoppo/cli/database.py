"""`hoppo database`: how its tables are spread over machines, and spreading them."""

import json
from pathlib import Path
from typing import Any

import click
import psycopg

from hoppo.cli.options import database_options, existing_database
from hoppo.cli.registering import unusable
from hoppo.customs.spreading import WAYS
from hoppo.engine import distributing
from hoppo.engine.database import open_database
from hoppo.engine.distributing import SHARDS, Cluster, DistributingError, Found, Step

MOST_SHARDS = 4096
MEGABYTE = 1_000_000
NOT_TRIED = (
    "No list was cleared on a cluster yet: read docs/scale.md before you spread a house that works."
)


@click.group()
def database() -> None:
    """See how the tables lie, and spread them over the machines of a Citus cluster."""


@database.command()
@click.option("--dry-run", is_flag=True, help="Show the statements and run none.")
@click.option(
    "--shards",
    default=SHARDS,
    show_default=True,
    type=click.IntRange(1, MOST_SHARDS),
    help="Shards of each table; its column's first table decides, and decides once.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@database_options
def distribute(
    shards: int, data: Path | None, url: str | None, *, dry_run: bool, as_json: bool
) -> None:
    """Spread an empty or a filled database over a Citus cluster.

    Name the coordinator with --db, doors and workers stopped. What is spread already is left as it
    is: after a failure, run it again. No list was cleared on a cluster yet: read docs/scale.md.
    """
    try:
        with (
            open_database(*existing_database(data, url)) as opened,
            opened.connect(autocommit=True) as connection,
        ):
            if dry_run:
                _tell_plan(connection, shards, as_json=as_json)
                return
            cluster, steps = distributing.begin(connection, WAYS, shards)
            _warn([NOT_TRIED, *distributing.warnings(cluster)])
            for step in distributing.run(connection, steps):
                if not as_json:
                    click.echo(step.text)
    except DistributingError as fault:
        raise unusable(str(fault)) from fault
    if as_json:
        click.echo(_as_json(cluster, steps, done=True))
    else:
        click.echo(f"{len(steps)} statements were run" if steps else "all is spread already")


def _tell_plan(connection: psycopg.Connection[Any], shards: int, *, as_json: bool) -> None:
    """Show what is left to do, also where it could not be done."""
    cluster = distributing.read_cluster(connection)
    steps = distributing.plan(distributing.read_tables(connection, cluster), WAYS, shards)
    sentence = distributing.refusal(cluster)
    _warn([NOT_TRIED, *([sentence] if sentence else distributing.warnings(cluster))])
    if as_json:
        click.echo(_as_json(cluster, steps, done=False))
    else:
        for step in steps:
            click.echo(f"{step.text};")


def _warn(sentences: list[str]) -> None:
    for sentence in sentences:
        click.echo(sentence, err=True)


def _as_json(cluster: Cluster, steps: list[Step], *, done: bool) -> str:
    told = {
        "citus": cluster.version or None,
        "done": done,
        "steps": [{"table": step.table, "statement": step.text} for step in steps],
    }
    return json.dumps(told, ensure_ascii=False)


@database.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@database_options
def status(data: Path | None, url: str | None, *, as_json: bool) -> None:
    """Show every table: how it is spread, its months, its size; and the machines."""
    with (
        open_database(*existing_database(data, url)) as opened,
        opened.connect(autocommit=True) as connection,
    ):
        cluster = distributing.read_cluster(connection)
        tables = distributing.read_tables(connection, cluster)
        sizes = distributing.sizes(connection, cluster, tables)
    told = [_told(found, sizes[name]) for name, found in tables.items()]
    nodes = [node._asdict() for node in cluster.nodes]
    if as_json:
        answer = {"citus": cluster.version or None, "nodes": nodes, "tables": told}
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    click.echo(f"Citus {cluster.version}" if cluster.version else "One PostgreSQL, no Citus")
    for node in cluster.nodes:
        what = "coordinator" if node.group == 0 else "worker"
        away = "" if node.active else ", not active"
        click.echo(f"{what} {node.name}:{node.port}{away}")
    for row in told:
        other = cluster.version and row["spread"] != row["decided"]
        wanted = f" (decided: {row['decided']})" if other else ""
        months = f"  {row['months'][0]} to {row['months'][-1]}" if row["months"] else ""
        click.echo(
            f"{row['table']:<18} {row['bytes'] / MEGABYTE:>12,.1f} MB  {row['spread']}"
            f"{wanted}{months}"
        )


def _told(found: Found, size: int) -> dict[str, Any]:
    prefix = f"{found.name}_"
    months = [part.name.removeprefix(prefix) for part in found.parts if part.name != found.name]
    return {
        "table": found.name,
        "spread": str(found.way),
        "decided": str(WAYS.get(found.name, "nobody decided")),
        "months": [month.replace("_", "-") for month in months],
        "bytes": size,
    }
