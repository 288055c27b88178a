"""The tariff as a CSV sheet."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from hoppo.tariff.codes import code_list
from hoppo.tariff.commodity import Commodity, overlaps
from hoppo.wire.sentence import Sentence
from hoppo.wire.sheet import (
    Column,
    Misfit,
    Rows,
    SheetFault,
    Source,
    read_day,
    read_flag,
    read_number,
    read_sheet,
    read_text,
)

CODE_LENGTH = 10
ALWAYS = date.min


def _code(cell: str) -> str:
    if len(cell) != CODE_LENGTH or not (cell.isascii() and cell.isdigit()):
        raise Misfit(
            Sentence("a commodity code of 10 digits", "10位数字的商品编码"),
            Sentence(
                "Format the column as text, so that leading zeros stay.",
                "请将该列设为文本格式，以免丢失开头的0。",
            ),
        )
    return cell


def _unit(cell: str) -> str:
    if cell not in code_list("units"):
        raise Misfit(
            Sentence("a unit code of the customs, such as 035 kilogram", "计量单位代码，如035千克"),
            Sentence(
                "Write the 3 digits, and format the column as text.",
                "请写3位代码，并将该列设为文本格式。",
            ),
        )
    return cell


PERCENT = read_number("0", "100")

COLUMNS = (
    Column("code", _code),
    Column("name", read_text(500)),
    Column("unit1", _unit),
    Column("unit2", _unit, required=False),
    Column("mfn_rate", PERCENT),
    Column("vat_rate", PERCENT),
    # The tax is gross: the base is divided by 1 - rate, so that 100 percent has no meaning.
    Column("consumption_rate", read_number("0", "99"), required=False, empty=Decimal(0)),
    Column("consumption_per_unit", read_number(), required=False),
    Column("consumption_unit", _unit, required=False),
    Column("positive_list", read_flag),
    Column("note", read_text(2000), required=False, empty=""),
    Column("max_qty_per_order", read_number(), required=False),
    Column("bonded_only", read_flag, required=False, empty=False),
    Column("since", read_day, required=False, empty=ALWAYS),
    Column("until", read_day, required=False),
)


def read_tariff(source: Source) -> list[Commodity]:
    """Read a tariff sheet: its bytes, its path or its lines; see `COLUMNS` for the format.

    Raises SheetFaults with every wrong cell, row and overlap; nothing is half read.
    """
    return [Commodity(**values) for _, values in read_sheet(source, COLUMNS, _check)]


def _check(rows: Rows) -> Iterator[SheetFault]:
    by_code: dict[str, list[Commodity]] = {}
    row_of: dict[int, int] = {}
    for row, values in rows:
        commodity = Commodity(**values)
        yield from _check_row(row, commodity)
        by_code.setdefault(commodity.code, []).append(commodity)
        row_of[id(commodity)] = row
    for commodities in by_code.values():
        for before, after in overlaps(commodities):
            other = row_of[id(before)]
            yield SheetFault(
                row_of[id(after)],
                "since",
                str(after.since),
                f"a day on which row {other} of {after.code} is no longer in force",
                f"{after.code}第{other}行失效之后的日期",
                Sentence(f"End row {other} by then with until.", f"请在第{other}行填写until。"),
            )


def _check_row(row: int, commodity: Commodity) -> Iterator[SheetFault]:
    if commodity.until is not None and commodity.until <= commodity.since:
        yield SheetFault(
            row,
            "until",
            str(commodity.until),
            f"a day after since {commodity.since}",
            f"晚于since（{commodity.since}）的日期",
            Sentence("until is the first day out of force.", "until为失效的第一日。"),
        )
    if commodity.unit2 == commodity.unit1:
        yield SheetFault(
            row, "unit2", commodity.unit1, "a unit other than unit1", "不同于unit1的单位"
        )
    if bool(commodity.consumption_per_unit) != (commodity.consumption_unit is not None):
        yield SheetFault(
            row,
            "consumption_unit",
            commodity.consumption_unit or "",
            "consumption_per_unit above 0 and consumption_unit together, or neither",
            "consumption_per_unit（大于0）与consumption_unit同时填写，或均不填写",
        )
    if commodity.max_qty_per_order is not None and not commodity.max_qty_per_order:
        yield SheetFault(
            row,
            "max_qty_per_order",
            "0",
            "a quantity above 0, or nothing",
            "大于0的数量，或不填写",
            Sentence(
                "Goods that may not be sold at all have positive_list N.",
                "不得销售的商品请将positive_list填为N。",
            ),
        )
