"""A good purchase as the four parties declare it, and its parts to change. Persons are invented."""

import copy
import uuid
from decimal import Decimal
from typing import Any

from hoppo.customs.catalogue import MESSAGES
from hoppo.wire.codec import write_message

PLATFORM, EBC, PAYER, CARRIER, DECLARANT, ZONE = (
    "440196P001",
    "440196E001",
    "440196Y001",
    "440196L001",
    "440196D001",
    "440196Z001",
)
# Invented numbers whose dates and check digits are right; region 110101 of day 1 January 1990.
ID_NUMBER, OTHER_ID = "110101199001011237", "110101199001012352"
NAME, OTHER_NAME = "测试甲", "测试乙"
TRANSFER = {
    "cop_code": DECLARANT,
    "cop_name": "测试申报企业",
    "dxp_mode": "DXP",
    "dxp_id": "DXPENT0000000001",
    "note": None,
}
Parts = dict[str, tuple[dict[str, Any], list[dict[str, Any]]]]
TYPES = {
    "order": "CEB311Message",
    "payment": "CEB411Message",
    "waybill": "CEB511Message",
    "list": "CEB621Message",
    "cancellation": "CEB623Message",
    "return": "CEB625Message",
}


def guid(seed: str) -> str:
    """A GUID that depends on the seed alone."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, seed)).upper()


NO_NOTE = {"note": None}
PLATFORM_PART = {"platform_code": PLATFORM, "platform_name": "测试平台"}
EBC_PART = {"ebc_code": EBC, "ebc_name": "测试电商"}
CONSIGNEE = {
    "consignee": "收货测试人",
    "consignee_telephone": "13900000002",
    "consignee_address": "广东省广州市南沙区测试路一号",
}
WEIGHTS = {"gross_weight": Decimal("4.2"), "pack_count": 1}
GOODS = {
    "line_no": 1,
    "item_no": "SKU-1",
    "item_name": "纸尿裤",
    "specification": "M码",
    "barcode": None,
    "unit": "125",
    "currency": "142",
    "country": "116",
    **NO_NOTE,
}
DECLARED_GOODS = {
    **GOODS,
    "commodity_name": "纸尿裤",
    "trade_country": None,
    "statutory_quantity": Decimal("3.8"),
    "statutory_unit": "035",
    "second_quantity": Decimal(100),
    "second_unit": "011",
}
ORDER = {
    **PLATFORM_PART,
    **EBC_PART,
    **CONSIGNEE,
    **NO_NOTE,
    "order_type": "I",
    "discount": Decimal(0),
    "tax_withheld": Decimal(0),
    "currency": "142",
    "buyer_reg_no": "REG-1",
    "payment_code": PAYER,
    "payment_name": "测试支付",
    "batch_numbers": None,
    "consignee_district": None,
}
PAYMENT = {
    **PLATFORM_PART,
    **NO_NOTE,
    "payment_code": PAYER,
    "payment_name": "测试支付",
    "payer_id_type": "1",
    "payer_name": NAME,
    "telephone": None,
    "currency": "142",
}
WAYBILL = {
    **CONSIGNEE,
    **WEIGHTS,
    **NO_NOTE,
    "insurance": Decimal(0),
    "currency": "142",
    "goods_info": None,
}
LIST = {
    **PLATFORM_PART, **EBC_PART, **WEIGHTS, **NO_NOTE, "pre_no": None,
    "guarantor_code": DECLARANT, "list_no": None, "ie_flag": "I", "customs_code": "5165",
    "port_code": "5165", "consignee_address": CONSIGNEE["consignee_address"],
    "declarant_code": DECLARANT, "declarant_name": "测试申报企业", "transport_mode": "5",
    "site_code": None, "license_no": None, "insurance": Decimal(0), "currency": "142",
    "packing": "2", "net_weight": Decimal("3.8"),
}  # fmt: skip
DIRECT = {"zone_code": None, "zone_name": None, "account_book_no": None, "transport_no": "CZ310",
          "voyage_no": "CZ310", "bill_no": "BILL-1", "country": "116"}  # fmt: skip
BONDED = {"zone_code": ZONE, "zone_name": "测试区内", "account_book_no": "BOOK-1",
          "transport_no": None, "voyage_no": None, "bill_no": None, "country": "142"}  # fmt: skip


def purchase(  # noqa: PLR0913 - what tests vary of a purchase
    number: int = 1, *, mode: str = "9610", day: str = "20260618", code: str = "9619001000",
    price: str = "100", quantity: str = "2", freight: str = "10", id_number: str = ID_NUMBER,
) -> Parts:  # fmt: skip
    """Order, payment, waybill and list of one purchase, right in every field."""
    tag = f"{number:08d}"
    total, carriage = Decimal(price) * Decimal(quantity), Decimal(freight)
    shared = {"app_type": "1", "app_time": f"{day}100000", "app_status": "2",
              "order_no": f"ORDER{tag}"}  # fmt: skip
    carrier = {"logistics_code": CARRIER, "logistics_name": "测试物流", "waybill_no": f"W{tag}"}
    buyer = {"buyer_id_type": "1", "buyer_id_number": id_number, "buyer_name": NAME,
             "buyer_telephone": "13900000001"}  # fmt: skip
    priced = {"quantity": Decimal(quantity), "price": Decimal(price), "total_price": total}
    place = DIRECT if mode == "9610" else BONDED
    order = {**ORDER, **shared, **buyer, "guid": guid("o" + tag), "goods_value": total,
             "freight": carriage, "actual_paid": total + carriage,
             "transaction_no": f"T{tag}"}  # fmt: skip
    payment = {**PAYMENT, **shared, "guid": guid("p" + tag), "transaction_no": f"T{tag}",
               "payer_id_number": id_number, "amount_paid": total + carriage,
               "pay_time": f"{day}095900"}  # fmt: skip
    waybill = {**WAYBILL, **shared, **carrier, "guid": guid("w" + tag), "freight": carriage,
               "bill_no": place["bill_no"]}  # fmt: skip
    declared = {**LIST, **shared, **carrier, **buyer, **place, "guid": guid("l" + tag),
                "cop_no": f"COP{tag}", "declared_on": day, "ie_date": day, "trade_mode": mode,
                "freight": carriage}  # fmt: skip
    line = {**DECLARED_GOODS, **priced, "commodity_code": code,
            "record_item_no": None if mode == "9610" else "REC-1"}  # fmt: skip
    return {
        "order": (order, [{**GOODS, **priced}]),
        "payment": (payment, []),
        "waybill": (waybill, []),
        "list": (declared, [line]),
    }


def changed(parts: Parts, kind: str, line: int | None = None, **values: object) -> Parts:
    """The same purchase with some fields of one document (or one of its lines) changed."""
    copied = copy.deepcopy(parts)
    head, lines = copied[kind]
    (head if line is None else lines[line - 1]).update(values)
    return copied


def message(kind: str, *records: tuple[dict[str, Any], list[dict[str, Any]]]) -> bytes:
    """An unsigned message of records of one kind."""
    return write_message(
        MESSAGES[TYPES[kind]], guid(kind + str(records[0][0]["guid"])), list(records), TRANSFER
    )


def messages(parts: Parts) -> list[bytes]:
    """The purchase as four messages, the list last."""
    return [message(kind, parts[kind]) for kind in ("order", "payment", "waybill", "list")]
