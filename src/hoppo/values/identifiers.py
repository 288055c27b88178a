"""Numbers that carry their own check: identity cards, unified social credit codes."""

from functools import lru_cache

from stdnum.cn import ric, uscc

CUSTOMS_CODE_LENGTH = 10
USCC_LENGTH = 18


@lru_cache(maxsize=65536)
def is_identity_card(number: str) -> bool:
    """Whether an 18-character resident identity number has a real date and check digit."""
    return bool(ric.is_valid(number)) and len(number) == USCC_LENGTH


@lru_cache(maxsize=8192)
def is_enterprise_code(code: str) -> bool:
    """Whether a code is a 10-character customs registration or a USCC with its check digit."""
    if len(code) == CUSTOMS_CODE_LENGTH:
        return code.isascii() and code.isalnum()
    return len(code) == USCC_LENGTH and bool(uscc.is_valid(code))
