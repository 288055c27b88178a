"""Whatever is uploaded as a sheet is read as Excel means it, or refused with a reason."""

import io
import zipfile
from typing import Any

import pytest
import xlsxwriter
from python_calamine import load_workbook
from tests.portal.test_sheets import Rows, book, cells, header, row, sheet_of

from hoppo.portal.sheet_reading import Sheet, SheetRefused


def read(data: bytes) -> list[list[Any]]:
    """The rows of a sheet."""
    return [list(one.cells) for one in Sheet(data).rows()]


def csv_of(rows: Rows, mark: str = ",") -> str:
    """Rows as CSV."""
    return "\r\n".join(mark.join("" if one is None else str(one) for one in few) for few in rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_csv_is_read_in_the_encodings_excel_writes(encoding: str, mark: str) -> None:
    first = ["" if cell is None else str(cell) for cell in row("waybill", 1)]
    sheet = Sheet(csv_of([header("waybill"), first], mark).encode(encoding))
    assert sheet.header == header("waybill")
    (found,) = sheet.rows()
    assert [cell or "" for cell in found.cells] + [""] * (len(first) - len(found.cells)) == first


def test_a_csv_may_have_line_ends_in_its_cells() -> None:
    assert read('编号,备注\n1,"a\nb"\n\n2,c\n'.encode()) == [["1", "a\nb"], ["2", "c"]]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"%PDF-1.7 \x00\x01", "neither Excel nor CSV"),
        (b"a,b\r\n1,\x002\r\n", "line 2 holds a NUL"),
        (b"PK\x03\x04" + b"x" * 100, "no Excel workbook"),
        (book([["a", "b"], [1, 2]])[:-200], "no Excel workbook"),
        (book([["a", "b"], [1, 2]]).replace(b"xl/workbook.xml", b"xl/workbook.bin"), "no Excel"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "old Excel file"),
        (b"\xff\x80\x81,\xff", "neither Excel nor CSV"),
        (book([]), "no rows under a header"),
        (book([["订单编号", "备注"]]), "no rows under a header"),
        (b"\r\n\r\n", "no rows under a header"),
        (book([[f"c{at}" for at in range(300)], [1] * 300]), "Row 1 has 300 columns"),
        (book([["a", "b"], [1] + [None] * 250 + [2]]), "Row 2 has 252 columns"),
        (b'a,b\r\n1,"2\r\n' + b"x" * 140_000, "Line 2 of the file"),
        (b"a,b\n" + b"1,2\n" * 200_001, "more than 200,000 rows"),
        (b"PK\x03\x04" + b"PK\x01\x02" * 10_001, "no Excel workbook"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_with_a_reason(data: bytes, expected: str) -> None:
    with pytest.raises(SheetRefused) as refused:
        read(data)
    assert expected in refused.value.said.en
    assert refused.value.said.zh


def repacked(name: str, change: bytes | int, old: bytes = b"") -> bytes:
    """A workbook with one part changed: a text put for another, or blown up by megabytes."""
    with zipfile.ZipFile(io.BytesIO(sheet_of("order", row("order", 1)))) as good:
        held = {one: good.read(one) for one in good.namelist()}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for one, data in held.items():
            if one != name:
                made.writestr(one, data)
            elif isinstance(change, bytes):
                made.writestr(one, data.replace(old, change, 1))
            else:
                head, end = data.rsplit(b"</", 1)
                with made.open(one, "w", force_zip64=True) as part:
                    part.write(head)
                    for _ in range(change):
                        part.write((b"<!--" + b" " * 1020 + b"-->") * 1000)
                    part.write(b"</" + end)
    return file.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "size"), [("xl/worksheets/sheet1.xml", 1100), ("xl/sharedStrings.xml", 400)]
)
def test_a_bomb_costs_no_more_than_the_bound(name: str, size: int) -> None:
    data = repacked(name, size)
    assert len(data) < 10_000_000
    with pytest.raises(SheetRefused) as refused:
        read(data)
    assert "unpacks to more" in refused.value.said.en


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("xl/worksheets/sheet1.xml", b"<worksheet", b'<!DOCTYPE w [<!ENTITY a "b">]><worksheet'),
        ("xl/worksheets/sheet1.xml", b'r="A2"', b'r="ZZZZZ2"'),
        ("xl/worksheets/sheet1.xml", b"<sheetData>", b"<sheetData><row><c><v>1e999</v></c></row>"),
        (
            "xl/worksheets/sheet1.xml",
            b"<sheetData>",
            b'<sheetData><row><c t="s"><v>x</v></c></row>',
        ),
        ("xl/worksheets/sheet1.xml", b"<sheetData>", b'<sheetData><row r="\xff">'),
        ("xl/sharedStrings.xml", b"<t>", b"<t>_xD800__x0000_"),
        ("xl/styles.xml", b"<numFmts", b"<numFmts><numFmt/>"),
    ],
)
def test_hostile_parts_are_refused_or_harmless(name: str, old: bytes, new: bytes) -> None:
    try:
        rows = read(repacked(name, new, old))
    except SheetRefused as refused:
        assert "no Excel workbook" in refused.said.en  # noqa: PT017 - or it was read
    else:
        str(rows).encode()


def test_our_reader_agrees_with_the_library() -> None:
    """Calamine is the measure of what a workbook says."""
    rows = [row("list", one, buyer_name=None if one % 3 else "甲") for one in range(1, 301)]
    data = sheet_of("list", *rows)
    sheet = Sheet(data)
    ours = [[cell if cell is not None else "" for cell in one.cells] for one in sheet.rows()]
    theirs = cells(data)
    assert [str(cell) for cell in theirs[0]] == sheet.header
    for one, other in zip(ours, theirs[1:], strict=True):
        assert one + [""] * (len(other) - len(one)) == other


def test_what_the_library_does_not_tell_is_told() -> None:
    file = io.BytesIO()
    made = xlsxwriter.Workbook(file, {"in_memory": True})
    hidden, sheet = made.add_worksheet("hidden"), made.add_worksheet("shown")
    hidden.write_row(0, 0, ["not", "this"])
    hidden.hide()
    sheet.activate()
    sheet.set_first_sheet()
    sheet.write_row(0, 0, ["a", "b", "c", "d"])
    sheet.write_formula(1, 0, "=NA()", None, "#N/A")
    sheet.write_rich_string(1, 1, "x", made.add_format({"bold": True}), "y", "z")
    sheet.write_boolean(1, 2, boolean=True)
    sheet.write_number(1, 3, 46191.5, made.add_format({"num_format": '[$-804]yyyy"年"m"月"d"日"'}))
    sheet.write_number(2, 0, 0.1, made.add_format({"num_format": '0.00"days"'}))
    sheet.merge_range(3, 0, 5, 0, "m")
    made.close()
    found = Sheet(file.getvalue())
    rows = [one.cells for one in found.rows()]
    assert rows == [[["#N/A"], "xyz", True, "2026-06-18 12:00:00"], [0.1], ["m"]]
    assert found.merged == [(4, 6, 0)]
    second = load_workbook(io.BytesIO(file.getvalue())).get_sheet_by_name("shown").to_python()
    assert second[1][:3] == ["", "xyz", True]
