"""The three-document match: order, payment and waybill against each other and the list."""

from collections.abc import Iterator

from hoppo.customs.values import Case
from hoppo.rulebook.law import Law
from hoppo.rulebook.rule import Mismatch, rule
from hoppo.values.money import yuan_text
from hoppo.values.personal import shown_apart

LAW = "海关总署公告2018年第194号"
SPEC = "海关跨境统一版系统企业对接报文规范（202205版）"
SEND = ("Have the party that made it send it, then declare again.", "请相关企业补报后重新申报。")
MEND = (
    "Compare the two documents and send the wrong one again as a change.",
    "请核对两份单证，并以变更方式重新报送有误的一份。",
)


@rule(
    "MATCH-01", code="49", subject="case", confidence="C", authority=f"{LAW} 第六条",
    zh="订单不存在", advice=SEND,
)
def order_exists(case: Case, _law: Law) -> Mismatch | None:
    """An order must have been sent for every declaration list."""
    if case.order is not None:
        return None
    declared = case.list
    return Mismatch("InventoryHead/orderNo", "no order", f"order {declared.order_no}"
                    f" of platform {declared.platform_code}")


@rule(
    "MATCH-02", code="46", subject="case", confidence="C", authority=f"{LAW} 第六条",
    zh="支付单不存在", advice=SEND,
)
def payment_exists(case: Case, _law: Law) -> Mismatch | None:
    """A payment must have been sent for every declaration list."""
    if case.payment is not None:
        return None
    return Mismatch(
        "InventoryHead/orderNo", "no payment", f"a payment for order {case.list.order_no}",
    )


@rule(
    "MATCH-03", code="45", subject="case", confidence="C", authority=f"{LAW} 第六条",
    zh="运单不存在", advice=SEND,
)
def waybill_exists(case: Case, _law: Law) -> Mismatch | None:
    """A waybill must have been sent for every declaration list."""
    if case.waybill is not None:
        return None
    declared = case.list
    return Mismatch(
        "InventoryHead/logisticsNo", "no waybill",
        f"waybill {declared.waybill_no} of {declared.logistics_code}",
    )


@rule(
    "MATCH-04", code="1327", also="47", subject="case", confidence="A",
    authority=f"{LAW} 第九条", zh="订单购买人与支付单支付人名字或身份证号码不一致", advice=MEND,
)
def payer_is_the_buyer(case: Case, _law: Law) -> Iterator[Mismatch]:
    """The payer must be the buyer, by name and by identity number."""
    order, payment = case.order, case.payment
    if order is None or payment is None:
        return
    if payment.payer_name != order.buyer_name:
        yield Mismatch("PaymentHead/payerName", *shown_apart(payment.payer_name, order.buyer_name))
    if payment.payer_id_number != order.buyer_id_number:
        yield Mismatch(
            "PaymentHead/payerIdNumber", *shown_apart(payment.payer_id_number, order.buyer_id_number),
        )


@rule(
    "MATCH-05", code="1332", subject="case", confidence="B", authority=f"{SPEC} acturalPaid",
    zh="支付单支付金额与订单支付金额不一致", advice=MEND,
)
def amount_paid_is_the_orders(case: Case, _law: Law) -> Mismatch | None:
    """The amount of the payment must equal the amount paid of the order, to the fen."""
    order, payment = case.order, case.payment
    if order is None or payment is None or payment.amount_paid == order.actual_paid:
        return None
    return Mismatch(
        "PaymentHead/amountPaid", yuan_text(payment.amount_paid), yuan_text(order.actual_paid),
    )


@rule(
    "MATCH-06", code="13035", subject="case", confidence="C", authority=f"{SPEC} payCode",
    zh="支付企业不一致", advice=MEND,
)
def payment_company_is_the_orders(case: Case, _law: Law) -> Mismatch | None:
    """The payment company must be the one the order names."""
    order, payment = case.order, case.payment
    if order is None or payment is None or not order.payment_code:
        return None
    if payment.payment_code == order.payment_code:
        return None
    return Mismatch("PaymentHead/payCode", payment.payment_code, order.payment_code)


