"""Reads CSV sheets by a table of columns: every fault of every row is reported, all or nothing."""

import csv
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from hoppo.wire.faults import shown
from hoppo.wire.sentence import Sentence

MOST_BYTES = 256 * 1024 * 1024
MOST_FAULTS = 10_000  # kept: a sheet with more is wrong as a whole, and its reading stops
MOST_LISTED = 200  # spelled out in the text of the exception
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
NUMBER = re.compile(r"[0-9]{1,18}(\.[0-9]{1,5})?")
CORRECT = Sentence("Correct the cell.", "请更正该单元格。")
SAVE_AS_CSV = Sentence("Save the sheet as CSV in UTF-8.", "请将表格另存为UTF-8编码的CSV文件。")
NOT_A_SHEET = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
)

Source: TypeAlias = bytes | os.PathLike[str] | Iterable[str]
Rows: TypeAlias = list[tuple[int, dict[str, Any]]]


class Misfit(ValueError):
    """A cell does not fit its column: what was expected, and what to do."""

    def __init__(self, expected: Sentence, advice: Sentence = CORRECT) -> None:
        """Keep both."""
        super().__init__(expected.en)
        self.expected, self.advice = expected, advice


class Column(NamedTuple):
    """One column: its header, how a cell is read, whether it may be empty and then means.

    `read` takes the trimmed text and returns the value, or raises Misfit.
    """

    name: str
    read: Callable[[str], Any]
    required: bool = True
    empty: Any = None


@dataclass(frozen=True, slots=True)
class SheetFault:
    """One wrong cell, row or header. Rows are the lines of the file, the header being line 1.

    `column` is `*` where the whole row or file is meant.
    """

    row: int
    column: str
    found: str
    expected: str
    expected_zh: str = ""
    advice: Sentence = CORRECT

    @property
    def sentence_en(self) -> str:
        """Where, found, expected, what to do."""
        found = repr(self.found) if self.found else "nothing"
        return (
            f"row {self.row}, column {self.column}: found {found},"
            f" expected {self.expected}. {self.advice.en}"
        )

    @property
    def sentence_zh(self) -> str:
        """The same in Chinese."""
        found = f"“{self.found}”" if self.found else "空"
        expected = self.expected_zh or self.expected
        return f"第{self.row}行{self.column}列：内容为{found}，应为{expected}。{self.advice.zh}"

    def __str__(self) -> str:
        """Both languages on one line."""
        return f"{self.sentence_en} {self.sentence_zh}"


class SheetFaults(ValueError):
    """A sheet was refused whole: `faults` holds every reason, in the order of the rows."""

    def __init__(self, faults: Iterable[SheetFault]) -> None:
        """Sort by row, and spell out the first of them."""
        self.faults = tuple(sorted(faults, key=lambda fault: fault.row))
        lines = [str(fault) for fault in self.faults[:MOST_LISTED]]
        if rest := len(self.faults) - len(lines):
            lines.append(f"and {rest} more; 另有{rest}处。")
        super().__init__("\n".join(lines))


class _Enough(Exception):
    """As many faults as are kept have been found."""


class _Found(list[SheetFault]):
    """The faults so far."""

    def add(self, row: int, column: str, found: str, misfit: Misfit) -> None:
        """Keep one; raises _Enough when no more are kept."""
        expected = misfit.expected
        self.append(SheetFault(row, column, shown(found), expected.en, expected.zh, misfit.advice))
        if len(self) >= MOST_FAULTS:
            raise _Enough


def read_sheet(
    source: Source,
    columns: Sequence[Column],
    check: Callable[[Rows], Iterable[SheetFault]] | None = None,
) -> Rows:
    """Read a sheet into (row number, values by column name); a BOM and blank rows are welcome.

    The source is the file's bytes, its path, or its lines. `check` compares the cells and rows
    with each other; it is given the rows whose cells are right, so that its faults come together
    with those of the cells. Raises SheetFaults with everything that is wrong, OSError when the
    path cannot be read.
    """
    faults, rows = _Found(), []
    try:
        text = _text(source, faults)
        if not faults:
            rows = _read_rows(text, columns, faults)
    except _Enough:
        raise SheetFaults(faults) from None
    if check is not None:
        faults.extend(check(rows))
    if faults:
        raise SheetFaults(faults)
    return rows


def _text(source: Source, faults: _Found) -> str:
    if isinstance(source, str):
        message = "give the bytes, the Path or the lines of a sheet, not a text"
        raise TypeError(message)
    if isinstance(source, os.PathLike):
        path = Path(source)
        data = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b" " * (MOST_BYTES + 1)
    elif isinstance(source, bytes):
        data = source
    else:
        lines = (line.rstrip("\r\n") for line in source)
        data = "\n".join(lines).encode("utf-8", "surrogatepass")
    return _decoded(data, faults)


