"""Receipts: which statuses in which order; one fault costs no other record its answer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.conftest import NOON
from tests.customs.office import RISKY, Office, changed, message, one
from tests.purchase import DECLARANT, ID_NUMBER, NAME, messages

from hoppo.commerce.register import Enterprise, register
from hoppo.customs.registers import registers_changed, write_setting
from hoppo.wire.envelope_form import TransInfo
from hoppo.wire.envelope_writer import write_envelope
from hoppo.wire.sandbox_certificate import make_certificate
from hoppo.wire.signature import sign

pytestmark = pytest.mark.database
RECEIPTS = {
    "order": "CEB312Message",
    "payment": "CEB412Message",
    "waybill": "CEB512Message",
    "list": "CEB622Message",
}
DOCUMENTS = ("order", "payment", "waybill")
EXISTS = {"order": "-301010", "payment": "-401007", "waybill": "-504015", "list": "-621004"}
OLDER = {"order": "-301014", "payment": "-401012", "waybill": "-504012", "list": "-621055"}
UNKNOWN = {"order": "-301009", "payment": "-401006", "waybill": "-504014", "list": "-621011"}
STATE = {"order": "-301011", "payment": "-401008", "waybill": "-504016", "list": "-621043"}
LATER = "20260618110000"
EARLIER = "20260618090000"


def again(kind: str, **values: Any) -> bytes:
    """Another version of the first purchase's document."""
    return message(kind, changed(one(1), kind, **values)[kind])


def test_a_released_purchase_is_answered_step_by_step(office: Office) -> None:
    office.send(*messages(one(1)))
    for kind in DOCUMENTS:
        assert office.statuses(RECEIPTS[kind]) == ["2", "120"]
    assert office.statuses("CEB622Message") == ["2", "120", "800"]
    first, *rest = office.receipts("CEB622Message")
    assert first["list_no"] is None
    assert {record["list_no"] for record in rest} == {office.verdict()["invtNo"]}
    assert len({record["pre_no"] for record in (first, *rest)}) == 1
    assert {record["return_time"] for record in rest} == {"20260618120000000"}
    assert {record["receiver"] for record in office.receipts()} == {"sender"}
    guids = [record["guid"] for record in office.receipts()]
    assert len(guids) == len(set(guids))


def test_a_refused_list_gets_every_code_at_once(office: Office) -> None:
    parts = changed(one(1), "list", pack_count=2, buyer_name="另一人")
    office.send(*messages(parts))
    assert office.statuses("CEB622Message") == ["2", "100"]
    text = office.receipts("CEB622Message")[-1]["return_info"]
    assert "[Code:13127;" in text
    assert "[Code:H5104;" in text


def test_a_faulty_document_is_refused_by_itself(office: Office) -> None:
    office.send(again("order", order_type="E"), again("payment", payer_id_type="2"))
    office.send(again("waybill", pack_count=2))
    for kind in DOCUMENTS:
        assert office.statuses(RECEIPTS[kind]) == ["2", "100"]


def test_a_list_in_review_gets_its_decision_later(office: Office) -> None:
    office.send(*messages(one(1, code=RISKY)))
    assert office.statuses("CEB622Message") == ["2", "120", "300"]
    office.decide(1, release=True)
    assert office.statuses("CEB622Message")[3:] == ["800"]


@pytest.mark.parametrize("kind", RECEIPTS)
def test_a_staged_document_waits_to_be_declared(office: Office, kind: str) -> None:
    office.send(again(kind, app_status="1"))
    assert office.statuses(RECEIPTS[kind]) == ["1"]
    others = [message(other, one(1)[other]) for other in RECEIPTS if other != kind]
    office.send(*others)
    assert office.statuses("CEB622Message")[-1] in {"1", "2"}
    office.send(again(kind, app_time=LATER))
    assert office.verdict()["status"] == "800"


@pytest.mark.parametrize("kind", RECEIPTS)
def test_a_staged_document_is_declared_in_the_same_second(office: Office, kind: str) -> None:
    """The moment is one; the declaration is what counts, and not chance."""
    office.send(*(message(other, one(1)[other]) for other in RECEIPTS if other != kind))
    office.send(again(kind, app_status="1"), again(kind))
    assert office.verdict()["status"] == "800"


@pytest.mark.parametrize("kind", RECEIPTS)
def test_a_copy_is_answered_and_changes_nothing(office: Office, kind: str) -> None:
    office.send(*messages(one(1)))
    before = office.verdicts()
    last = office.statuses(RECEIPTS[kind])[-1]
    office.send(again(kind), again(kind, guid="A" * 36))
    assert office.verdicts() == before
    answered = office.statuses(RECEIPTS[kind])
    assert len(answered) > len(office.statuses("CEB900Message"))
    assert answered[-1] == last


