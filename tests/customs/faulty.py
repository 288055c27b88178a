"""Single faults and the rules that each of them breaks; nothing else may be named.

A row is: document, line (or None), field, value, the rules' numbers, and where needed what the good
purchase is made with and what else belongs to the same fact. An empty set means released.
"""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

from tests.customs.office import (
    BONDED,
    CAPPED,
    EXPIRED,
    FUTURE,
    PLAIN,
    RISKY,
    UNLISTED,
    WINE,
    changed,
    identity,
    one,
)
from tests.purchase import Parts

D = Decimal
Change = tuple[str, int | None, str, Any]
GONE = "the whole document"


class Fault(NamedTuple):
    """One change of a good purchase and the numbers of the rules it breaks."""

    kind: str
    line: int | None
    field: str
    value: Any
    rules: str = ""
    base: Mapping[str, Any] = MappingProxyType({})
    also: tuple[Change, ...] = ()

    def parts(self, number: int) -> Parts:
        """The number-th purchase with this fault."""
        parts = one(number, **self.base)
        for kind, line, field, value in (*self.also, self[:4]):
            if field == GONE:
                del parts[kind]
            elif field == "lines":
                parts[kind][1].extend({**parts[kind][1][0], **more} for more in value)
            else:
                parts = changed(parts, kind, line, **{field: value})
        return parts

    @property
    def name(self) -> str:
        """The name of the test."""
        at = self.kind if self.line is None else f"{self.kind}[{self.line}]"
        return f"{at}.{self.field}={self.value} {dict(self.base) or ''}{'…' if self.also else ''}"


BAD_ID, OTHER = "110101199001011238", identity(899)
SECOND = [{"line_no": 2}]

ORDERS = (
    Fault("order", None, GONE, None, "MATCH-01"),
    Fault("order", None, "app_status", "1", "MATCH-01"),
    Fault("order", None, "goods_value", D(201), "ORDER-01 ORDER-03"),
    Fault("order", None, "freight", D(11), "ORDER-01 MATCH-22"),
    Fault("order", None, "freight", D("10.01"), "ORDER-01 MATCH-22"),
    Fault("order", None, "discount", D(1), "ORDER-01"),
    Fault("order", None, "tax_withheld", D("0.01"), "ORDER-01"),
    Fault("order", None, "actual_paid", D("209.99"), "ORDER-01 MATCH-05"),
    Fault("order", None, "discount", D(-1), "ORDER-01 ORDER-08"),
    Fault("order", None, "tax_withheld", D(-1), "ORDER-01 ORDER-08"),
    Fault("order", None, "order_type", "E", "ORDER-07"),
    Fault("order", None, "buyer_id_type", "2", "ORDER-05"),
    Fault("order", None, "buyer_id_number", BAD_ID, "ORDER-06 MATCH-04 MATCH-17"),
    Fault("order", None, "buyer_id_number", OTHER, "MATCH-04 MATCH-17"),
    Fault("order", None, "buyer_name", "另一人", "MATCH-04 MATCH-15"),
    Fault("order", None, "buyer_telephone", "13900000009", "MATCH-16"),
    Fault("order", None, "consignee", "他人", "MATCH-10"),
    Fault("order", None, "consignee_telephone", "13900000009", "MATCH-11"),
    Fault("order", None, "consignee_address", "广东省广州市他路二号", "MATCH-12 MATCH-24"),
    Fault("order", None, "payment_code", "440196Y002", "MATCH-06"),
    Fault("order", None, "transaction_no", "T-OF-ORDER", "MATCH-08"),
    Fault("order", None, "platform_name", "另一平台", "MATCH-07"),
    Fault("order", None, "ebc_code", "440196E002", "MATCH-23"),
    Fault("order", None, "payment_code", None),
    Fault("order", None, "transaction_no", None),
    Fault("order", 1, "quantity", D(3), "ORDER-02 MATCH-20"),
    Fault("order", 1, "price", D(101), "ORDER-02 MATCH-21"),
    Fault("order", 1, "total_price", D(201), "ORDER-02 ORDER-03 MATCH-21"),
    Fault("order", 1, "unit", "122", "MATCH-20"),
    Fault("order", 1, "item_name", "奶粉", "MATCH-19"),
    Fault("order", None, "lines", SECOND, "ORDER-03 MATCH-18"),
    Fault("order", 1, "quantity", D(0), "ORDER-02 ORDER-08 MATCH-20"),
    # Another number of the line must not hide that the goods are others.
    Fault("order", 1, "line_no", 2, "MATCH-19", also=(("order", 1, "item_name", "奶粉"),)),
)

