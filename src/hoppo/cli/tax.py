"""`hoppo tax`: what a basket owes, with the working; nothing is stored."""

import json
import sys
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

import click

from hoppo.cli.registering import read_file, unusable
from hoppo.customs.rules import BOOK, FIRST_DAY
from hoppo.rulebook.law import Law
from hoppo.rulebook.rule import Finding, as_findings
from hoppo.tariff.commodity import Tariff, starter_tariff
from hoppo.tariff.sheet import read_tariff
from hoppo.tax.assessment import Assessment, Rates, TaxableLine, UnitMissingError, assess, working
from hoppo.tax.rules import is_full_tax, person_within_yearly_limit, single_purchase_within_limit
from hoppo.values.moments import beijing_day
from hoppo.values.money import ZERO, yuan_text
from hoppo.wire.sheet import SheetFaults

# The wire's names are as welcome as ours.
ALSO = {
    "code": ("gcode", "commodity_code"), "quantity": ("qty",), "statutory_quantity": ("qty1",),
    "statutory_unit": ("unit1",), "second_quantity": ("qty2",), "second_unit": ("unit2",),
    "total_price": ("totalPrice", "total"), "insurance": ("insuredFee",), "lines": ("goods",),
}  # fmt: skip


class Counted(NamedTuple):
    """What the limit rules look at of a basket's line."""

    quantity: Decimal


class Head(NamedTuple):
    """What the limit rules look at of a basket."""

    lines: tuple[Counted, ...]


class Basket(NamedTuple):
    """A basket in the shape that the limit rules judge."""

    list: Head
    assessment: Assessment
    used: Decimal


def given(values: dict[str, Any], name: str) -> Any:
    """A value under our name or the wire's."""
    for key in (name, *ALSO.get(name, ())):
        if values.get(key) not in (None, ""):
            return values[key]
    return None


def number(values: dict[str, Any], name: str, where: str, default: str | None = None) -> Decimal:
    """A number of the basket, exact; ends with exit 2 when it is none or negative."""
    found = given(values, name)
    if found is None and default is not None:
        return Decimal(default)
    try:
        read = Decimal(str(found))
    except InvalidOperation:
        read = Decimal("NaN")
    if not read.is_finite() or read < 0:
        raise unusable(f"{where}{name}: found {found!r}, expected a number of 0 or more")
    return read


def read_line(at: int, line: Any, tariff: Tariff, day: date) -> TaxableLine:
    """One line of the basket with its rates: stated inline, or the tariff's of the day."""
    where = f"lines[{at}]."
    if not isinstance(line, dict):
        raise unusable(f"lines[{at}]: found {line!r}, expected an object")
    quantity = number(line, "quantity", where, "1")
    total = given(line, "total_price")
    value = (
        number(line, "total_price", where)
        if total is not None
        else quantity * number(line, "price", where)
    )
    quantities = {}
    for unit, amount in (
        ("unit", "quantity"),
        ("statutory_unit", "statutory_quantity"),
        ("second_unit", "second_quantity"),
    ):
        if given(line, unit) and given(line, amount) is not None:
            quantities[str(given(line, unit))] = number(line, amount, where)
    if given(line, "vat_rate") is not None:
        per_unit = given(line, "consumption_per_unit")
        unit = given(line, "consumption_unit")
        rates = Rates(
            number(line, "mfn_rate", where, "0"),
            number(line, "vat_rate", where),
            number(line, "consumption_rate", where, "0"),
            number(line, "consumption_per_unit", where) if per_unit is not None else None,
            str(unit) if unit else None,
        )
    else:
        code = str(given(line, "code") or "")
        row = tariff.on(code, day)
        if row is None:
            raise unusable(
                f"{where}code: found {code!r}, expected a commodity code in the tariff on {day},"
                " or vat_rate and the other rates stated inline"
            )
        rates = Rates(
            row.mfn_rate,
            row.vat_rate,
            row.consumption_rate,
            row.consumption_per_unit,
            row.consumption_unit,
        )
    return TaxableLine(at + 1, value, quantities, rates)


def reckon(basket: dict[str, Any], tariff: Tariff, today: date) -> dict[str, Any]:
    """What a basket owes and whether it may come in by the cross-border channel."""
    try:
        day = date.fromisoformat(str(given(basket, "day") or today))
    except ValueError as fault:
        raise unusable(f"day: found {basket.get('day')!r}, expected YYYY-MM-DD") from fault
    if day < FIRST_DAY:
        raise unusable(f"day: found {day}, expected {FIRST_DAY} or later; no law before it is held")
    lines = given(basket, "lines")
    if not isinstance(lines, list) or not lines:
        raise unusable("lines: expected a list with at least one line of goods")
    law = BOOK.on(day)
    taxable = [read_line(at, line, tariff, day) for at, line in enumerate(lines)]
    freight, insurance = number(basket, "freight", "", "0"), number(basket, "insurance", "", "0")
    value = sum((line.value for line in taxable), ZERO) + freight + insurance
    try:
        owed = assess(taxable, freight, insurance, law, full=is_full_tax(value, law))
    except UnitMissingError as fault:
        raise unusable(
            f"lines: the specific consumption tax needs a quantity in unit {fault}; state it as"
            " statutory_quantity with statutory_unit"
        ) from fault
    counted = tuple(
        Counted(number(line, "quantity", f"lines[{at}].", "1")) for at, line in enumerate(lines)
    )
    judged = Basket(Head(counted), owed, number(basket, "used", "", "0"))
    findings = limit_findings(judged, law)
    return {
        **owed.as_json(),
        "eligible": not findings,
        "findings": [finding.as_json() for finding in findings],
        "lines": [
            {
                "line": line.line_no,
                "dutiable": yuan_text(line.dutiable),
                "duty": yuan_text(line.duty),
                "consumption": yuan_text(line.consumption),
                "vat": yuan_text(line.vat),
            }
            for line in owed.lines
        ],
        "working": working(taxable, owed, law),
    }


def limit_findings(basket: Basket, law: Law) -> list[Finding]:
    """What the limits say of a basket."""
    found: list[Finding] = []
    for rule in (single_purchase_within_limit, person_within_yearly_limit):
        found += as_findings(rule, rule.check(basket, law))
    return found


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
@click.option("--tariff", type=click.Path(path_type=Path), help="A tariff sheet (CSV).")
def tax(tariff: Path | None, *, as_json: bool) -> None:
    """Compute what a basket owes, read as JSON from standard input; nothing is stored.

    {"day": "2026-06-18", "freight": "10", "insurance": "0", "used": "0", "lines": [{"code":
    "3304990029", "quantity": "1", "price": "100"}]}; a line may state its rates inline
    (vat_rate, mfn_rate, consumption_rate).
    """
    try:
        basket = json.loads(sys.stdin.read(), parse_float=Decimal)
    except (ValueError, RecursionError) as fault:
        raise unusable(f"standard input: not JSON: {fault}") from fault
    if not isinstance(basket, dict):
        raise unusable("standard input: expected one JSON object, the basket")
    try:
        rows = Tariff(read_tariff(read_file(tariff))) if tariff else starter_tariff()
    except SheetFaults as fault:
        raise unusable(f"{tariff}: {fault}") from fault
    told = reckon(basket, rows, beijing_day(datetime.now(UTC)))
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for step in told["working"]:
        click.echo(step)
    for finding in told["findings"]:
        click.echo(f"{finding['rule']} {finding['sentence_en']} {finding['sentence_zh']}"
                   f" found {finding['found']}, expected {finding['expected']}")  # fmt: skip
    if not tariff:
        click.echo("Rates of the starter tariff, not the official one.", err=True)
