"""Numbers that carry their own check: identity cards, unified social credit codes."""

from datetime import date
from functools import lru_cache

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

CUSTOMS_CODE_LENGTH = 10
USCC_LENGTH = IDENTITY_LENGTH = 18


def is_identity_card(number: str) -> bool:
    """Whether an 18-character resident identity number has a real place, date and check digit.

    Its answers are not kept: the numbers would be in memory with them (decision 0004).
    """
    if len(number) != IDENTITY_LENGTH or not number[:-1].isdecimal() or not number.isascii():
        return False
    if number[-1].upper() != ric.calc_check_digit(number):
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return _is_place(number[:6], born.year)


@lru_cache(maxsize=65536)
def _is_place(code: str, year: int) -> bool:
    """Whether a county's code was given out in a year. Looked up once: the table is slow."""
    try:
        ric.get_birth_place(f"{code}{year:04d}0101")
    except (ValidationError, KeyError):  # KeyError: a province's code without a county
        return False
    return True


@lru_cache(maxsize=8192)
def is_enterprise_code(code: str) -> bool:
    """Whether a code is a 10-character customs registration or a USCC with its check digit."""
    if len(code) == CUSTOMS_CODE_LENGTH:
        return code.isascii() and code.isalnum()
    return len(code) == USCC_LENGTH and bool(uscc.is_valid(code))