PAYMENTS = (
    Fault("payment", None, GONE, None, "MATCH-02"),
    Fault("payment", None, "amount_paid", D("209.99"), "MATCH-05"),
    Fault("payment", None, "amount_paid", D("210.01"), "MATCH-05"),
    Fault("payment", None, "amount_paid", D(-210), "PAY-04 MATCH-05"),
    Fault("payment", None, "payer_name", "另一人", "MATCH-04"),
    Fault("payment", None, "payer_id_number", OTHER, "MATCH-04"),
    Fault("payment", None, "payer_id_number", BAD_ID, "PAY-03 MATCH-04"),
    Fault("payment", None, "payer_id_type", "2", "PAY-02"),
    Fault("payment", None, "payment_code", "440196Y002", "MATCH-06"),
    Fault("payment", None, "transaction_no", "T-OF-PAYMENT", "MATCH-08"),
    Fault("payment", None, "platform_code", "440196P002", "MATCH-07"),
    Fault("payment", None, "platform_name", "另一平台", "MATCH-07"),
    Fault("payment", None, "order_no", "ORDER-OF-PAYMENT", "MATCH-09"),
    Fault("payment", None, "pay_time", "20260619000000", "LIST-16"),
    Fault("payment", None, "pay_time", "20260618000000"),
    Fault("payment", None, "pay_time", "20260631000000", "LIST-16"),
)

WAYBILLS = (
    Fault("waybill", None, GONE, None, "MATCH-03"),
    Fault("waybill", None, "consignee", "他人", "MATCH-10"),
    Fault("waybill", None, "consignee_telephone", "13900000009", "MATCH-11"),
    Fault("waybill", None, "consignee_address", "广东省广州市他路二号", "MATCH-12"),
    Fault("waybill", None, "order_no", "ORDER-OF-WAYBILL", "MATCH-13"),
    Fault("waybill", None, "waybill_no", "W-OF-WAYBILL", "MATCH-14"),
    Fault("waybill", None, "logistics_code", "440196L002", "MATCH-14"),
    Fault("waybill", None, "pack_count", 2, "WAYBILL-02"),
    Fault("waybill", None, "pack_count", 0, "WAYBILL-02"),
    Fault("waybill", None, "gross_weight", D(0), "WAYBILL-03"),
    Fault("waybill", None, "gross_weight", D("0.00001")),
)

