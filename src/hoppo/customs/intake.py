"""From a read record to a typed document: personal data sealed, days and moments understood."""

import hashlib
import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NamedTuple

from hoppo.commerce.values import Order, OrderLine, Payment
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


class Intake:
    """Makes documents out of records under one database's keys."""

    def __init__(self, pseudonyms: Pseudonyms, seal: Callable[[date, bytes], bytes]) -> None:
        """Take the pseudonym maker and a function that encrypts under a day's key."""
        self._pseudonyms = pseudonyms
        self._seal = seal

    def order(self, head: dict[str, Any], lines: list[dict[str, Any]], source: Source) -> Order:
        """An order (311)."""
        values = self._document(head, lines, source)
        values["buyer_id_valid"] = is_identity_card(head["buyer_id_number"].strip().upper())
        values["lines"] = _lines(OrderLine, lines)
        return Order(**{name: values[name] for name in Order._fields})

    def payment(self, head: dict[str, Any], lines: list[dict[str, Any]], source: Source) -> Payment:
        """A payment (411)."""
        values = self._document(head, lines, source)
        values["payer_id_valid"] = is_identity_card(head["payer_id_number"].strip().upper())
        return Payment(**{name: values[name] for name in Payment._fields})

    def waybill(self, head: dict[str, Any], lines: list[dict[str, Any]], source: Source) -> Waybill:
        """A waybill (511)."""
        values = self._document(head, lines, source)
        return Waybill(**{name: values[name] for name in Waybill._fields})

    def waybill_status(
        self, head: dict[str, Any], lines: list[dict[str, Any]], source: Source
    ) -> WaybillStatus:
        """A waybill's state (513)."""
        values = self._document(head, lines, source)
        return WaybillStatus(**{name: values[name] for name in WaybillStatus._fields})

    def declaration(
        self, head: dict[str, Any], lines: list[dict[str, Any]], source: Source
    ) -> Declaration:
        """A declaration list (621); a list without own number is known by its order's."""
        values = self._document(head, lines, source)
        values["cop_no"] = head["cop_no"] or head["order_no"][-20:]
        values["declared_on"] = read_day(head["declared_on"])
        values["buyer_id_valid"] = is_identity_card(head["buyer_id_number"].strip().upper())
        values["lines"] = _lines(DeclarationLine, lines)
        return Declaration(**{name: values[name] for name in Declaration._fields})

    def _document(
        self, head: dict[str, Any], lines: list[dict[str, Any]], source: Source
    ) -> dict[str, Any]:
        values = dict(head)
        clear = {}
        for name, kind in PERSONAL.items():
            text = head.get(name)
            if text is not None:
                clear[name] = text
                values[name] = self._pseudonyms.personal(kind, text)
        values["digest"] = digest(head, lines)
        values["app_time"] = read_moment(head["app_time"])
        values["deleted"] = head["app_type"] == "3"
        values["message_id"] = source.message_id
        values["received_at"] = source.received_at
        values["sender"] = source.sender
        values["key_day"] = source.day
        blob = json.dumps(clear, ensure_ascii=False).encode() if clear else b""
        values["personal"] = self._seal(source.day, blob) if clear else b""
        return values


def _lines(kind: Any, lines: list[dict[str, Any]]) -> tuple[Any, ...]:
    names = kind._fields
    return tuple(kind._make([line[name] for name in names]) for line in lines)


def digest(head: dict[str, Any], lines: list[dict[str, Any]]) -> bytes:
    """A fingerprint of what a record says, whatever guid and time it was sent under."""
    said = [value for name, value in head.items() if name not in VERSION_ONLY]
    said.extend(line[name] for line in lines for name in line)
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
