"""The generic sheet reader: what it takes, what it refuses, and that nothing hurts it."""

import time
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest

from hoppo.wire import sheet
from hoppo.wire.sheet import (
    Column,
    Rows,
    SheetFault,
    SheetFaults,
    read_day,
    read_flag,
    read_number,
    read_sheet,
    read_text,
)

COLUMNS = (
    Column("name", read_text(10)),
    Column("price", read_number("0", "100")),
    Column("day", read_day, required=False),
    Column("sold", read_flag, required=False, empty=False),
)
GOOD = "name,price,day,sold\n甲,1.50,2019-04-01,Y\n乙,2,,\n"


def refused(source: sheet.Source) -> list[tuple[int, str]]:
    """Row and column of every fault."""
    with pytest.raises(SheetFaults) as caught:
        read_sheet(source, COLUMNS)
    return [(fault.row, fault.column) for fault in caught.value.faults]


def test_rows_come_with_their_line_and_their_values() -> None:
    (row, first), (_, second) = read_sheet(GOOD.encode(), COLUMNS)
    assert row == 2
    assert first["price"] == Decimal("1.50")
    assert first["day"].isoformat() == "2019-04-01"
    assert second == {"name": "乙", "price": Decimal(2), "day": None, "sold": False}


def test_bytes_path_and_lines_read_the_same(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes(GOOD.encode())
    rows = read_sheet(GOOD.encode(), COLUMNS)
    assert read_sheet(path, COLUMNS) == rows
    assert read_sheet(GOOD.splitlines(), COLUMNS) == rows
    with path.open(encoding="utf-8") as lines:
        assert read_sheet(lines, COLUMNS) == rows


@pytest.mark.parametrize(
    "variant",
    [
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("乙,2,,", "乙,2,,,,"),
        GOOD.replace("甲", ' "甲"').replace(' "', '"'),
        GOOD.replace("1.50", " 1.50 "),
        GOOD.replace("sold\n", "sold,,\n"),
        GOOD + "\n , ,,\n",
        "day,sold,name,price\n2019-04-01,Y,甲,1.50\n,,乙,2\n",
    ],
)
def test_harmless_differences_are_welcome(variant: str) -> None:
    values = [row for _, row in read_sheet(variant.encode(), COLUMNS)]
    assert values == [row for _, row in read_sheet(GOOD.encode(), COLUMNS)]


def test_a_text_is_neither_path_nor_lines() -> None:
    with pytest.raises(TypeError, match="the Path"):
        read_sheet("sheet.csv", COLUMNS)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("name,price,day", [(1, "sold")]),
        ("name,price,day,sold,colour", [(1, "colour")]),
        ("name,price,day,Sold", [(1, "sold"), (1, "Sold")]),
        ("name,price,day,sold,name", [(1, "name")]),
        ("name;price;day;sold", [(1, name) for name in ("name", "price", "day", "sold")]),
        ("name,price,,day,sold", [(1, "3")]),
    ],
)
def test_a_wrong_header_names_each_column(header: str, expected: list[tuple[int, str]]) -> None:
    found = refused(f"{header}\n甲,1,,\n".encode())
    assert [place for place in expected if place not in found] == []
    assert {row for row, _ in found} == {1}


def test_every_fault_of_every_row_is_told_at_once() -> None:
    text = "name,price,day,sold\n,x,2019-4-1,maybe\n乙,2,,\n丙,101,2019-02-29,\n丁\n"
    assert refused(text.encode()) == [
        (2, "name"), (2, "price"), (2, "day"), (2, "sold"), (4, "price"), (4, "day"), (5, "*"),
    ]  # fmt: skip


def test_a_fault_says_found_expected_and_what_to_do_in_both_languages() -> None:
    with pytest.raises(SheetFaults) as caught:
        read_sheet(GOOD.replace("2019-04-01", "1 April").encode(), COLUMNS)
    (fault,) = caught.value.faults
    assert fault.sentence_en == (
        "row 2, column day: found '1 April', expected a day YYYY-MM-DD. Write it as 2019-04-01."
    )
    assert fault.sentence_zh.startswith("第2行day列：内容为“1 April”，应为YYYY-MM-DD格式的日期。")
    assert fault.sentence_zh in str(caught.value)


