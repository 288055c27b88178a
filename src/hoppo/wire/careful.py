"""Reads a record element by element and says everything that is wrong with it.

This is the reader that knows all faults and leniencies. `swift` reads what is plainly right faster
and leaves the rest to this one.
"""

import dataclasses
from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from hoppo.wire.faults import Faults, fault, shown
from hoppo.wire.leniency import Leniency, Notes, of_message
from hoppo.wire.lexical import BLANK, read_value
from hoppo.wire.table import CEB_TAG, Block, Field, Message, Value

XSI_TAG = "{http://www.w3.org/2001/XMLSchema-instance}"
HINTS = (f"{XSI_TAG}schemaLocation", f"{XSI_TAG}noNamespaceSchemaLocation")


@dataclass(slots=True)
class ReadRecord:
    """One record: its head and lines by our names, and what is wrong with them.

    `index` counts from 1. Every field of the table is a key; what was not sent is None. A faulty
    field keeps the text that was sent, or None, so that the record can be answered by its key.
    """

    index: int
    head: dict[str, Value]
    lines: list[dict[str, Value]] = dataclasses.field(default_factory=list)
    faults: Faults = dataclasses.field(default_factory=Faults)


@dataclass
class BlockPlan:
    """What reading a block needs, worked out once."""

    block: Block
    leniencies: tuple[Leniency, ...]

    @cached_property
    def positions(self) -> dict[str, tuple[int, Field]]:
        """Each field with its place in the order of the wire."""
        return {field.wire: (at, field) for at, field in enumerate(self.block.fields)}

    @cached_property
    def nothing(self) -> dict[str, Value]:
        """All our names, nothing sent."""
        return {field.name: None for field in self.block.fields}

    def leniency(self, kind: str, wire: str) -> str | None:
        """The name of the leniency that skips, moves or spares a field."""
        for leniency in self.leniencies:
            if wire in getattr(leniency, kind):
                return leniency.name
        return None


class RecordReader:
    """Reads the records of one message type."""

    def __init__(self, message: Message) -> None:
        """Work out the plans of the record's blocks."""
        leniencies = of_message(message.type)
        self.record = message.record
        self.head = BlockPlan(message.record.head, leniencies)
        line = message.record.line
        self.line = BlockPlan(line, leniencies) if line else None

    def read(self, element: etree._Element, index: int, notes: Notes) -> ReadRecord:
        """One record with all its faults."""
        path = f"{self.record.wire}[{index}]"
        faults = Faults()
        if self.record.flat:
            head = read_block(element, self.head, path, faults, notes)
            return ReadRecord(index, head, faults=faults)
        check_structure(element, path, faults)
        heads, lines = self._blocks(element, path, faults, notes)
        if not heads:
            faults.append(fault("missing", f"{path}/{self.head.block.wire}"))
        return ReadRecord(index, heads[0] if heads else dict(self.head.nothing), lines, faults)

    def _blocks(
        self, element: etree._Element, path: str, faults: Faults, notes: Notes
    ) -> tuple[list[dict[str, Value]], list[dict[str, Value]]]:
        heads: list[dict[str, Value]] = []
        lines: list[dict[str, Value]] = []
        count = 0
        for child in element:
            if faults.full:
                break
            name = local_name(child, path, notes)
            if name == self.head.block.wire:
                here = f"{path}/{name}"
                if heads:
                    faults.append(fault("duplicate", here))
                    continue
                if count and self.line:
                    faults.append(fault("out-of-order", here, found=self.line.block.wire))
                heads.append(read_block(child, self.head, here, faults, notes))
            elif self.line and name == self.line.block.wire:
                count += 1
                here = f"{path}/{name}[{count}]"
                # Lines past the bound are counted and not read: the record is refused anyway.
                if self.line.block.most is None or count <= self.line.block.most:
                    lines.append(read_block(child, self.line, here, faults, notes))
            else:
                faults.append(fault("unknown", path, found=shown(name)))
        if self.line:
            check_lines(self.line.block, count, path, faults)
        return heads, lines


