"""The fields of a purchase's documents, side by side, under the names of the field tables."""

from typing import NamedTuple

from hoppo.customs.catalogue import MESSAGES, TYPES
from hoppo.portal.speech import Said

DOCUMENTS = {
    "list": Said("List", "清单"),
    "order": Said("Order", "订单"),
    "payment": Said("Payment", "支付单"),
    "waybill": Said("Waybill", "运单"),
}
# What a document calls otherwise than the list.
SAME = {"payer_name": "buyer_name", "payer_id_number": "buyer_id_number",
        "payer_id_type": "buyer_id_type", "telephone": "buyer_telephone"}  # fmt: skip
OF_THE_ROW = frozenset(
    {
        "app_type", "app_time", "app_status", "message_id", "received_at", "sender", "deleted",
        "guid", "buyer_id_valid", "payer_id_valid", "order_type", "ie_flag",
    }
)  # fmt: skip


def _labels() -> dict[str, Said]:
    found: dict[str, Said] = {}
    for kind in DOCUMENTS:
        for field in MESSAGES[TYPES[kind]].record.head.fields:
            english = field.name.replace("_", " ").capitalize()
            found.setdefault(field.name, Said(english, field.label))
    for kind in ("list", "order"):
        line = MESSAGES[TYPES[kind]].record.line
        for field in line.fields if line else ():
            english = field.name.replace("_", " ").capitalize()
            found.setdefault(field.name, Said(english, field.label))
    return found


LABELS = _labels()


class Row(NamedTuple):
    """One field: its name, what each document says, and whether they differ."""

    label: str
    values: list[str]
    unequal: bool


def label_of(name: str) -> str:
    """A field's name for people."""
    return str(LABELS.get(name) or Said(name.replace("_", " ").capitalize(), name))


def side_by_side(documents: dict[str, dict[str, str]]) -> list[Row]:
    """Fields that two documents have come first, then those of one."""
    rows: dict[str, dict[str, str]] = {}
    for kind in DOCUMENTS:
        for name, value in documents.get(kind, {}).items():
            if name not in OF_THE_ROW:
                rows.setdefault(SAME.get(name, name), {})[kind] = value
    found = [
        Row(label_of(name), [said.get(kind, "") for kind in DOCUMENTS], len(set(said.values())) > 1)
        for name, said in rows.items()
    ]
    return sorted(found, key=lambda row: -sum(map(bool, row.values)))


class Goods(NamedTuple):
    """A line of goods as the list and the order have it, field by field."""

    number: str
    rows: list[Row]
    unequal: bool


# What list and order may name differently without fault.
FREE = frozenset({"item_name", "commodity_name", "specification", "barcode", "note", "unit_price"})


def goods_side_by_side(lines: dict[str, list[dict[str, str]]]) -> list[Goods]:
    """Lines of the list beside those of the order, by their numbers."""
    by_number: dict[str, dict[str, dict[str, str]]] = {}
    for kind, said in lines.items():
        for line in said:
            by_number.setdefault(line["line_no"], {})[kind] = line
    found = []
    for number, kinds in sorted(by_number.items(), key=lambda one: int(one[0])):
        names = dict.fromkeys(name for line in kinds.values() for name in line if name != "line_no")
        rows = []
        for name in names:
            values = [kinds.get(kind, {}).get(name, "") for kind in ("list", "order")]
            unequal = name not in FREE and all(values) and values[0] != values[1]
            rows.append(Row(label_of(name), values, unequal))
        found.append(Goods(number, rows, any(row.unequal for row in rows)))
    return found