LISTS = (
    Fault("list", None, "buyer_id_type", "2", "LIST-02"),
    Fault("list", None, "buyer_id_number", BAD_ID, "LIST-03 MATCH-17"),
    Fault("list", None, "buyer_id_number", OTHER, "MATCH-17"),
    Fault("list", None, "buyer_name", "另一人", "MATCH-15"),
    Fault("list", None, "buyer_telephone", "13900000009", "MATCH-16"),
    Fault("list", None, "consignee_address", "广东省广州市他路二号", "MATCH-24"),
    Fault("list", None, "ebc_code", "440196E002", "MATCH-23"),
    Fault("list", None, "order_no", "ORDER-OF-LIST", "MATCH-01 MATCH-02 MATCH-13"),
    Fault("list", None, "waybill_no", "W-OF-LIST", "MATCH-14"),
    Fault("list", None, "logistics_code", "440196L002", "MATCH-14"),
    Fault("list", None, "pack_count", 2, "LIST-04"),
    Fault("list", None, "pack_count", 0, "LIST-04"),
    Fault("list", None, "net_weight", D("4.2")),
    Fault("list", None, "net_weight", D("4.20001"), "LIST-07"),
    Fault("list", None, "net_weight", D(0), "LIST-07"),
    Fault("list", None, "trade_mode", "1210", "LIST-08 LIST-09"),
    Fault("list", None, "trade_mode", "9610", "LIST-10", {"mode": "1210"}),
    Fault("list", None, "trade_mode", "1239", "", {"mode": "1210"}),
    Fault("list", None, "trade_mode", "0110", "LIST-11"),
    Fault("list", None, "transport_no", None, "LIST-10"),
    Fault("list", None, "voyage_no", None, "LIST-10"),
    Fault("list", None, "bill_no", None, "LIST-10"),
    Fault("list", None, "transport_no", "CZ310", "LIST-09", {"mode": "1210"}),
    Fault("list", None, "voyage_no", "CZ310", "LIST-09", {"mode": "1239"}),
    Fault("list", None, "bill_no", "BILL-1", "LIST-09", {"mode": "1210"}),
    Fault("list", None, "account_book_no", None, "LIST-08", {"mode": "1210"}),
    Fault("list", None, "zone_code", None, "LIST-08", {"mode": "1210"}),
    Fault("list", None, "zone_name", None, "LIST-08", {"mode": "1210"}),
    Fault("list", None, "country", "116", "LIST-08", {"mode": "1210"}),
    Fault("list", 1, "record_item_no", None, "LIST-08", {"mode": "1210"}),
    Fault("list", None, "ie_flag", "E", "LIST-12"),
    Fault("list", None, "freight", D(11), "MATCH-22"),
    Fault("list", None, "freight", D(-1), "LIST-14 MATCH-22"),
    Fault("list", None, "insurance", D(3)),
    Fault("list", None, "insurance", D(3), "", also=(("list", None, "freight", D(7)),)),
    Fault("list", None, "insurance", D(-1), "LIST-14"),
    Fault("list", None, "transport_mode", "?", "LIST-15"),
    Fault("list", None, "country", "000", "LIST-15"),
    Fault("list", None, "country", "109"),
    Fault("list", None, "declared_on", "20260619", "LIST-16"),
    Fault("list", None, "declared_on", "20260617", "LIST-16"),
    Fault("list", None, "ie_date", "20260619", "LIST-16"),
    Fault("list", None, "ie_date", "20260617"),
)

LINES = (
    Fault("list", 1, "line_no", 2, "LIST-05"),
    Fault("list", None, "lines", [{"line_no": 1}], "LIST-05 MATCH-18"),
    Fault("list", None, "lines", SECOND, "MATCH-18"),
    Fault("list", 1, "commodity_name", "奶粉", "MATCH-19"),
    Fault("list", 1, "quantity", D(3), "LIST-06 MATCH-20"),
    Fault("list", 1, "price", D(101), "LIST-06 MATCH-21"),
    Fault("list", 1, "price", D("100.002"), "MATCH-21"),  # the total is the same to the fen
    Fault("list", 1, "price", D("100.01"), "LIST-06 MATCH-21"),
    Fault("list", 1, "total_price", D("200.01"), "LIST-06 MATCH-21"),
    Fault("list", 1, "unit", "122", "MATCH-20"),
    Fault("list", 1, "unit", "999", "LIST-15 MATCH-20"),
    Fault("list", 1, "country", "000", "LIST-15"),
    Fault("list", 1, "country", "109", "RISK-02"),
    Fault("list", 1, "quantity", D(0), "LIST-06 LIST-14 MATCH-20"),
    Fault("list", 1, "statutory_quantity", D(0), "LIST-14"),
    Fault("list", 1, "price", D(-100), "LIST-06 LIST-14 MATCH-21"),
    Fault("list", 1, "second_quantity", None, "LIST-13"),
    Fault("list", 1, "second_quantity", D(0), "LIST-13"),
    Fault("list", 1, "second_unit", None, "LIST-13 TARIFF-05"),
)

