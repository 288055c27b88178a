"""From the text of a field to its value, and back, exactly as the official schema measures both."""

import re
from decimal import Decimal
from typing import NamedTuple

from hoppo.wire.table import Kind, Value

BLANK = " \t\r\n"  # what XML calls white space; Python's strip() alone would take more
NUMBER = re.compile(r"[+-]?(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))")
WHOLE = re.compile(r"[+-]?0*([0-9]+)")
WORDS = re.compile(r"[^ \t\r\n]+")
INT_DIGITS = 10
INT_MOST = 2**31 - 1


class Problem(NamedTuple):
    """Why a text is no value of its kind: a code of the fault table, found and expected."""

    code: str
    found: str
    expected: str

    @property
    def bounds(self) -> dict[str, str]:
        """What was found and expected, as `fault` takes them."""
        return {"found": self.found, "expected": self.expected}


def collapse(raw: str) -> str:
    """White space as XML Schema collapses it."""
    return " ".join(WORDS.findall(raw))


def read_value(kind: Kind, raw: str) -> tuple[Value, Problem | None]:
    """The value of a field's text; with a problem, the value is the text itself."""
    if not raw and kind.implied is not None:
        raw = kind.implied
    if kind.name == "text":
        text = collapse(raw) if kind.collapse else raw
        return text, text_problem(kind, text)
    text = raw.strip(BLANK)
    problem = decimal_problem(kind, text) if kind.name == "decimal" else integer_problem(kind, text)
    if problem:
        return raw, problem
    return (Decimal(text) if kind.name == "decimal" else int(text)), None


def text_problem(kind: Kind, text: str) -> Problem | None:
    """Whether a text is too short or too long; characters count, not bytes."""
    length = len(text)
    if length < kind.least:
        return Problem("too-short" if length else "empty", str(length), allowed(kind))
    if kind.most is not None and length > kind.most:
        return Problem("too-long", str(length), allowed(kind))
    return None


def decimal_problem(kind: Kind, text: str) -> Problem | None:
    """Whether a text is a decimal of the right size; zeros in front and behind do not count."""
    if not text:
        return Problem("empty", "", allowed(kind))
    match = NUMBER.fullmatch(text)
    if match is None:
        return Problem("not-a-number", str(len(text)), allowed(kind))
    whole, fraction, bare = match.groups()
    decimals = len((fraction or bare or "").rstrip("0"))
    digits = len((whole or "").lstrip("0")) + decimals
    if decimals > kind.fraction:
        return Problem("too-many-decimals", str(decimals), str(kind.fraction))
    if kind.most is not None and digits > kind.most:
        return Problem("too-many-digits", str(digits), allowed(kind))
    return None


def integer_problem(kind: Kind, text: str) -> Problem | None:
    """Whether a text is a whole number of 32 bits, and of the right number of digits."""
    if not text:
        return Problem("empty", "", allowed(kind))
    match = WHOLE.fullmatch(text)
    if match is None:
        return Problem("not-whole", str(len(text)), allowed(kind))
    digits = match[1]
    too_big = len(digits) > INT_DIGITS or int(digits) > INT_MOST + (text[0] == "-")
    if too_big or (kind.most is not None and len(digits) > kind.most and digits != "0"):
        return Problem("too-many-digits", str(len(digits)), allowed(kind))
    return None


def allowed(kind: Kind) -> str:
    """What a kind allows: a span of characters, or the notation of a number."""
    if kind.name != "text":
        return str(kind)
    return str(kind.most) if kind.least == kind.most else f"{kind.least}..{kind.most}"
