"""What a waybill must hold by itself."""

from hoppo.goods.values import Waybill
from hoppo.rulebook.law import Law
from hoppo.rulebook.rule import Mismatch, rule

SPEC = "海关跨境统一版系统企业对接报文规范（202205版）"
MEND_WAYBILL = (
    "Send the waybill again as a change with the right value.", "请以变更方式重新报送运单。",
)


@rule(
    "WAYBILL-01", code="H3101", subject="waybill", confidence="A", authority=f"{SPEC} currency",
    zh="运单币制限定为人民币（142）", advice=MEND_WAYBILL,
)
def waybill_is_in_yuan(waybill: Waybill, _law: Law) -> Mismatch | None:
    """The currency of an import waybill must be the yuan (142)."""
    if waybill.currency == "142":
        return None
    return Mismatch("LogisticsHead/currency", waybill.currency, "142")


@rule(
    "WAYBILL-02", code="H3102", subject="waybill", confidence="A", authority=f"{SPEC} packNo",
    zh="运单件数限定为1", advice=MEND_WAYBILL,
)
def waybill_is_one_piece(waybill: Waybill, _law: Law) -> Mismatch | None:
    """An import waybill must be of one piece."""
    if waybill.pack_count == 1:
        return None
    return Mismatch("LogisticsHead/packNo", str(waybill.pack_count), "1")


@rule(
    "WAYBILL-03", code="H3103", subject="waybill", confidence="M", authority=f"{SPEC} weight",
    zh="运单毛重应大于零", advice=MEND_WAYBILL,
)
def waybill_weighs_something(waybill: Waybill, _law: Law) -> Mismatch | None:
    """The gross weight of a waybill must be above zero."""
    if waybill.gross_weight > 0:
        return None
    return Mismatch("LogisticsHead/weight", f"{waybill.gross_weight} kg", "above 0 kg")


RULES = (waybill_is_in_yuan, waybill_is_one_piece, waybill_weighs_something)
