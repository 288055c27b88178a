"""Reading: nothing is lost on the way round, every fault is named, no record harms another."""

from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.wire import making

from hoppo.customs.catalogue import MESSAGES
from hoppo.wire.careful import ReadRecord, RecordReader
from hoppo.wire.codec import Reading, read_message, write_message
from hoppo.wire.faults import FAULTS, WriteFault
from hoppo.wire.leniency import Notes
from hoppo.wire.swift import SwiftReader
from hoppo.wire.table import CEB, CEB_TAG, Field, Kind, Message

BY_TYPE = pytest.mark.parametrize("message", MESSAGES.values(), ids=lambda message: message.type)
TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n\r &<>]\u00a0\u3000")
)


def values(kind: Kind) -> st.SearchStrategy[str | Decimal | int]:
    """Values of a kind, at the bounds too."""
    if kind.fixed is not None:
        return st.just(kind.fixed)
    if kind.name == "integer":
        most = 10 ** (kind.most or 9) - 1
        return st.integers(-most, most)
    if kind.name == "decimal":
        return st.decimals(-(10**14) + 1, 10**14 - 1, places=kind.fraction) | st.integers(0, 9)
    most = min(kind.most or 60, kind.least + 60)
    texts = st.text("甲a&<\u3000") if kind.collapse else TEXTS
    return texts.flatmap(
        lambda drawn: st.just((drawn * (kind.least + 1))[:most].ljust(kind.least, "0"))
    )


def again(reading: Reading) -> Reading:
    """What is read from what we write of it."""
    return read_message(
        write_message(
            reading.message, reading.guid, carried(reading), reading.transfer,
            reading.subscribes, reading.version, extend=reading.extend,
        ),
        MESSAGES,
    )  # fmt: skip


def carried(reading: Reading) -> list[making.Record]:
    return [(record.head, record.lines) for record in reading.records]


def content(reading: Reading) -> object:
    return (
        reading.message.type, reading.guid, reading.version, carried(reading), reading.transfer,
        reading.subscribes, reading.extend, [record.faults for record in reading.records],
    )  # fmt: skip


@BY_TYPE
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_reading_and_writing_are_inverse(message: Message, data: st.DataObject) -> None:
    """Decode, encode, decode: the same; and what was written is what is read."""
    head, lines = making.record(message, Random(data.draw(st.integers(0, 2**32))))
    for block, target in ((message.record.head, head), (message.record.line, lines and lines[0])):
        if block and target:
            field = data.draw(st.sampled_from(block.fields))
            target[field.name] = data.draw(values(field.kind))
    first = read_message(making.written(message, [(head, lines)]), MESSAGES)
    assert first.records[0].faults == []
    assert not first.notes
    for sent, read in zip(
        [head, *lines], [first.records[0].head, *first.records[0].lines], strict=True
    ):
        assert list(read) == list(sent)
        assert {name: value for name, value in sent.items() if not blank(value)} == {
            name: read[name] for name, value in sent.items() if not blank(value)
        }
    assert content(again(first)) == content(first)


def blank(value: object) -> bool:
    """Whether white space may be lost: around the words of a text, or all of it."""
    return isinstance(value, str) and (not value or value.strip() != value)


@BY_TYPE
def test_the_tail_comes_back(message: Message) -> None:
    """Transfer, subscribers and extension survive; a receipt has none of them."""
    if not message.transfer:
        with pytest.raises(WriteFault, match="BaseTransfer"):
            write_message(message, "g" * 36, [making.record(message, Random(1))], making.TRANSFER)
        return
    extend = {"name": "名", "version": "1", "message": '<n:a xmlns:n="urn:n" b="&lt;">1<c/></n:a>'}
    data = write_message(
        message, "g" * 36, [making.record(message, Random(1))], making.TRANSFER | {"note": "&"},
        [making.SUBSCRIBE] * 5, "1.0", extend=extend,
    )  # fmt: skip
    reading = read_message(data, MESSAGES)
    assert reading.transfer == making.TRANSFER | {"note": "&"}
    assert reading.subscribes == [making.SUBSCRIBE] * 5
    assert reading.extend == extend | {"message": '<n:a xmlns:n="urn:n" b="&lt;">1<c></c></n:a>'}
    assert content(again(reading)) == content(reading)


