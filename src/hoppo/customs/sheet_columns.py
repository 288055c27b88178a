"""The columns a sheet of orders, waybills, payments or lists may have, and which one is which.

A column is a field of the message's own table, so that a sheet can say all that a message can.
Head and lines of a record stand side by side in one row; a record of several lines takes several
rows with the same order number.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from hoppo.customs.catalogue import MESSAGES, TYPES
from hoppo.customs.intake import PERSONAL
from hoppo.wire.table import Field, Message

KINDS = ("order", "waybill", "list", "payment")
# What a record is known by within its sheet; rows that share it are lines of one record.
NUMBERS = {
    "order": "order_no",
    "list": "order_no",
    "waybill": "waybill_no",
    "payment": "transaction_no",
}
# Filled by us where a sheet says nothing: most are the machinery of the wire, no trader's business.
GIVEN = frozenset(
    {"guid", "app_type", "app_time", "app_status", "order_type", "ie_flag", "line_no", "currency"}
)
LINE = "line."
NOISE = re.compile(r"[\s*＊_\-/／()（）\[\]【】:：.,，。]+")


class SheetColumn(NamedTuple):
    """One field of a sheet. `key` tells the head's fields from those of the lines."""

    key: str
    field: Field
    of_line: bool

    @property
    def title_zh(self) -> str:
        """Its name in Chinese; a line's is told apart where the head has the same."""
        return f"商品{self.field.label}" if self.of_line and self.shared else self.field.label

    @property
    def title_en(self) -> str:
        """Its name in English."""
        name = self.field.name.replace("_", " ").capitalize()
        return f"Goods: {name.lower()}" if self.of_line and self.shared else name

    @property
    def header(self) -> str:
        """What stands above it in a workbook of ours."""
        return f"{self.title_zh} {self.title_en}{' *' if self.needed else ''}"

    @property
    def shared(self) -> bool:
        """Whether head and lines both have a field of this name."""
        return self.field.name in {"currency", "country", "note"}

    @property
    def needed(self) -> bool:
        """Whether a sheet must say it."""
        return self.field.required and self.field.name not in GIVEN

    @property
    def personal(self) -> str:
        """How it is masked; empty where it is no personal data."""
        return PERSONAL.get(self.field.name, "")

    @property
    def names(self) -> tuple[str, ...]:
        """Everything a header may call it, the surest first."""
        own, field = (LINE if self.of_line else ""), self.field
        return (
            self.header, self.title_zh, self.title_en, field.label, own + field.wire,
            own + field.name, field.wire, field.name,
        )  # fmt: skip


def message_of(kind: str) -> Message:
    """The message that records of a kind are sent in."""
    return MESSAGES[TYPES[kind]]


@cache
def columns_of(kind: str) -> tuple[SheetColumn, ...]:
    """Every column a sheet of a kind may have, in the order of the wire."""
    record = message_of(kind).record
    heads = [SheetColumn(field.name, field, of_line=False) for field in record.head.fields]
    line = record.line
    fields = line.fields if line else ()
    return (*heads, *(SheetColumn(LINE + field.name, field, of_line=True) for field in fields))


def key_of_number(kind: str) -> str:
    """The column of the number a record is known by."""
    return NUMBERS[kind]


def plain(name: str) -> str:
    """A header without what people put around it."""
    return NOISE.sub("", name).casefold()


@cache
def _known(kind: str) -> Mapping[str, str]:
    """Plain names and the column each surely means; the head's where both have it."""
    known: dict[str, str] = {}
    columns = columns_of(kind)
    for rank in range(len(columns[0].names)):
        for column in columns:
            known.setdefault(plain(column.names[rank]), column.key)
    return known


def guess(kind: str, header: Sequence[str]) -> dict[str, int]:
    """Which place each column stands at, as far as the header tells; each place once."""
    known = _known(kind)
    found: dict[str, int] = {}
    for place, name in enumerate(header):
        key = known.get(plain(name)) if name else None
        if key is not None:
            if key in found and LINE + key in {one.key for one in columns_of(kind)}:
                # The second column of a name that head and lines share is the lines'.
                key = LINE + key
            found.setdefault(key, place)
    return found


def likeness(header: Sequence[str]) -> int:
    """How many cells of a row are names of columns, of whichever kind likes it best."""
    return max(len(guess(kind, header)) for kind in KINDS)


def lacking(kind: str, said: Mapping[str, object]) -> list[SheetColumn]:
    """The columns a sheet must have and does not."""
    return [column for column in columns_of(kind) if column.needed and column.key not in said]