NO_SECOND = (("list", 1, "second_unit", None), ("list", 1, "second_quantity", None))
PLAIN_BASE = {"code": PLAIN}
IN_LITRES = (("order", 1, "unit", "095"), ("list", 1, "unit", "095"))
IN_KILOGRAMS = (
    ("order", 1, "unit", "035"),
    ("list", 1, "unit", "035"),
    ("list", 1, "statutory_quantity", D(2)),
)
TARIFF = (
    Fault("list", 1, "commodity_code", "0000000000", "TARIFF-01"),
    Fault("list", 1, "commodity_code", EXPIRED, "TARIFF-01"),
    Fault("list", 1, "commodity_code", EXPIRED, "", {"day": "20260617"}),
    Fault("list", 1, "commodity_code", FUTURE),
    Fault("list", 1, "commodity_code", FUTURE, "TARIFF-01", {"day": "20260617"}),
    Fault("list", 1, "commodity_code", UNLISTED, "TARIFF-02"),
    Fault("list", 1, "commodity_code", BONDED, "TARIFF-03"),
    Fault("list", 1, "commodity_code", BONDED, "", {"mode": "1210"}),
    Fault("list", 1, "commodity_code", RISKY, "RISK-01"),
    Fault("list", 1, "commodity_code", CAPPED),
    Fault("list", 1, "statutory_quantity", D("3.80001"), "TARIFF-04", {"code": CAPPED}),
    Fault("list", 1, "statutory_quantity", D("3.79999"), "", {"code": CAPPED}),
    Fault("list", 1, "statutory_unit", "036", "TARIFF-05"),
    Fault("list", 1, "second_unit", "007", "TARIFF-05"),
    Fault("list", 1, "commodity_code", PLAIN, "TARIFF-05"),
    Fault("list", 1, "second_quantity", None, "", PLAIN_BASE, NO_SECOND),
    Fault("list", 1, "second_quantity", D(5), "LIST-13", PLAIN_BASE, NO_SECOND),
    Fault("list", 1, "second_quantity", D(0), "LIST-13", PLAIN_BASE, NO_SECOND),
    Fault("list", 1, "statutory_quantity", D(2), "", also=IN_KILOGRAMS),
    Fault("list", 1, "statutory_quantity", D("2.1"), "TARIFF-06", also=IN_KILOGRAMS),
    Fault("list", 1, "unit", "011", "MATCH-20 TARIFF-06"),
    Fault("list", 1, "commodity_code", WINE, "TARIFF-07"),
    Fault("list", 1, "commodity_code", WINE, also=IN_LITRES),
)

ENTERPRISES = (
    Fault("list", None, "ebc_code", "440196P002", "ENTERPRISE-01",
          also=(("order", None, "ebc_code", "440196P002"),)),
    Fault("list", None, "declarant_code", "440196E002", "ENTERPRISE-01"),
    Fault("list", None, "guarantor_code", "440196E002", "ENTERPRISE-01 TAX-03"),
    Fault("list", None, "guarantor_code", "440196G001", "TAX-03"),  # 19.10 for a tax of 19.11
    Fault("list", None, "guarantor_code", "440196G002"),  # 19.11 is enough
    Fault("list", None, "zone_code", "440196E002", "ENTERPRISE-01", {"mode": "1210"}),
    Fault("list", None, "logistics_code", "440196E002", "ENTERPRISE-01",
          also=(("waybill", None, "logistics_code", "440196E002"),)),
    Fault("payment", None, "payment_code", "440196E002", "ENTERPRISE-01",
          also=(("order", None, "payment_code", "440196E002"),)),
    Fault("list", None, "platform_code", "440196E002", "ENTERPRISE-01", also=(
        ("order", None, "platform_code", "440196E002"),
        ("payment", None, "platform_code", "440196E002"))),
)  # fmt: skip


def _worth(price: str, rules: str, day: str, quantity: str = "2") -> Fault:
    base = {"price": price, "quantity": quantity, "day": day}
    return Fault("list", None, "site_code", None, rules, base)


OLD, NEW = "20181231", "20190101"
LIMITS = (
    _worth("995", "", OLD),  # 2 x 995 + freight 10 = 2,000.00
    _worth("995.005", "TAX-01", OLD),
    _worth("994.995", "", OLD),
    _worth("1990.01", "", OLD, "1"),  # one indivisible item
    _worth("995.005", "", NEW),
    _worth("2495", "", NEW),
    _worth("2495.005", "TAX-01", NEW),
    _worth("4990.01", "", NEW, "1"),
    _worth("25990", "", NEW, "1"),
    _worth("25990.01", "TAX-02", NEW, "1"),
    _worth("19990", "", OLD, "1"),
    _worth("19990.01", "TAX-02", OLD, "1"),
    _worth("13000", "TAX-01 TAX-02", NEW),
)
FAULTS = (
    *ORDERS, *PAYMENTS, *WAYBILLS, *LISTS, *LINES, *TARIFF, *ENTERPRISES, *LIMITS,
)  # fmt: skip
