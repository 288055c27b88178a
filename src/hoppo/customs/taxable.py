"""A declaration list's lines in the shape that tax assesses."""

from collections.abc import Sequence
from typing import Any

from hoppo.customs.values import Declaration
from hoppo.rulebook.law import Law
from hoppo.tax.assessment import Assessment, Rates, TaxableLine, UnitMissingError, assess
from hoppo.tax.rules import is_full_tax
from hoppo.values.money import ZERO


def taxable_lines(declared: Declaration, commodities: Sequence[Any]) -> list[TaxableLine] | None:
    """The list's lines with their rates; None when the tariff lacks one of them."""
    lines = []
    for line, commodity in zip(declared.lines, commodities, strict=True):
        if commodity is None:
            return None
        quantities = {line.unit: line.quantity, line.statutory_unit: line.statutory_quantity}
        if line.second_unit and line.second_quantity is not None:
            quantities[line.second_unit] = line.second_quantity
        rates = Rates(
            commodity.mfn_rate,
            commodity.vat_rate,
            commodity.consumption_rate,
            commodity.consumption_per_unit,
            commodity.consumption_unit,
        )
        lines.append(TaxableLine(line.line_no, line.total_price, quantities, rates))
    return lines


def assess_list(declared: Declaration, commodities: Sequence[Any], law: Law) -> Assessment | None:
    """What a list owes; None when the tariff or a unit is missing (another rule says so)."""
    lines = taxable_lines(declared, commodities)
    if not lines:
        return None
    value = sum((line.value for line in lines), ZERO) + declared.freight + declared.insurance
    try:
        return assess(
            lines, declared.freight, declared.insurance, law, full=is_full_tax(value, law)
        )
    except UnitMissingError:
        return None
