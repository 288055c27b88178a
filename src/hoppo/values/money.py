"""Exact yuan. The only rounding of money in Hoppo lives here."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal

FEN = Decimal("0.01")
ZERO = Decimal(0)
# 28 digits, the decimal default, is too few for decimal(19,5) x decimal(19,5).
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


def to_fen(amount: Decimal) -> Decimal:
    """Round an amount of yuan to the fen, half up (GAC Decree 272, article 19)."""
    return amount.quantize(FEN, ROUND_HALF_UP, EXACT)


def yuan_text(amount: Decimal) -> str:
    """Write an amount with two decimals, as receipts and verdicts show it."""
    return str(to_fen(amount))


def plain_text(number: Decimal) -> str:
    """Write a number without exponent and without idle zeros."""
    text = format(number, "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def spread(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Spread an amount over lines by weight, to the fen; the last line takes the remainder.

    Weights that sum to nothing (gifts only) put the whole amount on the last line.
    """
    whole = sum(weights, ZERO)
    shares = [to_fen(total * weight / whole) if whole else ZERO for weight in weights[:-1]]
    return [*shares, total - sum(shares, ZERO)]
