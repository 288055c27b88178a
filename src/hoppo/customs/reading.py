"""From the bytes of the inbox to answered records: envelope, signature, format."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from hoppo.commerce.register import Enterprise
from hoppo.customs.catalogue import MESSAGES, TYPES
from hoppo.customs.codes import ANSWERS, FORMAT, SIGNATURE
from hoppo.customs.intake import masked, wrong_values
from hoppo.customs.registers import Registers
from hoppo.engine.inbox import Arrived
from hoppo.wire.certificate import CertificateError, read_certificate
from hoppo.wire.codec import Reading, ReadRecord, read_message
from hoppo.wire.envelope import EnvelopeFault, is_envelope, open_envelope
from hoppo.wire.faults import Unreadable
from hoppo.wire.signature import verify

KINDS = {message_type: kind for kind, message_type in TYPES.items()}


class Incoming(NamedTuple):
    """One record that can be worked: its kind, message and values."""

    kind: str
    arrived: Arrived
    receiver: str
    head: dict[str, Any]
    lines: list[dict[str, Any]]


class Refused(NamedTuple):
    """A list that never became a document: its keys and why, as [code, path, found, expected]."""

    keys: dict[str, Any]
    status: str
    findings: tuple[tuple[str, str, str, str], ...]
    text: str


class Answer(NamedTuple):
    """What one record that cannot be worked is told: its keys, a status, why."""

    kind: str
    receiver: str
    keys: dict[str, Any]
    status: str
    text: str


class Illegible(NamedTuple):
    """What the sender of a message is told that could not be read at all (900)."""

    receiver: str
    text: str
    original_id: str
    original_type: str
    original: str


Read = Incoming | Refused | Answer | Illegible


def read_arrived(arrived: Arrived, registers: Registers) -> Iterator[Read]:
    """Read a message's records; what is wrong with one is answered and costs no other."""
    data, original_id, claimed = arrived.body, "", "Unknown"
    try:
        if is_envelope(data):
            envelope = open_envelope(data)
            data, original_id, claimed = envelope.data, envelope.cop_msg_id, envelope.message_type
        reading = read_message(data, MESSAGES)
    except (Unreadable, EnvelopeFault) as fault:
        text = f"{fault.sentence_zh} {fault.sentence_en}"
        yield Illegible(arrived.sender, text, original_id, claimed, _legible(data))
        return
    kind = KINDS.get(reading.message.type)
    if kind is None:
        text = (
            f"不受理的报文类型 {reading.message.type}。 Hoppo takes no {reading.message.type} here."
        )
        message_type = reading.message.type
        yield Illegible(arrived.sender, text, original_id, message_type, _legible(data))
        return
    yield from _records(kind, reading, arrived, registers, data)


def _records(
    kind: str, reading: Reading, arrived: Arrived, registers: Registers, data: bytes
) -> Iterator[Read]:
    answers = ANSWERS[kind]
    refusal = signature_refusal(reading, registers, arrived, data)
    for record in reading.records:
        if refusal:
            keys = answer_keys(kind, record)
            text = f"验签失败：{refusal}"
            yield Answer(kind, arrived.sender, keys, answers[SIGNATURE], text)
            if kind == "list":
                found = (answers[SIGNATURE], "Signature", refusal, "a valid signature")
                yield Refused(keys, answers[SIGNATURE], (found,), text)
        elif text := format_text(kind, record):
            keys = answer_keys(kind, record)
            yield Answer(kind, arrived.sender, keys, answers[FORMAT], text)
            if kind == "list":
                yield Refused(keys, answers[FORMAT], format_findings(record), text)
        else:
            yield Incoming(kind, arrived, arrived.sender, record.head, record.lines)


def format_text(kind: str, record: ReadRecord) -> str:
    """Why a record fails the format, every fault; empty when it does not."""
    if record.faults:
        return "；".join(
            f"[{fault.path}] {fault.sentence_zh}"
            if fault.field not in PERSONAL_WIRE
            else f"[{fault.path}] {PERSONAL_WIRE[fault.field]}有误，应为{fault.expected}"
            for fault in record.faults
        )
    return "；".join(
        f"[{wrong.path}:{masked(wrong.path, wrong.found)}]应为{wrong.expected}"
        for wrong in wrong_values(kind, record.head)
    )


