"""`hoppo replay`: stored lists judged again, every difference a line."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import click
from psycopg import IsolationLevel

from hoppo.cli.options import DAY, database_options, existing_database
from hoppo.cli.registering import unusable
from hoppo.customs.registers import Registers
from hoppo.customs.replaying import (
    DIFFERENT,
    EQUAL,
    REPLACED,
    Judgement,
    Replay,
    replay_archived,
    replay_stored,
)
from hoppo.engine.archiving import Archive, ArchiveError
from hoppo.engine.database import open_database


@click.command()
@click.option("--from", "first", type=DAY, help="Lists received on this day (Beijing) or later.")
@click.option("--to", "last", type=DAY, help="Lists received on this day (Beijing) or earlier.")
@click.option("--cop-no", help="Only the lists of this number.")
@click.option(
    "--archive",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Judge the lists of this archive, not those that are stored.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, the summary last.")
@database_options
@click.pass_context
def replay(  # noqa: PLR0913 - one argument an option
    context: click.Context,
    first: date | None,
    last: date | None,
    cop_no: str | None,
    folder: Path | None,
    data: Path | None,
    url: str | None,
    *,
    as_json: bool,
) -> None:
    """Judge stored or archived lists again under the law of their day.

    Ends with 0 when every list is judged as it was, with 1 when one is not. Enterprises and
    tariff are those of now.
    """
    if first and last and first > last:
        message = f"--from {first} is after --to {last}; give the earlier day first"
        raise click.UsageError(message)
    counts: Counter[str] = Counter()
    with open_database(*existing_database(data, url)) as database, database.connect() as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        if folder is None:
            found = replay_stored(connection, Registers(), first=first, last=last, cop_no=cop_no)
        else:
            found = replay_archived(
                connection, Registers(), _archive(folder), first=first, last=last, cop_no=cop_no
            )
        for one in found:
            counts[one.outcome] += 1
            if one.outcome in {DIFFERENT, REPLACED}:
                click.echo(json.dumps(as_object(one), ensure_ascii=False) if as_json else line(one))
    if cop_no is not None and not counts:
        within = " in these days" if first or last else ""
        raise unusable(f"there is no list {cop_no}{within}; is --data or --db the right one?")
    summary = summary_of(counts)
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False))
    else:
        click.echo(summary_line(summary))
    context.exit(1 if counts[DIFFERENT] else 0)


def _archive(folder: Path) -> Archive:
    try:
        return Archive(folder)
    except ArchiveError as fault:
        raise unusable(f"{fault}") from fault


def as_object(one: Replay) -> dict[str, Any]:
    """One list as JSON."""
    verdict = one.verdict
    return {
        "declarantCode": verdict.declarant_code,
        "copNo": verdict.cop_no,
        "orderNo": verdict.order_no,
        "law_of": verdict.facts.get("declared_on"),
        "outcome": one.outcome,
        "why": one.why,
        "differs": list(one.differs),
        "stored": one.stored._asdict() if one.stored else None,
        "again": one.again._asdict() if one.again else None,
    }


def line(one: Replay) -> str:
    """One list as a line of text."""
    verdict = one.verdict
    start = (
        f"{verdict.cop_no}  declarant {verdict.declarant_code}  order {verdict.order_no}"
        f"  law of {verdict.facts.get('declared_on', '-')}"
    )
    if one.outcome == REPLACED:
        return f"{start}  not judged: {one.why}"
    if one.stored is None or one.again is None:
        return f"{start}  {one.why}"
    parts = [
        f"{name}: stored {_text(one.stored, name)}, again {_text(one.again, name)}"
        for name in one.differs
    ]
    return f"{start}  " + "; ".join(parts)


def _text(judgement: Judgement, name: str) -> str:
    if name == "status":
        return judgement.status
    if name == "findings":
        found = (f"{rule} {path} ({seen})" for rule, path, seen, _ in judgement.findings)
        return ", ".join(found) or "none"
    return json.dumps(judgement.tax) if judgement.tax else "none"


def summary_of(counts: Counter[str]) -> dict[str, Any]:
    """How many lists there were, were judged, and why the others were not."""
    judged = counts[EQUAL] + counts[DIFFERENT]
    return {
        "lists": counts.total(),
        "judged": judged,
        "equal": counts[EQUAL],
        "different": counts[DIFFERENT],
        "not_judged": {why: counts[why] for why in sorted(counts) if why not in {EQUAL, DIFFERENT}},
    }


def summary_line(summary: dict[str, Any]) -> str:
    """The summary as a line of text."""
    others = ", ".join(f"{count} {why}" for why, count in summary["not_judged"].items())
    return (
        f"{summary['judged']} of {summary['lists']} lists judged again: {summary['equal']} equal,"
        f" {summary['different']} different" + (f"; not judged: {others}" if others else "")
    )
