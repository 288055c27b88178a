"""Waybills and their states as plain values; each is also its table's row."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from hoppo.values.personal import Personal


class Waybill(NamedTuple):
    """What a carrier says it carries, for which order and to whom; weight in kilograms."""

    logistics_code: str
    waybill_no: str
    order_no: str
    app_type: str
    app_time: datetime
    app_status: str
    digest: bytes
    message_id: int
    received_at: datetime
    sender: str
    deleted: bool
    bill_no: str | None
    freight: Decimal | None
    insurance: Decimal | None
    currency: str
    gross_weight: Decimal
    pack_count: int
    consignee: Personal
    consignee_telephone: Personal
    consignee_address: Personal
    personal: bytes
    key_day: date


class WaybillStatus(NamedTuple):
    """A carrier's word that a parcel was signed for."""

    logistics_code: str
    waybill_no: str
    logistics_status: str
    app_type: str
    app_time: datetime
    app_status: str
    digest: bytes
    message_id: int
    received_at: datetime
    sender: str
    deleted: bool
    logistics_time: str
