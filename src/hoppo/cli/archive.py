"""`hoppo archive`: old months out of the database into Parquet files, and back."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
import psycopg

from hoppo.cli.options import MONTH, Moment, database_options, existing_database
from hoppo.cli.registering import unusable
from hoppo.customs.archived import LEAST_MONTHS, unfinished
from hoppo.engine import months
from hoppo.engine.archiving import Archive, ArchiveError, archive_month
from hoppo.engine.database import open_database

DEFAULT_MONTHS = 24


@click.command()
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The archive; one folder a month.",
)
@click.option(
    "--older-than",
    "age",
    type=click.IntRange(min=LEAST_MONTHS),
    default=DEFAULT_MONTHS,
    show_default=True,
    help="Months that lie so many months back, or more.",
)
@click.option("--back", type=MONTH, help="Bring this month back from the archive instead.")
@click.option("--dry-run", is_flag=True, help="Only say what would be moved, and what keeps it.")
@click.option("--now", type=Moment(), help="The clock.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a month.")
@database_options
@click.pass_context
def archive(  # noqa: PLR0913 - one argument an option
    context: click.Context,
    folder: Path,
    age: int,
    back: date | None,
    now: datetime | None,
    data: Path | None,
    url: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Move old months into Parquet files, read them back, compare, and only then drop them.

    A month in which something is not finished stays, and so does the ledger of limits and
    guarantees. Ends with 1 when a month was kept for that.
    """
    clock = now or datetime.now(UTC)
    kept = False
    with open_database(*existing_database(data, url)) as database, database.connect() as connection:
        if back is not None:
            told = {"month": f"{back:%Y-%m}", "brought_back": _bring_back(connection, folder, back)}
            click.echo(json.dumps(told) if as_json else _line(told))
            return
        old = [month for month in months.months(connection) if _age(month, clock) >= age]
        if not old and not as_json:
            click.echo(f"No month lies {age} months back or more.", err=True)
        for month in old:
            told = _one(connection, month, folder, clock, dry_run=dry_run)
            kept = kept or bool(told["unfinished"])
            click.echo(json.dumps(told, ensure_ascii=False) if as_json else _line(told))
    context.exit(1 if kept else 0)


def _age(month: date, clock: datetime) -> int:
    """How many months lie between a month and the present one."""
    present = months.month_of(clock)
    return (present.year - month.year) * 12 + present.month - month.month


def _one(
    connection: psycopg.Connection[Any],
    month: date,
    folder: Path,
    clock: datetime,
    *,
    dry_run: bool,
) -> dict[str, Any]:
    told: dict[str, Any] = {"month": f"{month:%Y-%m}", "unfinished": unfinished(connection, month)}
    connection.commit()
    if told["unfinished"] or dry_run:
        return told
    try:
        done = archive_month(connection, month, folder, clock, unfinished)
    except ArchiveError as fault:
        raise unusable(f"{fault}") from fault
    rows = {table: one.rows for table, one in done.items()}
    return {**told, "rows": rows, "bytes": sum(one.size for one in done.values())}


def _bring_back(connection: psycopg.Connection[Any], folder: Path, month: date) -> dict[str, int]:
    try:
        done = Archive(folder).bring_back(connection, month)
    except (ArchiveError, psycopg.Error) as fault:
        raise unusable(f"{fault}; nothing was changed") from fault
    connection.commit()
    return done


def _line(told: dict[str, Any]) -> str:
    """A month as a line of text."""
    if "brought_back" in told:
        return f"{told['month']}: {sum(told['brought_back'].values())} rows are back"
    if told["unfinished"]:
        return f"{told['month']}: stays, for there are {' and '.join(told['unfinished'])}"
    if "rows" not in told:
        return f"{told['month']}: would be moved"
    lists = told["rows"].get("declaration", 0)
    return (
        f"{told['month']}: moved, {sum(told['rows'].values())} rows, {lists} lists,"
        f" {told['bytes'] / 1e6:.1f} MB"
    )
