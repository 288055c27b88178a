"""What a declaration list must hold by itself and by the registers and the tariff of its day."""

from collections.abc import Iterator

from hoppo.customs.values import Case, Declaration
from hoppo.rulebook.law import Law
from hoppo.rulebook.rule import Mismatch, rule
from hoppo.values.moments import beijing_day, read_day, read_moment
from hoppo.values.money import ZERO, plain_text, to_fen, yuan_text
from hoppo.values.personal import shown

SPEC = "海关跨境统一版系统企业对接报文规范（202205版）"
DIRECT, BONDED = ("9610",), ("1210", "1239")
MEND = ("Declare the list again with the right value.", "请更正后重新申报清单。")
REGISTER = ("Register the enterprise in this role, or correct its code.", "请办理企业备案或更正企业代码。")


@rule(
    "LIST-01", code="H5101", subject="list", confidence="A", authority=f"{SPEC} currency",
    zh="清单币制限定为人民币（142）", advice=MEND,
)
def list_is_in_yuan(declared: Declaration, _law: Law) -> list[Mismatch]:
    """The currency of an import list must be the yuan (142)."""
    wrong = [
        Mismatch(f"InventoryList[{line.line_no}]/currency", line.currency, "142")
        for line in declared.lines
        if line.currency != "142"
    ]
    if declared.currency != "142":
        wrong.insert(0, Mismatch("InventoryHead/currency", declared.currency, "142"))
    return wrong


@rule(
    "LIST-02", code="H5102", subject="list", confidence="C", authority=f"{SPEC} buyerIdType",
    zh="清单订购人证件类型限定为身份证（1）", advice=MEND,
)
def list_buyer_is_known_by_identity_card(declared: Declaration, _law: Law) -> Mismatch | None:
    """The buyer's identity document on the list must be the identity card (1)."""
    if declared.buyer_id_type == "1":
        return None
    return Mismatch("InventoryHead/buyerIdType", declared.buyer_id_type, "1")


@rule(
    "LIST-03", code="H5103", subject="list", confidence="B", authority="GB 11643-1999",
    zh="清单订购人身份证号码有误", advice=MEND,
)
def list_identity_number_is_valid(declared: Declaration, _law: Law) -> Mismatch | None:
    """The buyer's identity number on the list must have a real date and a right check digit."""
    if declared.buyer_id_valid:
        return None
    return Mismatch(
        "InventoryHead/buyerIdNumber", shown(declared.buyer_id_number),
        "a valid 18-digit identity number",
    )


@rule(
    "LIST-04", code="H5104", subject="list", confidence="A", authority=f"{SPEC} packNo",
    zh="清单件数限定为1", advice=MEND,
)
def list_is_one_piece(declared: Declaration, _law: Law) -> Mismatch | None:
    """A retail import list must be of one piece."""
    if declared.pack_count == 1:
        return None
    return Mismatch("InventoryHead/packNo", str(declared.pack_count), "1")


@rule(
    "LIST-05", code="-621027", subject="list", confidence="A", authority=f"{SPEC} gnum",
    zh="清单商品序号应从1开始连续且不重复", advice=MEND,
)
def line_numbers_run_from_one(declared: Declaration, _law: Law) -> Mismatch | None:
    """Line numbers must run from 1 without gaps or repeats."""
    numbers = [line.line_no for line in declared.lines]
    if numbers == list(range(1, len(numbers) + 1)):
        return None
    return Mismatch(
        "InventoryList/gnum", ", ".join(map(str, numbers)), f"1 to {len(numbers)} in order",
    )


@rule(
    "LIST-06", code="H5106", subject="list", confidence="B", authority=f"{SPEC} totalPrice",
    zh="清单商品总价应等于单价乘以数量", advice=MEND,
)
def list_line_is_quantity_times_price(declared: Declaration, _law: Law) -> list[Mismatch]:
    """The total of a list's line must equal its quantity times its price."""
    return [
        Mismatch(
            f"InventoryList[{line.line_no}]/totalPrice", yuan_text(line.total_price),
            yuan_text(line.quantity * line.price),
        )
        for line in declared.lines
        if line.total_price != line.quantity * line.price
        and to_fen(line.total_price) != to_fen(line.quantity * line.price)
    ]


@rule(
    "LIST-07", code="H5107", subject="list", confidence="M", authority=f"{SPEC} netWeight",
    zh="净重应大于零且不大于毛重", advice=MEND,
)
def net_weight_is_within_gross(declared: Declaration, _law: Law) -> Mismatch | None:
    """The net weight must be above zero and must not exceed the gross weight."""
    if ZERO < declared.net_weight <= declared.gross_weight:
        return None
    return Mismatch(
        "InventoryHead/netWeight", f"{plain_text(declared.net_weight)} kg",
        f"above 0 and at most {plain_text(declared.gross_weight)} kg",
    )