def read_block(
    element: etree._Element, plan: BlockPlan, path: str, faults: Faults, notes: Notes
) -> dict[str, Value]:
    """The fields of a block by our names."""
    values = dict(plan.nothing)
    check_structure(element, path, faults)
    seen: set[str] = set()
    last: tuple[int, str] = (-1, "")
    for child in element:
        if faults.full:
            break
        name = local_name(child, path, notes)
        place = plan.positions.get(name)
        if place is None:
            if leniency := plan.leniency("skipped", name):
                notes.add(leniency, f"{path}/{name}")
            else:
                faults.append(fault("unknown", path, found=shown(name)))
            continue
        at, field = place
        here = f"{path}/{name}"
        if name in seen:
            faults.append(fault("duplicate", here, label=field.label))
            continue
        seen.add(name)
        if at < last[0]:
            if leniency := plan.leniency("moved", name):
                notes.add(leniency, here)
            else:
                faults.append(fault("out-of-order", here, found=last[1], label=field.label))
        else:
            last = (at, name)
        values[field.name] = read_field(child, field, here, faults, notes)
    check_required(plan, seen, path, faults, notes)
    return values


def check_required(
    plan: BlockPlan, seen: set[str], path: str, faults: Faults, notes: Notes
) -> None:
    """Whether all required fields were sent."""
    for field in plan.block.fields:
        if field.required and field.wire not in seen:
            if leniency := plan.leniency("absent", field.wire):
                notes.add(leniency, f"{path}/{field.wire}")
            else:
                faults.append(fault("missing", f"{path}/{field.wire}", label=field.label))


def read_field(
    element: etree._Element, field: Field, path: str, faults: Faults, notes: Notes
) -> Value:
    """The value of one field; its text, or None, when something is wrong with it."""
    check_attributes(element, path, faults)
    if field.kind.name == "xml":
        return read_any(element, path, faults)
    if len(element):
        faults.append(fault("nested", path, label=field.label))
        return None
    raw = element.text or ""
    value, problem = read_value(field.kind, raw)
    blank = not raw.strip(BLANK) and field.kind.implied is None
    if blank and not field.required:
        if problem:
            notes.add("empty-optional", path)
        return None
    if problem:
        code = "empty" if blank else problem.code
        faults.append(fault(code, path, label=field.label, **problem.bounds))
        return None if blank else value
    if field.kind.fixed is not None and value != field.kind.fixed:
        notes.add("other-than-fixed", path)
    return value


def read_any(element: etree._Element, path: str, faults: Faults) -> str:
    """The canonical XML of the one element that may stand in an element of any content."""
    if has_text(element):
        faults.append(fault("stray-text", path))
    if len(element) > 1:
        faults.append(fault("too-many-parts", path, found=str(len(element)), expected="1"))
    if not len(element):
        return ""
    return etree.tostring(element[0], method="c14n", exclusive=True, with_tail=False).decode()


def check_lines(line: Block, found: int, path: str, faults: Faults) -> None:
    """Whether a record has too few or too many lines."""
    here = f"{path}/{line.wire}"
    if found < line.least:
        faults.append(fault("no-lines", here, found=str(found), expected=line.wire))
    elif line.most is not None and found > line.most:
        faults.append(fault("too-many-lines", here, found=str(found), expected=str(line.most)))


def check_structure(element: etree._Element, path: str, faults: Faults) -> None:
    """Whether an element that holds elements has text or attributes of its own."""
    check_attributes(element, path, faults)
    if has_text(element):
        faults.append(fault("stray-text", path))


def has_text(element: etree._Element) -> bool:
    """Whether text stands before, between or after the children of an element."""
    for text in (element.text, *[child.tail for child in element]):
        if text and text.strip(BLANK):
            return True
    return False


def check_attributes(element: etree._Element, path: str, faults: Faults) -> None:
    """Whether an element has attributes; only hints where a schema is found may stand anywhere."""
    if names := element.keys():
        faults.extend(
            fault("attribute", path, found=shown(str(name))) for name in names if name not in HINTS
        )


def local_name(element: etree._Element, path: str, notes: Notes) -> str:
    """The name of an element without its namespace; a foreign one keeps it."""
    tag = str(element.tag)
    if tag.startswith(CEB_TAG):
        return tag[len(CEB_TAG) :]
    if not tag.startswith("{"):
        notes.add("no-namespace", f"{path}/{shown(tag)}")
    return tag