def bent(data: bytes, random: Random) -> bytes:
    """The same message spaced, prefixed or escaped otherwise, or with a fault."""
    text = data.decode()
    for old, new in random.sample(BENDS, 2):
        text = text.replace(old, new)
    return text.encode()


BENDS = [
    ("><", ">\n  <"), ("><", ">\r\n\t<"), ("ceb:", "x:"), ("货", "&amp;"), ("A", "&#65;"),
    ("物", "<![CDATA[物]]>"), ("><", "><!-- c --><"), ("测", "<?pi?>"), ("0", " 0"), ("</", " </"),
    ("<ceb:note>", "<ceb:note >"), ("guid>", "guid >"), ("9</", "9.0</"), ("note>", "remark>"),
    ("乙", "xmlns"), ("x", "\u00a0"), ("<guid>", '<guid xmlns="">'), ("b", "b"),
    ("<ceb:guid>", f'<ceb:guid xmlns:ceb="{CEB}">'), ("<ceb:guid>", '<ceb:guid xmlns:ceb="urn:o">'),
    ('xmlns:ceb="http://www.chinaport.gov.cn/ceb"', f'xmlns:ceb="{CEB}" xmlns="{CEB}"'),
]  # fmt: skip


@BY_TYPE
def test_the_swift_reader_says_what_the_careful_one_says(message: Message) -> None:
    """Whatever is read swiftly is read the same carefully, without a fault or a note."""
    random = Random(message.type)
    swiftly = 0
    for at in range(60):
        data = making.written(message, making.records(message, random, 3))
        if at % 3 == 1:
            data = bent(data, random)
        elif at % 3 == 2:
            root = etree.fromstring(data)
            random.choice(making.FAULTS)(root, message, random)
            data = etree.tostring(root, encoding="utf-8", pretty_print=at % 2 == 0)
        try:
            root = etree.fromstring(data, etree.XMLParser(remove_comments=True, remove_pis=True))
        except etree.XMLSyntaxError:
            continue
        swiftly += compared(root, data.decode(), message)
    assert swiftly > 20


def compared(root: etree._Element, text: str, message: Message) -> int:
    """How many records both readers read, all of them alike."""
    elements = [child for child in root if child.tag == f"{CEB_TAG}{message.record.wire}"]
    if not root.tag.startswith(CEB_TAG) or root.prefix not in {None, "ceb"}:
        return 0
    found = SwiftReader(message, root.prefix).read_all(text, len(elements))
    for index, (element, swift) in enumerate(zip(elements, found, strict=True), 1):
        notes = Notes()
        careful = RecordReader(message).read(element, index, notes)
        if swift:
            assert not list(notes), text
            assert swift == careful, text
    return sum(record is not None for record in found)


@pytest.mark.parametrize(
    "hide",
    [
        "<ceb:Order></ceb:Order>{}",
        "<!--</ceb:Order>{}-->",
        "<?p </ceb:Order>{}?>",
        "<ceb:x><![CDATA[</ceb:Order>{}]]></ceb:x>",
    ],
)
def test_a_hidden_record_is_not_taken_for_the_next(hide: str) -> None:
    """A faulty order hides another where the text of the next one seems to start."""
    message = MESSAGES["CEB311Message"]
    head, lines = making.record(message, Random(2))
    named = [
        (head | {"order_no": name, "note": None}, lines) for name in ("FAULTY", "HIDDEN", "NEXT")
    ]
    text = making.written(message, named).decode().replace("--", "-x")  # for the comment
    start, *orders = text.split("<ceb:Order>")
    faulty, hidden, following = (f"<ceb:Order>{order}" for order in orders)
    faulty = faulty.replace("</ceb:Order>", hide.format(hidden) + "<ceb:y/></ceb:Order>")
    reading = read_message(f"{start}{faulty}{following}".encode(), MESSAGES)
    assert [record.head["order_no"] for record in reading.records] == ["FAULTY", "NEXT"]
    assert [bool(record.faults) for record in reading.records] == [True, False]


