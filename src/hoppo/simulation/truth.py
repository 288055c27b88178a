"""What each list must get, known because the city was made so."""

import json
from functools import cache
from typing import Any

from hoppo.customs.rules import BOOK
from hoppo.inspection.rules import draw, is_drawn
from hoppo.rulebook.law import Law
from hoppo.simulation.day import DAY
from hoppo.simulation.purchase import Head, Purchase

DRAW_SEED = "hoppo"  # the draw's seed where the operator has set no other
RELEASED, INSPECTION, GROUP = "800", "500", "group"
UNREAD = "-"  # how the codes begin that answer a record which cannot be worked


@cache
def law() -> Law:
    """The law of the simulated day."""
    return BOOK.on(DAY)


def is_inspected(bought: Purchase) -> bool:
    """Whether the recorded draw picks this purchase, if it passes."""
    order = bought.order.head
    number = draw(DRAW_SEED, order["platform_code"], order["order_no"])
    return is_drawn(number, bought.shop.credit_class, law())


def passing(bought: Purchase) -> str:
    """The status of a purchase that nothing is wrong with."""
    return INSPECTION if is_inspected(bought) else RELEASED


def truth_of(
    bought: Purchase, head: Head, status: str, rules: tuple[str, ...], fault: str
) -> dict[str, Any]:
    """One line of `truth.jsonl`. A record that cannot be worked owes nothing."""
    unread = status.startswith(UNREAD)
    codes = {status} if unread else {BOOK.rule(number).code for number in rules}
    return {
        "orderNo": head["order_no"],
        "copNo": head["cop_no"],
        "ebpCode": head["platform_code"],
        "status": status,
        "codes": sorted(codes),
        "rules": sorted(codes if unread else rules),
        "fault": fault,
        "tax": None if unread else bought.tax(),
    }


def truth_line(truth: dict[str, Any]) -> str:
    """A line of the file."""
    return json.dumps(truth, ensure_ascii=False) + "\n"
