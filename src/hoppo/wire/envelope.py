"""The exchange's envelope: `DxpMsg` around a business message, opened and written.

A client wraps its XML in base64 (`DxpMsg`); exchanges among themselves add a second wrapping
(`DxpMsgSv`), which is taken off here; the platform's answers are `DxpRep`. Fields and lengths:
terminal-node schema of the 202205 edition. Reading takes any prefix, no namespace at all, any order
and unknown extra elements; writing is strict.
"""

import binascii
import re
from typing import Final

from lxml import etree

from hoppo.values.moments import read_iso
from hoppo.wire import envelope_faults as faults
from hoppo.wire.envelope_faults import EnvelopeFault
from hoppo.wire.envelope_form import (
    LENGTHS,
    MOST_RECEIVERS,
    NAMESPACE,
    AddInfo,
    Envelope,
    TransInfo,
)
from hoppo.wire.envelope_writer import Answer, write_envelope, write_response

__all__ = [
    "AddInfo",
    "Answer",
    "Envelope",
    "EnvelopeFault",
    "TransInfo",
    "is_envelope",
    "open_envelope",
    "write_envelope",
    "write_response",
]

MOST_BYTES: Final = 48 * 1024 * 1024
# A real envelope has some fifteen elements, a signed one sixty; more would only cost memory.
MOST_ELEMENTS: Final = 1000
HEAD_BYTES: Final = 4096
ENCODINGS: Final = frozenset({b"utf-8", b"utf8", b"us-ascii", b"gb2312", b"gbk", b"gb18030"})
_BLANKS = rb"(?:\xef\xbb\xbf)?(?>\s++|<\?(?>.*?\?>)|<!--(?>.*?-->))*+"
_OPENING = re.compile(_BLANKS + rb"<(?:[\w.\-\x80-\xff]++:)?DxpMsg(?:Sv)?(?=[\s/>])", re.DOTALL)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([^\"'>]{1,40})[\"']")


def is_envelope(data: bytes) -> bool:
    """Whether the first element is DxpMsg or DxpMsgSv; looks at the first 4 kB only."""
    return _OPENING.match(data[:HEAD_BYTES]) is not None


def open_envelope(data: bytes, *, most_bytes: int = MOST_BYTES) -> Envelope:
    """Open a DxpMsg, or the one inside a DxpMsgSv.

    Raises EnvelopeFault with the exchange's error code; when the head could be read the fault
    carries it, so that the sender can be answered.
    """
    message, path = _unwrap(_parse(data, most_bytes))
    parts = _parts(message, path)
    head = _read_head(_one(parts, "TransInfo", path), f"{path}/TransInfo")
    try:
        content = _decode(_one(parts, "Data", path), f"{path}/Data")
        added = parts.get("AddInfo")
        add_info = _read_add_info(added[0], f"{path}/AddInfo") if added else AddInfo()
    except EnvelopeFault as fault:
        fault.head = head
        raise
    return Envelope(
        cop_msg_id=head.cop_msg_id,
        sender_id=head.sender_id,
        receiver_ids=head.receiver_ids,
        created=head.created,
        message_type=head.message_type,
        data=content,
        add_info=add_info,
        signed="Signature" in parts,
    )


def _parse(data: bytes, most_bytes: int) -> etree._Element:
    """Parse within bounds of time and memory: what is refused here never becomes a tree."""
    if len(data) > most_bytes:
        raise EnvelopeFault(faults.TOO_BIG, found=f"{len(data)}", expected=f"{most_bytes}")
    declared = _DECLARED.search(data[:HEAD_BYTES])
    if declared and declared[1].lower() not in ENCODINGS:
        raise EnvelopeFault(faults.ENCODING, found=declared[1].decode("latin-1"))
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:4]:
        raise EnvelopeFault(faults.ENCODING, found="UTF-16/32")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise EnvelopeFault(faults.DOCTYPE, found="<!DOCTYPE")
    for mark, most in ((b"<", 2 * MOST_ELEMENTS), (b"=", 2 * MOST_ELEMENTS)):
        if data.count(mark) > most:
            raise EnvelopeFault(faults.TOO_MANY, expected=f"{MOST_ELEMENTS}")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise EnvelopeFault(faults.BROKEN_XML, found=str(error)[:200]) from error