@rule(
    "MATCH-07", code="H4107", subject="case", confidence="C", authority=f"{SPEC} ebpCode",
    zh="支付单电商平台与订单中的电商平台不一致", advice=MEND,
)
def payment_platform_is_the_orders(case: Case, _law: Law) -> Iterator[Mismatch]:
    """The platform of the payment must be the order's."""
    order, payment = case.order, case.payment
    if order is None or payment is None:
        return
    if payment.platform_code != order.platform_code:
        yield Mismatch("PaymentHead/ebpCode", payment.platform_code, order.platform_code)
    elif payment.platform_name != order.platform_name:
        yield Mismatch("PaymentHead/ebpName", payment.platform_name, order.platform_name)


@rule(
    "MATCH-08", code="H4108", subject="case", confidence="C",
    authority=f"{SPEC} payTransactionId", zh="支付交易编号与订单不一致", advice=MEND,
)
def transaction_is_the_orders(case: Case, _law: Law) -> Mismatch | None:
    """The transaction number of the payment must be the one the order names."""
    order, payment = case.order, case.payment
    if order is None or payment is None or not order.transaction_no:
        return None
    if payment.transaction_no == order.transaction_no:
        return None
    return Mismatch("PaymentHead/payTransactionId", payment.transaction_no, order.transaction_no)


@rule(
    "MATCH-09", code="H4109", subject="case", confidence="C", authority=f"{SPEC} orderNo",
    zh="支付单订单编号与订单不一致", advice=MEND,
)
def payment_names_the_order(case: Case, _law: Law) -> Mismatch | None:
    """The payment must name the order's number."""
    payment = case.payment
    if payment is None or payment.order_no == case.list.order_no:
        return None
    return Mismatch("PaymentHead/orderNo", payment.order_no, case.list.order_no)


@rule(
    "MATCH-10", code="H4110", subject="case", confidence="C", authority=f"{SPEC} consignee",
    zh="运单收货人姓名与订单不一致", advice=MEND,
)
def waybill_consignee_is_the_orders(case: Case, _law: Law) -> Mismatch | None:
    """The consignee of the waybill must be the order's."""
    order, waybill = case.order, case.waybill
    if order is None or waybill is None or waybill.consignee == order.consignee:
        return None
    return Mismatch("LogisticsHead/consignee", *shown_apart(waybill.consignee, order.consignee))


@rule(
    "MATCH-11", code="H4111", subject="case", confidence="C",
    authority=f"{SPEC} consigneeTelephone", zh="运单收货人电话与订单不一致", advice=MEND,
)
def waybill_telephone_is_the_orders(case: Case, _law: Law) -> Mismatch | None:
    """The consignee's telephone on the waybill must be the order's."""
    order, waybill = case.order, case.waybill
    if order is None or waybill is None:
        return None
    if waybill.consignee_telephone == order.consignee_telephone:
        return None
    return Mismatch(
        "LogisticsHead/consigneeTelephone", *shown_apart(waybill.consignee_telephone, order.consignee_telephone),
    )


@rule(
    "MATCH-12", code="H4112", subject="case", confidence="C",
    authority=f"{SPEC} consigneeAddress", zh="运单收货地址与订单不一致", advice=MEND,
)
def waybill_address_is_the_orders(case: Case, _law: Law) -> Mismatch | None:
    """The delivery address of the waybill must be the order's."""
    order, waybill = case.order, case.waybill
    if order is None or waybill is None:
        return None
    if waybill.consignee_address == order.consignee_address:
        return None
    return Mismatch(
        "LogisticsHead/consigneeAddress", *shown_apart(waybill.consignee_address, order.consignee_address),
    )


@rule(
    "MATCH-13", code="H4113", subject="case", confidence="C", authority=f"{SPEC} orderNo",
    zh="运单订单编号与清单不一致", advice=MEND,
)
def waybill_names_the_order(case: Case, _law: Law) -> Mismatch | None:
    """The waybill must name the order's number."""
    waybill = case.waybill
    if waybill is None or waybill.order_no == case.list.order_no:
        return None
    return Mismatch("LogisticsHead/orderNo", waybill.order_no, case.list.order_no)


