"""From a read record to a typed document: personal data sealed, days and moments understood."""

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from hoppo.commerce.values import Order, OrderLine, Payment
from hoppo.customs.catalogue import MESSAGES, TYPES
from hoppo.customs.rules import FIRST_DAY
from hoppo.customs.values import Declaration, DeclarationLine
from hoppo.goods.values import Waybill, WaybillStatus
from hoppo.values.identifiers import is_identity_card
from hoppo.values.moments import read_day, read_moment
from hoppo.values.personal import Pseudonyms

# Our name of each personal field, and how it is masked.
PERSONAL = {
    "buyer_reg_no": "number",
    "buyer_name": "name",
    "buyer_telephone": "number",
    "buyer_id_number": "number",
    "payer_name": "name",
    "payer_id_number": "number",
    "telephone": "number",
    "consignee": "name",
    "consignee_telephone": "number",
    "consignee_address": "address",
}
PURPOSE = b"personal"
VERSION_ONLY = frozenset({"guid", "app_time", "app_type"})


class Wrong(NamedTuple):
    """A value the format allows but that means nothing: a day that does not exist."""

    path: str
    found: str
    expected: str


class Source(NamedTuple):
    """Where a record came from."""

    message_id: int
    received_at: datetime
    sender: str
    day: date


class Shape:
    """What one kind of record is made of, worked out once from its table and its row."""

    def __init__(self, kind: str, row: Any = None, line: Any = None) -> None:
        """Take the kind, the class of its row and of its lines; an application has neither."""
        record = MESSAGES[TYPES[kind]].record
        names = [field.name for field in record.head.fields]
        self.personal = [(name, PERSONAL[name]) for name in names if name in PERSONAL]
        self.said = itemgetter(*[name for name in names if name not in VERSION_ONLY])
        self.line_said = record.line and itemgetter(*[one.name for one in record.line.fields])
        self.row, self.line = row, line
        self.fields = row and itemgetter(*row._fields)
        self.line_fields = line and itemgetter(*line._fields)


SHAPES = {
    "order": Shape("order", Order, OrderLine),
    "payment": Shape("payment", Payment),
    "waybill": Shape("waybill", Waybill),
    "waybill_status": Shape("waybill_status", WaybillStatus),
    "list": Shape("list", Declaration, DeclarationLine),
    "cancellation": Shape("cancellation"),
    "return": Shape("return"),
}


class Intake:
    """Makes documents out of records under one database's keys."""

    def __init__(self, pseudonyms: Pseudonyms, seal: Callable[[date, bytes], bytes]) -> None:
        """Take the pseudonym maker and a function that encrypts under a day's key."""
        self._pseudonyms = pseudonyms
        self._seal = seal

    def document(
        self, kind: str, head: dict[str, Any], lines: list[dict[str, Any]], source: Source
    ) -> Any:
        """The document of a record: an Order, Payment, Waybill, WaybillStatus or Declaration."""
        shape = SHAPES[kind]
        values = dict(head)
        clear = {}
        for name, mask in shape.personal:
            text = head[name]
            if text is not None:
                clear[name] = text
                values[name] = self._pseudonyms.personal(mask, text)
        if kind in {"order", "list"}:
            values["buyer_id_valid"] = is_identity_card(head["buyer_id_number"].strip().upper())
            values["lines"] = tuple(shape.line._make(shape.line_fields(line)) for line in lines)
        elif kind == "payment":
            values["payer_id_valid"] = is_identity_card(head["payer_id_number"].strip().upper())
        if kind == "list":
            values["cop_no"] = own_number(head)
            values["declared_on"] = read_day(head["declared_on"])
        values["digest"] = digest(kind, head, lines)
        values["app_time"] = read_moment(head["app_time"])
        values["deleted"] = head["app_type"] == "3"
        values["message_id"] = source.message_id
        values["received_at"] = source.received_at
        values["sender"] = source.sender
        values["key_day"] = source.day
        values["personal"] = self._seal(source.day, orjson.dumps(clear)) if clear else b""
        return shape.row._make(shape.fields(values))


def own_number(head: dict[str, Any]) -> str:
    """The number a list or an application is known by; one without is known by its order's."""
    return str(head["cop_no"] or head["order_no"][-20:])


def digest(kind: str, head: dict[str, Any], lines: list[dict[str, Any]]) -> bytes:
    """A fingerprint of what a record says, whatever guid and time it was sent under."""
    shape = SHAPES[kind]
    said = [*shape.said(head)]
    if shape.line_said:
        for line in lines:
            said += shape.line_said(line)
    return hashlib.blake2b(repr(said).encode(), digest_size=16).digest()


def wrong_values(kind: str, head: dict[str, Any]) -> list[Wrong]:
    """Values that no later step could use: times, days, operation and state codes."""
    wrong = []
    if read_moment(head["app_time"]) is None:
        wrong.append(Wrong("appTime", head["app_time"], "a moment YYYYMMDDhhmmss"))
    if head["app_type"] not in {"1", "2", "3"}:
        wrong.append(Wrong("appType", head["app_type"], "1, 2 or 3"))
    if head["app_status"] not in {"1", "2"}:
        wrong.append(Wrong("appStatus", head["app_status"], "1 or 2"))
    if kind == "list":
        day = read_day(head["declared_on"])
        if day is None:
            wrong.append(Wrong("declTime", head["declared_on"], "a day YYYYMMDD"))
        elif day < FIRST_DAY:
            wrong.append(Wrong("declTime", head["declared_on"], f"{FIRST_DAY:%Y%m%d} or later"))
    return wrong


def masked(name: str, text: str) -> str:
    """A faulty field's text as it may be shown: masked when the field is personal."""
    from hoppo.values.personal import MASKS  # noqa: PLC0415

    kind = PERSONAL.get(name)
    return MASKS[kind](text) if kind else text
