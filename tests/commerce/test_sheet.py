"""The enterprise sheet: codes, roles, credit classes, guarantees."""

from decimal import Decimal

import pytest

from hoppo.commerce.register import ROLES
from hoppo.commerce.sheet import CREDIT_CLASSES, EnterpriseRow, read_enterprises
from hoppo.wire.sheet import SheetFault, SheetFaults

HEADER = "code,name,roles,credit_class,guarantee,certificate"
USCC = "91110000600037341L"  # a published example; its check digit is right
WRONG_USCC = "91110000600037342L"


def sheet(*rows: str) -> bytes:
    """A sheet of rows under the header."""
    return "\n".join((HEADER, *rows, "")).encode()


def faults(*rows: str) -> list[SheetFault]:
    """All faults of a sheet that is refused."""
    with pytest.raises(SheetFaults) as caught:
        read_enterprises(sheet(*rows))
    return list(caught.value.faults)


def test_a_full_row_and_a_short_one() -> None:
    full = f"{USCC},测试平台,platform| EBC ,AEO,1000000.50,keys/platform.pem"
    assert read_enterprises(sheet(full, "440196e001,测试电商,ebc,,,")) == [
        EnterpriseRow(
            USCC, "测试平台", frozenset({"platform", "ebc"}), "advanced", Decimal("1000000.50"),
            "keys/platform.pem",
        ),
        EnterpriseRow(
            "440196E001", "测试电商", frozenset({"ebc"}), "registered", Decimal(0), "",
        ),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("advanced", "advanced"), ("AEO", "advanced"), ("高级认证", "advanced"),
        ("registered", "registered"), ("regular", "registered"), ("general", "registered"),
        ("备案", "registered"), ("常规", "registered"), ("", "registered"),
        ("discredited", "discredited"), ("失信", "discredited"),
    ],
)  # fmt: skip
def test_credit_classes_go_by_several_names(word: str, expected: str) -> None:
    (row,) = read_enterprises(sheet(f"440196E001,测试,ebc,{word},,"))
    assert row.credit_class == expected
    assert set(CREDIT_CLASSES.values()) == {"advanced", "registered", "discredited"}


def test_every_role_is_known() -> None:
    (row,) = read_enterprises(sheet(f"440196E001,测试,{'|'.join(ROLES)},,,"))
    assert row.roles == frozenset(ROLES)


@pytest.mark.parametrize(
    ("row", "column", "expected"),
    [
        (f"{WRONG_USCC},测试,ebc,,,", "code", "a USCC whose check digit is right"),
        ("440196E00,测试,ebc,,,", "code", "a customs code of 10 letters and digits"),
        ("440196-001,测试,ebc,,,", "code", "a customs code of 10 letters and digits"),
        (",测试,ebc,,,", "code", "a value"),
        ("440196E001,,ebc,,,", "name", "a value"),
        ("440196E001,测试,,,,", "roles", "a value"),
        ("440196E001,测试,shop,,,", "roles", "roles from platform, ebc"),
        ("440196E001,测试,ebc|,,,", "roles", "roles from platform, ebc"),
        ("440196E001,测试,ebc;zone,,,", "roles", "roles from platform, ebc"),
        ("440196E001,测试,ebc,A,,", "credit_class", "advanced, registered or discredited"),
        ("440196E001,测试,ebc,,-1,", "guarantee", "a number from 0"),
        ("440196E001,测试,ebc,,1万,", "guarantee", "a number from 0"),
    ],
)
def test_a_wrong_cell_is_named(row: str, column: str, expected: str) -> None:
    (fault,) = faults(row)
    assert (fault.row, fault.column) == (2, column)
    assert expected in fault.sentence_en
    assert fault.expected_zh


def test_a_code_stands_once_and_all_faults_come_together() -> None:
    found = faults(
        "440196E001,甲,ebc,,,", "440196E002,乙,shop,,,", "440196e001,丙,platform,,,", "x,丁,ebc,,,"
    )
    assert [(fault.row, fault.column) for fault in found] == [
        (3, "roles"), (4, "code"), (5, "code"),
    ]  # fmt: skip
    assert "row 2 has it too" in found[1].sentence_en


def test_a_wrong_header_says_which_columns() -> None:
    with pytest.raises(SheetFaults) as caught:
        read_enterprises(b"code,name,role\n440196E001,a,ebc\n")
    assert [fault.column for fault in caught.value.faults] == [
        "roles", "credit_class", "guarantee", "certificate", "role",
    ]  # fmt: skip
