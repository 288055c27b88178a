"""What an order and a payment must hold by themselves."""

from collections.abc import Iterator
from decimal import Decimal

from hoppo.commerce.values import Order, Payment
from hoppo.rulebook.law import Law
from hoppo.rulebook.rule import Mismatch, rule
from hoppo.values.money import ZERO, to_fen, yuan_text
from hoppo.values.personal import shown

SPEC = "海关跨境统一版系统企业对接报文规范（202205版）"
YUAN = "142"
IDENTITY_CARD = "1"
MEND_ORDER = ("Send the order again as a change with the right value.", "请以变更方式重新报送订单。")
MEND_PAYMENT = (
    "Send the payment again as a change with the right value.", "请以变更方式重新报送支付单。",
)


@rule(
    "ORDER-01", code="H1101", subject="order", confidence="B", authority=f"{SPEC} acturalPaid",
    zh="实际支付金额应等于商品价格加运杂费加代扣税款减非现金抵扣金额", advice=MEND_ORDER,
)
def paid_is_goods_freight_tax_less_discount(order: Order, _law: Law) -> Mismatch | None:
    """The amount paid must equal goods value + freight + tax withheld - discount."""
    owed = order.goods_value + order.freight + order.tax_withheld - order.discount
    if order.actual_paid == owed:
        return None
    return Mismatch("OrderHead/acturalPaid", yuan_text(order.actual_paid), yuan_text(owed))


@rule(
    "ORDER-02", code="H1102", subject="order", confidence="B", authority=f"{SPEC} totalPrice",
    zh="订单商品总价应等于单价乘以数量", advice=MEND_ORDER,
)
def order_line_is_quantity_times_price(order: Order, _law: Law) -> list[Mismatch]:
    """The total of an order line must equal its quantity times its price."""
    return [
        Mismatch(
            f"OrderList[{line.line_no}]/totalPrice", yuan_text(line.total_price),
            yuan_text(line.quantity * line.price),
        )
        for line in order.lines
        if line.total_price != line.quantity * line.price
        and to_fen(line.total_price) != to_fen(line.quantity * line.price)
    ]


@rule(
    "ORDER-03", code="H1103", subject="order", confidence="M", authority=f"{SPEC} goodsValue",
    zh="订单商品价格应等于各商品总价之和", advice=MEND_ORDER,
)
def order_lines_sum_to_goods_value(order: Order, _law: Law) -> Mismatch | None:
    """The totals of the order's lines must sum to the goods value."""
    total = sum((line.total_price for line in order.lines), ZERO)
    if to_fen(total) == to_fen(order.goods_value):
        return None
    return Mismatch("OrderHead/goodsValue", yuan_text(order.goods_value), yuan_text(total))


@rule(
    "ORDER-04", code="H1104", subject="order", confidence="A", authority=f"{SPEC} currency",
    zh="订单币制限定为人民币（142）", advice=MEND_ORDER,
)
def order_is_in_yuan(order: Order, _law: Law) -> list[Mismatch]:
    """The currency of an import order must be the yuan (142)."""
    wrong = [
        Mismatch(f"OrderList[{line.line_no}]/currency", line.currency, YUAN)
        for line in order.lines
        if line.currency != YUAN
    ]
    if order.currency != YUAN:
        wrong.insert(0, Mismatch("OrderHead/currency", order.currency, YUAN))
    return wrong


@rule(
    "ORDER-05", code="H1105", subject="order", confidence="C", authority=f"{SPEC} buyerIdType",
    zh="订购人证件类型限定为身份证（1）", advice=MEND_ORDER,
)
def buyer_is_known_by_identity_card(order: Order, _law: Law) -> Mismatch | None:
    """The buyer's identity document must be the identity card (1)."""
    if order.buyer_id_type == IDENTITY_CARD:
        return None
    return Mismatch("OrderHead/buyerIdType", order.buyer_id_type, IDENTITY_CARD)


