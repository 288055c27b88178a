"""What a purchase owes: dutiable value, duty, consumption tax and VAT, with the working.

Formulas: GAC Decree 272, article 17; within the limits duty is 0 and the other two are levied at
70 percent of the statutory amount (财关税〔2016〕18号). All amounts are yuan; rounding is half up
to the fen (Decree 272, article 19), per line unless the parameter `tax_rounding` says `list`.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from hoppo.rulebook.law import Law
from hoppo.values.money import EXACT, ZERO, plain_text, spread, to_fen, yuan_text

HUNDRED = Decimal(100)
REDUCED, FULL = "cbec70", "full"
# How many of the second unit make one of the first: kilograms, grams, tonnes; litres, millilitres.
CONVERSIONS: Mapping[tuple[str, str], Decimal] = {
    ("070", "035"): Decimal(1000),
    ("035", "070"): Decimal("0.001"),
    ("035", "036"): Decimal(1000),
    ("036", "035"): Decimal("0.001"),
    ("070", "036"): Decimal(1000000),
    ("036", "070"): Decimal("0.000001"),
    ("095", "096"): Decimal(1000),
    ("096", "095"): Decimal("0.001"),
    ("063", "095"): Decimal(1000),
    ("095", "063"): Decimal("0.001"),
}


class Rates(NamedTuple):
    """The rates of one commodity on its day, in percent; the specific rate in yuan per unit."""

    mfn: Decimal
    vat: Decimal
    consumption: Decimal
    consumption_per_unit: Decimal | None
    consumption_unit: str | None


class TaxableLine(NamedTuple):
    """One line of goods: its value in yuan and its quantities by unit code."""

    line_no: int
    value: Decimal
    quantities: Mapping[str, Decimal]
    rates: Rates


class LineTax(NamedTuple):
    """What one line owes."""

    line_no: int
    dutiable: Decimal
    duty: Decimal
    consumption: Decimal
    vat: Decimal


class Assessment(NamedTuple):
    """What a list owes; `basis` is `cbec70` or `full`."""

    basis: str
    dutiable: Decimal
    duty: Decimal
    consumption: Decimal
    vat: Decimal
    lines: tuple[LineTax, ...]

    @property
    def total(self) -> Decimal:
        """Duty, consumption tax and VAT together."""
        return self.duty + self.consumption + self.vat

    def as_json(self) -> dict[str, str]:
        """The `tax` object of a verdict: texts with two decimals."""
        return {
            "dutiable": yuan_text(self.dutiable),
            "duty": yuan_text(self.duty),
            "vat": yuan_text(self.vat),
            "consumption": yuan_text(self.consumption),
            "total": yuan_text(self.total),
            "basis": self.basis,
        }


class UnitMissingError(Exception):
    """The specific consumption tax needs a quantity in a unit that the line does not state."""


def specific_quantity(line: TaxableLine) -> Decimal:
    """The quantity that the specific rate multiplies, converted where the units allow it.

    Raises UnitMissingError when the line states no convertible quantity.
    """
    unit = line.rates.consumption_unit or ""
    if unit in line.quantities:
        return line.quantities[unit]
    for stated, quantity in line.quantities.items():
        factor = CONVERSIONS.get((stated, unit))
        if factor is not None:
            return quantity * factor
    raise UnitMissingError(unit)


def states_specific_quantity(line: TaxableLine) -> bool:
    """Whether a line states the quantity its specific rate needs."""
    try:
        specific_quantity(line)
    except UnitMissingError:
        return False
    return True


def statutory(line: TaxableLine, dutiable: Decimal, *, with_duty: bool) -> tuple[Decimal, ...]:
    """Duty, consumption tax and VAT of a line, exact, before reduction and rounding."""
    rates = line.rates
    duty = dutiable * rates.mfn / HUNDRED if with_duty else ZERO
    specific = ZERO
    if rates.consumption_per_unit:
        specific = specific_quantity(line) * rates.consumption_per_unit
    share = rates.consumption / HUNDRED
    consumption = specific
    if share:
        base = dutiable + duty + specific
        consumption = EXACT.divide(base, 1 - share) * share + specific
    vat = (dutiable + duty + consumption) * rates.vat / HUNDRED
    return duty, consumption, vat


def assess(
    lines: Sequence[TaxableLine],
    freight: Decimal,
    insurance: Decimal,
    law: Law,
    *,
    full: bool = False,
) -> Assessment:
    """Assess a purchase. `full` levies the whole of all three taxes: above the single limit."""
    reduction = Decimal(1) if full else law["tax_reduction"] / HUNDRED
    shares = spread(freight + insurance, [line.value for line in lines])
    per_line = law["tax_rounding"] == "line"
    exact: list[LineTax] = []
    for line, share in zip(lines, shares, strict=True):
        dutiable = line.value + share
        duty, consumption, vat = statutory(line, dutiable, with_duty=full)
        consumption, vat = consumption * reduction, vat * reduction
        if per_line:
            duty, consumption, vat = to_fen(duty), to_fen(consumption), to_fen(vat)
        exact.append(LineTax(line.line_no, dutiable, duty, consumption, vat))
    return Assessment(
        FULL if full else REDUCED,
        sum((line.dutiable for line in exact), ZERO),
        to_fen(sum((line.duty for line in exact), ZERO)),
        to_fen(sum((line.consumption for line in exact), ZERO)),
        to_fen(sum((line.vat for line in exact), ZERO)),
        tuple(exact),
    )


def working(lines: Sequence[TaxableLine], assessment: Assessment, law: Law) -> list[str]:
    """The assessment step by step, a sentence a step, for the bill and for `hoppo explain`."""
    reduced = assessment.basis == REDUCED
    percent = plain_text(law["tax_reduction"]) if reduced else "100"
    steps = []
    for line, owed in zip(lines, assessment.lines, strict=True):
        rates = line.rates
        steps.append(
            f"line {line.line_no}: dutiable value = goods {yuan_text(line.value)}"
            f" + share of freight and insurance {yuan_text(owed.dutiable - line.value)}"
            f" = {yuan_text(owed.dutiable)}"
        )
        duty_rate = "0 (within the limits)" if reduced else plain_text(rates.mfn) + "%"
        steps.append(f"line {line.line_no}: duty at {duty_rate} = {yuan_text(owed.duty)}")
        specific = ""
        if rates.consumption_per_unit:
            specific = (
                f" + {plain_text(specific_quantity(line))} x"
                f" {plain_text(rates.consumption_per_unit)} yuan (specific)"
            )
        share = plain_text(rates.consumption)
        steps.append(
            f"line {line.line_no}: consumption tax = [(value + duty + specific) / (1 - {share}%)"
            f" x {share}%{specific}] x {percent}% = {yuan_text(owed.consumption)}"
        )
        steps.append(
            f"line {line.line_no}: VAT = (value + duty + whole consumption tax) x"
            f" {plain_text(rates.vat)}% x {percent}% = {yuan_text(owed.vat)}"
        )
    steps.append(
        f"total = duty {yuan_text(assessment.duty)} + consumption tax"
        f" {yuan_text(assessment.consumption)} + VAT {yuan_text(assessment.vat)}"
        f" = {yuan_text(assessment.total)}"
    )
    return steps
