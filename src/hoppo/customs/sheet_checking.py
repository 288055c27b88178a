"""From the rows of a sheet to records as a message would carry them, each cell's faults named.

The checks are those of a message's own fields, and besides what only a spreadsheet can do wrong:
formulas that failed, long numbers rounded, days kept as numbers, rows of one order torn apart.
No sentence repeats a cell: it could be a person's name or number.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from hoppo.customs.intake import wrong_values
from hoppo.customs.sheet_cells import CellFault, clean, plain_text
from hoppo.customs.sheet_columns import LINE, SheetColumn, columns_of, key_of_number, message_of
from hoppo.values.moments import BEIJING
from hoppo.wire.faults import FAULTS
from hoppo.wire.lexical import read_value
from hoppo.wire.sentence import Sentence

WHOLE_ROW = -1
SHEET_FAULTS: Mapping[str, Sentence] = {
    "formula": Sentence(
        "{path}: the formula failed ({found}). Write the value itself.",
        "{path}（{label}）公式出错（{found}），请直接填写数值。",
    ),
    "rounded": Sentence(
        "{path}: Excel keeps 15 digits of a number and has lost the rest. Format the column as"
        " text and write the number again.",
        "{path}（{label}）超过15位的数字已被Excel舍去尾数，请将该列设为文本格式后重新填写。",
    ),
    "no-day": Sentence(
        "{path} is no day. Write it as 2026-06-18 or 20260618.",
        "{path}（{label}）不是有效日期，请写作2026-06-18或20260618。",
    ),
    "no-moment": Sentence(
        "{path} is no time. Write it as 2026-06-18 10:00:00 or 20260618100000.",
        "{path}（{label}）不是有效时间，请写作2026-06-18 10:00:00或20260618100000。",
    ),
    "no-code": Sentence(
        "{path} is no code of the customs' list. See the codes in the template.",
        "{path}（{label}）不在海关参数表内，请查看模板中的代码表。",
    ),
    "wrong-value": Sentence(
        "{path} must be {expected}.", "{path}（{label}）应为{expected}。"
    ),
    "differs": Sentence(
        "{path} differs from row {found} of the same order. Make them equal, or empty it here.",
        "{path}（{label}）与同一订单第{found}行不一致，请改为一致或在此行留空。",
    ),
    "apart": Sentence(
        "Rows of the same order do not stand together (row {found} too). Sort the sheet by {path}.",
        "同一订单的各行未排在一起（另见第{found}行），请按{label}排序。",
    ),
    "twice": Sentence(
        "{path} stands in row {found} too. Keep one of them.",
        "{path}（{label}）与第{found}行重复，请只保留一行。",
    ),
}  # fmt: skip


class SheetCellFault(NamedTuple):
    """One wrong cell: its row and place in the sheet, and why; `WHOLE_ROW` is the row as such."""

    row: int
    place: int
    code: str
    wire: str
    label: str
    found: str = ""
    expected: str = ""

    @property
    def sentence(self) -> Sentence:
        """Why, in both languages."""
        told = SHEET_FAULTS.get(self.code) or FAULTS[self.code]
        return told.filled(
            path=self.wire, label=self.label, found=self.found, expected=self.expected
        )


class Layout(NamedTuple):
    """Where a sheet says what: the place of each column, and texts that hold for every row."""

    kind: str
    places: Mapping[str, int]
    constants: Mapping[str, str]


class SheetRow(NamedTuple):
    """A row as it was read: its number in the sheet, and its cells."""

    number: int
    cells: Sequence[Any]


class SheetRecord(NamedTuple):
    """A record of a sheet: its rows, head and lines by our names, and what is wrong with them."""

    number: str
    rows: list[SheetRow]
    head: dict[str, Any]
    lines: list[dict[str, Any]]
    faults: list[SheetCellFault]


class Checker:
    """Makes records of the rows of one sheet, in their order."""

    def __init__(self, layout: Layout, moment: datetime) -> None:
        """Take where the sheet says what, and the moment that stands for “sent at”."""
        self.layout, self.moment = layout, moment
        said = {"app_type": "1", "app_status": "2", "order_type": "I", "ie_flag": "I",
                "app_time": f"{moment.astimezone(BEIJING):%Y%m%d%H%M%S}",
                "currency": "142", f"{LINE}currency": "142"}  # fmt: skip
        self._said = {**said, **layout.constants}
        columns = columns_of(layout.kind)
        self._heads = [self._step(one) for one in columns if not one.of_line]
        self._lines = [self._step(one) for one in columns if one.of_line]
        self._place = layout.places.get(key_of_number(layout.kind), -1)
        (self._number,) = [one for one in columns if one.key == key_of_number(layout.kind)]
        line = message_of(layout.kind).record.line
        self._most = (line.most or 0) if line else 0
        self._ends: dict[str, list[int]] = {}

    def _step(self, column: SheetColumn) -> tuple[SheetColumn, int, str | None]:
        return column, self.layout.places.get(column.key, -1), self._said.get(column.key)

    def number_of(self, row: SheetRow) -> str:
        """The number a row's record is known by; empty where it has none."""
        found = row.cells[self._place] if 0 <= self._place < len(row.cells) else None
        return plain_text(found)

    def look_over(self, rows: Iterable[SheetRow]) -> None:
        """Learn which numbers stand in rows that are apart; before `records`."""
        before = ""
        seen: dict[str, int] = {}
        apart: dict[str, list[int]] = {}
        for row in rows:
            number = self.number_of(row)
            if number:
                first = seen.setdefault(number, row.number)
                if first != row.number and (number != before or not self._lines):
                    apart.setdefault(number, [first]).append(row.number)
            before = number
        self._ends = apart

    def records(self, rows: Iterable[SheetRow]) -> Iterator[SheetRecord]:
        """Each record with its faults."""
        held: list[SheetRow] = []
        number = ""
        for row in rows:
            found = self.number_of(row)
            if held and not (self._lines and found and found == number):
                yield self._record(number, held)
                held = []
            number = found
            held.append(row)
        if held:
            yield self._record(number, held)

    def _record(self, number: str, rows: list[SheetRow]) -> SheetRecord:
        faults: list[SheetCellFault] = []
        head = self._values(rows[0], self._heads, faults)
        for row in rows[1:]:
            self._compare(rows[0], row, faults)
        lines = []
        if self._lines:
            for at, row in enumerate(rows, 1):
                line = self._values(row, self._lines, faults)
                line["line_no"] = at if line["line_no"] is None else line["line_no"]
                lines.append(line)
        if not faults:
            self._look_at_whole(number, rows, head, lines, faults)
        if apart := self._ends.get(number):
            other = next((one for one in apart if one != rows[0].number), apart[0])
            code = "apart" if self._lines else "twice"
            faults.append(self._fault(rows[0], self._number, self._place, code, str(other)))
        return SheetRecord(number, rows, head, lines, faults)

    def _look_at_whole(
        self, number: str, rows: list[SheetRow], head: dict[str, Any],
        lines: list[dict[str, Any]], faults: list[SheetCellFault],
    ) -> None:  # fmt: skip
        """What no single cell shows."""
        if self._most and len(rows) > self._most:
            faults.append(SheetCellFault(rows[0].number, WHOLE_ROW, "too-many-lines", number, "",
                                         str(len(rows)), str(self._most)))  # fmt: skip
        by_wire = {column.field.wire: (column, place) for column, place, _ in self._heads}
        for wrong in wrong_values(self.layout.kind, head):
            column, place = by_wire[wrong.path]
            faults.append(
                self._fault(rows[0], column, place, "wrong-value", expected=wrong.expected)
            )
        numbers = Counter(line["line_no"] for line in lines)
        numbered = next((one for one in self._lines if one[0].field.name == "line_no"), None)
        for row, line in zip(rows, lines, strict=False):
            if numbered and numbers[line["line_no"]] > 1:
                first = str(rows[0].number)
                faults.append(self._fault(row, numbered[0], numbered[1], "twice", first))

    def _values(
        self, row: SheetRow, steps: list[tuple[SheetColumn, int, str | None]],
        faults: list[SheetCellFault],
    ) -> dict[str, Any]:  # fmt: skip
        values: dict[str, Any] = {}
        cells = row.cells
        many = len(cells)
        for column, place, said in steps:
            field = column.field
            cell = cells[place] if 0 <= place < many else None
            try:
                text = clean(field, cell)
            except CellFault as wrong:
                faults.append(self._fault(row, column, place, wrong.code, wrong.found))
                values[field.name] = None
                continue
            if not text and said is not None:
                text = said
            if not text and field.kind.implied is not None:
                text = field.kind.implied
            if not text:
                values[field.name] = None
                if column.needed:
                    faults.append(self._fault(row, column, place, "empty"))
                continue
            value, problem = read_value(field.kind, text)
            values[field.name] = value
            if problem:
                faults.append(self._fault(row, column, place, problem.code,
                                          problem.found, problem.expected))  # fmt: skip
            elif field.kind.fixed is not None and value != field.kind.fixed:
                faults.append(self._fault(row, column, place, "fixed", expected=field.kind.fixed))
        return values

    def _compare(self, first: SheetRow, row: SheetRow, faults: list[SheetCellFault]) -> None:
        """Whether a further row says of the head what the first says; empty is the same."""
        for column, place, _ in self._heads:
            if not 0 <= place < len(row.cells):
                continue
            cell = row.cells[place]
            if cell in (None, ""):
                continue
            one = first.cells[place] if place < len(first.cells) else None
            if isinstance(cell, list):
                faults.append(self._fault(row, column, place, "formula", str(cell[0])))
            elif cell != one and plain_text(cell) != plain_text(one):
                faults.append(self._fault(row, column, place, "differs", str(first.number)))

    @staticmethod
    def _fault(
        row: SheetRow, column: SheetColumn, place: int, code: str, found: str = "",
        expected: str = "",
    ) -> SheetCellFault:  # fmt: skip
        field = column.field
        at = place if place >= 0 else WHOLE_ROW
        return SheetCellFault(row.number, at, code, field.wire, column.title_zh, found, expected)