@pytest.mark.parametrize("kind", RECEIPTS)
def test_another_document_under_a_taken_number_is_refused(office: Office, kind: str) -> None:
    office.send(again(kind))
    office.send(again(kind, app_time=LATER, note="不同内容"))
    assert office.statuses(RECEIPTS[kind])[-1] == EXISTS[kind]


@pytest.mark.parametrize("kind", RECEIPTS)
def test_an_older_version_is_ignored(office: Office, kind: str) -> None:
    office.send(again(kind))
    office.send(again(kind, app_time=EARLIER, app_type="2", note="旧"))
    assert office.statuses(RECEIPTS[kind])[-1] == OLDER[kind]


@pytest.mark.parametrize("kind", RECEIPTS)
def test_a_change_takes_the_place_of_what_was(office: Office, kind: str) -> None:
    office.send(again(kind))
    office.send(again(kind, app_time=LATER, app_type="2", note="新"))
    assert "变更申报成功" in str(
        [record["return_info"] for record in office.receipts(RECEIPTS[kind])]
    )
    assert not [status for status in office.statuses(RECEIPTS[kind]) if status.startswith("-")]


@pytest.mark.parametrize("kind", RECEIPTS)
def test_what_is_deleted_is_gone_and_can_come_anew(office: Office, kind: str) -> None:
    office.send(again(kind, app_type="3"))
    assert office.statuses(RECEIPTS[kind]) == [UNKNOWN[kind]]
    office.send(again(kind), again(kind, app_type="3", app_time=LATER))
    office.send(*(message(other, one(1)[other]) for other in RECEIPTS if other != kind))
    assert office.verdict()["status"] == ("deleted" if kind == "list" else "2")
    office.send(again(kind, app_time="20260618113000", note="重报"))
    assert office.verdict()["status"] == "800"


@pytest.mark.parametrize("kind", RECEIPTS)
def test_a_passed_purchase_stands_as_it_was_judged(office: Office, kind: str) -> None:
    office.send(*messages(one(1)))
    for app_type in ("2", "3"):
        office.send(again(kind, app_time=LATER, app_type=app_type, note="太晚"))
        assert office.statuses(RECEIPTS[kind])[-1] == STATE[kind]
    assert office.verdict()["status"] == "800"


def test_one_faulty_record_costs_no_other_its_answer(office: Office) -> None:
    """Two of a hundred are wrong in format; each is answered with its own number and fault."""
    purchases = [one(number) for number in range(1, 101)]
    for kind in DOCUMENTS:
        office.send(message(kind, *(parts[kind] for parts in purchases)))
    body = message("list", *(parts["list"] for parts in purchases))
    body = body.replace(b"ORDER00000007<", b"<", 1)
    body = body.replace(b"COP00000050<", b"COP00000050" + b"9" * 20 + b"<", 1)
    office.send(body)
    statuses = [line["status"] for line in office.verdicts().values()]
    assert statuses.count("800") == 98
    assert statuses.count("-621001") == 2
    answers = office.receipts("CEB622Message")
    faulty = [record for record in answers if record["return_status"] == "-621001"]
    assert len(faulty) == 2
    assert "orderNo" in faulty[0]["return_info"]
    assert "copNo" in faulty[1]["return_info"]
    assert faulty[0]["cop_no"] == "COP00000007"
    assert office.receipts("CEB900Message") == []


def test_a_sound_list_after_a_faulty_one_gets_a_number_of_its_own(office: Office) -> None:
    for number in (1, 2):
        parts = one(number)
        office.send(*(message(kind, parts[kind]) for kind in DOCUMENTS))
        office.send(message("list", parts["list"]).replace(b"packNo>1<", b"packNo>x<"))
        assert office.verdict(number)["status"] == "-621001"
        office.send(message("list", parts["list"]))
        assert office.verdict(number)["status"] == "800"
    numbers = {
        record["pre_no"]
        for record in office.receipts("CEB622Message")
        if record["return_status"] == "800"
    }
    assert len(numbers) == 2


def test_the_hundred_and_first_record_is_one_too_many(office: Office) -> None:
    """We never write such a message; one that comes costs the hundred before nothing."""
    whole = message("order", *(one(number)["order"] for number in range(1, 101)))
    extra = message("order", one(101)["order"])
    start, end = extra.index(b"<ceb:Order>"), extra.index(b"<ceb:BaseTransfer>")
    at = whole.index(b"<ceb:BaseTransfer>")
    office.send(whole[:at] + extra[start:end] + whole[at:])
    answered = office.receipts("CEB312Message")
    statuses = [record["return_status"] for record in answered]
    assert (statuses.count("120"), statuses.count("-301008")) == (100, 1)
    (refused,) = (record for record in answered if record["return_status"] == "-301008")
    assert refused["order_no"] == "ORDER00000101"
    assert "100" in refused["return_info"]


