"""Hostile input: a clear error, little time, little memory."""

import time
import tracemalloc
from random import Random

import pytest
from tests.wire import making

from hoppo.customs.catalogue import MESSAGES
from hoppo.wire.codec import read_message
from hoppo.wire.faults import UNREADABLE, Unreadable

MESSAGE = MESSAGES["CEB311Message"]
GOOD = making.written(MESSAGE, making.records(MESSAGE, Random(1)))
BODY = GOOD.partition(b"\n")[2]
ROOT, _, REST = BODY.partition(b">")
BOMB = b'<!DOCTYPE a [<!ENTITY a "ha">%s]>' % b"".join(
    b'<!ENTITY %c "%s">' % (98 + at, b"&%c;" % (97 + at) * 10) for at in range(12)
)
EXTERNAL = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
PARAMETER = b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://192.0.2.1/p.dtd"> %p;]>'
HEAD = b'<?xml version="1.0"?>\n'
MIB = 1024 * 1024
END = b"</ceb:CEB311Message>"
AT = b"<ceb:orderNo>"
GBK = b'<?xml version="1.0" encoding="gbk"?>'


def put(inside: bytes) -> bytes:
    """The good message with something at the start of each order number."""
    return BODY.replace(AT, AT + inside)


HOSTILE: list[tuple[str, str, bytes]] = [
    ("entity bomb", "doctype", HEAD + BOMB + BODY.replace(b"<ceb:note>", b"<ceb:note>&l;")),
    ("external entity", "doctype", HEAD + EXTERNAL + BODY),
    ("parameter entity", "doctype", HEAD + PARAMETER + BODY),
    ("external subset", "doctype", b'<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd">' + BODY),
    ("hidden doctype", "doctype", HEAD + b"<!-- c --><?p q?>\n" + EXTERNAL + BODY),
    ("doctype in utf-16", "doctype", (EXTERNAL + BODY).decode().encode("utf-16")),
    ("doctype in gbk", "doctype", GBK + EXTERNAL + b"<a/>"),
    ("unknown entity", "not-xml", BODY.replace(b"</ceb:orderNo>", b"&nbsp;</ceb:orderNo>")),
    ("200 MB", "too-big", bytes(200 * MIB)),
    ("many elements", "too-many-marks", ROOT + b">" + b"<a/>" * (7 * MIB) + END),
    ("many attributes", "too-many-marks", ROOT + b' a=""' * (6 * MIB) + b"/>"),
    ("many records", "too-many-records", ROOT + b">" + b"<ceb:Order/>" * 10_001 + END),
    ("deep nesting", "too-deep", ROOT + b">" + b"<a>" * 300_000 + b"</a>" * 300_000),
    ("one endless text", "not-xml", put(b"x" * 11 * MIB)),
    ("endless comment", "not-xml", HEAD + b"<!--" + b"-" * 20 * MIB),
    ("endless declaration", "not-xml", b"<?xml " + b" " * 20 * MIB),
    ("endless tag", "not-xml", b"<" + b"a" * 20 * MIB),
    ("broken utf-8", "broken-text", put(b"\xff\xfe")),
    ("overlong utf-8", "broken-text", put(b"\xc0\xbc")),
    ("surrogate in utf-8", "broken-text", put(b"\xed\xa0\x80")),
    ("cut in a character", "broken-text", BODY[: BODY.index("测".encode()) + 1]),
    ("neither gbk nor utf-8", "broken-text", GBK + b"<a>\xff\xff</a>"),
    ("broken utf-16", "broken-text", b"\xff\xfe<\x00\x00"),
    ("python codec", "encoding", b'<?xml version="1.0" encoding="zlib"?>' + BODY),
    ("utf-7", "encoding", b'<?xml version="1.0" encoding="UTF-7"?>+ADw-a/+AD4-'),
    ("NUL", "not-xml", put(b"\x00")),
    ("NUL reference", "not-xml", put(b"&#0;")),
    ("only NULs", "not-xml", bytes(1000)),
    ("nothing", "not-xml", b""),
    ("not XML", "not-xml", b'{"order": 1}'),
    ("a zip", "broken-text", b"PK\x03\x04\x14\x00\x00\x00\x08\x00\xa0\xb1"),
    ("cut short", "not-xml", GOOD[: len(GOOD) // 2]),
    ("two roots", "not-xml", BODY + BODY),
    ("wrong namespace", "namespace", BODY.replace(b"gov.cn/ceb", b"gov.cn/cab")),
    ("dxp namespace", "namespace", BODY.replace(b"gov.cn/ceb", b"gov.cn/dxp")),
    ("unknown root", "root", BODY.replace(b"CEB311Message", b"CEB313Message")),
    ("no message", "root", b"<html/>"),
    ("long root", "root", b"<" + b"x" * 40_000 + b"/>"),
    ("no records", "no-records", ROOT + b"/>"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "data"), [case[1:] for case in HOSTILE], ids=[case[0] for case in HOSTILE]
)
def test_hostile_input_is_refused_clearly_and_fast(code: str, data: bytes) -> None:
    """The right code, a short sentence in both languages, under a second and a half."""
    started = time.process_time()
    with pytest.raises(Unreadable) as caught:
        read_message(data, MESSAGES)
    assert time.process_time() - started < 1.5
    error = caught.value
    assert error.code == code
    assert 10 < len(str(error)) < 300
    assert error.sentence_en == str(error)
    assert error.sentence_zh != error.sentence_en


def test_every_refusal_has_a_case() -> None:
    assert {case[1] for case in HOSTILE} == set(UNREADABLE)


def test_what_is_too_big_is_not_even_looked_at() -> None:
    """The size is compared before anything is copied."""
    data = bytes(200 * MIB)
    tracemalloc.start()
    with pytest.raises(Unreadable):
        read_message(data, MESSAGES)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MIB


def test_the_bound_is_an_argument() -> None:
    with pytest.raises(Unreadable) as caught:
        read_message(GOOD, MESSAGES, most_bytes=len(GOOD) - 1)
    assert (caught.value.found, caught.value.expected) == (str(len(GOOD)), str(len(GOOD) - 1))
    assert read_message(GOOD, MESSAGES, most_bytes=len(GOOD)).records


@pytest.mark.parametrize(
    "lines",
    [b"<ceb:OrderList/>" * 60_000, b"<ceb:surprise/>" * 900_000, b"x<ceb:OrderHead/>" * 60_000],
)
def test_a_monstrous_record_is_a_fault_and_little_work(lines: bytes) -> None:
    """Tens of thousands of wrong parts: read in a second, with bounded faults, others unharmed."""
    started = time.process_time()
    data = BODY.replace(b"</ceb:OrderHead>", b"</ceb:OrderHead>" + lines, 1)
    reading = read_message(data, MESSAGES)
    assert time.process_time() - started < 1.5
    assert 1 <= len(reading.records[0].faults) <= 200
    assert len(reading.records[0].lines) <= 101
    assert reading.records[1].faults == []


def test_many_namespaces_are_little_work() -> None:
    """Fifty thousand declarations on the root do not make finding names slow."""
    declared = b"".join(b' xmlns:n%d="urn:%d"' % (at, at) for at in range(50_000))
    started = time.process_time()
    reading = read_message(ROOT + declared + b">" + REST, MESSAGES)
    assert time.process_time() - started < 1.5
    assert not any(record.faults for record in reading.records)


def test_a_cdata_section_may_hold_what_looks_like_a_doctype() -> None:
    """A format receipt carries the whole message it answers."""
    message = MESSAGES["CEB900Message"]
    head, _ = making.record(message, Random(1))
    inside = "<!DOCTYPE a><a>&b;</a>"
    data = making.written(message, [(head | {"ori_biz_message": "@"}, [])])
    data = data.replace(b">@<", f"><![CDATA[{inside}]]><".encode())
    assert read_message(data, MESSAGES).records[0].head["ori_biz_message"] == inside
