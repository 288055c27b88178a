"""From the bytes of an upload to the rows of a sheet: Excel or CSV, whatever is in it."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

from hoppo.customs.sheet_checking import SheetRow
from hoppo.customs.sheet_columns import likeness
from hoppo.portal.sheet_xlsx import NoWorkbookError, TooBigError, Workbook
from hoppo.portal.speech import Said

MOST_BYTES = 50 * 1024 * 1024
MOST_ROWS, MOST_COLUMNS = 200_000, 200
LOOKED_AT = 10  # rows among which the header is looked for
PIECE = 1 << 20
ZIP, OLD_EXCEL, ENTRY = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PK\x01\x02"
MOST_ENTRIES = 10_000  # parts of a workbook
TEXT_STARTS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
ENCODINGS = ("utf-8-sig", "gb18030")
# The column we add to a workbook of mistakes, and the number of the example row of a template.
OURS = "Hoppo:"
EXAMPLE = "EXAMPLE-示例"
CONTROLS = re.compile("[\x01-\x08\x0e-\x1f]")


class SheetRefused(Exception):
    """The file cannot be read as a sheet; `said` tells what was found and what to do."""

    def __init__(self, en: str, zh: str) -> None:
        """Keep both languages."""
        super().__init__(en)
        self.said = Said(en, zh)


class Sheet:
    """An opened sheet: its header, then its rows, once. Raises SheetRefused.

    `part` tells how far reading is, from 0 to 1; `merged` is known at the end: first and last row
    of what is merged within one column, and its place.
    """

    def __init__(self, data: bytes) -> None:
        """Look what it is, and find the header."""
        self._book: Workbook | None = None
        self._bytes, self._size = io.BytesIO(data), max(len(data), 1)
        self._source = self._sorted_out(data)
        first = []
        for row in self._source:
            first.append(row)
            if len(first) == LOOKED_AT:
                break
        at = header_among([row.cells for row in first])
        if at is None:
            raise EMPTY
        self.header = [cell_name(cell) for cell in first[at].cells]
        self.header_row = first[at].number
        self._first = first[at + 1 :]
        self.merged: list[tuple[int, int, int]] = []

    @property
    def part(self) -> float:
        """How far reading is."""
        if self._book is not None:
            return min(self._book.read / self._book.size, 1)
        return min(self._bytes.tell() / self._size, 1)

    def rows(self) -> Iterator[SheetRow]:
        """The rows under the header; the example row of our template is left out."""
        count = 0
        for row in self._all():
            if EXAMPLE in row.cells:
                continue
            count += 1
            if count > MOST_ROWS:
                raise SheetRefused(
                    f"The sheet has more than {MOST_ROWS:,} rows. Split it.",
                    f"表格超过{MOST_ROWS:,}行，请拆分后上传。",
                )
            yield row
        if self._book is not None:
            self.merged = self._book.merged
        if not count:
            raise EMPTY

    def _all(self) -> Iterator[SheetRow]:
        yield from self._first
        yield from self._source

    def _sorted_out(self, data: bytes) -> Iterator[SheetRow]:
        """The rows of whatever the bytes are."""
        if len(data) > MOST_BYTES:
            raise TOO_BIG
        if data.startswith(ZIP):
            if data.count(ENTRY) > MOST_ENTRIES:
                raise NO_WORKBOOK
            return self._excel()
        if data.startswith(OLD_EXCEL):
            raise SheetRefused(
                "This is an old Excel file (.xls), or one with a password."
                " Save it as .xlsx without a password.",
                "这是旧版Excel（.xls）或加密文件，请另存为不加密的.xlsx后上传。",
            )
        return self._csv(data)

    def _excel(self) -> Iterator[SheetRow]:
        try:
            self._book = Workbook(self._bytes)
            for number, cells in self._book.rows():
                yield bounded(SheetRow(number, cells))
        except NoWorkbookError:
            raise NO_WORKBOOK from None
        except (TooBigError, MemoryError):
            raise SheetRefused(
                "The workbook unpacks to more than is read. Delete unused sheets and rows, or split"
                " it.",
                "工作簿解压后过大，请删除无用的工作表和空行，或拆分后上传。",
            ) from None

    def _csv(self, data: bytes) -> Iterator[SheetRow]:
        encoding = encoding_of(data)
        text = io.TextIOWrapper(self._bytes, encoding, newline="")
        head = text.read(PIECE // 16)
        text.seek(0)
        first = head.partition("\n")[0]
        mark = max(",\t;", key=first.count)
        reader = csv.reader(text, delimiter=mark)
        number = 1
        try:
            for cells in reader:
                found = [cell.strip() or None for cell in cells]
                while found and found[-1] is None:
                    found.pop()
                if found:
                    yield bounded(SheetRow(number, list(found)))
                number = reader.line_num + 1
        except (csv.Error, UnicodeError):
            raise SheetRefused(
                f"Line {number} of the file is no row of a CSV. Close every quotation mark, or"
                " upload .xlsx.",
                f"文件第{number}行不是有效的CSV，请检查引号，或改用.xlsx上传。",
            ) from None
        finally:
            text.detach()


EMPTY = SheetRefused(
    "The first sheet has no rows under a header. Put the names of the columns in one row and the"
    " data below it.",
    "首个工作表没有数据，请在一行中写明列名，并在其下填写数据。",
)
NO_WORKBOOK = SheetRefused(
    "This is no Excel workbook, or it is damaged. Open it in Excel and save it as .xlsx.",
    "文件不是Excel工作簿或已损坏，请用Excel打开并另存为.xlsx。",
)
TOO_BIG = SheetRefused("The file is larger than 50 MB. Split it.", "文件超过50 MB，请拆分后上传。")


def bounded(row: SheetRow) -> SheetRow:
    """The row; raises SheetRefused when it is too wide."""
    if len(row.cells) > MOST_COLUMNS:
        raise SheetRefused(
            f"Row {row.number} has {len(row.cells)} columns; at most {MOST_COLUMNS} are read."
            " Delete those that are not needed.",
            f"第{row.number}行有{len(row.cells)}列，最多{MOST_COLUMNS}列，请删除多余的列。",
        )
    return row


def encoding_of(data: bytes) -> str:
    """The encoding of a text; raises SheetRefused where it is none that Excel writes."""
    for start, encoding in TEXT_STARTS:
        if data.startswith(start):
            return encoding
    if (at := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, at) + 1
        raise SheetRefused(
            f"This is neither Excel nor CSV: line {line} holds a NUL character. Upload .xlsx or"
            " .csv.",
            f"文件既不是Excel也不是CSV（第{line}行含有空字符），请上传.xlsx或.csv。",
        )
    for encoding in ENCODINGS:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            for begin in range(0, len(data), PIECE):
                text = decoder.decode(data[begin : begin + PIECE], begin + PIECE >= len(data))
                if not begin and CONTROLS.search(text):
                    break
            else:
                return encoding
        except UnicodeDecodeError:
            continue
    raise SheetRefused(
        "This is neither Excel nor CSV in UTF-8 or GB18030. Upload .xlsx or .csv.",
        "文件既不是Excel，也不是UTF-8或GB18030编码的CSV，请上传.xlsx或.csv。",
    )


def header_among(rows: Sequence[Sequence[Any]]) -> int | None:
    """Which row is the header: that with most names we know, else the first of several texts."""
    if not rows:
        return None
    liked = [likeness([cell_name(cell) for cell in cells]) for cells in rows]
    if max(liked) > 1:
        return liked.index(max(liked))
    return next((at for at, cells in enumerate(rows) if sum(map(bool, cells)) > 1), 0)


def cell_name(cell: Any) -> str:
    """A header's cell as a name."""
    if not isinstance(cell, str | int | float):
        return ""
    return "".join(one for one in " ".join(str(cell).split()) if one.isprintable())[:100]


def is_ours(name: str) -> bool:
    """Whether a column is the one we added to a workbook of mistakes."""
    return name.startswith(OURS)