def _unwrap(root: etree._Element) -> tuple[etree._Element, str]:
    """The DxpMsg and its path, out of a DxpMsgSv when it is in one."""
    _check_namespace(root)
    name = _local(root)
    if name == "DxpMsgSv":
        return _one(_parts(root, name), "DxpMsg", name), "DxpMsgSv/DxpMsg"
    if name != "DxpMsg":
        raise EnvelopeFault(faults.NO_ENVELOPE, path=name, found=name, expected="DxpMsg")
    return root, name


def _check_namespace(root: etree._Element) -> None:
    space = etree.QName(root).namespace
    if space not in (None, NAMESPACE):
        raise EnvelopeFault(
            faults.NAMESPACE, path=_local(root), found=str(space), expected=NAMESPACE
        )


def _local(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2]


def _parts(parent: etree._Element, path: str) -> dict[str, list[etree._Element]]:
    """The children by local name."""
    parts: dict[str, list[etree._Element]] = {}
    for child in parent:
        if not isinstance(child.tag, str):
            raise EnvelopeFault(faults.BROKEN_XML, path=path, found=str(child.text))
        parts.setdefault(_local(child), []).append(child)
    return parts


def _one(parts: dict[str, list[etree._Element]], name: str, path: str) -> etree._Element:
    found = parts.get(name, [])
    if len(found) != 1:
        raise EnvelopeFault(
            faults.NOT_ONCE, path=f"{path}/{name}", found=f"{len(found)}", expected="1"
        )
    return found[0]


def _read_head(info: etree._Element, path: str) -> TransInfo:
    parts = _parts(info, path)
    created = _text(_one(parts, "CreatTime", path), path)
    receivers = list(_one(parts, "ReceiverIds", path))
    if not 1 <= len(receivers) <= MOST_RECEIVERS:
        raise EnvelopeFault(
            faults.NOT_ONCE, path=f"{path}/ReceiverIds", found=f"{len(receivers)}",
            expected=f"1..{MOST_RECEIVERS}",
        )  # fmt: skip
    try:
        moment = read_iso(created)
    except ValueError as error:
        raise EnvelopeFault(
            faults.NO_MOMENT, path=f"{path}/CreatTime", found=created[:40],
            expected="yyyy-MM-ddTHH:mm:ss",
        ) from error  # fmt: skip
    return TransInfo(
        cop_msg_id=_text(_one(parts, "CopMsgId", path), path),
        sender_id=_text(_one(parts, "SenderId", path), path),
        receiver_ids=tuple(_text(each, f"{path}/ReceiverIds") for each in receivers),
        created=moment,
        message_type=_text(_one(parts, "MsgType", path), path),
    )


def _text(element: etree._Element, path: str) -> str:
    """The text of a leaf without the white space around it, within its length."""
    name = _local(element)
    text = (element.text or "").strip()
    _check_length(name, text, f"{path}/{name}")
    return text


def _check_length(name: str, text: str, path: str) -> None:
    least, most = LENGTHS.get(name, (0, 40))
    if not least <= len(text) <= most:
        raise EnvelopeFault(
            faults.LENGTH, path=path, found=f"{len(text)}", expected=f"{least}..{most}"
        )


def _read_add_info(added: etree._Element, path: str) -> AddInfo:
    texts = {
        name: _text(found[0], path)
        for name, found in _parts(added, path).items()
        if name in ("FileName", "IcCard")
    }
    keys = added.iterfind("{*}BizKey/{*}Key")
    encodings = [str(each.get("Encode", "")) for each in added.iterfind("{*}IsText")]
    return AddInfo(
        file_name=texts.get("FileName", ""),
        ic_card=texts.get("IcCard", ""),
        keys=tuple((str(key.get("name", "")), _text(key, f"{path}/BizKey")) for key in keys),
        text_encoding=encodings[0] if encodings else "",
    )


def _decode(element: etree._Element, path: str) -> bytes:
    """The business message out of its base64; says which character is none of it."""
    if len(element):
        raise EnvelopeFault(faults.XML_AS_IT_IS, path=path, found=_local(element[0])[:40])
    text = "".join((element.text or "").split())
    if not text:
        raise EnvelopeFault(faults.EMPTY, path=path, found="")
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:
        strange = re.search(r"[^A-Za-z0-9+/=]", text)
        found = f"{strange[0]!r} at {strange.start()}" if strange else str(error)
        raise EnvelopeFault(faults.NOT_BASE64, path=path, found=found) from error
