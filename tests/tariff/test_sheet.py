"""The tariff sheet: what a row may hold, and what it says about each wrong one."""

from datetime import date
from decimal import Decimal

import pytest

from hoppo.tariff.sheet import read_tariff
from hoppo.wire.sheet import SheetFault, SheetFaults

HEADER = (
    "code,name,unit1,unit2,mfn_rate,vat_rate,consumption_rate,consumption_per_unit,"
    "consumption_unit,positive_list,note,max_qty_per_order,bonded_only,since,until"
)
FULL = "2208300000,威士忌酒,095,035,10,13,20,1,035,Y,仅限网购保税商品,2.5,Y,2019-04-01,2030-01-01"
PLAIN = "0409000000,天然蜂蜜,035,,15,9,,,,N,,,,,"


def sheet(*rows: str) -> bytes:
    """A sheet of rows under the header."""
    return "\n".join((HEADER, *rows, "")).encode()


def cell(column: str, value: str, row: str = FULL) -> str:
    """A row with one cell changed."""
    cells = row.split(",")
    cells[HEADER.split(",").index(column)] = value
    return ",".join(cells)


def faults(data: bytes) -> list[SheetFault]:
    """All faults of a sheet that is refused."""
    with pytest.raises(SheetFaults) as caught:
        read_tariff(data)
    return list(caught.value.faults)


def test_a_full_row_is_read_cell_by_cell() -> None:
    (row,) = read_tariff(sheet(FULL))
    assert tuple(row) == (
        "2208300000", "威士忌酒", "095", "035", Decimal(10), Decimal(13), Decimal(20), Decimal(1),
        "035", True, "仅限网购保税商品", Decimal("2.5"), True, date(2019, 4, 1), date(2030, 1, 1),
    )  # fmt: skip


def test_what_may_be_empty_means_without() -> None:
    (row,) = read_tariff(sheet(PLAIN))
    assert (row.unit2, row.consumption_rate) == (None, Decimal(0))
    assert row.consumption_per_unit is None
    assert (row.consumption_unit, row.note, row.max_qty_per_order) == (None, "", None)
    assert (row.positive_list, row.bonded_only) == (False, False)
    assert (row.since, row.until) == (date.min, None)


def test_a_bom_is_welcome() -> None:
    assert read_tariff(b"\xef\xbb\xbf" + sheet(FULL)) == read_tariff(sheet(FULL))


def test_a_header_alone_is_an_empty_tariff() -> None:
    assert read_tariff(sheet()) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("code", ""), ("code", "409000000"), ("code", "22083000"), ("code", "22083000001"),
        ("code", "2208.30.00"), ("code", "２２０８３０００００"), ("code", "2.2083E+09"),
        ("name", ""), ("name", "x" * 501),
        ("unit1", ""), ("unit1", "35"), ("unit1", "千克"), ("unit1", "024"), ("unit1", "999"),
        ("unit2", "kg"), ("unit2", "095"),
        ("mfn_rate", ""), ("mfn_rate", "-1"), ("mfn_rate", "100.1"), ("mfn_rate", "free"),
        ("vat_rate", ""), ("vat_rate", "13%"), ("vat_rate", "0,13"), ("vat_rate", "1e1"),
        ("consumption_rate", "99.5"), ("consumption_rate", "100"), ("consumption_rate", "x"),
        ("consumption_per_unit", "-1"), ("consumption_per_unit", "1元"),
        ("consumption_unit", "kg"),
        ("positive_list", ""), ("positive_list", "yes"), ("positive_list", "是"),
        ("max_qty_per_order", "0"), ("max_qty_per_order", "2kg"),
        ("bonded_only", "1"), ("bonded_only", "true"),
        ("since", "2019/4/1"), ("since", "2019-02-29"), ("since", "20190401"),
        ("until", "2019-04-01"), ("until", "2019-03-31"), ("until", "never"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named(column: str, value: str) -> None:
    data = sheet(cell(column, f'"{value}"' if "," in value else value))
    (fault,) = faults(data)
    assert (fault.row, fault.column) == (2, column)
    assert fault.sentence_en.startswith(f"row 2, column {column}: found ")
    assert fault.sentence_zh.startswith(f"第2行{column}列：")
    assert fault.expected
    assert fault.expected_zh
    assert fault.advice.en


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("mfn_rate", "0"), ("mfn_rate", "100"), ("vat_rate", "100.00"), ("consumption_rate", "99"),
        ("until", "2019-04-02"), ("bonded_only", "n"), ("max_qty_per_order", "0.00001"),
        ("note", "x" * 2000), ("name", '"a, ""b"""'),
    ],
)  # fmt: skip
def test_a_cell_at_its_bound_is_inside(column: str, value: str) -> None:
    assert len(read_tariff(sheet(cell(column, value)))) == 1


