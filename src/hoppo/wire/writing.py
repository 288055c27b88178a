"""Writes messages: strictly what the table allows, in its order, and nothing else.

The text is built directly; what writing a block needs is worked out once for each message type.
"""

import operator
import re
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from lxml import etree

from hoppo.wire.document import parse_part
from hoppo.wire.faults import Fault, WriteFault, fault, shown
from hoppo.wire.lexical import collapse, decimal_problem, integer_problem, text_problem
from hoppo.wire.table import CEB, EXTEND, SUBSCRIBE, Block, Field, Message, kind, transfer_block

Values = Mapping[str, Any]
Row = tuple[str | None, ...]
# All that stands in a text as itself; the rest is escaped or forbidden.
SPECIAL = re.compile("[^\t\n -%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'
RECEIPT_HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
ROOT_ATTRIBUTES = (("guid", kind("C36")), ("version", kind("C1..10")))
ONLY_TEXT = {str}
MOST_EXPONENT = 30  # beyond it a decimal is refused before its digits are written out


def write_message(  # noqa: PLR0913 - the parts of a message, as its table names them
    message: Message,
    guid: str,
    records: Sequence[tuple[Values, Sequence[Values]]],
    transfer: Values | None = None,
    subscribes: Sequence[Values] = (),
    version: str = "1.0",
    *,
    extend: Values | None = None,
) -> bytes:
    """The bytes of a message: UTF-8, canonical order, no white space between elements, unsigned.

    `records` are pairs of head and lines, by our names; None and an empty optional text are left
    out. Import receipts stand in the default namespace, all others under `ceb:`, as the customs
    write them. Raises WriteFault for anything the table forbids.
    """
    writer = _writer(message)
    parts = [writer.opening(guid, version)]
    writer.write_records(records, parts)
    writer.write_tail(transfer, subscribes, extend, parts)
    parts.append(f"</{writer.prefix}{message.type}>")
    return "".join(parts).encode()


def write_rows(message: Message, guid: str, rows: Sequence[Row]) -> bytes:
    """The bytes of a message whose records are flat and all text, as receipts are.

    A row holds a record's values in the order of its table. The result is that of `write_message`.
    """
    writer = _writer(message)
    text = None
    if rows and message.record.flat and not message.transfer and len(rows) <= writer.most:
        text = writer.head.rows_swiftly(rows)
    if text is None:
        names = [field.name for field in message.record.head.fields]
        records = [(dict(zip(names, row, strict=True)), ()) for row in rows]
        return write_message(message, guid, records)
    return f"{writer.opening(guid, '1.0')}{text}</{writer.prefix}{message.type}>".encode()


class Template(NamedTuple):
    """A block of plain texts with the same fields sent: where they go and how long they may be."""

    text: str
    least: tuple[int, ...]
    most: tuple[int, ...]


class BlockWriter:
    """Writes the fields of a block, or of a flat record."""

    def __init__(self, block: Block, prefix: str) -> None:
        """Work out the tags and bounds of every field."""
        self.wire = block.wire
        self.opening = f"<{prefix}{block.wire}>"
        self.closing = f"</{prefix}{block.wire}>"
        self.names = frozenset(field.name for field in block.fields)
        self.steps = [
            (
                field.name,
                f"<{prefix}{field.wire}>",
                f"</{prefix}{field.wire}>",
                field.kind.name == "text" and not field.kind.collapse and not field.kind.fixed,
                field.kind.least,
                sys.maxsize if field.kind.most is None else field.kind.most,
                field,
            )
            for field in block.fields
        ]

        self._all_plain = all(step[3] for step in self.steps)
        self._templates: dict[tuple[bool, ...], Template | None] = {}

    def write(self, values: Values, path: str, parts: list[str]) -> None:
        """The block with its tags."""
        if not values.keys() <= self.names:
            unknown = min(set(values) - self.names)
            raise WriteFault(fault("unknown", path, found=shown(unknown)))
        swift = self._swiftly(values) if self._all_plain else None
        if swift is not None:
            parts.append(swift)
        else:
            self._write_each(values, path, parts)

    def _swiftly(self, values: Values) -> str | None:
        """A block of plain texts that are right, at once; None where one is to be looked at."""
        texts = [values.get(step[0]) for step in self.steps]
        sent = tuple(map(bool, texts))
        try:
            template = self._templates[sent]
        except KeyError:
            template = self._templates[sent] = self._template(sent)
        if template is None:
            return None
        present = tuple(filter(None, texts))
        if set(map(type, present)) != ONLY_TEXT or SPECIAL.search("".join(present)):
            return None
        sizes = tuple(map(len, present))
        if not all(map(operator.le, sizes, template.most)):
            return None
        if not all(map(operator.ge, sizes, template.least)):
            return None
        return template.text % present

    def rows_swiftly(self, rows: Sequence[Row]) -> str | None:
        """Blocks of plain texts that are right, checked together; None where one may not be."""
        alike: dict[Template, list[Row]] = {}
        parts = []
        for row in rows:
            sent = tuple(map(bool, row))
            present = tuple(filter(None, row))
            if sent not in self._templates:
                self._templates[sent] = self._template(sent)
            template = self._templates[sent]
            if template is None or not self._all_plain:
                return None
            alike.setdefault(template, []).append(present)
            parts.append(template.text % present)
        for template, of_it in alike.items():
            for texts, least, most in zip(
                zip(*of_it, strict=True), template.least, template.most, strict=True
            ):
                if set(map(type, texts)) != ONLY_TEXT or SPECIAL.search("".join(texts)):
                    return None
                sizes = tuple(map(len, texts))
                if min(sizes) < least or max(sizes) > most:
                    return None
        return "".join(parts)

    def _template(self, sent: tuple[bool, ...]) -> "Template | None":
        steps = [step for step, there in zip(self.steps, sent, strict=True) if there]
        if any(step[6].required for step, there in zip(self.steps, sent, strict=True) if not there):
            return None
        inner = "".join(f"{opening}%s{closing}" for _, opening, closing, *_ in steps)
        return Template(
            f"{self.opening}{inner}{self.closing}",
            tuple(step[4] for step in steps),
            tuple(step[5] for step in steps),
        )

    def _write_each(self, values: Values, path: str, parts: list[str]) -> None:
        parts.append(self.opening)
        for name, opening, closing, plain, least, most, field in self.steps:
            value = values.get(name)
            if value is None or (value == "" and not field.required):
                if field.required:
                    raise WriteFault(fault("missing", f"{path}/{field.wire}", label=field.label))
                continue
            if not plain:
                value = odd_text(value, field, f"{path}/{field.wire}")
            elif not isinstance(value, str) or not least <= len(value) <= most:
                value = checked_text(value, field, f"{path}/{field.wire}")
            if field.kind.name != "xml" and SPECIAL.search(value):
                value = escaped(value, f"{path}/{field.wire}")
            parts.append(f"{opening}{value}{closing}")
        parts.append(self.closing)


class MessageWriter:
    """Writes one message type."""

    def __init__(self, message: Message) -> None:
        """Work out the writers of its blocks."""
        self.message = message
        self.most = sys.maxsize if message.record.most is None else message.record.most
        self.prefix = "ceb:" if message.transfer or message.direction == "export" else ""
        self.head = BlockWriter(message.record.head, self.prefix)
        line = message.record.line
        self.line = BlockWriter(line, self.prefix) if line else None
        self.transfer = BlockWriter(transfer_block(message.direction), self.prefix)
        self.subscribe = BlockWriter(SUBSCRIBE, self.prefix)
        self.extend = BlockWriter(EXTEND, self.prefix)

    def opening(self, guid: str, version: str) -> str:
        """The declaration and the root's start tag."""
        for (name, needed), value in zip(ROOT_ATTRIBUTES, (guid, version), strict=True):
            path = f"{self.message.type}/@{name}"
            if problem := text_problem(needed, value):
                raise WriteFault(fault(problem.code, path, **problem.bounds))
        declared = f'xmlns{":ceb" if self.prefix else ""}="{CEB}"'
        header = HEADER if self.message.transfer else RECEIPT_HEADER
        return (
            f"{header}<{self.prefix}{self.message.type} {declared}"
            f' guid="{attribute(guid)}" version="{attribute(version)}">'
        )

    def write_records(
        self, records: Sequence[tuple[Values, Sequence[Values]]], parts: list[str]
    ) -> None:
        """All records; none or too many are refused."""
        record = self.message.record
        if not records:
            raise WriteFault(fault("missing", f"{self.message.type}/{record.wire}"))
        if record.most is not None and len(records) > record.most:
            path = f"{record.wire}[{len(records)}]"
            bounds = {"found": str(len(records)), "expected": str(record.most)}
            raise WriteFault(fault("too-many-records", path, **bounds))
        opening, closing = f"<{self.prefix}{record.wire}>", f"</{self.prefix}{record.wire}>"
        for index, (head, lines) in enumerate(records, 1):
            path = f"{record.wire}[{index}]"
            if record.flat:
                self.head.write(head, path, parts)
                self._write_lines(lines, path, parts)
                continue
            parts.append(opening)
            self.head.write(head, f"{path}/{self.head.wire}", parts)
            self._write_lines(lines, path, parts)
            parts.append(closing)

    def _write_lines(self, lines: Sequence[Values], path: str, parts: list[str]) -> None:
        line = self.message.record.line
        if self.line is None or line is None:
            if lines:
                raise WriteFault(fault("unknown", path, found="lines"))
            return
        found = len(lines)
        if found < line.least:
            raise WriteFault(fault("no-lines", path, found=str(found), expected=line.wire))
        if line.most is not None and found > line.most:
            bounds = {"found": str(found), "expected": str(line.most)}
            raise WriteFault(fault("too-many-lines", f"{path}/{line.wire}", **bounds))
        for at, values in enumerate(lines, 1):
            self.line.write(values, f"{path}/{self.line.wire}[{at}]", parts)

    def write_tail(
        self,
        transfer: Values | None,
        subscribes: Sequence[Values],
        extend: Values | None,
        parts: list[str],
    ) -> None:
        """What follows the records; a receipt has nothing there."""
        if not self.message.transfer:
            if transfer or subscribes or extend:
                raise WriteFault(fault("unknown", self.message.type, found="BaseTransfer"))
            return
        if transfer is None:
            raise WriteFault(fault("missing", f"{self.message.type}/BaseTransfer"))
        self.transfer.write(transfer, "BaseTransfer", parts)
        if SUBSCRIBE.most is not None and len(subscribes) > SUBSCRIBE.most:
            bounds = {"found": str(len(subscribes)), "expected": str(SUBSCRIBE.most)}
            raise WriteFault(fault("too-many-parts", "BaseSubscribe", **bounds))
        for at, subscribe in enumerate(subscribes, 1):
            self.subscribe.write(subscribe, f"BaseSubscribe[{at}]", parts)
        if extend is not None:
            self.extend.write(extend, "ExtendMessage", parts)


def checked_text(value: object, field: Field, path: str) -> str:
    """A text of the right length."""
    if not isinstance(value, str):
        raise WriteFault(_wrong_type(value, field, path))
    if problem := text_problem(field.kind, value):
        raise WriteFault(fault(problem.code, path, label=field.label, **problem.bounds))
    return value


def odd_text(value: object, field: Field, path: str) -> str:
    """The text of a value that is not simply a text: a number, collapsed text, foreign XML."""
    if field.kind.name == "xml":
        return part_text(value, field, path)
    if field.kind.fixed is not None and value != field.kind.fixed:
        raise WriteFault(fault("fixed", path, expected=field.kind.fixed, label=field.label))
    if field.kind.name == "text":
        return checked_text(collapse(value) if isinstance(value, str) else value, field, path)
    decimal = field.kind.name == "decimal"
    if isinstance(value, bool) or not isinstance(value, (Decimal, int) if decimal else int):
        raise WriteFault(_wrong_type(value, field, path))
    if isinstance(value, Decimal) and (
        not value.is_finite() or abs(value.adjusted()) > MOST_EXPONENT
    ):
        bounds = {"found": f"{value:.1e}", "expected": str(field.kind)}
        raise WriteFault(fault("not-a-number", path, label=field.label, **bounds))
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    measure = decimal_problem if decimal else integer_problem
    if problem := measure(field.kind, text):
        raise WriteFault(fault(problem.code, path, label=field.label, **problem.bounds))
    whole, point, fraction = text.partition(".")
    return f"{whole}{point}{fraction[: field.kind.fraction]}"


def part_text(value: object, field: Field, path: str) -> str:
    """Foreign XML as it is written inside ExtendMessage: one element in its canonical form."""
    if not isinstance(value, str):
        raise WriteFault(_wrong_type(value, field, path))
    if not value:
        return ""
    try:
        root = parse_part(value)
    except ValueError:
        raise WriteFault(_wrong_type(value, field, path)) from None
    return etree.tostring(root, method="c14n", exclusive=True, with_tail=False).decode()


def escaped(value: str, path: str) -> str:
    """A text as it stands between tags."""

    def escape(match: re.Match[str]) -> str:
        character = match[0]
        if character not in ESCAPES:
            found = f"U+{ord(character):04X}"
            raise WriteFault(fault("no-character", path, found=found))
        return ESCAPES[character]

    return SPECIAL.sub(escape, value)


def attribute(value: str) -> str:
    """A text as it stands between quotes."""
    text = escaped(value, "@")
    return text.replace('"', "&quot;").replace("\t", "&#9;").replace("\n", "&#10;")


def _wrong_type(value: object, field: Field, path: str) -> Fault:
    found = type(value).__name__
    return fault("wrong-type", path, found=found, expected=str(field.kind), label=field.label)


_WRITERS: dict[int, tuple[Message, MessageWriter]] = {}


def _writer(message: Message) -> MessageWriter:
    """The writer of a type, kept with its message so that an id is never another's."""
    kept = _WRITERS.get(id(message))
    if kept is None:
        kept = _WRITERS[id(message)] = (message, MessageWriter(message))
    return kept[1]
