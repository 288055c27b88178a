"""One message of every type, kept as it was first written: XML beside what is read from it.

A change of these files is a change of the wire. `python -m tests.wire.test_golden` writes them
anew; look at the difference before you keep it.
"""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from tests.wire import making

from hoppo.customs.catalogue import MESSAGES
from hoppo.wire.codec import Reading, read_message, write_message
from hoppo.wire.table import Block, Field, Message

GOLDEN = Path(__file__).parents[1] / "golden"
BY_TYPE = pytest.mark.parametrize("message", MESSAGES.values(), ids=lambda message: message.type)


def value(field: Field) -> str | Decimal | int:
    """A value that says by itself which field it is in."""
    kind = field.kind
    if kind.fixed is not None:
        return kind.fixed
    if kind.name == "decimal":
        return Decimal("12.50")
    if kind.name == "integer":
        return 1
    most = min(kind.most or 60, 60)
    text = f"{field.label}<{field.wire}>&" if kind.least < 2 else f"{field.wire}{'0' * 60}"
    return text[:most]


def fields(block: Block, *, every: bool) -> dict[str, object]:
    return {field.name: value(field) if every or field.required else None for field in block.fields}


def written(message: Message) -> bytes:
    """Two records where there may be two: one with every field, one with the required ones."""
    line = message.record.line
    records = [
        (fields(message.record.head, every=every), [fields(line, every=every)] if line else [])
        for every in (True, False)[: message.record.most or 2]
    ]
    transfer = making.TRANSFER if message.transfer else None
    subscribes = [making.SUBSCRIBE] if message.transfer else []
    return write_message(message, making.GUID.format(1), records, transfer, subscribes)


def as_json(reading: Reading) -> str:
    """What was read, one line a field."""
    content = {
        "type": reading.message.type,
        "guid": reading.guid,
        "version": reading.version,
        "records": [{"head": record.head, "lines": record.lines} for record in reading.records],
        "transfer": reading.transfer,
        "subscribes": reading.subscribes,
    }
    return json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n"


@BY_TYPE
def test_the_wire_is_what_it_was(message: Message) -> None:
    """The same bytes are written, and the same is read from them."""
    kept = (GOLDEN / f"{message.type}.xml").read_bytes()
    assert written(message) == kept
    reading = read_message(kept, MESSAGES)
    assert not any(record.faults for record in reading.records)
    assert as_json(reading) == (GOLDEN / f"{message.type}.json").read_text("utf-8")


def test_every_golden_file_belongs_to_a_message() -> None:
    kept = {path.name for path in GOLDEN.glob("CEB*")}
    assert kept == {f"{name}.{kind}" for name in MESSAGES for kind in ("xml", "json")}


def renew() -> None:
    """Write all pairs anew."""
    GOLDEN.mkdir(exist_ok=True)
    for message in MESSAGES.values():
        data = written(message)
        (GOLDEN / f"{message.type}.xml").write_bytes(data)
        text = as_json(read_message(data, MESSAGES))
        (GOLDEN / f"{message.type}.json").write_text(text, "utf-8")


if __name__ == "__main__":
    renew()
