"""Which passed lists are looked at: the risk list sends to review, the draw to inspection."""

import hashlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hoppo.rulebook.law import Law
from hoppo.rulebook.parameters import read_parameters
from hoppo.rulebook.rule import Mismatch, rule

PARAMETERS = read_parameters("hoppo.inspection", "risk.toml")
ADVICE = ("Wait for the officer's decision.", "请等待关员审核。")
OURS = "Hoppo's first plain risk list"
DRAW_BITS = 64


@rule(
    "RISK-01", code="H7101", subject="risk", confidence="M", authority=OURS, advice=ADVICE,
    zh="商品在风险清单内，转人工审核",
)
def commodity_is_not_on_the_risk_list(case: Any, law: Law) -> Iterator[Mismatch]:
    """Goods on the risk list are reviewed by a person."""
    for line in case.list.lines:
        if line.commodity_code.startswith(law["risk_commodities"]):
            yield Mismatch(
                f"InventoryList[{line.line_no}]/gcode", line.commodity_code, "not on the risk list",
            )


@rule(
    "RISK-02", code="H7102", subject="risk", confidence="M", authority=OURS, advice=ADVICE,
    zh="原产国在风险清单内，转人工审核",
)
def origin_is_not_on_the_risk_list(case: Any, law: Law) -> Iterator[Mismatch]:
    """Goods of an origin on the risk list are reviewed by a person."""
    for line in case.list.lines:
        if line.country in law["risk_countries"]:
            yield Mismatch(
                f"InventoryList[{line.line_no}]/country", line.country, "not on the risk list",
            )


@rule(
    "RISK-03", code="H7103", subject="risk", confidence="M", authority=OURS, advice=ADVICE,
    zh="订购人当日清单数量异常，转人工审核",
)
def person_buys_at_a_plain_pace(case: Any, law: Law) -> Mismatch | None:
    """A person with unusually many lists on one day is reviewed by a person."""
    if case.lists_today < law["risk_lists_a_day"]:
        return None
    return Mismatch(
        "InventoryHead/buyerIdNumber", f"{case.lists_today + 1} lists that day",
        f"at most {law['risk_lists_a_day']}",
    )


def draw(seed: str, platform_code: str, order_no: str) -> Decimal:
    """A number from 0 up to 100, the same for the same seed and order; recorded with the verdict.

    It depends on the purchase alone, so no order of arrival and no second try changes it.
    """
    digest = hashlib.blake2b(f"{seed}\0{platform_code}\0{order_no}".encode(), digest_size=8)
    return Decimal(int.from_bytes(digest.digest(), "big")) * 100 / Decimal(2**DRAW_BITS)


def is_drawn(number: Decimal, credit_class: str, law: Law) -> bool:
    """Whether a draw falls under the inspection rate of a credit class."""
    return bool(number < law["inspection_rate"].get(credit_class, Decimal(100)))


RULES = (
    commodity_is_not_on_the_risk_list,
    origin_is_not_on_the_risk_list,
    person_buys_at_a_plain_pace,
)