@rule(
    "LIST-08", code="H5108", subject="list", confidence="A", authority=f"{SPEC} emsNo areaCode",
    zh="网购保税模式须填报账册编号、备案料号、区内企业，起运国为142", advice=MEND,
)
def bonded_list_names_book_and_zone(declared: Declaration, _law: Law) -> Iterator[Mismatch]:
    """A bonded list must name account book, record items and zone enterprise, and depart from 142."""
    if declared.trade_mode not in BONDED:
        return
    for wire, value in (
        ("emsNo", declared.account_book_no), ("areaCode", declared.zone_code),
        ("areaName", declared.zone_name),
    ):
        if not value:
            yield Mismatch(f"InventoryHead/{wire}", "empty", f"a value in mode {declared.trade_mode}")
    if declared.country != "142":
        yield Mismatch("InventoryHead/country", declared.country, "142")
    for line in declared.lines:
        if not line.record_item_no:
            yield Mismatch(
                f"InventoryList[{line.line_no}]/itemRecordNo", "empty",
                f"a value in mode {declared.trade_mode}",
            )


@rule(
    "LIST-09", code="H5109", subject="list", confidence="A",
    authority=f"{SPEC} trafNo voyageNo billNo",
    zh="网购保税模式免填运输工具编号、航班航次号、提运单号", advice=MEND,
)
def bonded_list_names_no_transport(declared: Declaration, _law: Law) -> Iterator[Mismatch]:
    """A bonded list must not name means of transport, voyage or bill of lading."""
    if declared.trade_mode not in BONDED:
        return
    for wire, value in _transport(declared):
        if value:
            yield Mismatch(f"InventoryHead/{wire}", value, f"empty in mode {declared.trade_mode}")


@rule(
    "LIST-10", code="H5110", subject="list", confidence="A",
    authority=f"{SPEC} trafNo voyageNo billNo",
    zh="直购进口模式须填报运输工具编号、航班航次号、提运单号", advice=MEND,
)
def direct_list_names_transport(declared: Declaration, _law: Law) -> Iterator[Mismatch]:
    """A direct-purchase list must name means of transport, voyage and bill of lading."""
    if declared.trade_mode not in DIRECT:
        return
    for wire, value in _transport(declared):
        if not value:
            yield Mismatch(f"InventoryHead/{wire}", "empty", f"a value in mode {declared.trade_mode}")


def _transport(declared: Declaration) -> tuple[tuple[str, str | None], ...]:
    return (
        ("trafNo", declared.transport_no), ("voyageNo", declared.voyage_no),
        ("billNo", declared.bill_no),
    )


@rule(
    "LIST-11", code="H5111", subject="list", confidence="A", authority=f"{SPEC} tradeMode",
    zh="零售进口贸易方式应为9610、1210或1239", advice=MEND,
)
def trade_mode_is_retail_import(declared: Declaration, _law: Law) -> Mismatch | None:
    """The trade mode of a retail import must be 9610, 1210 or 1239."""
    if declared.trade_mode in DIRECT + BONDED:
        return None
    return Mismatch("InventoryHead/tradeMode", declared.trade_mode, "9610, 1210 or 1239")


@rule(
    "LIST-12", code="H5112", subject="list", confidence="A", authority=f"{SPEC} ieFlag",
    zh="进口清单的进出口标记应为 I", advice=MEND,
)
def list_is_an_import(declared: Declaration, _law: Law) -> Mismatch | None:
    """The import/export flag of an import list must be I."""
    return None if declared.ie_flag == "I" else Mismatch("InventoryHead/ieFlag", declared.ie_flag, "I")


@rule(
    "LIST-13", code="-625009", subject="list", confidence="A",
    authority=f"{SPEC} 附表7-2 第二数量",
    zh="第二计量单位为空时第二数量应为空，不为空时第二数量应大于零", advice=MEND,
)
def second_quantity_goes_with_its_unit(declared: Declaration, _law: Law) -> Iterator[Mismatch]:
    """Second quantity and second unit come together, and the quantity must be above zero."""
    for line in declared.lines:
        unit, quantity = line.second_unit, line.second_quantity
        if (not unit and quantity is not None) or (unit and (quantity is None or quantity <= 0)):
            yield Mismatch(
                f"InventoryList[{line.line_no}]/qty2", f"{quantity} {unit or 'without unit'}",
                "a quantity above 0 with its unit, or neither",
            )


