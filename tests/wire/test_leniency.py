"""What is put up with: each leniency has a case, is a note, and never a fault."""

from collections.abc import Callable
from copy import deepcopy
from random import Random

import pytest
from lxml import etree
from tests.wire import making

from hoppo.customs.catalogue import MESSAGES
from hoppo.wire.codec import Reading, read_message
from hoppo.wire.leniency import LENIENCIES
from hoppo.wire.table import CEB

NAMESPACE = f' xmlns="{CEB}"'.encode()
Change = Callable[[bytes], bytes]


def sample(type_: str) -> bytes:
    """A valid message of a type, one record."""
    message = MESSAGES[type_]
    return making.written(message, [making.record(message, Random(7))])


def replaced(*pairs: tuple[str, str]) -> Change:
    def change(data: bytes) -> bytes:
        for old, new in pairs:
            assert old.encode() in data
            data = data.replace(old.encode(), new.encode())
        return data

    return change


def declared(name: str, encoding: str) -> Change:
    """The message saved in an encoding and declared to be in another."""

    def change(data: bytes) -> bytes:
        text = data.decode().replace('"UTF-8"', f'"{name}"')
        return text.translate(str.maketrans("é😀€", "e笑元")).encode(encoding)

    return change


def without(name: str) -> Change:
    def change(data: bytes) -> bytes:
        root = etree.fromstring(data)
        for element in list(root.iter(f"{{{CEB}}}{name}")):
            making.parent_of(element).remove(element)
        return etree.tostring(root)

    return change


def reordered(data: bytes) -> bytes:
    """Signature before extension in an import message."""
    root = etree.fromstring(data)
    root.append(etree.fromstring(making.SIGNATURE))
    extension = "<c:name>n</c:name><c:version>1</c:version><c:Message/>"
    whole = f'<c:ExtendMessage xmlns:c="{CEB}">{extension}</c:ExtendMessage>'
    root.append(etree.fromstring(whole))
    return etree.tostring(root)


def time_first(data: bytes) -> bytes:
    root = etree.fromstring(data)
    root[0].insert(2, root[0][3])
    assert [etree.QName(child).localname for child in root[0]][2:4] == ["returnTime", "returnInfo"]
    return etree.tostring(root)


def twice_transferred(data: bytes) -> bytes:
    root = etree.fromstring(data)
    transfer = next(root.iter(f"{{{CEB}}}BaseTransfer"))
    second = deepcopy(transfer)
    second[0].text = "another"
    transfer.addnext(second)
    return etree.tostring(root)


CASES: list[tuple[str, str, Change, str]] = [
    ("byte-order-mark", "CEB311Message", lambda data: b"\xef\xbb\xbf" + data, ""),
    ("other-encoding", "CEB312Message", declared("gb2312", "gb18030"), ""),
    ("other-encoding", "CEB312Message", declared("GBK", "gbk"), ""),
    ("other-encoding", "CEB312Message", declared("utf-16", "utf-16"), ""),
    ("wrong-encoding", "CEB312Message", declared("gb2312", "utf-8"), ""),
    ("no-namespace", "CEB622Message", lambda data: data.replace(NAMESPACE, b""), "CEB622Message"),
    (
        "root-attribute", "CEB411Message",
        replaced((' guid="', ' id="1" guid="')), "CEB411Message/@id",
    ),
    ("repeated-transfer", "CEB303Message", twice_transferred, "BaseTransfer"),
    ("tail-order", "CEB311Message", reordered, "CEB311Message"),
    (
        "empty-optional", "CEB311Message",
        replaced(("</ceb:consigneeAddress>", "</ceb:consigneeAddress><ceb:consigneeDistrict/>")),
        "Order[1]/OrderHead/consigneeDistrict",
    ),
    (
        "other-than-fixed", "CEB411Message",
        replaced((">142</ceb:currency>", ">502</ceb:currency>")),
        "Payment[1]/PaymentHead/currency",
    ),
    ("short-root", "CEB214Message", replaced(("CEB214Message", "CEB214")), "CEB214"),
    (
        "tax-bill-extras", "CEB816Message",
        replaced(("</TaxHeadRd>", "<orderNo>O</orderNo><logisticsNo>L</logisticsNo></TaxHeadRd>")),
        "Tax[1]/TaxHeadRd/orderNo",
    ),
    (
        "tax-bill-extras", "CEB816Message",
        replaced(("</TaxHeadRd>", "<logisticNo>L</logisticNo></TaxHeadRd>")),
        "Tax[1]/TaxHeadRd/logisticNo",
    ),
    (
        "cancel-sequence", "CEB606Message",
        replaced(("<ceb:returnStatus>", "<ceb:msgSeqNo>1</ceb:msgSeqNo><ceb:returnStatus>")),
        "InvtCancelReturn[1]/msgSeqNo",
    ),
    (
        "no-running-number", "CEB792Message", without("gseqno"),
        "SummaryResult[1]/SummaryResultList[1]/gseqno",
    ),
    ("time-before-text", "CEB900Message", time_first, "MessageReturn[1]/returnInfo"),
]  # fmt: skip


