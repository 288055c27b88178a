"""The exchange's envelope: opened whatever its habits, refused with a code, written strictly."""

import base64
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from hoppo.values.moments import BEIJING
from hoppo.wire.envelope import (
    AddInfo,
    Answer,
    EnvelopeFault,
    TransInfo,
    is_envelope,
    open_envelope,
    write_envelope,
    write_response,
)

SCHEMA = Path(__file__).parents[3] / "shared" / "ceb" / "xsd" / "terminal-202205.xsd"
CONTENT = '<?xml version="1.0" encoding="UTF-8"?><a>单</a>'.encode()
BODY = base64.b64encode(CONTENT).decode()
HEAD = TransInfo(
    cop_msg_id="0B2C9A40-6F5B-4E6D-8B8E-000000000001",
    sender_id="DXPENT0000000001",
    receiver_ids=("DXPEDCCEB0000002",),
    created=datetime(2022, 11, 11, 0, 0, 1, tzinfo=BEIJING),
    message_type="CEB311Message",
)
ADDED = AddInfo("CEB311.xml", "1234567890123", (("DealFlag", "1"), ("", "x&<y")), "UTF-8")


def wire(info: str = "", data: str = f"<Data>{BODY}</Data>", tail: str = "") -> str:
    """An envelope as a client might write it; `info` takes the place of the whole head."""
    info = info or (
        "<TransInfo><CopMsgId>M1</CopMsgId><SenderId>S1</SenderId><ReceiverIds><ReceiverId>R1"
        "</ReceiverId></ReceiverIds><CreatTime>2022-11-11T00:00:01</CreatTime>"
        "<MsgType>CEB311Message</MsgType></TransInfo>"
    )
    space = 'xmlns="http://www.chinaport.gov.cn/dxp"'
    return f'<DxpMsg {space} ver="1.0">{info}{data}{tail}</DxpMsg>'


def prefixed(text: str) -> str:
    """The same envelope with the dxp: prefix."""
    tree = etree.fromstring(text.encode())
    moved = etree.Element(tree.tag, nsmap={"dxp": "http://www.chinaport.gov.cn/dxp"})
    moved.extend(tree)
    etree.cleanup_namespaces(moved)
    return etree.tostring(moved).decode()


def test_an_envelope_comes_back_as_it_was_written() -> None:
    opened = open_envelope(write_envelope(HEAD, CONTENT, ADDED))
    assert opened.data == CONTENT
    assert opened.add_info == ADDED
    for name in ("cop_msg_id", "sender_id", "receiver_ids", "created", "message_type"):
        assert getattr(opened, name) == getattr(HEAD, name)
    assert not opened.signed


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Z"]), min_size=1
)