@rule(
    "MATCH-14", code="H4114", subject="case", confidence="C", authority=f"{SPEC} logisticsNo",
    zh="清单物流运单编号或物流企业与运单不一致", advice=MEND,
)
def list_names_the_waybill(case: Case, _law: Law) -> Iterator[Mismatch]:
    """The list must name the waybill's number and carrier."""
    declared, waybill = case.list, case.waybill
    if waybill is None:
        return
    if waybill.waybill_no != declared.waybill_no:
        yield Mismatch("InventoryHead/logisticsNo", declared.waybill_no, waybill.waybill_no)
    if waybill.logistics_code != declared.logistics_code:
        yield Mismatch(
            "InventoryHead/logisticsCode", declared.logistics_code, waybill.logistics_code,
        )


@rule(
    "MATCH-15", code="13127", subject="case", confidence="B", authority=f"{SPEC} buyerName",
    zh="清单上的订购人姓名与订单上的订购人姓名不一致", advice=MEND,
)
def list_buyer_is_the_orders(case: Case, _law: Law) -> Mismatch | None:
    """The buyer's name on the list must be the order's."""
    if case.order is None or case.list.buyer_name == case.order.buyer_name:
        return None
    return Mismatch(
        "InventoryHead/buyerName", *shown_apart(case.list.buyer_name, case.order.buyer_name),
    )


@rule(
    "MATCH-16", code="130126", subject="case", confidence="B",
    authority=f"{SPEC} buyerTelephone", zh="清单上的订购人电话号码与订单上的订购人电话号码不一致", advice=MEND,
)
def list_telephone_is_the_orders(case: Case, _law: Law) -> Mismatch | None:
    """The buyer's telephone on the list must be the order's."""
    if case.order is None or case.list.buyer_telephone == case.order.buyer_telephone:
        return None
    return Mismatch(
        "InventoryHead/buyerTelephone", *shown_apart(case.list.buyer_telephone, case.order.buyer_telephone),
    )


@rule(
    "MATCH-17", code="H4117", subject="case", confidence="B", authority=f"{SPEC} buyerIdNumber",
    zh="清单上的订购人证件号码与订单上的订购人证件号码不一致", advice=MEND,
)
def list_identity_number_is_the_orders(case: Case, _law: Law) -> Mismatch | None:
    """The buyer's identity number on the list must be the order's."""
    if case.order is None or case.list.buyer_id_number == case.order.buyer_id_number:
        return None
    return Mismatch(
        "InventoryHead/buyerIdNumber", *shown_apart(case.list.buyer_id_number, case.order.buyer_id_number),
    )


@rule(
    "MATCH-18", code="1320", subject="case", confidence="B", authority=f"{SPEC} gnum",
    zh="清单表体商品项与订单表体商品项的项数不一致", advice=MEND,
)
def list_has_the_orders_lines(case: Case, _law: Law) -> Mismatch | None:
    """The list must have as many lines of goods as the order."""
    if case.order is None or len(case.list.lines) == len(case.order.lines):
        return None
    return Mismatch("InventoryList", f"{len(case.list.lines)} lines", f"{len(case.order.lines)} lines")


def _line_differences(case: Case, fields: tuple[tuple[str, str, str], ...]) -> list[Mismatch]:
    """Compare lines one to one by line number; fields are (wire name, list's, order's)."""
    order, declared = case.order, case.list
    if order is None or len(order.lines) != len(declared.lines):
        return []
    ours_first = sorted(declared.lines, key=lambda line: line.line_no)
    theirs_first = sorted(order.lines, key=lambda line: line.line_no)
    wrong = []
    for line, partner in zip(ours_first, theirs_first, strict=True):
        for wire, ours, theirs in fields:
            found, expected = getattr(line, ours), getattr(partner, theirs)
            if found != expected:
                path = f"InventoryList[{line.line_no}]/{wire}"
                wrong.append(Mismatch(path, str(found), str(expected)))
    return wrong


@rule(
    "MATCH-19", code="1322", subject="case", confidence="B", authority=f"{SPEC} gname",
    zh="订单清单表体商品项不一致（商品名称）", advice=MEND,
)
def list_goods_are_the_orders(case: Case, _law: Law) -> list[Mismatch]:
    """The goods of each line of the list must be those of the order's line."""
    return _line_differences(case, (("gname", "commodity_name", "item_name"),))


@rule(
    "MATCH-20", code="1322", subject="case", confidence="B", authority=f"{SPEC} qty",
    zh="订单清单表体商品项不一致（数量或计量单位）", advice=MEND,
)
def list_quantities_are_the_orders(case: Case, _law: Law) -> list[Mismatch]:
    """Quantity and unit of each line of the list must be those of the order's line."""
    return _line_differences(case, (("qty", "quantity", "quantity"), ("unit", "unit", "unit")))


