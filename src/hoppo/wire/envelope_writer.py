"""Write the exchange's envelopes (`DxpMsg`) and its answers (`DxpRep`); strict, as text.

Default namespace, children in the schema's order, no white space between elements.
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from hoppo.values.moments import BEIJING
from hoppo.wire import envelope_faults as faults
from hoppo.wire.envelope_faults import EnvelopeFault
from hoppo.wire.envelope_form import (
    LENGTHS,
    MOST_KEYS,
    MOST_RECEIVERS,
    NAMESPACE,
    AddInfo,
    TransInfo,
)

DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
NOTHING_ADDED: Final = AddInfo()
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# The lengths of the answer's own elements: least, most.
ANSWER_LENGTHS: Final[dict[str, tuple[int, int]]] = {
    **LENGTHS,
    "RecevierId": (1, 16),
    "AdNodeId": (1, 8),
    "NodeId": (1, 8),
    "ResponseCode": (1, 9),
    "ResponseInfo": (0, 300),
    "RecId": (1, 16),
    "Code": (1, 9),
    "Info": (0, 300),
    "Note": (0, 500),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """The platform's answer to one envelope: a code of table 7-1, its text, the day.

    `results` are receiver id, code and text for each receiver; optional parts are left out when
    empty.
    """

    original: TransInfo
    code: str
    info: str
    noticed: date
    node_id: str = ""
    results: tuple[tuple[str, str, str], ...] = ()
    note: str = ""


def write_envelope(head: TransInfo, data: bytes, add_info: AddInfo = NOTHING_ADDED) -> bytes:
    """Wrap a business message. Raises EnvelopeFault for what the schema forbids."""
    if not data:
        raise EnvelopeFault(faults.EMPTY, path="DxpMsg/Data")
    body = base64.b64encode(data).decode()
    return (
        f'{DECLARATION}<DxpMsg xmlns="{NAMESPACE}" ver="1.0">'
        f"{_head('TransInfo', head, 'DxpMsg')}<Data>{body}</Data>{_added(add_info)}</DxpMsg>"
    ).encode()


def write_response(receiver_id: str, answers: Iterable[Answer]) -> bytes:
    """Write a DxpRep with one or more answers. Raises EnvelopeFault for what the schema forbids."""
    written = [_answer(answer) for answer in answers]
    if not written:
        raise EnvelopeFault(faults.NOT_ONCE, path="DxpRep/Response", found="0", expected="1..")
    receiver = _element("RecevierId", receiver_id, "DxpRep")
    return (
        f'{DECLARATION}<DxpRep xmlns="{NAMESPACE}" ver="1.0">{receiver}{"".join(written)}</DxpRep>'
    ).encode()


def _answer(answer: Answer) -> str:
    path = "DxpRep/Response"
    results = "".join(
        f"<Result>{_element('RecId', receiver, path)}{_element('Code', code, path)}"
        f"{_element('Info', info, path) if info else ''}</Result>"
        for receiver, code, info in answer.results
    )
    return "".join((
        "<Response>",
        _element("NodeId", answer.node_id, path) if answer.node_id else "",
        _element("ResponseCode", answer.code, path),
        _element("ResponseInfo", answer.info, path) if answer.info else "",
        f"<Results>{results}</Results>" if results else "",
        f"<NoticeTime>{answer.noticed.isoformat()}</NoticeTime>",
        _element("Note", answer.note, path) if answer.note else "",
        _head("OriHead", answer.original, path),
        "</Response>",
    ))  # fmt: skip


def _head(name: str, head: TransInfo, path: str) -> str:
    path = f"{path}/{name}"
    if not 1 <= len(head.receiver_ids) <= MOST_RECEIVERS:
        raise EnvelopeFault(
            faults.NOT_ONCE, path=f"{path}/ReceiverIds", found=f"{len(head.receiver_ids)}",
            expected=f"1..{MOST_RECEIVERS}",
        )  # fmt: skip
    receivers = "".join(_element("ReceiverId", each, path) for each in head.receiver_ids)
    return (
        f"<{name}>{_element('CopMsgId', head.cop_msg_id, path)}"
        f"{_element('SenderId', head.sender_id, path)}<ReceiverIds>{receivers}</ReceiverIds>"
        f"<CreatTime>{_moment(head.created, path)}</CreatTime>"
        f"{_element('MsgType', head.message_type, path)}</{name}>"
    )


def _moment(moment: datetime, path: str) -> str:
    """Beijing time without a zone, to the second, as every example of the exchange has it."""
    if moment.tzinfo is None:
        raise EnvelopeFault(faults.NO_ZONE, path=f"{path}/CreatTime", found=moment.isoformat())
    return moment.astimezone(BEIJING).replace(tzinfo=None, microsecond=0).isoformat()


def _added(add_info: AddInfo) -> str:
    if add_info == NOTHING_ADDED:
        return ""
    path = "DxpMsg/AddInfo"
    if len(add_info.keys) > MOST_KEYS:
        raise EnvelopeFault(
            faults.NOT_ONCE, path=f"{path}/BizKey/Key", found=f"{len(add_info.keys)}",
            expected=f"0..{MOST_KEYS}",
        )  # fmt: skip
    keys = "".join(
        _element("Key", value, path, _attribute("name", name, path) if name else "")
        for name, value in add_info.keys
    )
    encode = _attribute("Encode", add_info.text_encoding, path) if add_info.text_encoding else ""
    return "".join((
        "<AddInfo>",
        _element("FileName", add_info.file_name, path) if add_info.file_name else "",
        _element("IcCard", add_info.ic_card, path) if add_info.ic_card else "",
        f"<BizKey>{keys}</BizKey>" if keys else "",
        f"<IsText{encode}/>" if encode else "",
        "</AddInfo>",
    ))  # fmt: skip


def _element(name: str, text: str, path: str, attribute: str = "") -> str:
    return f"<{name}{attribute}>{escape(_checked(name, text, path))}</{name}>"


def _attribute(name: str, text: str, path: str) -> str:
    return f" {name}={quoteattr(_checked(name, text, path))}"


def _checked(name: str, text: str, path: str) -> str:
    least, most = ANSWER_LENGTHS[name]
    if not least <= len(text) <= most:
        raise EnvelopeFault(
            faults.LENGTH, path=f"{path}/{name}", found=f"{len(text)}", expected=f"{least}..{most}"
        )
    strange = _NO_XML.search(text)
    if strange:
        raise EnvelopeFault(faults.CHARACTER, path=f"{path}/{name}", found=repr(strange[0]))
    return text