@given(
    ids=st.lists(NAMES.filter(lambda text: len(text) <= 16), min_size=2, max_size=6),
    created=st.datetimes(datetime(1970, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    data=st.binary(min_size=1),
)
def test_any_head_and_any_bytes_go_round(ids: list[str], created: datetime, data: bytes) -> None:
    head = TransInfo(ids[0], ids[0], tuple(ids[1:]), created.replace(microsecond=0), "T")
    opened = open_envelope(write_envelope(head, data))
    assert (opened.data, opened.receiver_ids, opened.created) == (
        data,
        tuple(ids[1:]),
        head.created,
    )


def wrapped(text: str) -> str:
    """The same envelope in the wrapping that exchanges use among themselves."""
    return (
        '<s:DxpMsgSv xmlns:s="http://www.chinaport.gov.cn/dxp" ver="1.0"><s:SvNo Ver="1.0"/>'
        f"{text}</s:DxpMsgSv>"
    )


@pytest.mark.parametrize(
    "habit",
    [
        str,
        prefixed,
        wrapped,
        lambda text: "\ufeff" + text,
        lambda text: '<?xml version="1.0" encoding="gb2312"?>' + text,
        lambda text: text.replace(' xmlns="http://www.chinaport.gov.cn/dxp"', ""),
        lambda text: text.replace(' ver="1.0"', ""),
        lambda text: text.replace(BODY, f"\n  {BODY[:8]}\r\n{BODY[8:]} "),
        lambda text: text.replace(BODY, f"<![CDATA[{BODY}]]>"),
        lambda text: text.replace("M1", "\n M1 <!-- x -->"),
        lambda text: text.replace("<MsgType>", "<New/><MsgType>"),
        lambda text: text.replace("00:00:01", "00:00:01+08:00"),
    ],
)
def test_habits_of_real_clients_are_read(habit: Callable[[str], str]) -> None:
    data = habit(wire()).encode()
    assert is_envelope(data)
    opened = open_envelope(data)
    assert (opened.cop_msg_id, opened.sender_id, opened.receiver_ids) == ("M1", "S1", ("R1",))
    assert opened.created == datetime(2022, 11, 11, 0, 0, 1, tzinfo=BEIJING)
    assert opened.data == CONTENT


MANY_ATTRIBUTES = " ".join(f"b{number}=''" for number in range(3000))
INFO = wire().partition("<Data>")[0].partition('"1.0">')[2]


@pytest.mark.parametrize(
    ("text", "code", "path", "found"),
    [
        (wire(data=""), "0002", "DxpMsg/Data", "0"),
        (wire(data="<Data/>"), "0001", "DxpMsg/Data", ""),
        (wire(data="<Data>  \n</Data>"), "0001", "DxpMsg/Data", ""),
        (wire(data=f"<Data>{BODY}</Data><Data>{BODY}</Data>"), "0002", "DxpMsg/Data", "2"),
        (wire(data="<Data>PGE-</Data>"), "0001", "DxpMsg/Data", "'-' at 3"),
        (wire(data="<Data>PGE单</Data>"), "0001", "DxpMsg/Data", "'单' at 3"),
        (wire(data="<Data>PGE</Data>"), "0001", "DxpMsg/Data", "padding"),
        (wire(data="<Data>PGE=PGE=</Data>"), "0001", "DxpMsg/Data", ""),
        (wire(data="<Data><a/></Data>"), "0001", "DxpMsg/Data", "a"),
        (wire(data="<Data>&lt;a/&gt;</Data>"), "0001", "DxpMsg/Data", "'<' at 0"),
        (wire(INFO.replace("M1", "")), "0002", "DxpMsg/TransInfo/CopMsgId", "0"),
        (wire(INFO.replace("M1", "M" * 256)), "0002", "DxpMsg/TransInfo/CopMsgId", "256"),
        (wire(INFO.replace("S1", "S" * 17)), "0002", "DxpMsg/TransInfo/SenderId", "17"),
        (wire(INFO.replace("R1", "")), "0002", "DxpMsg/TransInfo/ReceiverIds/ReceiverId", "0"),
        (wire(INFO.replace("00:00:01", "25:00:01")), "0002", "DxpMsg/TransInfo/CreatTime", "25"),
        (wire("<TransInfo/>"), "0002", "DxpMsg/TransInfo/CreatTime", "0"),
        (wire(" "), "0002", "DxpMsg/TransInfo", "0"),
        (wire()[:-3], "0001", "", ""),
        ("", "0001", "", ""),
        ("junk", "0001", "", ""),
        (wire() + "\x00", "0001", "", ""),
        ("<DxpRep/>", "0002", "DxpRep", "DxpRep"),
        ("<DxpMsgSv/>", "0002", "DxpMsgSv/DxpMsg", "0"),
        ("<DxpMsg xmlns='urn:x'/>", "0002", "DxpMsg", "urn:x"),
        ('<!DOCTYPE DxpMsg [<!ENTITY a "b">]>' + wire(), "0001", "", "<!DOCTYPE"),
        (wire(data="<Data>&a;</Data>"), "0001", "", ""),
        ('<?xml version="1.0" encoding="utf-7"?>' + wire(), "0999", "", "utf-7"),
        (wire(tail="<a/>" * 3000), "0999", "", ""),
        (wire(tail=f"<a {MANY_ATTRIBUTES}/>"), "0999", "", ""),
    ],
)
def test_a_broken_envelope_is_refused_with_its_code(
    text: str, code: str, path: str, found: str
) -> None:
    with pytest.raises(EnvelopeFault) as caught:
        open_envelope(text.encode())
    fault = caught.value
    assert (fault.code, fault.path) == (code, path)
    assert found.lower() in fault.found.lower()
    assert fault.sentence_en
    assert fault.sentence_zh
    assert "{" not in fault.sentence_en + fault.sentence_zh


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le", "utf-16-be"])
def test_wide_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(EnvelopeFault) as caught:
        open_envelope(wire().encode(encoding))
    assert caught.value.code == "0999"


def test_a_fault_behind_the_head_carries_the_head() -> None:
    with pytest.raises(EnvelopeFault) as caught:
        open_envelope(wire(data="<Data>?</Data>").encode())
    assert caught.value.head
    assert caught.value.head.cop_msg_id == "M1"
    with pytest.raises(EnvelopeFault) as caught:
        open_envelope(wire(" ").encode())
    assert caught.value.head is None


def test_an_envelope_one_byte_too_big_is_refused_and_the_limit_is_inside() -> None:
    data = wire().encode()
    assert open_envelope(data, most_bytes=len(data)).data == CONTENT
    with pytest.raises(EnvelopeFault) as caught:
        open_envelope(data, most_bytes=len(data) - 1)
    assert (caught.value.code, caught.value.found) == ("0999", f"{len(data)}")


def test_a_big_envelope_is_opened_and_hostile_ones_cost_little() -> None:
    content = b"x" * (12 * 1024 * 1024)
    assert open_envelope(write_envelope(HEAD, content)).data == content
    deep = b"<DxpMsg>" + b"<a>" * 10_000_000
    wide = b"<DxpMsg " + b'a="" ' * 6_000_000 + b"/>"
    nulls = b"\x00" * 40_000_000
    start = time.perf_counter()
    for data in (deep, wide, nulls, b"<DxpMsg>" + b"A" * 40_000_000):
        with pytest.raises(EnvelopeFault):
            open_envelope(data)
    assert time.perf_counter() - start < 3


@given(cut=st.integers(0, 600), byte=st.integers(0, 255))
def test_a_changed_byte_is_read_or_refused_never_a_crash(cut: int, byte: int) -> None:
    data = bytearray(wire().encode())
    data[cut % len(data)] = byte
    try:
        open_envelope(bytes(data))
    except EnvelopeFault as fault:
        assert fault.code in {"0001", "0002", "0999"}  # noqa: PT017 - either way is right


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"<DxpMsg/>", True),
        (b"<DxpMsg>", True),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a > b -->\n<ns2:DxpMsg a="b">', True),
        (b"<dxp:DxpMsgSv ver='1.0'>", True),
        (b"<DxpMsgs/>", False),
        (b"<DxpRep/>", False),
        (b"<a><DxpMsg/></a>", False),
        (b"<!-- <DxpMsg> -->", False),
        (b"", False),
        (b"PK\x03\x04", False),
        (b"<!--" + b"-->" * 2000, False),
        (b" " * 5000 + b"<DxpMsg/>", False),
    ],
)
def test_an_envelope_is_known_by_its_first_element(data: bytes, expected: bool) -> None:  # noqa: FBT001
    assert is_envelope(data) is expected