@rule(
    "MATCH-21", code="1322", subject="case", confidence="B", authority=f"{SPEC} price",
    zh="订单清单表体商品项不一致（价格）", advice=MEND,
)
def list_prices_are_the_orders(case: Case, _law: Law) -> list[Mismatch]:
    """Price and total of each line of the list must be those of the order's line."""
    return _line_differences(
        case, (("price", "price", "price"), ("totalPrice", "total_price", "total_price")),
    )


@rule(
    "MATCH-22", code="H4122", subject="case", confidence="C", authority=f"{SPEC} freight",
    zh="清单运费保费与订单运杂费不一致", advice=MEND,
)
def list_freight_is_the_orders(case: Case, _law: Law) -> Mismatch | None:
    """The freight of the list, with or without insurance, must be the order's freight."""
    if case.order is None:
        return None
    charged, freight, insurance = case.order.freight, case.list.freight, case.list.insurance
    if charged in (freight, freight + insurance):
        return None
    return Mismatch("InventoryHead/freight", yuan_text(freight), yuan_text(charged))


@rule(
    "MATCH-23", code="H4123", subject="case", confidence="C", authority=f"{SPEC} ebcCode",
    zh="清单电商企业与订单电商企业不一致", advice=MEND,
)
def list_enterprise_is_the_orders(case: Case, _law: Law) -> Mismatch | None:
    """The e-commerce enterprise of the list must be the order's."""
    if case.order is None or case.list.ebc_code == case.order.ebc_code:
        return None
    return Mismatch("InventoryHead/ebcCode", case.list.ebc_code, case.order.ebc_code)


@rule(
    "MATCH-24", code="H4124", subject="case", confidence="M",
    authority=f"{SPEC} consigneeAddress", zh="清单收件地址与订单收货地址不一致", advice=MEND,
)
def list_address_is_the_orders(case: Case, _law: Law) -> Mismatch | None:
    """The delivery address of the list must be the order's."""
    if case.order is None or case.list.consignee_address == case.order.consignee_address:
        return None
    return Mismatch(
        "InventoryHead/consigneeAddress", *shown_apart(case.list.consignee_address, case.order.consignee_address),
    )


@rule(
    "MATCH-25", code="H4125", subject="case", confidence="C", authority=f"{SPEC} orderNo",
    zh="清单中业务主键重复：该订单已有清单申报",
    advice=("Cancel the other list first, or correct the order number.", "请先撤销原清单，或更正订单编号。"),
)
def order_is_declared_once(case: Case, _law: Law) -> Mismatch | None:
    """An order may be declared in one list only."""
    if case.order_taken_by is None:
        return None
    return Mismatch("InventoryHead/orderNo", f"declared in list {case.order_taken_by}", "one list")


@rule(
    "MATCH-26", code="H4126", subject="case", confidence="C", authority=f"{SPEC} logisticsNo",
    zh="同一物流企业的运单编号六个月内不得重复",
    advice=("Give the parcel a waybill number of its own.", "请使用未被占用的运单编号。"),
)
def waybill_number_is_fresh(case: Case, _law: Law) -> Mismatch | None:
    """A carrier's waybill number must not be used again within six months."""
    if case.waybill_taken_by is None:
        return None
    return Mismatch(
        "InventoryHead/logisticsNo", f"used by list {case.waybill_taken_by}",
        "a number not used in six months",
    )


RULES = (
    order_exists, payment_exists, waybill_exists, payer_is_the_buyer, amount_paid_is_the_orders,
    payment_company_is_the_orders, payment_platform_is_the_orders, transaction_is_the_orders,
    payment_names_the_order, waybill_consignee_is_the_orders, waybill_telephone_is_the_orders,
    waybill_address_is_the_orders, waybill_names_the_order, list_names_the_waybill,
    list_buyer_is_the_orders, list_telephone_is_the_orders, list_identity_number_is_the_orders,
    list_has_the_orders_lines, list_goods_are_the_orders, list_quantities_are_the_orders,
    list_prices_are_the_orders, list_freight_is_the_orders, list_enterprise_is_the_orders,
    list_address_is_the_orders, order_is_declared_once, waybill_number_is_fresh,
)