def format_findings(record: ReadRecord) -> tuple[tuple[str, str, str, str], ...]:
    """A faulty list's faults as findings; what stood in personal fields is not repeated."""
    if record.faults:
        return tuple(
            (
                ANSWERS["list"][FORMAT],
                fault.path,
                "***" if fault.field in PERSONAL_WIRE else fault.found,
                fault.expected,
            )
            for fault in record.faults
        )
    return tuple(
        (ANSWERS["list"][FORMAT], f"InventoryHead/{wrong.path}", wrong.found, wrong.expected)
        for wrong in wrong_values("list", record.head)
    )


PERSONAL_WIRE = {
    "buyerName": "订购人姓名",
    "buyerTelephone": "订购人电话",
    "buyerIdNumber": "订购人证件号码",
    "buyerRegNo": "订购人注册号",
    "payerName": "支付人姓名",
    "payerIdNumber": "支付人证件号码",
    "telephone": "支付人电话",
    "consignee": "收货人姓名",
    "consigneeTelephone": "收货人电话",
    "consigneeAddress": "收货地址",
}


def answer_keys(kind: str, record: ReadRecord) -> dict[str, Any]:
    """The business key a record can be answered by, made fit for a receipt."""
    keys: dict[str, Any] = {
        name: value if value is None or isinstance(value, str) else str(value)
        for name, value in record.head.items()
    }
    widths = {
        "platform_code": 18,
        "ebc_code": 18,
        "order_no": 60,
        "payment_code": 18,
        "transaction_no": 60,
        "logistics_code": 18,
        "waybill_no": 60,
        "declarant_code": 18,
        "cop_no": 20,
    }
    for name, width in widths.items():
        if name in keys:
            keys[name] = (keys[name] or "")[:width] or "-"
    keys["logistics_status"] = (keys.get("logistics_status") or "S")[:1]
    if kind in {"list", "cancellation", "return"}:
        if keys["cop_no"] == "-":
            keys["cop_no"] = keys["order_no"][-20:]
        for name, width in (("customs_code", 4), ("pre_no", 18), ("list_no", 18)):
            if len(keys.get(name) or "") != width:
                keys[name] = None
        keys["pre_no"] = keys["pre_no"] or NO_PRE_NO
    return keys


NO_PRE_NO = "B00000000000000000"


def signature_refusal(reading: Reading, registers: Registers, arrived: Arrived, data: bytes) -> str:
    """Why a message's signature is not accepted; empty when it is.

    In a sandbox an unsigned message is accepted, and so is one whose signature is a placeholder
    without a readable certificate. A readable signature that is wrong is refused everywhere.
    """
    if not reading.signed:
        if reading.message.signature == "required" and not registers.sandbox:
            return "报文未签名 The message is not signed."
        return ""
    verification = verify(reading.root, moment=arrived.received_at, sent=data)
    if not verification.valid:
        if registers.sandbox and not verification.readable_certificate:
            return ""
        return f"{verification.reason_zh} {verification.reason_en}"
    sender = (reading.transfer or {}).get("cop_code", "")
    entry = registers.enterprises.get(sender)
    if entry is None or not entry.certificate:
        if registers.sandbox or (reading.message.signature != "required" and entry is None):
            return ""
        return f"企业{sender}未登记证书 Enterprise {sender} has no certificate on record."
    return _other_certificate(entry, verification.certificate_der)


def _other_certificate(entry: Enterprise, signer: bytes | None) -> str:
    try:
        registered = read_certificate(entry.certificate.encode())
    except CertificateError as fault:
        return str(fault)
    if signer is not None and registered.fingerprint == read_certificate(signer).fingerprint:
        return ""
    return (
        f"签名证书与{entry.code}登记的证书不符 Signed with another certificate than {entry.code}'s."
    )


def _legible(data: bytes) -> str:
    """The original as a format receipt can carry it: bounded, and free of what XML forbids."""
    text = data[:100_000].decode("utf-8", "replace")
    return "".join(char for char in text if char in "\t\n\r" or (char >= " " and char not in "￾￿"))