def test_a_fault_costs_no_other_record_anything() -> None:
    """Three faulty orders among a hundred: the others are read, and the three keep their keys."""
    message = MESSAGES["CEB311Message"]
    orders = making.records(message, Random(5), 100)
    root = etree.fromstring(making.written(message, orders))
    put("currency", "YUAN")(root[6][0], None)
    root[30][0].remove(root[30][0][17])
    put("qty", "three")(root[99][1], None)
    reading = read_message(etree.tostring(root), MESSAGES)
    faulty = [record for record in reading.records if record.faults]
    assert [(record.index, len(record.faults)) for record in faulty] == [(7, 1), (31, 1), (100, 1)]
    assert [record.faults[0].path for record in faulty] == [
        "Order[7]/OrderHead/currency",
        "Order[31]/OrderHead/buyerName",
        "Order[100]/OrderList[1]/qty",
    ]
    assert faulty[0].head["currency"] == "YUAN"
    assert faulty[1].head["buyer_name"] is None
    assert faulty[2].lines[0]["quantity"] == "three"
    for record, (head, _) in zip(reading.records, orders, strict=True):
        assert record.head["order_no"] == head["order_no"]
        if not record.faults:
            assert record.head == head


Spoil = Callable[[Any, Any], None]


def put(name: str, text: str | None) -> Spoil:
    """A field with another text."""

    def spoil(block: etree._Element, _line: object) -> None:
        next(block.iter(f"{CEB_TAG}{name}")).text = text

    return spoil


def swap(head: etree._Element, _line: etree._Element) -> None:
    head.insert(0, head[1])


def repeat(head: etree._Element, _line: etree._Element) -> None:
    head.insert(1, deepcopy(head[0]))


def leave_out(head: etree._Element, _line: etree._Element) -> None:
    head.remove(head[0])


def deepen(head: etree._Element, _line: etree._Element) -> None:
    etree.SubElement(head[0], f"{CEB_TAG}guid")


def surprise(head: etree._Element, _line: etree._Element) -> None:
    etree.SubElement(head, "x" * 60)


def chatter(head: etree._Element, _line: etree._Element) -> None:
    head[3].tail = "!"


def adorn(head: etree._Element, _line: etree._Element) -> None:
    head[3].set("id", "1")


def crowd(_head: etree._Element, line: etree._Element) -> None:
    for _ in range(99):
        line.addnext(deepcopy(line))


def strip(_head: etree._Element, line: etree._Element) -> None:
    making.parent_of(line).remove(line)


HEAD = "Order[1]/OrderHead"
CASES: list[tuple[str, Spoil, str, str, str]] = [
    ("missing", leave_out, f"{HEAD}/guid", "", ""),
    ("empty", put("orderNo", ""), f"{HEAD}/orderNo", "0", "1..60"),
    ("too-short", put("currency", "CN"), f"{HEAD}/currency", "2", "3"),
    ("too-long", put("orderNo", "字" * 61), f"{HEAD}/orderNo", "61", "1..60"),
    ("too-short", put("guid", "字" * 35), f"{HEAD}/guid", "35", "36"),
    ("not-a-number", put("freight", "1e5"), f"{HEAD}/freight", "3", "N19,5"),
    ("too-many-digits", put("freight", "9" * 20), f"{HEAD}/freight", "20", "N19,5"),
    ("too-many-decimals", put("freight", "0.000001"), f"{HEAD}/freight", "6", "5"),
    ("duplicate", repeat, f"{HEAD}/guid", "", ""),
    ("out-of-order", swap, f"{HEAD}/guid", "appType", ""),
    ("unknown", surprise, HEAD, "x" * 40 + "…", ""),
    ("nested", deepen, f"{HEAD}/guid", "", ""),
    ("stray-text", chatter, HEAD, "", ""),
    ("attribute", adorn, f"{HEAD}/appStatus", "id", ""),
    ("too-many-lines", crowd, "Order[1]/OrderList", "100", "99"),
    ("no-lines", strip, "Order[1]/OrderList", "0", "OrderList"),
]


@pytest.mark.parametrize(("code", "spoil", "path", "found", "expected"), CASES)
def test_a_fault_says_where_what_and_what_to_do(
    code: str, spoil: Spoil, path: str, found: str, expected: str
) -> None:
    """One spoilt thing is one fault, in two languages."""
    message = MESSAGES["CEB311Message"]
    head, lines = making.record(message, Random(2))
    root = etree.fromstring(making.written(message, [(head, lines[:1])]))
    spoil(root[0][0], root[0][1])
    reading = read_message(etree.tostring(root), MESSAGES)
    (fault,) = reading.records[0].faults
    assert (fault.code, fault.path, fault.found, fault.expected) == (code, path, found, expected)
    assert fault.field == path.rpartition("/")[2]
    assert path in fault.sentence_en
    assert path in fault.sentence_zh
    assert "{" not in fault.sentence_en + fault.sentence_zh