@rule(
    "LIST-14", code="H5114", subject="list", confidence="M", authority=SPEC,
    zh="清单金额不得为负，数量应大于零", advice=MEND,
)
def list_amounts_are_not_negative(declared: Declaration, _law: Law) -> Iterator[Mismatch]:
    """Amounts of a list must not be negative, and quantities must be above zero."""
    for wire, amount in (("freight", declared.freight), ("insuredFee", declared.insurance)):
        if amount < 0:
            yield Mismatch(f"InventoryHead/{wire}", yuan_text(amount), "0 or more")
    for line in declared.lines:
        if line.quantity <= 0 or line.statutory_quantity <= 0 or line.price < 0:
            yield Mismatch(
                f"InventoryList[{line.line_no}]",
                f"{line.quantity} ({line.statutory_quantity}) x {line.price}",
                "quantities above 0 and a price of 0 or more",
            )


@rule(
    "LIST-15", code="H5115", subject="case", confidence="B", authority="海关业务代码集 JGS-20",
    zh="代码不在海关参数表内", advice=MEND,
)
def codes_are_in_the_customs_tables(case: Case, _law: Law) -> Iterator[Mismatch]:
    """Countries, units and transport modes must stand in the customs' code tables."""
    declared, lists = case.list, case.code_lists
    if declared.transport_mode not in lists["transport_modes"]:
        yield Mismatch("InventoryHead/trafMode", declared.transport_mode, "a transport mode code")
    if declared.country not in lists["countries"]:
        yield Mismatch("InventoryHead/country", declared.country, "a country code")
    for line in declared.lines:
        at = f"InventoryList[{line.line_no}]"
        if line.country not in lists["countries"]:
            yield Mismatch(f"{at}/country", line.country, "a country code")
        if line.unit not in lists["units"]:
            yield Mismatch(f"{at}/unit", line.unit, "a unit code")


@rule(
    "LIST-16", code="H5116", subject="case", confidence="M", authority="日期的先后顺序",
    zh="日期先后有误：支付、申报均不得晚于其后的环节", advice=MEND,
)
def dates_are_in_order(case: Case, _law: Law) -> Iterator[Mismatch]:
    """Payment comes before the declaration, and nothing is dated after it arrived."""
    declared, today = case.list, beijing_day(case.now)
    if declared.declared_on > today:
        yield Mismatch("InventoryHead/declTime", f"{declared.declared_on:%Y%m%d}", f"at most {today:%Y%m%d}")
    if declared.ie_date and (read_day(declared.ie_date) or today) > today:
        yield Mismatch("InventoryHead/ieDate", declared.ie_date, f"at most {today:%Y%m%d}")
    if case.payment is None:
        return
    paid = read_moment(case.payment.pay_time)
    if paid is None:
        yield Mismatch("PaymentHead/payTime", case.payment.pay_time, "YYYYMMDDhhmmss")
    elif beijing_day(paid) > declared.declared_on:
        yield Mismatch(
            "PaymentHead/payTime", case.payment.pay_time,
            f"not after the declaration of {declared.declared_on:%Y%m%d}",
        )


@rule(
    "ENTERPRISE-01", code="22001", subject="case", confidence="B",
    authority="海关总署公告2018年第194号 第三条", zh="企业未备案", advice=REGISTER,
)
def enterprises_are_registered_in_their_role(case: Case, _law: Law) -> Iterator[Mismatch]:
    """Every enterprise of a purchase must be registered with the customs in its role."""
    for wire, code, role in _parties(case):
        entry = case.enterprise(code)
        if entry is None or not entry.active:
            yield Mismatch(wire, code, f"a registered {role} enterprise")
        elif role not in entry.roles:
            yield Mismatch(wire, f"{code} as {', '.join(sorted(entry.roles))}", f"role {role}")


def _parties(case: Case) -> Iterator[tuple[str, str, str]]:
    declared = case.list
    yield "InventoryHead/ebpCode", declared.platform_code, "platform"
    yield "InventoryHead/ebcCode", declared.ebc_code, "ebc"
    yield "InventoryHead/logisticsCode", declared.logistics_code, "logistics"
    yield "InventoryHead/agentCode", declared.declarant_code, "declarant"
    yield "InventoryHead/assureCode", declared.guarantor_code, "guarantor"
    if declared.trade_mode in BONDED and declared.zone_code:
        yield "InventoryHead/areaCode", declared.zone_code, "zone"
    if case.payment is not None:
        yield "PaymentHead/payCode", case.payment.payment_code, "payment"


RULES = (
    list_is_in_yuan, list_buyer_is_known_by_identity_card, list_identity_number_is_valid,
    list_is_one_piece, line_numbers_run_from_one, list_line_is_quantity_times_price,
    net_weight_is_within_gross, bonded_list_names_book_and_zone, bonded_list_names_no_transport,
    direct_list_names_transport, trade_mode_is_retail_import, list_is_an_import,
    second_quantity_goes_with_its_unit, list_amounts_are_not_negative,
    codes_are_in_the_customs_tables, dates_are_in_order, enterprises_are_registered_in_their_role,
)
