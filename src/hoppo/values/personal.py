"""Personal data as the rest of the house sees it: comparable and showable, never readable.

A `Personal` is one text: 22 characters of keyed token, a blank, and a masked form. Two are equal
exactly when the clear texts behind them are equal, so rules compare them with `==` and pages show
the tail. The clear text lives only in the encrypted blob of its document.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import NewType

Personal = NewType("Personal", str)

TOKEN_LENGTH = 22
NOBODY = Personal("")


def shown(personal: Personal) -> str:
    """The masked form, for findings, receipts and pages."""
    return personal[TOKEN_LENGTH + 1 :]


def shown_apart(found: Personal, expected: Personal) -> tuple[str, str]:
    """The masked forms of two values that differ; where the masks do not, a bit of each token."""
    one, other = shown(found), shown(expected)
    if one != other:
        return one, other
    return f"{one} (#{found[:4]})", f"{other} (#{expected[:4]})"


def token(personal: Personal) -> str:
    """The keyed token alone: the pseudonym under which a person is counted."""
    return personal[:TOKEN_LENGTH]


def mask_name(name: str) -> str:
    """Keep the first character."""
    return name[:1] + "*" * max(len(name) - 1, 1)


def mask_number(number: str) -> str:
    """Keep up to three leading and four trailing characters of a long number."""
    if len(number) < 9:  # noqa: PLR2004 - too short to keep both ends
        return "*" * len(number)
    return number[:3] + "*" * (len(number) - 7) + number[-4:]


def mask_address(address: str) -> str:
    """Keep the province and city part: the first six characters at most."""
    return address[: min(6, len(address) // 2)] + "***"


MASKS: dict[str, Callable[[str], str]] = {
    "name": mask_name,
    "number": mask_number,
    "address": mask_address,
}


class Pseudonyms:
    """Makes `Personal` values under one secret key; the key never leaves this object."""

    def __init__(self, key: bytes) -> None:
        """Take a key of 32 bytes."""
        self._hmac = hmac.new(key, digestmod=hashlib.sha256)
        self._made: dict[tuple[str, str], Personal] = {}

    def forget(self) -> None:
        """Drop what is remembered: clear texts stay in memory no longer than a batch."""
        self._made.clear()

    def personal(self, kind: str, text: str) -> Personal:
        """Token and mask of a text; kind is name, number or address.

        Outer blanks and letter case do not count: carriers and platforms differ in them.
        """
        made = self._made.get((kind, text))
        if made is None:
            clean = text.strip().upper()
            mac = self._hmac.copy()
            mac.update(f"{kind}\0{clean}".encode())
            head = urlsafe_b64encode(mac.digest()[:16])[:TOKEN_LENGTH].decode("ascii")
            # The four documents of a purchase name the same people, in one batch as a rule.
            made = self._made[kind, text] = Personal(f"{head} {MASKS[kind](clean)}")
        return made
