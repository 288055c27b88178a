"""What a cell of a spreadsheet says as the text of a field: days, numbers, codes as people write.

A cell is a text, a number, a truth value or nothing; a formula that failed is a list with its mark.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from hoppo.tariff.codes import code_list
from hoppo.values.moments import read_day, read_moment
from hoppo.wire.table import Field

MOMENTS = frozenset({"app_time", "pay_time"})
DAYS = frozenset({"declared_on", "ie_date"})
# The lists whose codes the rules insist on (LIST-15); the others may lag behind the customs'.
CODES = ("countries", "units", "transport_modes")
EXACT_DIGITS = 10**15  # beyond this Excel keeps no more digits
POWERS = re.compile(r"[+-]?\d(\.\d+)?E\+\d{2,3}", re.IGNORECASE)
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
EDGES = " \t\r\n\u00a0\u3000\ufeff"
# Days that Excel counts from the last of 1899; between them no day is written as digits.
FIRST_DAY, LAST_DAY = 20_000, 80_000
EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's times name no zone
WRITTEN = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?"
)


class CellFault(Exception):
    """A cell that says nothing: a code of the fault tables, and what was found."""

    def __init__(self, code: str, found: str = "") -> None:
        """Keep both."""
        super().__init__(code)
        self.code, self.found = code, found


def plain_text(cell: Any) -> str:
    """A cell as text, for comparing; a failed formula is nothing."""
    if isinstance(cell, str):
        return cell.strip(EDGES)
    return "" if cell is None or isinstance(cell, list) else number_text(cell)


def number_text(cell: Any) -> str:
    """A number as Excel shows it: fifteen digits, no power of ten."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int):
        return str(cell)
    if cell == int(cell) and abs(cell) < EXACT_DIGITS:
        return str(int(cell))
    text = f"{cell:.15g}"
    return f"{cell:.15f}".rstrip("0") if "e-" in text else text


def clean(field: Field, cell: Any) -> str:
    """The text of a field that a cell stands for; empty for an empty cell.

    Raises CellFault for a cell that cannot be one.
    """
    if cell is None or cell == "":
        return ""
    if isinstance(cell, list):
        raise CellFault("formula", str(cell[0]))
    text = _written(cell) if isinstance(cell, str) else number_text(cell)
    if field.kind.name != "text":
        return text.replace(",", "") if "," in text and THOUSANDS.fullmatch(text) else text
    if not text:
        return ""
    if _is_rounded(cell, text):
        raise CellFault("rounded")
    if field.name in DAYS or field.name in MOMENTS:
        return when(text, day=field.name in DAYS)
    return coded(field.codes, text) if field.codes in CODES else text


def _written(cell: str) -> str:
    text = cell.strip(EDGES)
    if not text.isprintable() and (match := FORBIDDEN.search(text)):
        raise CellFault("no-character", f"U+{ord(match[0]):04X}")
    return text


def _is_rounded(cell: Any, text: str) -> bool:
    """Whether Excel has made a number of a long text, and lost its end."""
    if isinstance(cell, str):
        return "E+" in text and POWERS.fullmatch(text) is not None
    return not isinstance(cell, bool) and abs(cell) >= EXACT_DIGITS


@lru_cache(maxsize=8192)
def when(text: str, *, day: bool) -> str:
    """A day or a moment as the customs write it, from how people and Excel write it."""
    moment = None
    if match := WRITTEN.fullmatch(text):
        parts = [int(part or 0) for part in match.groups()]
        try:
            moment = datetime(*parts)  # type: ignore[arg-type] # noqa: DTZ001
        except ValueError:
            raise CellFault("no-day" if day else "no-moment") from None
    elif re.fullmatch(r"\d{5}(\.\d+)?", text) and FIRST_DAY < int(text[:5]) < LAST_DAY:
        seconds = round(86400 * int(text[:5]) + 86400 * _fraction(text[5:]))
        moment = EPOCH + timedelta(seconds=seconds)
    elif not day and len(text) == 8 and text.isdigit():  # noqa: PLR2004 - a day alone
        text += "000000"
    if moment is not None:
        text = f"{moment:%Y%m%d}" if day else f"{moment:%Y%m%d%H%M%S}"
    if (read_day(text) if day else read_moment(text)) is None:
        raise CellFault("no-day" if day else "no-moment")
    return text


def _fraction(text: str) -> Any:
    return int(text[1:]) / 10 ** len(text[1:]) if len(text) > 1 else 0


@cache
def _named(codes: str) -> Mapping[str, str]:
    """Codes by their names, where a name is one code's alone."""
    names: dict[str, set[str]] = {}
    for one in code_list(codes):
        for name in (one.zh, one.en):
            names.setdefault(name.casefold(), set()).add(one.code)
    return {name: min(found) for name, found in names.items() if name and len(found) == 1}


def coded(codes: str, text: str) -> str:
    """A code, written as such or by its name; leading zeros that Excel ate are put back.

    Raises CellFault for what is neither.
    """
    known = code_list(codes)
    if text in known:
        return text
    if text.isdigit() and (padded := text.zfill(3)) in known:
        return padded
    if code := _named(codes).get(text.casefold()):
        return code
    raise CellFault("no-code")
