"""The declaration list, its verdict and the applications about it, as plain values and rows."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from hoppo.commerce.values import Order, Payment
from hoppo.goods.values import Waybill
from hoppo.values.personal import Personal


class DeclarationLine(NamedTuple):
    """One line of goods of a declaration list; prices in yuan."""

    line_no: int
    record_item_no: str | None
    item_no: str | None
    item_name: str | None
    commodity_code: str
    commodity_name: str
    country: str
    currency: str
    quantity: Decimal
    unit: str
    statutory_quantity: Decimal
    statutory_unit: str
    second_quantity: Decimal | None
    second_unit: str | None
    price: Decimal
    total_price: Decimal


class Declaration(NamedTuple):
    """What a declarant declares: the list of one parcel."""

    declarant_code: str
    cop_no: str
    platform_code: str
    order_no: str
    logistics_code: str
    waybill_no: str
    app_type: str
    app_time: datetime
    app_status: str
    digest: bytes
    message_id: int
    received_at: datetime
    sender: str
    deleted: bool
    guid: str
    ebc_code: str
    guarantor_code: str
    account_book_no: str | None
    ie_flag: str
    declared_on: date
    customs_code: str
    port_code: str
    ie_date: str | None
    buyer_id_type: str
    buyer_id_valid: bool
    buyer_id_number: Personal
    buyer_name: Personal
    buyer_telephone: Personal
    consignee_address: Personal
    zone_code: str | None
    zone_name: str | None
    trade_mode: str
    transport_mode: str
    transport_no: str | None
    voyage_no: str | None
    bill_no: str | None
    country: str
    freight: Decimal
    insurance: Decimal
    currency: str
    pack_count: int
    gross_weight: Decimal
    net_weight: Decimal
    lines: tuple[DeclarationLine, ...]
    personal: bytes
    key_day: date


class Verdict(NamedTuple):
    """Where a declaration list stands and why.

    `status` is the customs' receipt status as text: 1 staged, 2 waiting, 300 review, 500
    inspection, 100 refused, 800 released, 899 closed by cancellation or full return.
    `findings` holds [rule, path, found, expected]; `trail` holds [time, status, text].
    """

    declarant_code: str
    cop_no: str
    platform_code: str
    order_no: str
    ebc_code: str
    logistics_code: str
    waybill_no: str
    trade_mode: str
    customs_code: str
    pre_no: str
    list_no: str | None
    status: str
    waiting_for: tuple[str, ...]
    due_at: datetime
    findings: tuple[Any, ...]
    tax: dict[str, Any] | None
    person: str
    year: int
    counted: Decimal
    guarantor_code: str
    guaranteed: Decimal
    facts: dict[str, Any]
    judged_at: datetime | None
    released_at: datetime | None
    trail: tuple[Any, ...]
    received_at: datetime


class Application(NamedTuple):
    """A cancellation (623) or a return (625) of a released list."""

    kind: str
    declarant_code: str
    cop_no: str
    list_no: str
    app_time: datetime
    app_status: str
    digest: bytes
    message_id: int
    received_at: datetime
    sender: str
    order_no: str
    platform_code: str
    pre_no: str
    reason: str
    status: str
    lines: tuple[Any, ...]
    goods_back_at: datetime | None
    findings: tuple[Any, ...]


class Reference(NamedTuple):
    """A name that leads to an order; see `references`."""

    name: str
    order_no: str
    received_at: datetime


class Case(NamedTuple):
    """A list with the documents of its purchase and what the registers say on its day.

    `enterprise(code)` gives the register's entry or None; `commodities` holds the tariff's row of
    each line, None where the tariff has none; `used` is what the person has had counted this year.
    """

    list: Declaration
    order: Order | None
    payment: Payment | None
    waybill: Waybill | None
    commodities: tuple[Any, ...]
    known_codes: frozenset[str]
    enterprise: Callable[[str], Any]
    waiting_over: bool
    order_taken_by: str | None
    waybill_taken_by: str | None
    assessment: Any
    used: Decimal
    guarantee_left: Decimal | None
    lists_today: int
    now: datetime
    code_lists: Mapping[str, Any]
