"""What the limits and the guarantee ask of a purchase. Amounts are yuan, tax not included."""

from typing import Any

from hoppo.rulebook.law import Law
from hoppo.rulebook.parameters import read_parameters
from hoppo.rulebook.rule import Mismatch, rule
from hoppo.tax.assessment import FULL
from hoppo.values.money import yuan_text

PARAMETERS = read_parameters("hoppo.tax", "limits.toml")


@rule(
    "TAX-01", code="-621005", subject="case", confidence="A",
    authority="财关税〔2018〕49号 第二条",
    zh="完税价格超过单次交易限值的，订单下须仅有一件商品",
    advice=(
        "Split the purchase, or declare the goods as general trade.",
        "请拆分订单，或按一般贸易申报。",
    ),
)
def single_purchase_within_limit(case: Any, law: Law) -> Mismatch | None:
    """A purchase above the single limit may hold one indivisible item only."""
    assessment = case.assessment
    if assessment is None or assessment.dutiable <= law["single_limit"]:
        return None
    if is_single_item(case.list.lines) and law["single_item_above_limit"] == "Y":
        return None
    return Mismatch(
        "InventoryHead", yuan_text(assessment.dutiable),
        f"at most {yuan_text(law['single_limit'])}, or one single item",
    )


@rule(
    "TAX-02", code="1313", subject="case", confidence="A", also="-621018",
    authority="财关税〔2018〕49号 第一条、第二条",
    zh="订购人购买超过年度限额",
    advice=(
        "Declare the goods as general trade; the yearly limit starts anew on 1 January.",
        "请按一般贸易申报；年度限额自次年1月1日起重新计算。",
    ),
)
def person_within_yearly_limit(case: Any, law: Law) -> Mismatch | None:
    """What a person buys in one natural year must not exceed the yearly limit."""
    if case.assessment is None:
        return None
    total = case.used + case.assessment.dutiable
    if total <= law["yearly_limit"]:
        return None
    return Mismatch(
        "InventoryHead/buyerIdNumber", f"totalPrice {yuan_text(total)}",
        f"limitPrice {yuan_text(law['yearly_limit'])}",
    )


@rule(
    "TAX-03", code="H6103", subject="case", confidence="B",
    authority="海关总署公告2016年第26号; 海关总署令第272号 第六十六条",
    zh="担保企业的税款担保应当足额有效",
    advice=(
        "Raise the guarantee, or pay open tax bills to free what they hold.",
        "请增加担保额度，或缴清已出税单以释放占用额度。",
    ),
)
def guarantee_is_enough(case: Any, _law: Law) -> Mismatch | None:
    """The guarantor's guarantee must be large enough for the tax of the list."""
    if case.assessment is None or case.guarantee_left is None:
        return None
    if case.assessment.total <= case.guarantee_left:
        return None
    return Mismatch(
        "InventoryHead/assureCode", yuan_text(case.guarantee_left),
        f"at least {yuan_text(case.assessment.total)}",
    )


def is_single_item(lines: Any) -> bool:
    """Whether an order holds exactly one item: one line, quantity one."""
    return len(lines) == 1 and lines[0].quantity == 1


def is_full_tax(dutiable: Any, law: Law) -> bool:
    """Whether the whole tax is levied: the value is above the single limit."""
    return bool(dutiable > law["single_limit"])


RULES = (single_purchase_within_limit, person_within_yearly_limit, guarantee_is_enough)
__all__ = ["FULL", "PARAMETERS", "RULES", "is_full_tax", "is_single_item"]