def test_knowing_an_envelope_is_cheap_whatever_it_holds() -> None:
    start = time.perf_counter()
    for data in (b"<!---->" * 600, b"<?a?>" * 900, b" \n" * 2048, b"<" * 5000, b"<!--" * 1024):
        assert not is_envelope(data)
    assert time.perf_counter() - start < 0.1


WRONG_HEADS: dict[str, dict[str, object]] = {
    "CopMsgId": {"cop_msg_id": ""},
    "SenderId": {"sender_id": "S" * 17},
    "ReceiverIds": {"receiver_ids": ()},
    "ReceiverId": {"receiver_ids": ("R" * 17,)},
    "CreatTime": {"created": datetime(2022, 1, 1)},  # noqa: DTZ001 - the fault
    "MsgType": {"message_type": "M" * 31},
}


def head_with(changes: dict[str, object]) -> TransInfo:
    """The good head with something changed."""
    values = {name: getattr(HEAD, name) for name in TransInfo.__slots__}
    return TransInfo(**{**values, **changes})


@pytest.mark.parametrize("field", WRONG_HEADS)
def test_a_head_that_the_schema_forbids_is_not_written(field: str) -> None:
    with pytest.raises(EnvelopeFault) as caught:
        write_envelope(head_with(WRONG_HEADS[field]), CONTENT)
    assert caught.value.path == f"DxpMsg/TransInfo/{field}"


@pytest.mark.parametrize(
    ("added", "field"),
    [
        (AddInfo(file_name="f" * 256), "FileName"),
        (AddInfo(file_name="a\x00b"), "FileName"),
        (AddInfo(ic_card="1" * 14), "IcCard"),
        (AddInfo(keys=(("n" * 33, "v"),)), "name"),
        (AddInfo(keys=(("n", ""),)), "Key"),
        (AddInfo(keys=(("n", "v"),) * 6), "BizKey/Key"),
        (AddInfo(text_encoding="e" * 51), "Encode"),
    ],
)
def test_additions_that_the_schema_forbids_are_not_written(added: AddInfo, field: str) -> None:
    with pytest.raises(EnvelopeFault) as caught:
        write_envelope(HEAD, CONTENT, added)
    assert caught.value.path == f"DxpMsg/AddInfo/{field}"


def test_nothing_is_not_wrapped_and_no_answer_is_not_written() -> None:
    with pytest.raises(EnvelopeFault):
        write_envelope(HEAD, b"")
    with pytest.raises(EnvelopeFault):
        write_response("R1", [])


FULL_ANSWER = Answer(
    HEAD, "0002", "No <Data>", date(2022, 11, 11), "44010001", (("R1", "2001", "unknown"),), "n"
)


def test_an_answer_says_code_text_and_the_original_head() -> None:
    root = etree.fromstring(write_response("S1", [FULL_ANSWER]))
    space = {"d": "http://www.chinaport.gov.cn/dxp"}
    assert root.findtext("d:RecevierId", namespaces=space) == "S1"
    assert root.findtext("d:Response/d:ResponseCode", namespaces=space) == "0002"
    assert root.findtext("d:Response/d:ResponseInfo", namespaces=space) == "No <Data>"
    assert root.findtext("d:Response/d:OriHead/d:CopMsgId", namespaces=space) == HEAD.cop_msg_id
    assert root.findtext("d:Response/d:Results/d:Result/d:Code", namespaces=space) == "2001"


@pytest.mark.skipif(not SCHEMA.exists(), reason="the official schema is not here")
def test_what_is_written_is_valid_against_the_official_schema() -> None:
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    many = head_with({"receiver_ids": ("R1", "R2", "R3", "R4", "R5"), "message_type": ""})
    plain = Answer(HEAD, "0001", "", date(2022, 11, 11))
    for data in (
        write_envelope(HEAD, CONTENT),
        write_envelope(many, CONTENT, ADDED),
        write_response("S1", [FULL_ANSWER]),
        write_response("S1", [plain, FULL_ANSWER]),
    ):
        schema.assertValid(etree.fromstring(data))