def test_whole_numbers_and_counts_have_their_own_faults() -> None:
    """What an order cannot show: whole numbers, and too many records or parts."""
    message = MESSAGES["CEB311Message"]
    head, lines = making.record(message, Random(2))
    root = etree.fromstring(making.written(message, [(head, lines[:1])]))
    root[0][1][0].text = "1.0"
    order = root[0]
    for _ in range(100):
        order.addnext(deepcopy(order))
    for _ in range(5):
        root.append(deepcopy(root[-1]))
    reading = read_message(etree.tostring(root), MESSAGES)
    assert [fault.code for fault in reading.records[99].faults] == ["not-whole"]
    last = reading.records[100].faults
    assert [fault.code for fault in last] == ["not-whole", "too-many-records"]
    assert (last[1].path, last[1].found, last[1].expected) == ("Order[101]", "101", "100")
    assert [fault.code for fault in reading.faults] == ["too-many-parts"]


def test_every_fault_has_a_case() -> None:
    """The table of sentences holds nothing that is never said."""
    said = {case[0] for case in CASES}
    said |= {"not-whole", "too-many-records", "too-many-parts"}  # just above
    said |= {"wrong-type", "no-character", "fixed"}  # said when writing: test_writing
    assert said == set(FAULTS)


def test_a_sentence_never_repeats_what_a_person_wrote() -> None:
    """Names and numbers of people stay out of faults, whatever is wrong with them."""
    message = MESSAGES["CEB621Message"]
    root = making.tree(message, Random(3))
    for element in root[0].iter():
        if not len(element):
            element.text = "测试某人110101" * 200
    (record, *_) = read_message(etree.tostring(root), MESSAGES).records
    assert len(record.faults) > 40
    assert not any("测试某人" in repr(fault) for fault in record.faults)


def test_the_faults_of_a_record_are_bounded() -> None:
    """A record of a hundred thousand mistakes costs no more memory than one of two hundred."""
    message = MESSAGES["CEB312Message"]
    data = making.written(message, [making.record(message, Random(1))])
    data = data.replace(b"</OrderReturn>", b"<x/>" * 100_000 + b"</OrderReturn>")
    assert len(read_message(data, MESSAGES).records[0].faults) == 200


def test_every_field_is_a_key_even_of_a_record_without_head() -> None:
    message = MESSAGES["CEB311Message"]
    root = etree.fromstring(making.written(message, [making.record(message, Random(2))]))
    root[0].remove(root[0][0])
    (record,) = read_message(etree.tostring(root), MESSAGES).records
    assert isinstance(record, ReadRecord)
    assert record.head == {field.name: None for field in message.record.head.fields}
    assert [fault.path for fault in record.faults] == [HEAD]


def test_an_unsigned_list_is_no_fault_but_does_not_conform() -> None:
    message = MESSAGES["CEB621Message"]
    unsigned = read_message(making.written(message, making.records(message, Random(1))), MESSAGES)
    assert (unsigned.signed, unsigned.faults, unsigned.conforms) == (False, [], False)
    signed = read_message(etree.tostring(making.tree(message, Random(1))), MESSAGES)
    assert (signed.signed, signed.faults, signed.conforms) == (True, [], True)


def test_an_empty_field_with_a_default_has_it() -> None:
    """The official schema gives 403 appStatus 1 and 303 freight 0 when they are sent empty."""
    for type_, field, expected in (
        ("CEB403Message", "app_status", "1"),
        ("CEB303Message", "freight", Decimal(0)),
    ):
        message = MESSAGES[type_]
        table = {each.name: each for each in message.record.head.fields}
        root = etree.fromstring(making.written(message, [making.record(message, Random(1))]))
        next(root.iter(f"{CEB_TAG}{wire(table[field])}")).text = None
        (record,) = read_message(etree.tostring(root), MESSAGES).records
        assert record.faults == []
        assert record.head[field] == expected


def wire(field: Field) -> str:
    return field.wire
