"""Writing is strict: what the table forbids is refused, with the place and the reason."""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from tests.wire import making

from hoppo.customs.catalogue import MESSAGES
from hoppo.wire.codec import read_message, write_message
from hoppo.wire.faults import WriteFault
from hoppo.wire.table import Message
from hoppo.wire.writing import write_rows

ORDER = MESSAGES["CEB311Message"]
RECEIPT = MESSAGES["CEB622Message"]
GUID = "g" * 36


def order(**changes: object) -> making.Record:
    head, lines = making.record(ORDER, Random(4))
    return head | changes, lines[:1]


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"order_no": None}, "missing", "orderNo"),
        ({"order_no": ""}, "empty", "orderNo"),
        ({"order_no": "x" * 61}, "too-long", "orderNo"),
        ({"order_no": 7}, "wrong-type", "orderNo"),
        ({"order_no": "a\x00b"}, "no-character", "orderNo"),
        ({"order_no": "a\ud800"}, "no-character", "orderNo"),
        ({"order_no": "a\uffff"}, "no-character", "orderNo"),
        ({"guid": "x" * 35}, "too-short", "guid"),
        ({"consignee_district": "44"}, "too-short", "consigneeDistrict"),
        ({"currency": "502"}, "fixed", "currency"),
        ({"freight": "1"}, "wrong-type", "freight"),
        ({"freight": True}, "wrong-type", "freight"),
        ({"freight": 1.5}, "wrong-type", "freight"),
        ({"freight": Decimal("0.000001")}, "too-many-decimals", "freight"),
        ({"freight": Decimal("1E14") * 10**5}, "too-many-digits", "freight"),
        ({"freight": Decimal("1E+999999")}, "not-a-number", "freight"),
        ({"freight": Decimal("NaN")}, "not-a-number", "freight"),
        ({"freight": Decimal("-Infinity")}, "not-a-number", "freight"),
    ],
)
def test_a_forbidden_value_is_refused(changes: dict[str, Any], code: str, path: str) -> None:
    """Each kind of wrong value, at its path in the second record."""
    with pytest.raises(WriteFault) as caught:
        write_message(ORDER, GUID, [order(), order(**changes)], making.TRANSFER)
    assert (caught.value.fault.code, caught.value.fault.path) == (
        code,
        f"Order[2]/OrderHead/{path}",
    )
    assert isinstance(caught.value, ValueError)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(WriteFault, match="order_number"):
        write_message(ORDER, GUID, [order(order_number="1")], making.TRANSFER)


@pytest.mark.parametrize(
    ("carried", "transfer", "subscribes", "code"),
    [
        ([], making.TRANSFER, [], "missing"),
        ([order()], None, [], "missing"),
        ([order()], {}, [], "missing"),
        ([order()] * 101, making.TRANSFER, [], "too-many-records"),
        ([(order()[0], [])], making.TRANSFER, [], "no-lines"),
        ([(order()[0], order()[1] * 100)], making.TRANSFER, [], "too-many-lines"),
        ([order()], making.TRANSFER, [making.SUBSCRIBE] * 6, "too-many-parts"),
    ],
)
def test_forbidden_numbers_of_parts_are_refused(
    carried: list[making.Record],
    transfer: dict[str, str] | None,
    subscribes: list[dict[str, str]],
    code: str,
) -> None:
    with pytest.raises(WriteFault) as caught:
        write_message(ORDER, GUID, carried, transfer, subscribes)
    assert caught.value.fault.code == code


@pytest.mark.parametrize(("guid", "version"), [("g" * 35, "1.0"), (GUID, ""), (GUID, "1" * 11)])
def test_the_root_must_be_right_too(guid: str, version: str) -> None:
    with pytest.raises(WriteFault):
        write_message(ORDER, guid, [order()], making.TRANSFER, (), version)


@pytest.mark.parametrize("part", ["<a>", "text", "<a/><b/>", "<!DOCTYPE a><a/>", 5])
def test_an_extension_must_be_one_element(part: object) -> None:
    extend = {"name": "n", "version": "1", "message": part}
    with pytest.raises(WriteFault):
        write_message(ORDER, GUID, [order()], making.TRANSFER, extend=extend)


def test_lines_where_there_are_none_are_refused() -> None:
    head, _ = making.record(RECEIPT, Random(1))
    with pytest.raises(WriteFault, match="lines"):
        write_message(RECEIPT, GUID, [(head, [{}])])


def test_import_receipts_stand_in_the_default_namespace() -> None:
    """As the customs write them: the rest stands under ceb:."""
    import_receipt = making.written(RECEIPT, [making.record(RECEIPT, Random(1))])
    assert b'<CEB622Message xmlns="http://www.chinaport.gov.cn/ceb" guid=' in import_receipt
    export_receipt = MESSAGES["CEB604Message"]
    written = making.written(export_receipt, [making.record(export_receipt, Random(1))])
    assert b'<ceb:CEB604Message xmlns:ceb="http://www.chinaport.gov.cn/ceb" guid=' in written
    assert b"<ceb:Order>" in making.written(ORDER, [order()])


def test_what_is_not_sent_is_left_out() -> None:
    """None and an empty optional text leave no element; a required text may be empty on export."""
    data = write_message(ORDER, GUID, [order(note=None, batch_numbers="")], making.TRANSFER)
    assert b"<ceb:OrderHead>" in data
    head = data.partition(b"<ceb:OrderHead>")[2].partition(b"</ceb:OrderHead>")[0]
    assert b"note" not in head
    assert b"batchNumbers" not in head
    export = MESSAGES["CEB604Message"]
    record, _ = making.record(export, Random(1))
    assert b"<ceb:invtNo></ceb:invtNo>" in making.written(export, [(record | {"list_no": ""}, [])])


def test_numbers_are_written_plainly() -> None:
    """No exponent, and no more than five decimals when the rest are zeros."""
    for value, text in (
        (Decimal("1E+3"), b"1000"),
        (Decimal("1.5000000"), b"1.50000"),
        (Decimal("-0.10"), b"-0.10"),
        (7, b"7"),
    ):
        data = write_message(ORDER, GUID, [order(freight=value)], making.TRANSFER)
        assert b"<ceb:freight>%s</ceb:freight>" % text in data
        assert read_message(data, MESSAGES).records[0].head["freight"] == value


RECEIPTS = [message for message in MESSAGES.values() if message.record.flat]


@pytest.mark.parametrize("message", RECEIPTS, ids=lambda message: message.type)
def test_rows_are_written_as_records_are(message: Message) -> None:
    """Plain rows, absent values, characters to escape and forbidden values: one result."""
    rng = Random(message.type)
    names = [field.name for field in message.record.head.fields]
    for _ in range(40):
        rows = []
        for _ in range(rng.randint(1, 5)):
            head, _lines = making.record(message, rng)
            row = [head.get(name) for name in names]
            if rng.random() < 0.3:
                row[rng.randrange(len(row))] = rng.choice(
                    ["", None, "x", "<&>", "x" * 2000, "\x00", 5, "]]>"]
                )
            rows.append(tuple(row))
        records = [(dict(zip(names, row, strict=True)), ()) for row in rows]
        assert _outcome(write_rows, message, GUID, rows) == _outcome(
            write_message, message, GUID, records
        )


def _outcome(write: Callable[..., bytes], *arguments: Any) -> bytes | str:
    try:
        return write(*arguments)
    except WriteFault as refusal:
        return str(refusal)
