"""Reads and writes every message from its field table."""

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from hoppo.wire.careful import (
    HINTS,
    BlockPlan,
    ReadRecord,
    RecordReader,
    has_text,
    local_name,
    read_block,
)
from hoppo.wire.document import MOST_BYTES, Document, open_document
from hoppo.wire.faults import Faults, Unreadable, fault, shown
from hoppo.wire.leniency import BY_NAME, ROOTS, Note, Notes
from hoppo.wire.lexical import text_problem
from hoppo.wire.swift import PREFIXES, SwiftReader, prefix_of
from hoppo.wire.table import CEB, EXTEND, SUBSCRIBE, Message, transfer_block
from hoppo.wire.writing import ROOT_ATTRIBUTES, write_message

__all__ = ["ReadRecord", "Reading", "read_message", "write_message"]

MOST_RECORDS = 10_000  # a bound on memory, for tables that have none and clients that ignore it
DS_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"


@dataclass(slots=True)
class Reading:
    """A message that was read.

    `faults` are those of the message as a whole; each record has its own. `transfer`, `subscribes`
    and `extend` hold what was sent, by our names. A missing signature is no fault; `signed` tells.
    `root` is the parsed tree, as it was sent.
    """

    message: Message
    guid: str
    version: str
    records: list[ReadRecord]
    transfer: dict[str, str] | None
    subscribes: list[dict[str, str]]
    extend: dict[str, str] | None
    signed: bool
    faults: Faults
    notes: list[Note]
    root: etree._Element

    @property
    def conforms(self) -> bool:
        """Whether the official schema accepts the message."""
        return (
            not self.faults
            and (self.signed or self.message.signature != "required")
            and all(BY_NAME[note.leniency].valid for note in self.notes)
            and not any(record.faults for record in self.records)
        )


def read_message(
    data: bytes, messages: Mapping[str, Message], *, most_bytes: int = MOST_BYTES
) -> Reading:
    """Read a message of any of the given types.

    Raises Unreadable only when nothing can be answered record by record: no XML, an unknown root, a
    wrong namespace, a DOCTYPE, no records, or past the bounds of size and depth.
    """
    notes = Notes()
    document = open_document(data, notes, most_bytes)
    root = document.root
    message = message_of(root, messages, notes)
    faults = Faults()
    check_root(root, message, faults, notes)
    elements, tail = parted(root, message, faults, notes)
    if not elements:
        raise Unreadable("no-records", message.type, expected=message.record.wire)
    if len(elements) > MOST_RECORDS:
        found, most = str(len(elements)), str(MOST_RECORDS)
        raise Unreadable("too-many-records", message.type, found, most)
    records = read_records(elements, message, document, notes)
    for record in records:
        _check_count(record, len(elements), message)
    reading = Reading(
        message, root.get("guid", ""), root.get("version", ""), records,
        None, [], None, False, faults, [], root,  # noqa: FBT003 - filled in by the tail
    )  # fmt: skip
    _read_tail(tail, reading, notes)
    reading.notes.extend(notes)
    return reading


def message_of(root: etree._Element, messages: Mapping[str, Message], notes: Notes) -> Message:
    """The type of message a root stands for."""
    tag = str(root.tag)
    namespace, _, name = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
    leniency = ROOTS.get(name)
    message = messages.get(leniency.message if leniency else name)
    if message is None:
        expected = f"CEB…Message ({len(messages)})"
        raise Unreadable("root", shown(name), found=shown(name), expected=expected)
    if namespace not in {CEB, ""}:
        raise Unreadable("namespace", message.type, found=shown(namespace), expected=CEB)
    if leniency:
        notes.add(leniency.name, name)
    if not namespace:
        notes.add("no-namespace", name)
    return message


def check_root(root: etree._Element, message: Message, faults: Faults, notes: Notes) -> None:
    """Whether the root carries its guid and version, and nothing between its children."""
    for name, needed in ROOT_ATTRIBUTES:
        value = root.get(name)
        path = f"{message.type}/@{name}"
        if value is None:
            faults.append(fault("missing", path))
        elif problem := text_problem(needed, value):
            faults.append(fault(problem.code, path, **problem.bounds))
    known = {"guid", "version", *HINTS}
    for name in map(str, root.attrib):
        if name not in known:
            notes.add("root-attribute", f"{message.type}/@{shown(name)}")


