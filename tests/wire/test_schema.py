"""Our schema, our reader and the official schema accept and refuse the same documents."""

from pathlib import Path
from random import Random

import pytest
from lxml import etree
from tests.wire import making

from hoppo.customs.catalogue import MESSAGES
from hoppo.wire.codec import read_message
from hoppo.wire.faults import Unreadable
from hoppo.wire.table import Block, Message
from hoppo.wire.xsd import SIGNATURE_SCHEMA, schema

SHARED = Path(__file__).parents[2].parent / "shared"
SCHEMAS = SHARED / "ceb" / "xsd"
SAMPLES = sorted((SHARED / "ceb" / "samples").glob("*.xml"))
XS = {"xs": "http://www.w3.org/2001/XMLSchema"}
ROUNDS = 100  # documents of each type
with_official = pytest.mark.skipif(not SCHEMAS.exists(), reason="the official schemas are not here")

STUB = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
targetNamespace="http://www.w3.org/2000/09/xmldsig#"><xs:element name="Signature"/></xs:schema>"""


def direction(message: Message) -> str:
    return "export" if message.direction == "export" else "import"


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, etree.XMLSchema]:
    """Our schemas, beside the official signature schema or, where that is absent, a stub."""
    folder = tmp_path_factory.mktemp("xsd")
    signature = SCHEMAS / SIGNATURE_SCHEMA
    text = signature.read_bytes() if signature.exists() else STUB
    (folder / SIGNATURE_SCHEMA).write_bytes(text)
    schemas = {}
    for name in ("import", "export"):
        tables = (message for message in MESSAGES.values() if direction(message) == name)
        (folder / name).write_text(schema(tables), "utf-8")
        schemas[name] = etree.XMLSchema(file=str(folder / name))
    return schemas


@pytest.fixture(scope="module")
def official() -> dict[str, etree.XMLSchema]:
    names = ("import", "export")
    return {name: etree.XMLSchema(file=str(SCHEMAS / f"{name}-202205.xsd")) for name in names}


def our_verdict(data: bytes) -> bool:
    try:
        return read_message(data, MESSAGES).conforms
    except Unreadable:
        return False


def made(message: Message, rounds: int) -> list[tuple[str, bytes]]:
    """Documents of a type: valid ones and ones with a single fault, each with its name."""
    random = Random(message.type)
    documents = []
    for at in range(rounds):
        root = making.tree(message, random)
        name = "valid"
        if at % (len(making.FAULTS) + 1):
            spoil = making.FAULTS[at % (len(making.FAULTS) + 1) - 1]
            spoil(root, message, random)
            name = spoil.__name__
        documents.append((name, etree.tostring(root, encoding="utf-8")))
    return documents


@with_official
@pytest.mark.parametrize("message", MESSAGES.values(), ids=lambda message: message.type)
def test_three_verdicts_agree(
    message: Message, ours: dict[str, etree.XMLSchema], official: dict[str, etree.XMLSchema]
) -> None:
    """4,200 documents: the official schema, our schema and our reader say the same of each."""
    accepted = 0
    for name, data in made(message, ROUNDS):
        root = etree.fromstring(data)
        verdicts = (
            official[direction(message)].validate(root),
            ours[direction(message)].validate(root),
            our_verdict(data),
        )
        assert len(set(verdicts)) == 1, (name, verdicts, data.decode())
        accepted += verdicts[0]
    assert 5 < accepted < ROUNDS - 5


@with_official
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_official_samples_get_the_official_verdict(
    sample: Path, ours: dict[str, etree.XMLSchema], official: dict[str, etree.XMLSchema]
) -> None:
    """Every official sample is read without a fault; what it departs in is a note."""
    data = sample.read_bytes()
    root = etree.fromstring(data)
    reading = read_message(data, MESSAGES)
    name = direction(reading.message)
    assert ours[name].validate(root) == official[name].validate(root) == reading.conforms
    assert not reading.faults
    assert not any(record.faults for record in reading.records)
    known = {"byte-order-mark", "repeated-transfer", "short-root", "no-running-number"}
    assert {note.leniency for note in reading.notes} <= known


def our_order(block: Block) -> list[str]:
    return [field.wire for field in block.fields]


@with_official
@pytest.mark.parametrize("message", MESSAGES.values(), ids=lambda message: message.type)
def test_fields_stand_in_the_official_order(message: Message) -> None:
    """The order in the tables is the order of the official sequences."""
    root = etree.parse(SCHEMAS / f"{direction(message)}-202205.xsd").getroot()
    for block in (message.record.head, message.record.line):
        if block is None:
            continue
        path = f"xs:element[@name='{block.wire}']/xs:complexType/xs:sequence/xs:element/@name"
        assert our_order(block) == root.xpath(path, namespaces=XS)


@pytest.mark.parametrize("message", MESSAGES.values(), ids=lambda message: message.type)
def test_our_schema_and_our_reader_agree(
    message: Message, ours: dict[str, etree.XMLSchema]
) -> None:
    """The same without the official files, so that it also holds where they are absent."""
    for name, data in made(message, len(making.FAULTS) * 2):
        told = (ours[direction(message)].validate(etree.fromstring(data)), our_verdict(data))
        assert told[0] == told[1], (name, told, data.decode())


def test_there_are_42_messages() -> None:
    assert len(MESSAGES) == 42
    assert all(name == message.type for name, message in MESSAGES.items())


def test_one_schema_cannot_hold_both_directions() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        schema(MESSAGES.values())
