"""`hoppo explain`: every rule that ran on a list, the facts it saw, the law it stands on."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import psycopg

from hoppo.cli.options import database_options, existing_database
from hoppo.cli.registering import unusable
from hoppo.customs.explaining import explain_list
from hoppo.customs.references import orders_of_own_number
from hoppo.customs.registers import Registers
from hoppo.customs.tables import VERDICTS
from hoppo.customs.values import Verdict
from hoppo.engine.database import open_database


def one_list(connection: psycopg.Connection[Any], copno: str, declarant: str | None) -> Verdict:
    """The list of this number; two declarants may have used it, and then one must be named."""
    keys = [(order_no,) for order_no in orders_of_own_number(connection, copno)]
    of_orders: list[Verdict] = VERDICTS.by_key(connection, keys, on=("order_no",))
    found = [row for row in of_orders if row.cop_no == copno]
    if declarant is not None:
        found = [row for row in found if row.declarant_code == declarant]
    if not found:
        raise unusable(f"there is no list {copno}; is --data or --db the right one?")
    if len(found) > 1:
        codes = ", ".join(sorted(row.declarant_code for row in found))
        raise unusable(f"several declarants have a list {copno}: {codes}; choose by --declarant")
    return found[0]


@click.command()
@click.argument("copno")
@click.option("--declarant", help="Whose list, where several declarants use the number.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@database_options
def explain(
    copno: str, declarant: str | None, data: Path | None, url: str | None, *, as_json: bool
) -> None:
    """Show every rule that ran on a list, the facts, the law."""
    with open_database(*existing_database(data, url)) as database, database.connect() as connection:
        found = one_list(connection, copno, declarant)
        told = explain_list(connection, database, Registers(), datetime.now(UTC), found)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        _show(told)


def _show(told: dict[str, Any]) -> None:
    verdict = told["verdict"]
    click.echo(
        f"List {verdict['copNo']}  order {verdict['orderNo']}  status {verdict['status']}"
        f"  law of {told['law_of']}"
    )
    if verdict["waiting_for"]:
        click.echo("waits for: " + ", ".join(verdict["waiting_for"]))
    for at, status, text in told["trail"]:
        click.echo(f"  {at}  {status:>5}  {text}")
    click.echo("\nDocuments")
    for name, facts in told["documents"].items():
        click.echo(
            f"  {name}: "
            + (", ".join(f"{k}={v}" for k, v in facts.items()) if facts else "missing")
        )
    click.echo("\nRules")
    for ran in told["rules"]:
        mark = "broken" if ran["findings"] else "kept  "
        click.echo(
            f"  {mark} {ran['rule']:14} {ran['code']:8} {ran['sentence_en']}"
            f" {ran['sentence_zh']}  [{ran['authority']}; {ran['confidence']}]"
        )
        for finding in ran["findings"]:
            click.echo(
                f"         {finding['path']}: found {finding['found']},"
                f" expected {finding['expected']}"
            )
            click.echo(f"         {ran['advice_en']} {ran['advice_zh']}")
    if told["working"]:
        click.echo("\nTax")
        for step in told["working"]:
            click.echo(f"  {step}")
    click.echo("\nFacts: " + json.dumps(told["facts"], ensure_ascii=False))