def parted(
    root: etree._Element, message: Message, faults: Faults, notes: Notes
) -> tuple[list[etree._Element], list[tuple[str, etree._Element]]]:
    """The records, and what follows them by name."""
    records: list[etree._Element] = []
    tail: list[tuple[str, etree._Element]] = []
    known = set(message.tail)
    for child in root:
        name = "Signature" if child.tag == DS_SIGNATURE else local_name(child, message.type, notes)
        if name == message.record.wire:
            records.append(child)
            if tail:
                path = f"{name}[{len(records)}]"
                faults.append(fault("out-of-order", path, found=tail[0][0]))
        elif name in known:
            tail.append((name, child))
        elif not faults.full:
            faults.append(fault("unknown", message.type, found=shown(name)))
    if has_text(root):
        faults.append(fault("stray-text", message.type))
    return records, tail


def read_records(
    elements: list[etree._Element], message: Message, document: Document, notes: Notes
) -> list[ReadRecord]:
    """All records: those that are plainly right swiftly, the others carefully."""
    readers = _readers(message)
    try:
        swift = readers.swift[prefix_of(document.root)]
    except KeyError:
        found: list[ReadRecord | None] = [None] * len(elements)
    else:
        found = swift.read_all(document.text, len(elements))
    return [
        record or readers.careful.read(element, index, notes)
        for index, (element, record) in enumerate(zip(elements, found, strict=True), 1)
    ]


def _check_count(record: ReadRecord, found: int, message: Message) -> None:
    most = message.record.most
    if most is not None and record.index > most:
        path = f"{message.record.wire}[{record.index}]"
        record.faults.append(fault("too-many-records", path, found=str(found), expected=str(most)))


def _read_tail(tail: list[tuple[str, etree._Element]], reading: Reading, notes: Notes) -> None:
    """Transfer, subscribers, extension and signature."""
    order = [name for name, _ in tail]
    if order != sorted(order, key=reading.message.tail.index):
        notes.add("tail-order", reading.message.type)
    for name, element in tail:
        if name == "Signature":
            if reading.signed:
                reading.faults.append(fault("duplicate", f"{reading.message.type}/{name}"))
            reading.signed = True
        else:
            _read_part(name, element, reading, notes)
    if reading.message.transfer and reading.transfer is None:
        reading.faults.append(fault("missing", f"{reading.message.type}/BaseTransfer"))


def _read_part(name: str, element: etree._Element, reading: Reading, notes: Notes) -> None:
    if name == "BaseTransfer":
        if reading.transfer is not None:
            notes.add("repeated-transfer", name)
            return
        plan = BlockPlan(transfer_block(reading.message.direction), ())
        reading.transfer = _sent(element, plan, name, reading.faults, notes)
    elif name == "BaseSubscribe":
        at = len(reading.subscribes) + 1
        path = f"{name}[{at}]"
        if SUBSCRIBE.most is not None and at > SUBSCRIBE.most:
            reading.faults.append(
                fault("too-many-parts", path, found=str(at), expected=str(SUBSCRIBE.most))
            )
        reading.subscribes.append(
            _sent(element, BlockPlan(SUBSCRIBE, ()), path, reading.faults, notes)
        )
    elif reading.extend is not None:
        reading.faults.append(fault("duplicate", name))
    else:
        reading.extend = _sent(element, BlockPlan(EXTEND, ()), name, reading.faults, notes)


def _sent(
    element: etree._Element, plan: BlockPlan, path: str, faults: Faults, notes: Notes
) -> dict[str, str]:
    """What was sent in a block of texts; what was not sent is no key."""
    values = read_block(element, plan, path, faults, notes)
    return {name: str(value) for name, value in values.items() if value is not None}


class _Readers:
    """The readers of a message type."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self.careful = RecordReader(message)
        self.swift = {prefix: SwiftReader(message, prefix) for prefix in PREFIXES}


_READERS: dict[int, _Readers] = {}


def _readers(message: Message) -> _Readers:
    """The readers of a type, kept with their message so that an id is never another's."""
    kept = _READERS.get(id(message))
    if kept is None:
        kept = _READERS[id(message)] = _Readers(message)
    return kept
