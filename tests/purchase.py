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


def purchase(
    number: int = 1,
    *,
    mode: str = "9610",
    day: str = "20260618",
    code: str = "9619001000",
    price: str = "100",
    quantity: str = "2",
    freight: str = "10",
    id_number: str = ID_NUMBER,
) -> Parts:
    """Order, payment, waybill and list of one purchase, right in every field."""
    tag = f"{number:08d}"
    line_total = Decimal(price) * Decimal(quantity)
    paid = line_total + Decimal(freight)
    common = {"app_type": "1", "app_time": f"{day}100000", "app_status": "2", "note": None}
    platform = {"platform_code": PLATFORM, "platform_name": "测试平台"}
    ebc = {"ebc_code": EBC, "ebc_name": "测试电商"}
    carrier = {"logistics_code": CARRIER, "logistics_name": "测试物流", "waybill_no": f"W{tag}"}
    buyer = {
        "buyer_id_type": "1",
        "buyer_id_number": id_number,
        "buyer_name": NAME,
        "buyer_telephone": "13900000001",
    }
    consignee = {
        "consignee": "收货测试人",
        "consignee_telephone": "13900000002",
        "consignee_address": "广东省广州市南沙区测试路一号",
    }
    goods = {
        "line_no": 1,
        "item_no": "SKU-1",
        "item_name": "纸尿裤",
        "specification": "M码",
        "barcode": None,
        "unit": "125",
        "quantity": Decimal(quantity),
        "price": Decimal(price),
        "total_price": line_total,
        "currency": "142",
        "country": "116",
        "note": None,
    }
    bonded = mode != "9610"
    order = {
        **common,
        **platform,
        **ebc,
        **buyer,
        **consignee,
        "guid": guid("o" + tag),
        "order_type": "I",
        "order_no": f"ORDER{tag}",
        "goods_value": line_total,
        "freight": Decimal(freight),
        "discount": Decimal(0),
        "tax_withheld": Decimal(0),
        "actual_paid": paid,
        "currency": "142",
        "buyer_reg_no": "REG-1",
        "payment_code": PAYER,
        "payment_name": "测试支付",
        "transaction_no": f"T{tag}",
        "batch_numbers": None,
        "consignee_district": None,
    }
    payment = {
        **common,
        **platform,
        "guid": guid("p" + tag),
        "payment_code": PAYER,
        "payment_name": "测试支付",
        "transaction_no": f"T{tag}",
        "order_no": f"ORDER{tag}",
        "payer_id_type": "1",
        "payer_id_number": id_number,
        "payer_name": NAME,
        "telephone": None,
        "amount_paid": paid,
        "currency": "142",
        "pay_time": f"{day}095900",
    }
    waybill = {
        **common,
        **carrier,
        **consignee,
        "guid": guid("w" + tag),
        "bill_no": None if bonded else "BILL-1",
        "order_no": f"ORDER{tag}",
        "freight": Decimal(freight),
        "insurance": Decimal(0),
        "currency": "142",
        "gross_weight": Decimal("4.2"),
        "pack_count": 1,
        "goods_info": None,
    }
    declared = {
        **common,
        **platform,
        **ebc,
        **carrier,
        **buyer,
        "guid": guid("l" + tag),
        "order_no": f"ORDER{tag}",
        "cop_no": f"COP{tag}",
        "pre_no": None,
        "guarantor_code": DECLARANT,
        "list_no": None,
        "ie_flag": "I",
        "declared_on": day,
        "customs_code": "5165",
        "port_code": "5165",
        "ie_date": day,
        "consignee_address": consignee["consignee_address"],
        "declarant_code": DECLARANT,
        "declarant_name": "测试申报企业",
        "zone_code": ZONE if bonded else None,
        "zone_name": "测试区内" if bonded else None,
        "account_book_no": "BOOK-1" if bonded else None,
        "trade_mode": mode,
        "transport_mode": "5",
        "transport_no": None if bonded else "CZ310",
        "voyage_no": None if bonded else "CZ310",
        "bill_no": None if bonded else "BILL-1",
        "site_code": None,
        "license_no": None,
        "country": "142" if bonded else "116",
        "freight": Decimal(freight),
        "insurance": Decimal(0),
        "currency": "142",
        "packing": "2",
        "pack_count": 1,
        "gross_weight": Decimal("4.2"),
        "net_weight": Decimal("3.8"),
    }
    line = {
        "line_no": 1,
        "record_item_no": "REC-1" if bonded else None,
        "item_no": "SKU-1",
        "item_name": "纸尿裤",
        "commodity_code": code,
        "commodity_name": "纸尿裤",
        "specification": "M码",
        "barcode": None,
        "country": "116",
        "trade_country": None,
        "currency": "142",
        "quantity": Decimal(quantity),
        "unit": "125",
        "statutory_quantity": Decimal("3.8"),
        "statutory_unit": "035",
        "second_quantity": Decimal(100),
        "second_unit": "011",
        "price": Decimal(price),
        "total_price": line_total,
        "note": None,
    }
    return {
        "order": (order, [goods]),
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
