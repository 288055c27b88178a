"""Which column of a sheet is which: guessed, agreed, remembered, shown."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hoppo.customs.sheet_cells import CellFault, clean, plain_text
from hoppo.customs.sheet_checking import Layout, SheetRow
from hoppo.customs.sheet_columns import LINE, SheetColumn, columns_of, guess, key_of_number, lacking
from hoppo.portal.sheet_models import SheetLayout, SheetUpload
from hoppo.portal.speech import Said
from hoppo.values.personal import MASKS
from hoppo.wire.lexical import read_value

MOST_SHOWN = 40  # characters of a cell
PLACES, SAME = "at.", "same."  # what the fields of the form are called
MACHINERY = frozenset({"guid", "line.line_no"})


class FormRow(NamedTuple):
    """One column of ours in the form: where the sheet has it, or what holds for all rows."""

    column: SheetColumn
    title: Said
    place: int | None
    constant: str
    may_be_same: bool
    sample: str


def header_mark(header: Sequence[str]) -> bytes:
    """The fingerprint a layout is remembered under."""
    return hashlib.sha256("\0".join(header).encode()).digest()


def proposed(upload: SheetUpload) -> Layout:
    """What was agreed for this sheet, else for the last of its header, else what we guess."""
    if upload.places:
        return Layout(upload.kind, upload.places, upload.constants)
    kept = SheetLayout.objects.filter(
        enterprise_code=upload.enterprise_code, kind=upload.kind,
        header_sha256=header_mark(upload.header),
    ).first()  # fmt: skip
    if kept is not None:
        return Layout(upload.kind, kept.places, kept.constants)
    return Layout(upload.kind, guess(upload.kind, upload.header), {})


def may_be_same(column: SheetColumn) -> bool:
    """Whether a text may hold for every row: never a person's, never the record's own number."""
    return not column.personal and column.field.name not in {"order_no", "guid", "line_no"}


def read_form(upload: SheetUpload, given: Mapping[str, str]) -> tuple[Layout, list[Said]]:
    """What somebody said of the columns, and what is wrong with it."""
    places: dict[str, int] = {}
    constants: dict[str, str] = {}
    wrong: list[Said] = []
    for column in columns_of(upload.kind):
        place = given.get(PLACES + column.key, "")
        if place.isascii() and place.isdigit() and int(place[:6]) < len(upload.header):
            places[column.key] = int(place[:6])
        text = given.get(SAME + column.key, "").strip()[:1000]
        if text and column.key not in places and may_be_same(column):
            constants[column.key] = text
            if column.key == key_of_number(upload.kind) or not is_right(column, text):
                wrong.append(Said(
                    f"{column.title_en}: this cannot hold for all rows. It must be"
                    f" {column.field.kind}.",
                    f"{column.title_zh}：统一值无效，格式应为{column.field.kind}。",
                ))  # fmt: skip
    wrong += [
        Said(
            f"{column.title_en} is required: choose its column or write what holds for all rows.",
            f"{column.title_zh}为必填项，请选择对应的列或填写统一值。",
        )
        for column in lacking(upload.kind, {**places, **constants})
    ]
    return Layout(upload.kind, places, constants), wrong


def is_right(column: SheetColumn, text: str) -> bool:
    """Whether a text is one the field may have."""
    try:
        return read_value(column.field.kind, clean(column.field, text))[1] is None
    except CellFault:
        return False


def agree(upload: SheetUpload, layout: Layout) -> None:
    """Keep a layout for this sheet, and for the next one of this header."""
    upload.places, upload.constants = dict(layout.places), dict(layout.constants)
    SheetUpload.objects.filter(pk=upload.pk, state__in=("read", "checked")).update(
        places=upload.places, constants=upload.constants, state="read"
    )
    SheetLayout.objects.update_or_create(
        enterprise_code=upload.enterprise_code, kind=upload.kind,
        header_sha256=header_mark(upload.header),
        defaults={"places": upload.places, "constants": upload.constants},
    )  # fmt: skip


def form_rows(
    upload: SheetUpload, layout: Layout, rows: Sequence[SheetRow]
) -> tuple[list[FormRow], list[FormRow]]:
    """The rows of the form: those that must be said, or are; and those that need not be."""
    needed: list[FormRow] = []
    further: list[FormRow] = []
    for column in columns_of(upload.kind):
        if column.key in MACHINERY and column.key not in layout.places:
            continue
        place = layout.places.get(column.key)
        row = FormRow(
            column, Said(column.title_en, column.title_zh), place,
            layout.constants.get(column.key, ""), may_be_same(column),
            sample(column, place, rows),
        )  # fmt: skip
        said = place is not None or row.constant
        (needed if column.needed or said else further).append(row)
    return needed, further


def sample(column: SheetColumn, place: int | None, rows: Sequence[SheetRow]) -> str:
    """What the first row that says something says there, masked where it is a person's."""
    if place is None:
        return ""
    return next(filter(None, (shown(column, row, place) for row in rows)), "")


def shown(column: SheetColumn, row: SheetRow, place: int) -> str:
    """A cell for showing: short, personal data masked."""
    cell: Any = row.cells[place] if place < len(row.cells) else None
    if isinstance(cell, list):
        return str(cell[0])
    text = plain_text(cell)
    if column.personal and text:
        text = MASKS[column.personal](text)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def preview(upload: SheetUpload, rows: Sequence[SheetRow]) -> dict[str, Any]:
    """The first rows under our names, and what holds for all of them."""
    columns = [one for one in columns_of(upload.kind) if one.key in upload.places]
    same = {one.key: one for one in columns_of(upload.kind)}
    return {
        "titles": [Said(one.title_en, one.title_zh) for one in columns],
        "rows": [
            (row.number, [shown(one, row, upload.places[one.key]) for one in columns])
            for row in rows
        ],
        "same": [
            (Said(same[key].title_en, same[key].title_zh), text)
            for key, text in upload.constants.items()
        ],
        "several": any(one.key.startswith(LINE) for one in columns),
    }