@pytest.mark.parametrize(
    ("per_unit", "unit", "fits"),
    [("", "", True), ("0", "", True), ("1", "035", True), ("1", "", False), ("", "035", False),
     ("0", "035", False)],
)  # fmt: skip
def test_a_specific_rate_goes_with_its_unit(per_unit: str, unit: str, *, fits: bool) -> None:
    data = sheet(cell("consumption_per_unit", per_unit, cell("consumption_unit", unit)))
    if fits:
        assert len(read_tariff(data)) == 1
    else:
        assert [fault.column for fault in faults(data)] == ["consumption_unit"]


def test_ten_kinds_of_wrong_rows_are_told_at_once_and_nothing_is_read() -> None:
    rows = [
        PLAIN,
        cell("code", "409000000"),
        cell("name", ""),
        cell("unit1", "kg"),
        cell("vat_rate", "13%"),
        cell("consumption_rate", "100"),
        cell("positive_list", ""),
        cell("since", "1.4.2019"),
        cell("until", "2019-04-01"),
        cell("max_qty_per_order", "0", FULL.replace("2208300000", "2208400000")),
        FULL + ",more",
        '2208300000,"broken"quote',
        FULL,
        cell("since", "2020-01-01"),
        "",
        cell("unit2", "095", FULL.replace("2208300000", "2208500000")),
    ]
    found = faults(sheet(*rows))
    assert [(fault.row, fault.column) for fault in found] == [
        (3, "code"), (4, "name"), (5, "unit1"), (6, "vat_rate"), (7, "consumption_rate"),
        (8, "positive_list"), (9, "since"), (10, "until"), (11, "max_qty_per_order"), (12, "*"),
        (13, "*"), (15, "since"), (17, "unit2"),
    ]  # fmt: skip


def test_an_overlap_names_the_other_row() -> None:
    (fault,) = faults(sheet(cell("since", "2020-01-01"), FULL, PLAIN))
    assert (fault.row, fault.column, fault.found) == (2, "since", "2020-01-01")
    assert "row 3 of 2208300000" in fault.sentence_en
    assert "第3行" in fault.sentence_zh


def test_a_row_that_stands_twice_is_an_overlap() -> None:
    (fault,) = faults(sheet(PLAIN, PLAIN))
    assert fault.column == "since"


def test_periods_that_meet_are_welcome() -> None:
    after = cell("until", "", cell("since", "2030-01-01"))
    assert len(read_tariff(sheet(after, FULL))) == 2


def test_a_wrong_header_says_which_columns() -> None:
    found = faults(sheet(FULL).replace(b"vat_rate", b"VAT"))
    assert [(fault.column, fault.found) for fault in found] == [
        ("vat_rate", "no such column"), ("VAT", "VAT"),
    ]  # fmt: skip
    assert HEADER in found[0].sentence_en


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50,
        b"PK\x03\x04" + bytes(100),
        sheet(cell("name", "x" * 1_000_000)),
        sheet(cell("name", "a\0b")),
        sheet(FULL).decode().encode("gb18030"),
    ],
)
def test_a_hostile_file_is_refused_whole(data: bytes) -> None:
    (fault,) = faults(data)
    assert fault.column == "*"
    assert len(fault.sentence_en) < 500
