"""What the tariff and the positive list of the day ask of a list's goods."""

from collections.abc import Iterator
from decimal import Decimal

from hoppo.customs.list_rules import BONDED, MEND
from hoppo.customs.taxable import taxable_lines
from hoppo.customs.values import Case
from hoppo.rulebook.law import Law
from hoppo.rulebook.rule import Mismatch, rule
from hoppo.tax.assessment import states_specific_quantity
from hoppo.values.money import ZERO, plain_text

POSITIVE_LIST = "跨境电子商务零售进口商品清单"


@rule(
    "TARIFF-01", code="-625011", subject="case", confidence="A",
    authority="中华人民共和国进出口税则", zh="商品编码不在申报日有效的税则参数内",
    advice=("Use a commodity code in force on the day of declaration.", "请使用申报日有效的商品编码。"),
)
def commodity_code_is_in_the_tariff(case: Case, _law: Law) -> Iterator[Mismatch]:
    """The commodity code must be in the tariff on the day of declaration."""
    for line, commodity in zip(case.list.lines, case.commodities, strict=True):
        if commodity is None:
            seen = "known on other days only" if line.commodity_code in case.known_codes else "unknown"
            yield Mismatch(
                f"InventoryList[{line.line_no}]/gcode", f"{line.commodity_code} ({seen})",
                f"a code in force on {case.list.declared_on}",
            )


@rule(
    "TARIFF-02", code="H5202", subject="case", confidence="B", authority=POSITIVE_LIST,
    zh="商品不在跨境电子商务零售进口商品清单内",
    advice=("Declare the goods as general trade.", "请按一般贸易申报。"),
)
def commodity_is_on_the_positive_list(case: Case, _law: Law) -> Iterator[Mismatch]:
    """Goods of retail import must be on the positive list."""
    for line, commodity in zip(case.list.lines, case.commodities, strict=True):
        if commodity is not None and not commodity.positive_list:
            yield Mismatch(
                f"InventoryList[{line.line_no}]/gcode", line.commodity_code, "on the positive list",
            )


@rule(
    "TARIFF-03", code="H5203", subject="case", confidence="B", authority=f"{POSITIVE_LIST} 备注",
    zh="仅限网购保税商品不得以直购进口方式申报",
    advice=("Sell the goods from a bonded warehouse (1210).", "请以网购保税（1210）方式进口。"),
)
def bonded_only_goods_come_bonded(case: Case, _law: Law) -> Iterator[Mismatch]:
    """Goods noted as bonded only must not come by direct purchase."""
    if case.list.trade_mode in BONDED:
        return
    for line, commodity in zip(case.list.lines, case.commodities, strict=True):
        if commodity is not None and commodity.bonded_only:
            yield Mismatch(
                f"InventoryList[{line.line_no}]/gcode",
                f"{line.commodity_code} in mode {case.list.trade_mode}", "mode 1210",
            )


@rule(
    "TARIFF-04", code="H5204", subject="case", confidence="B", authority=f"{POSITIVE_LIST} 备注",
    zh="商品数量超过清单备注的限量",
    advice=("Buy less of it in one order.", "请减少单次购买数量。"),
)
def quantity_is_within_the_note(case: Case, _law: Law) -> Iterator[Mismatch]:
    """The quantity of goods in one order must not exceed the positive list's note."""
    totals: dict[str, Decimal] = {}
    for line, commodity in zip(case.list.lines, case.commodities, strict=True):
        if commodity is None or commodity.max_qty_per_order is None:
            continue
        code = line.commodity_code
        totals[code] = totals.get(code, ZERO) + line.statutory_quantity
        if totals[code] > commodity.max_qty_per_order:
            yield Mismatch(
                f"InventoryList[{line.line_no}]/qty1", plain_text(totals[code]),
                f"at most {plain_text(commodity.max_qty_per_order)} of {code}",
            )


@rule(
    "TARIFF-05", code="-625012", subject="case", confidence="A", authority="中华人民共和国进出口税则",
    zh="法定计量单位与税则不一致", advice=MEND,
)
def statutory_units_are_the_tariffs(case: Case, _law: Law) -> Iterator[Mismatch]:
    """Statutory and second unit of a line must be those of the tariff."""
    for line, commodity in zip(case.list.lines, case.commodities, strict=True):
        if commodity is None:
            continue
        at = f"InventoryList[{line.line_no}]"
        if line.statutory_unit != commodity.unit1:
            yield Mismatch(f"{at}/unit1", line.statutory_unit, commodity.unit1)
        if (line.second_unit or None) != (commodity.unit2 or None):
            yield Mismatch(f"{at}/unit2", line.second_unit or "empty", commodity.unit2 or "empty")


@rule(
    "TARIFF-06", code="H5206", subject="case", confidence="M", authority="JGS-20 计量单位",
    zh="申报单位与法定单位相同时，数量应一致", advice=MEND,
)
def same_unit_means_same_quantity(case: Case, _law: Law) -> Iterator[Mismatch]:
    """Where trade unit and statutory unit are one, their quantities must be equal."""
    for line in case.list.lines:
        for unit, quantity, wire in (
            (line.statutory_unit, line.statutory_quantity, "qty1"),
            (line.second_unit, line.second_quantity, "qty2"),
        ):
            if unit == line.unit and quantity is not None and quantity != line.quantity:
                yield Mismatch(
                    f"InventoryList[{line.line_no}]/{wire}", plain_text(quantity),
                    plain_text(line.quantity),
                )


@rule(
    "TARIFF-07", code="H5207", subject="case", confidence="A",
    authority="海关总署令第272号 第十七条", zh="从量计征的商品须申报相应单位的数量", advice=MEND,
)
def specific_rate_has_its_quantity(case: Case, _law: Law) -> Iterator[Mismatch]:
    """Goods under a specific rate must state a quantity in the unit of that rate."""
    for line in taxable_lines(case.list, case.commodities) or ():
        if line.rates.consumption_per_unit and not states_specific_quantity(line):
            yield Mismatch(
                f"InventoryList[{line.line_no}]/unit1", ", ".join(line.quantities),
                f"a quantity in unit {line.rates.consumption_unit}",
            )


RULES = (
    commodity_code_is_in_the_tariff, commodity_is_on_the_positive_list,
    bonded_only_goods_come_bonded, quantity_is_within_the_note, statutory_units_are_the_tariffs,
    same_unit_means_same_quantity, specific_rate_has_its_quantity,
)
