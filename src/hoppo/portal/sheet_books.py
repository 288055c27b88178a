"""Workbooks for traders: the template of a kind, and the rows that must be mended."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import xlsxwriter

from hoppo.customs.sheet_cells import DAYS, MOMENTS
from hoppo.customs.sheet_columns import SheetColumn, columns_of, key_of_number
from hoppo.portal.sheet_keeping import FaultyRow
from hoppo.portal.sheet_reading import EXAMPLE, OURS
from hoppo.portal.speech import Said
from hoppo.tariff.codes import NAMES, CodeList, code_list

MEMORY_DISK = Path("/dev/shm")  # noqa: S108 - the point: rows name buyers and touch no disk
MOST_COMMENTS = 5_000  # more make Excel slow; the reason stands in the last column anyway
SHOWN_CODES = 12
# The tables' code lists and where theirs are kept; short ones are told here.
LISTS = {"packings": "packing", "districts": "customs_districts"}
SHORT = {
    "app_types": "1 新增 new, 2 变更 change, 3 删除 delete",
    "app_statuses": "1 暂存 staged, 2 申报 declared",
    "order_types": "I 进口 import",
    "ie_flags": "I 进口 import",
    "id_types": "1 身份证 identity card, 2 其它 other",
}
REASON = Said(f"{OURS} reason", f"{OURS} 原因")
EXAMPLES: dict[str, str] = {
    "platform_code": "440196P001", "platform_name": "示例电商平台", "ebc_code": "440196E001",
    "ebc_name": "示例电商企业", "goods_value": "200", "freight": "10", "discount": "0",
    "tax_withheld": "0", "actual_paid": "210", "buyer_reg_no": "user001", "buyer_name": "示例",
    "buyer_telephone": "13900000000", "buyer_id_type": "1",
    "buyer_id_number": "110101199001011237", "payment_code": "440196Y001",
    "payment_name": "示例支付企业", "transaction_no": "T0001", "consignee": "示例",
    "consignee_telephone": "13900000000", "consignee_address": "广东省广州市南沙区示例路1号",
    "item_name": "纸尿裤", "specification": "M码", "unit": "125", "quantity": "2", "price": "100",
    "total_price": "200", "country": "116", "waybill_no": "W0001", "logistics_code": "440196L001",
    "logistics_name": "示例物流企业", "gross_weight": "4.2", "pack_count": "1", "insurance": "0",
    "guarantor_code": "440196D001", "declarant_code": "440196D001",
    "declarant_name": "示例申报企业", "declared_on": "2026-06-18", "customs_code": "5165",
    "port_code": "5165", "trade_mode": "9610", "transport_mode": "5", "net_weight": "3.8",
    "commodity_code": "9619001000", "commodity_name": "纸尿裤", "statutory_quantity": "3.8",
    "statutory_unit": "035", "payer_id_type": "1", "payer_id_number": "110101199001011237",
    "payer_name": "示例", "amount_paid": "210", "pay_time": "2026-06-18 09:59:00",
}  # fmt: skip


@contextmanager
def workbook() -> Iterator[tuple[Any, IO[bytes]]]:
    """A workbook being written, and the file it is in, to be read from its start afterwards.

    Rows are written out as they come, to a disk that is memory; where there is none, they are
    held.
    """
    on_disk = MEMORY_DISK.is_dir() and os.access(MEMORY_DISK, os.W_OK)
    file: IO[bytes] = tempfile.TemporaryFile(dir=MEMORY_DISK) if on_disk else BytesIO()  # noqa: SIM115
    options: dict[str, Any] = {"strings_to_formulas": False, "strings_to_urls": False}
    options |= (
        {"constant_memory": True, "tmpdir": str(MEMORY_DISK)} if on_disk else {"in_memory": True}
    )
    book = xlsxwriter.Workbook(file, options)
    yield book, file
    book.close()
    file.seek(0)


def template(kind: str) -> IO[bytes]:
    """The workbook to fill for a kind: columns, what they may hold, one row to show how."""
    with workbook() as (book, file):
        sheet = book.add_worksheet("数据 Data")
        needed = book.add_format({"bold": True, "bg_color": "#fde68a", "text_wrap": True})
        other = book.add_format({"bold": True, "bg_color": "#e2e8f0", "text_wrap": True})
        text = book.add_format({"num_format": "@"})
        grey = book.add_format({"num_format": "@", "font_color": "#64748b"})
        columns = columns_of(kind)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, 20, text if column.field.kind.name == "text" else None)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.header, needed if column.needed else other)
            sheet.write_comment(0, place, explained(column), {"x_scale": 2, "y_scale": 1.6})
        for place, column in enumerate(columns):
            shown = EXAMPLES.get(column.field.name, "")
            if column.key == key_of_number(kind) or column.key == "order_no":
                shown = EXAMPLE
            if shown:
                sheet.write_string(1, place, shown, grey)
        _codes(book, columns)
    return file


def listed(column: SheetColumn) -> CodeList | None:
    """The code list of a column, where we have it."""
    name = LISTS.get(column.field.codes or "", column.field.codes or "")
    return code_list(name) if name in NAMES else None


def explained(column: SheetColumn) -> str:
    """What a column is and may hold, for the comment on its header."""
    field = column.field
    parts = [
        f"{column.title_zh}\n{column.title_en} ({field.wire}, {field.kind})",
        "必填 Required" if column.needed else "可留空 May be empty",
    ]
    if field.name in DAYS:
        parts.append("2026-06-18")
    if field.name in MOMENTS:
        parts.append("2026-06-18 10:00:00")
    if field.codes in SHORT:
        parts.append(SHORT[field.codes])
    elif codes := listed(column):
        first = [f"{one.code} {one.zh} {one.en}".strip() for one in codes][:SHOWN_CODES]
        parts += [*first, "… 见代码表 See the sheet of codes"]
    return "\n".join(parts)


def _codes(book: Any, columns: Iterable[SheetColumn]) -> None:
    """A second sheet with every code list the columns use, side by side."""
    sheet = book.add_worksheet("代码 Codes")
    used: dict[str, CodeList] = {}
    for column in columns:
        if codes := listed(column):
            used.setdefault(f"{column.title_zh} {column.title_en}", codes)
    by_label = {codes.label: (title, list(codes)) for title, codes in used.items()}
    lists = list(by_label.values())
    sheet.set_column(0, max(2 * len(lists) - 1, 0), 18)
    for place, (title, _) in enumerate(lists):
        sheet.write_string(0, 2 * place, title)
    for row in range(max((len(listing) for _, listing in lists), default=0)):
        for place, (_, listing) in enumerate(lists):
            for one in listing[row : row + 1]:
                sheet.write_string(row + 1, 2 * place, one.code)
                sheet.write_string(row + 1, 2 * place + 1, f"{one.zh} {one.en}".strip())


def mistakes(header: list[str], kind: str, places: dict[str, int],
             rows: Iterable[FaultyRow]) -> IO[bytes]:  # fmt: skip
    """The rows to mend, under the sheet's own header: faulty cells marked, the reason beside them.

    Rows without a mark belong to the same order as a marked one and must come along.
    """
    with workbook() as (book, file):
        sheet = book.add_worksheet("Hoppo")
        bold = book.add_format({"bold": True, "text_wrap": True})
        text = book.add_format({"num_format": "@"})
        wrong = book.add_format({"bg_color": "#fecaca", "num_format": "@"})
        texts = {
            places[column.key] for column in columns_of(kind)
            if column.key in places and column.field.kind.name == "text"
        }  # fmt: skip
        sheet.freeze_panes(1, 0)
        last = len(header)
        for place in range(last):
            sheet.set_column(place, place, 18, text if place in texts else None)
        sheet.set_column(last, last, 60)
        for place, name in enumerate([*header, str(REASON)]):
            sheet.write_string(0, place, name, bold)
        commented = 0
        for at, (row, faults) in enumerate(rows, 1):
            said: dict[int, list[str]] = {}
            for fault in faults:
                said.setdefault(fault.place, []).append(str(Said(*fault.sentence)))
            for place in range(last):
                cell = row.cells[place] if place < len(row.cells) else None
                shown = wrong if place in said else text if place in texts else None
                write(sheet, at, place, cell, shown)
                if place in said and commented < MOST_COMMENTS:
                    commented += 1
                    sheet.write_comment(at, place, "\n".join(said[place]), {"x_scale": 2})
            told = " ".join(one for some in said.values() for one in some)
            number = str(Said(f"Row {row.number}.", f"原第{row.number}行。"))
            sheet.write_string(at, last, f"{number} {told}"[:32_000])
    return file


def write(sheet: Any, row: int, place: int, cell: Any, shown: Any) -> None:
    """A cell as it was read; nothing in it is ever a formula."""
    if isinstance(cell, list):
        cell = cell[0]
    if cell is None:
        if shown is not None:
            sheet.write_blank(row, place, None, shown)
    elif isinstance(cell, str):
        sheet.write_string(row, place, cell, shown)
    elif isinstance(cell, bool):
        sheet.write_boolean(row, place, cell, shown)
    else:
        sheet.write_number(row, place, cell, shown)