@pytest.mark.parametrize(
    "cell", ["-1", "1e1", "NaN", "Infinity", "１", "1,5", "13%", "1_0", "0.000001", "100.1", "+1"]
)
def test_only_plain_numbers_within_bounds_are_numbers(cell: str) -> None:
    assert refused(f'name,price,day,sold\n甲,"{cell}",,\n'.encode()) == [(2, "price")]


@pytest.mark.parametrize(("cell", "fits"), [("0", True), ("100", True), ("100.00001", False)])
def test_bounds_are_inside(cell: str, *, fits: bool) -> None:
    data = f"name,price,day,sold\n甲,{cell},,\n".encode()
    assert (refused(data) if not fits else len(read_sheet(data, COLUMNS))) in ([(2, "price")], 1)


@pytest.mark.parametrize("cell", ["20190401", "2019-W14-1", "2019-13-01", "0000-01-01"])
def test_only_a_plain_day_is_a_day(cell: str) -> None:
    assert refused(f"name,price,day,sold\n甲,1,{cell},\n".encode()) == [(2, "day")]


def test_the_row_is_the_line_of_the_file_after_a_cell_with_line_breaks() -> None:
    text = 'name,price,day,sold\n"a\nb",1,,\n乙,x,,\n'
    assert refused(text.encode()) == [(2, "name"), (4, "price")]


def test_faults_between_rows_come_with_those_of_the_cells() -> None:
    def check(rows: Rows) -> Iterable[SheetFault]:
        return [SheetFault(row, "name", values["name"], "nobody") for row, values in rows]

    with pytest.raises(SheetFaults) as caught:
        read_sheet(GOOD.replace("1.50", "x").encode(), COLUMNS, check)
    assert [(fault.row, fault.column) for fault in caught.value.faults] == [
        (2, "price"), (3, "name"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"", (1, "name")),
        (bytes(range(256)) * 100, (2, "*")),
        (b"PK\x03\x04" + b"\0" * 1000, (1, "*")),
        (GOOD.encode("utf-16"), (1, "*")),
        (GOOD.encode("gb18030"), (2, "*")),
        (GOOD.encode() + b"\xff", (4, "*")),
        (GOOD.encode().replace("乙".encode(), b"a\0b"), (3, "*")),
        (b"name,price,day,sold\n" + b"x" * 1_000_000 + b",1,,\n", (2, "*")),
        (b"name,price,day,sold\n" + b'"' * 1_000_001 + b",1,,\n", (2, "*")),
        (b'name,price,day,sold\n"a,1,,\n' + b"b,1,,\n" * 100_000, (2, "*")),
        (b'name,price,day,sold\n"a"b,1,,\n', (2, "*")),
        (b"name,price,day,sold\na" + b"," * 1_000_000, (2, "price")),
        (b"," * 100_000, (1, "name")),
        (b"name,price,day,sold\n=cmd|' /C calc'!A0,1,,\n", (2, "name")),
        ("name,price,day,sold\na\u2028b,1,,\n".encode(), (2, "name")),
    ],
)
def test_hostile_sheets_get_a_clear_fault_soon(data: bytes, place: tuple[int, str]) -> None:
    start = time.perf_counter()
    found = refused(data)
    assert time.perf_counter() - start < 2
    assert found[0] == place or place in found[:1000]


def test_a_good_row_is_told_apart_from_the_overlong_one_before_it() -> None:
    text = "name,price,day,sold\n" + "x" * 200_000 + ",1,,\n乙,bad,,\n"
    assert refused(text.encode()) == [(2, "*"), (3, "price")]


def test_a_sheet_that_is_wrong_throughout_stops_at_a_bound() -> None:
    with pytest.raises(SheetFaults) as caught:
        read_sheet(b"name,price,day,sold\n" + b"a,b,c,d\n" * 20_000, COLUMNS)
    assert len(caught.value.faults) == sheet.MOST_FAULTS
    assert str(caught.value).count("\n") == sheet.MOST_LISTED


def test_a_file_past_the_bound_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "MOST_BYTES", 100)
    path = tmp_path / "sheet.csv"
    path.write_bytes(GOOD.encode() * 10)
    assert refused(path) == [(1, "*")]
    assert refused(GOOD.encode() * 10) == [(1, "*")]