@rule(
    "ORDER-06", code="H1106", subject="order", confidence="B", authority="GB 11643-1999",
    zh="订购人身份证号码有误", advice=MEND_ORDER,
)
def buyer_identity_number_is_valid(order: Order, _law: Law) -> Mismatch | None:
    """The buyer's identity number must have a real date and a right check digit."""
    if order.buyer_id_valid:
        return None
    return Mismatch(
        "OrderHead/buyerIdNumber", shown(order.buyer_id_number), "a valid 18-digit identity number",
    )


@rule(
    "ORDER-07", code="H1107", subject="order", confidence="A", authority=f"{SPEC} orderType",
    zh="进口订单的订单类型应为 I", advice=MEND_ORDER,
)
def order_is_an_import_order(order: Order, _law: Law) -> Mismatch | None:
    """The type of an import order must be I."""
    return None if order.order_type == "I" else Mismatch("OrderHead/orderType", order.order_type, "I")


@rule(
    "ORDER-08", code="H1108", subject="order", confidence="M", authority=SPEC,
    zh="订单的金额与数量不得为负，数量应大于零", advice=MEND_ORDER,
)
def order_amounts_are_not_negative(order: Order, _law: Law) -> Iterator[Mismatch]:
    """Amounts of an order must not be negative, and quantities must be above zero."""
    for name, amount in (
        ("goodsValue", order.goods_value), ("freight", order.freight),
        ("discount", order.discount), ("taxTotal", order.tax_withheld),
        ("acturalPaid", order.actual_paid),
    ):
        if amount < 0:
            yield Mismatch(f"OrderHead/{name}", yuan_text(amount), "0 or more")
    for line in order.lines:
        if line.quantity <= 0 or line.price < 0:
            yield Mismatch(
                f"OrderList[{line.line_no}]", f"{line.quantity} x {line.price}",
                "a quantity above 0 and a price of 0 or more",
            )


@rule(
    "PAY-01", code="H2101", subject="payment", confidence="A", authority=f"{SPEC} currency",
    zh="支付币制限定为人民币（142）", advice=MEND_PAYMENT,
)
def payment_is_in_yuan(payment: Payment, _law: Law) -> Mismatch | None:
    """The currency of a payment must be the yuan (142)."""
    if payment.currency == YUAN:
        return None
    return Mismatch("PaymentHead/currency", payment.currency, YUAN)


@rule(
    "PAY-02", code="H2102", subject="payment", confidence="C", authority=f"{SPEC} payerIdType",
    zh="支付人证件类型限定为身份证（1）", advice=MEND_PAYMENT,
)
def payer_is_known_by_identity_card(payment: Payment, _law: Law) -> Mismatch | None:
    """The payer's identity document must be the identity card (1)."""
    if payment.payer_id_type == IDENTITY_CARD:
        return None
    return Mismatch("PaymentHead/payerIdType", payment.payer_id_type, IDENTITY_CARD)


@rule(
    "PAY-03", code="H2103", subject="payment", confidence="B", authority="GB 11643-1999",
    zh="支付人身份证号码有误", advice=MEND_PAYMENT,
)
def payer_identity_number_is_valid(payment: Payment, _law: Law) -> Mismatch | None:
    """The payer's identity number must have a real date and a right check digit."""
    if payment.payer_id_valid:
        return None
    return Mismatch(
        "PaymentHead/payerIdNumber", shown(payment.payer_id_number),
        "a valid 18-digit identity number",
    )


@rule(
    "PAY-04", code="H2104", subject="payment", confidence="M", authority=f"{SPEC} amountPaid",
    zh="支付金额不得为负", advice=MEND_PAYMENT,
)
def payment_is_not_negative(payment: Payment, _law: Law) -> Mismatch | None:
    """The amount of a payment must not be negative."""
    if payment.amount_paid >= Decimal(0):
        return None
    return Mismatch("PaymentHead/amountPaid", yuan_text(payment.amount_paid), "0 or more")


RULES = (
    paid_is_goods_freight_tax_less_discount,
    order_line_is_quantity_times_price,
    order_lines_sum_to_goods_value,
    order_is_in_yuan,
    buyer_is_known_by_identity_card,
    buyer_identity_number_is_valid,
    order_is_an_import_order,
    order_amounts_are_not_negative,
    payment_is_in_yuan,
    payer_is_known_by_identity_card,
    payer_identity_number_is_valid,
    payment_is_not_negative,
)