def test_what_cannot_be_read_is_answered_with_its_message_number(office: Office) -> None:
    info = TransInfo(
        cop_msg_id="MESSAGE-7", sender_id="DXPENT1", receiver_ids=("DXPCUS1",),
        created=NOON, message_type="CEB621Message",
    )  # fmt: skip
    office.send(write_envelope(info, b"<CEB621Message>"), b"no XML at all", sender="somebody")
    office.send(b"<html/>", *messages(one(1)))
    first, second, third = office.receipts("CEB900Message")
    assert first["ori_cop_msg_id"] == "MESSAGE-7"
    assert first["receiver"] == second["receiver"] == "somebody"
    assert first["ori_biz_message"] == "<CEB621Message>"
    assert third["return_status"] == "-1"
    assert office.verdict()["status"] == "800"


SINCE, UNTIL = datetime(2022, 1, 1, tzinfo=UTC), datetime(2032, 1, 1, tzinfo=UTC)
OWN = make_certificate("测试申报企业", DECLARANT, "sm2-sm3", SINCE, UNTIL)
OTHER = make_certificate("另一企业", DECLARANT, "sm2-sm3", SINCE, UNTIL)


def signed(body: bytes, pair: tuple[bytes, bytes] = OWN) -> bytes:
    """The body signed by the declarant, or by another key in its name."""
    key, certificate = pair
    return sign(body, private_key_pem=key, certificate_pem=certificate, algorithm="sm2-sm3")


@pytest.fixture
def strict(office: Office) -> Office:
    """The office outside the sandbox, with the declarant's certificate on record."""
    write_setting(office.connection, "sandbox", "N")
    register(
        office.connection,
        [
            Enterprise(
                DECLARANT, "测试申报企业", frozenset({"declarant", "guarantor"}), "sandbox",
                OWN[1].decode(), active=True, sandbox=False,
            )
        ],
    )  # fmt: skip
    registers_changed(office.connection)
    office.connection.commit()
    office.send(*messages(one(1))[:3])
    return office


def test_a_list_signed_by_its_declarant_is_released(strict: Office) -> None:
    strict.send(signed(message("list", one(1)["list"])))
    assert strict.verdict()["status"] == "800"


def test_an_unsigned_list_is_refused_outside_the_sandbox(strict: Office) -> None:
    strict.send(message("list", one(1)["list"]))
    assert strict.statuses("CEB622Message") == ["-621029"]
    assert strict.verdict()["status"] == "-621029"
    strict.send(signed(message("list", one(1)["list"])))
    assert strict.verdict()["status"] == "800"


def test_a_list_signed_with_another_certificate_is_refused(strict: Office) -> None:
    strict.send(signed(message("list", one(1)["list"]), OTHER))
    assert strict.statuses("CEB622Message") == ["-621029"]


def test_a_list_altered_after_signing_is_refused_everywhere(strict: Office) -> None:
    body = signed(message("list", one(1)["list"])).replace(b"packNo>1<", b"packNo>2<")
    strict.send(body)
    assert strict.statuses("CEB622Message") == ["-621029"]
    write_setting(strict.connection, "sandbox", "Y")
    strict.connection.commit()
    strict.send(body)
    assert strict.statuses("CEB622Message") == ["-621029", "-621029"]


def test_a_receipt_names_no_person(office: Office) -> None:
    parts = changed(one(1, id_number=ID_NUMBER), "payment", payer_name="另一人")
    office.send(*messages(parts))
    texts = "".join(str(record) for record in office.receipts())
    assert ID_NUMBER not in texts
    assert NAME not in texts


def test_receipts_tell_the_moment_in_beijing(office: Office) -> None:
    office.now = NOON + timedelta(hours=13)
    office.send(again("order"))
    assert office.receipts()[0]["return_time"] == "20260619010000000"


@pytest.mark.parametrize("kind", ["order", "payment", "waybill"])
def test_a_deletion_that_overtakes_its_document_still_deletes_it(office: Office, kind: str) -> None:
    """The deletion is newer; the document that comes late is old, and the list goes on waiting."""
    others = [message(other, one(1)[other]) for other in DOCUMENTS if other != kind]
    office.send(*others, message("list", one(1)["list"]))
    office.send(again(kind, app_type="3", app_time="20260618110000"))
    office.send(message(kind, one(1)[kind]))
    assert office.verdict()["status"] == "2"
    assert office.verdict()["waiting_for"] == [kind]