def _decoded(data: bytes, faults: _Found) -> str:
    csv_text = Sentence("a CSV file in UTF-8", "UTF-8编码的CSV文件")
    if len(data) > MOST_BYTES:
        most = Sentence(f"at most {MOST_BYTES} bytes", f"至多{MOST_BYTES}字节")
        faults.add(1, "*", f"more than {MOST_BYTES} bytes", Misfit(most))
        return ""
    for start, what in NOT_A_SHEET:
        if data.startswith(start):
            faults.add(1, "*", what, Misfit(csv_text, SAVE_AS_CSV))
            return ""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        row = data.count(b"\n", 0, broken.start) + 1
        faults.add(row, "*", f"byte {broken.start} is not UTF-8", Misfit(csv_text, SAVE_AS_CSV))
        return ""
    if (at := text.find("\0")) >= 0:
        row = text.count("\n", 0, at) + 1
        faults.add(row, "*", "a NUL character", Misfit(csv_text, SAVE_AS_CSV))
        return ""
    return text


def _records(text: str, faults: _Found) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it begins on; a record that is no CSV is a fault, and passed."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        row = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as broken:
            faults.add(row, "*", str(broken), NOT_A_RECORD)
            continue
        if any(cell and not cell.isspace() for cell in cells):
            yield row, [cell.strip() for cell in cells]


NOT_A_RECORD = Misfit(
    Sentence("a row of cells with commas between them", "以逗号分隔的一行"),
    Sentence(
        "Close every quotation mark, and double those inside a cell.",
        "请将引号成对书写，单元格内的引号须写两次。",
    ),
)


def _read_rows(text: str, columns: Sequence[Column], faults: _Found) -> Rows:
    records = _records(text, faults)
    row, header = next(records, (1, []))
    while header and not header[-1]:
        header.pop()  # spreadsheets like to write a few empty columns more
    _check_header(row, header, columns, faults)
    if faults:
        return []  # without its header no cell has a meaning
    by_place = [next(column for column in columns if column.name == name) for name in header]
    rows: Rows = []
    for row, cells in records:
        before = len(faults)
        values = _read_cells(row, cells, by_place, faults)
        if len(faults) == before:
            rows.append((row, values))
    return rows


def _check_header(
    row: int, header: Sequence[str], columns: Sequence[Column], faults: _Found
) -> None:
    wanted = [column.name for column in columns]
    names = ",".join(wanted)
    advice = Sentence(f"The header must be: {names}", f"表头应为：{names}")
    for name in wanted:
        if name not in header:
            present = Sentence(f"the column {name}", f"含有{name}列")
            faults.add(row, name, "no such column", Misfit(present, advice))
        elif header.count(name) > 1:
            once = Sentence(f"the column {name} once", f"{name}列只出现一次")
            faults.add(
                row, name, f"{header.count(name)} columns of this name", Misfit(once, advice)
            )
    for place, name in enumerate(header, 1):
        if name not in wanted:
            known = Sentence("a column of the format", "格式规定的列")
            faults.add(row, shown(name) or str(place), name or "no name", Misfit(known, advice))


def _read_cells(
    row: int, cells: Sequence[str], columns: Sequence[Column], faults: _Found
) -> dict[str, Any]:
    if len(cells) < len(columns) or any(cells[len(columns) :]):
        count = Sentence(f"{len(columns)} cells", f"{len(columns)}个单元格")
        advice = Sentence(
            "Put quotation marks around a cell with a comma in it.",
            "单元格内含逗号时，请用引号括起。",
        )
        faults.add(row, "*", f"{len(cells)} cells", Misfit(count, advice))
        return {}
    values: dict[str, Any] = {}
    for column, cell in zip(columns, cells, strict=False):
        if cell:
            try:
                values[column.name] = column.read(cell)
            except Misfit as misfit:
                faults.add(row, column.name, cell, misfit)
        elif column.required:
            faults.add(row, column.name, "", Misfit(Sentence("a value", "必填内容")))
        else:
            values[column.name] = column.empty
    return values


def read_day(cell: str) -> date:
    """A day YYYY-MM-DD."""
    try:
        if DAY.fullmatch(cell):
            return date.fromisoformat(cell)
    except ValueError:
        pass
    raise Misfit(
        Sentence("a day YYYY-MM-DD", "YYYY-MM-DD格式的日期"),
        Sentence("Write it as 2019-04-01.", "请写作2019-04-01。"),
    )


def read_flag(cell: str) -> bool:
    """Y or N."""
    if cell not in {"Y", "N", "y", "n"}:
        raise Misfit(Sentence("Y or N", "Y或N"))
    return cell in {"Y", "y"}


def read_number(least: str = "0", most: str = "1000000000000") -> Callable[[str], Decimal]:
    """A plain number within bounds, both included, with at most five decimals."""
    low, high = Decimal(least), Decimal(most)
    expected = Sentence(
        f"a number from {least} to {most} with at most 5 decimals",
        f"{least}至{most}之间的数，小数至多5位",
    )
    advice = Sentence(
        "Write digits and a point only, without sign, unit or %.",
        "只写数字和小数点，不写正负号、单位和百分号。",
    )

    def read(cell: str) -> Decimal:
        if not NUMBER.fullmatch(cell) or not low <= Decimal(cell) <= high:
            raise Misfit(expected, advice)
        return Decimal(cell)

    return read


def read_text(most: int) -> Callable[[str], str]:
    """A text of bounded length on one line."""
    expected = Sentence(f"one line of at most {most} characters", f"不超过{most}个字符的单行文字")

    def read(cell: str) -> str:
        if len(cell) > most or not cell.isprintable():
            raise Misfit(expected, Sentence("Shorten it.", "请缩短或删去换行。"))
        return cell

    return read