def content(reading: Reading) -> list[tuple[object, object]]:
    return [(record.head, record.lines) for record in reading.records]


@pytest.mark.parametrize(("name", "type_", "change", "path"), CASES)
def test_a_leniency_is_a_note_and_no_fault(
    name: str, type_: str, change: Change, path: str
) -> None:
    """The departure is read, told once, and everything else is as it would have been."""
    clean = sample(type_)
    if name in {"other-encoding", "wrong-encoding"}:
        clean = declared("UTF-8", "utf-8")(clean)
    reading = read_message(change(clean), MESSAGES)
    assert [(note.leniency, note.path) for note in reading.notes] == [(name, path)]
    assert not reading.faults
    assert not any(record.faults for record in reading.records)
    assert reading.notes[0].sentence_en != reading.notes[0].sentence_zh
    expected = read_message(clean, MESSAGES)
    assert reading.transfer == expected.transfer
    if name == "other-than-fixed":
        assert reading.records[0].head["currency"] == "502"
        expected.records[0].head["currency"] = "502"
    if name == "no-running-number":
        for record in expected.records:
            for line in record.lines:
                line["gseqno"] = None
    assert content(reading) == content(expected)


def test_every_leniency_has_a_case() -> None:
    assert {case[0] for case in CASES} == {leniency.name for leniency in LENIENCIES}


@pytest.mark.parametrize("mark", ["ns2:", "n:", "declaration:"])
def test_any_prefix_is_as_good(mark: str) -> None:
    """A prefix is the client's choice and worth no note."""
    clean = sample("CEB621Message")
    renamed = clean.replace(b"ceb:", mark.encode()).replace(b":ceb=", f":{mark[:-1]}=".encode())
    reading = read_message(renamed, MESSAGES)
    assert not reading.notes
    assert content(reading) == content(read_message(clean, MESSAGES))


def test_the_default_namespace_is_as_good() -> None:
    clean = sample("CEB621Message")
    plain = clean.replace(b"xmlns:ceb=", b"xmlns=").replace(b"ceb:", b"")
    reading = read_message(plain, MESSAGES)
    assert not reading.notes
    assert content(reading) == content(read_message(clean, MESSAGES))


def test_a_leniency_of_one_message_is_none_of_another() -> None:
    """MsgSeqNo is skipped in 606 only, gseqno may lack in 792 only."""
    data = sample("CEB604Message").replace(
        b"<ceb:returnStatus>", b"<ceb:msgSeqNo>1</ceb:msgSeqNo><ceb:returnStatus>"
    )
    reading = read_message(data, MESSAGES)
    assert [fault.code for fault in reading.records[0].faults] == ["unknown"]
    assert not reading.notes


def test_notes_are_counted_and_not_repeated() -> None:
    """A hundred empty optional fields are one note."""
    message = MESSAGES["CEB311Message"]
    data = making.written(message, making.records(message, Random(1), 100))
    data = without("consigneeDistrict")(data)
    data = data.replace(
        b"</ceb:consigneeAddress>", b"</ceb:consigneeAddress><ceb:consigneeDistrict/>"
    )
    (note,) = read_message(data, MESSAGES).notes
    assert (note.path, note.count) == ("Order[1]/OrderHead/consigneeDistrict", 100)
