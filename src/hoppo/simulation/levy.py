"""The tax of a list reckoned a second time, apart from `hoppo.tax`, so that one checks the other.

财关税〔2016〕18号 and 〔2018〕49号: up to 5,000 yuan duty is 0 and the other taxes are 70 percent;
above it all three are levied whole. Each tax of each line is rounded half up to the fen.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hoppo.tariff.commodity import Commodity

SINGLE_LIMIT = Decimal(5000)
FEN, ZERO, HUNDRED = Decimal("0.01"), Decimal(0), Decimal(100)
REDUCTION = Decimal("0.7")
NAMES = ("duty", "vat", "consumption")


def levy(
    head: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], rows: Sequence[Commodity | None]
) -> dict[str, str] | None:
    """The `tax` object that a list must get; None when the goods cannot be reckoned."""
    carriage = head["freight"] + head["insurance"]
    goods = sum((line["total_price"] for line in lines), ZERO)
    value = goods + carriage
    whole = value > SINGLE_LIMIT
    sums = dict.fromkeys(NAMES, ZERO)
    left = carriage
    for at, (line, row) in enumerate(zip(lines, rows, strict=True), 1):
        if row is None or (row.consumption_per_unit and _quantity(line, row) is None):
            return None
        share = _fen(carriage * line["total_price"] / goods) if at < len(lines) else left
        left -= share
        taxes = _line(line["total_price"] + share, line, row, whole=whole)
        for name, amount in zip(NAMES, taxes, strict=True):
            sums[name] += _fen(amount)
    texts = {name: f"{amount:.2f}" for name, amount in sums.items()}
    total = sum(sums.values(), ZERO)
    basis = "full" if whole else "cbec70"
    return {"dutiable": f"{_fen(value):.2f}", **texts, "total": f"{total:.2f}", "basis": basis}


def _line(
    value: Decimal, line: Mapping[str, Any], row: Commodity, *, whole: bool
) -> tuple[Decimal, Decimal, Decimal]:
    """Duty, VAT and consumption tax of one line, not rounded."""
    duty = value * row.mfn_rate / HUNDRED if whole else ZERO
    by_quantity = ZERO
    if row.consumption_per_unit is not None:
        by_quantity = (_quantity(line, row) or ZERO) * row.consumption_per_unit
    rate = row.consumption_rate
    consumption = (value + duty + by_quantity) * rate / (HUNDRED - rate) + by_quantity
    vat = (value + duty + consumption) * row.vat_rate / HUNDRED
    part = Decimal(1) if whole else REDUCTION
    return duty, vat * part, consumption * part


def _quantity(line: Mapping[str, Any], row: Commodity) -> Decimal | None:
    """The quantity that bears tax by quantity; None where the line does not state it."""
    for name in ("", "statutory_", "second_"):
        if line[f"{name}unit"] == row.consumption_unit:
            return Decimal(line[f"{name}quantity"])
    return None


def _fen(amount: Decimal) -> Decimal:
    return amount.quantize(FEN, ROUND_HALF_UP)
