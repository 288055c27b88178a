"""Orders and payments as plain values; each is also its table's row."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from hoppo.values.personal import Personal


class OrderLine(NamedTuple):
    """One line of goods of an order; prices in yuan."""

    line_no: int
    item_no: str | None
    item_name: str
    unit: str
    quantity: Decimal
    price: Decimal
    total_price: Decimal
    currency: str
    country: str


class Order(NamedTuple):
    """What a platform says was bought, by whom, for how much."""

    platform_code: str
    order_no: str
    app_type: str
    app_time: datetime
    app_status: str
    digest: bytes
    message_id: int
    received_at: datetime
    sender: str
    deleted: bool
    order_type: str
    platform_name: str
    ebc_code: str
    goods_value: Decimal
    freight: Decimal
    discount: Decimal
    tax_withheld: Decimal
    actual_paid: Decimal
    currency: str
    buyer_id_type: str
    buyer_id_valid: bool
    buyer_id_number: Personal
    buyer_name: Personal
    buyer_telephone: Personal
    payment_code: str | None
    transaction_no: str | None
    consignee: Personal
    consignee_telephone: Personal
    consignee_address: Personal
    lines: tuple[OrderLine, ...]
    personal: bytes
    key_day: date


class Payment(NamedTuple):
    """What a payment company says was paid, by whom, for which order."""

    payment_code: str
    transaction_no: str
    platform_code: str
    order_no: str
    app_type: str
    app_time: datetime
    app_status: str
    digest: bytes
    message_id: int
    received_at: datetime
    sender: str
    deleted: bool
    platform_name: str
    payer_id_type: str
    payer_id_valid: bool
    payer_id_number: Personal
    payer_name: Personal
    amount_paid: Decimal
    currency: str
    pay_time: str
    personal: bytes
    key_day: date
