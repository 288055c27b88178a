"""Receipts: one record an answer, a hundred records a message, in the order things happened."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from hoppo.customs.catalogue import MESSAGES
from hoppo.customs.values import Declaration
from hoppo.engine.outbox import Outgoing
from hoppo.rulebook.rule import Finding
from hoppo.values.moments import write_moment
from hoppo.values.random_bytes import RandomBytes
from hoppo.wire.writing import write_message, write_rows

MOST_RECORDS = 100
MOST_TEXT = 1000
RECEIPT_OF = {
    "order": "CEB312Message",
    "payment": "CEB412Message",
    "waybill": "CEB512Message",
    "waybill_status": "CEB514Message",
    "list": "CEB622Message",
    "cancellation": "CEB624Message",
    "return": "CEB626Message",
}


def _key_fields(message_type: str) -> tuple[str, ...]:
    """The fields of a receipt between its guid and its status, time and text: the business key."""
    guid, *names, status, time, info = (
        field.name for field in MESSAGES[message_type].record.head.fields
    )
    if (guid, status, time, info) != ("guid", "return_status", "return_time", "return_info"):
        raise LookupError(message_type)
    return tuple(names)


KEY_FIELDS = {kind: _key_fields(message_type) for kind, message_type in RECEIPT_OF.items()}
_random = RandomBytes()


def new_guid() -> str:
    """A fresh upper-case GUID: random, of version 4 (RFC 9562)."""
    text = _random.take(16).hex().upper()
    variant = "89AB"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def findings_text(findings: Iterable[Finding]) -> str:
    """Findings as receipt text, in the customs' own form, cut to what a receipt may hold."""
    return "；".join(
        f"[Code:{finding.rule.code};Desc:{finding.rule.sentence_zh}],"
        f"[{finding.path.replace('/', '.')}:{finding.found};{finding.expected}]"
        for finding in findings
    )[:MOST_TEXT]


def list_keys(declared: Declaration, pre_no: str, list_no: str | None) -> dict[str, Any]:
    """The business key of a list, as its receipts carry it."""
    return {
        "customs_code": declared.customs_code,
        "platform_code": declared.platform_code,
        "ebc_code": declared.ebc_code,
        "declarant_code": declared.declarant_code,
        "cop_no": declared.cop_no,
        "pre_no": pre_no,
        "list_no": list_no,
    }


class Receipts:
    """Collects answers during a batch and makes messages of them at its end."""

    def __init__(self, now: datetime, guid: Callable[[], str] = new_guid) -> None:
        """Take the moment of the batch and a maker of GUIDs."""
        self.time = write_moment(now)
        self.guid = guid
        self._rows: dict[tuple[str, str], list[tuple[str | None, ...]]] = {}
        # The message that is being answered, and those that each row answers.
        self.about = 0
        self._answered: dict[tuple[str, str], list[int]] = {}
        self._whole: list[Outgoing] = []

    def answer(
        self, kind: str, receiver: str, keys: Mapping[str, Any], status: str, text: str
    ) -> None:
        """Answer one record of a kind; `keys` holds at least its business key by our names."""
        row = (
            self.guid(),
            *[keys.get(name) for name in KEY_FIELDS[kind]],
            status,
            self.time,
            text[:MOST_TEXT] or "-",
        )
        self._rows.setdefault((receiver, RECEIPT_OF[kind]), []).append(row)
        self._answered.setdefault((receiver, RECEIPT_OF[kind]), []).append(self.about)

    def unreadable(
        self, receiver: str, text: str, original_id: str, original_type: str, original: str
    ) -> None:
        """Answer what could not be read at all (900)."""
        self.whole(
            "CEB900Message",
            receiver,
            [
                (
                    {
                        "guid": self.guid(),
                        "return_status": "-1",
                        "return_info": text[:5000],
                        "return_time": self.time,
                        "ori_cop_msg_id": original_id[:255],
                        "ori_message_type": original_type[:15] or "Unknown",
                        "ori_biz_message": original,
                    },
                    [],
                )
            ],
        )

    def whole(self, message_type: str, receiver: str, records: list[Any]) -> None:
        """Send records that are complete already: tax bills, format receipts."""
        for at in range(0, len(records), MOST_RECORDS):
            part = records[at : at + MOST_RECORDS]
            body = write_message(MESSAGES[message_type], self.guid(), part)
            answers = (self.about,) if self.about else ()
            self._whole.append(Outgoing(receiver, message_type, len(part), body, answers))

    def messages(self) -> list[Outgoing]:
        """All receipts of the batch as messages."""
        made = []
        for (receiver, message_type), rows in self._rows.items():
            for at in range(0, len(rows), MOST_RECORDS):
                part = rows[at : at + MOST_RECORDS]
                body = write_rows(MESSAGES[message_type], self.guid(), part)
                answers = self._answered[receiver, message_type][at : at + MOST_RECORDS]
                made.append(
                    Outgoing(receiver, message_type, len(part), body, tuple(sorted(set(answers))))
                )
        return made + self._whole
