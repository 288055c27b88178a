"""The numbers customs gives: pre-entry and list numbers, from one sequence."""

from datetime import datetime
from typing import Any

import psycopg

from hoppo.values.moments import beijing_day

BLOCK = 200
SERIALS = 1_000_000_000


class Numbers:
    """Hands out numbers for one batch, a block of serials at a time."""

    def __init__(self, connection: psycopg.Connection[Any], now: datetime) -> None:
        """Take the batch's connection and moment."""
        self._connection, self._day = connection, beijing_day(now)
        self._serials: list[int] = []

    def _next(self) -> int:
        if not self._serials:
            rows = self._connection.execute(
                "SELECT nextval('customs_number') FROM generate_series(1, %s)", [BLOCK]
            ).fetchall()
            self._serials = [row[0] % SERIALS for row in reversed(rows)]
        return self._serials.pop()

    def pre_no(self, letter: str = "B") -> str:
        """A pre-entry number: a letter, the day, nine digits."""
        return f"{letter}{self._day:%Y%m%d}{self._next():09d}"

    def list_no(self, customs_code: str) -> str:
        """A list number: customs district, year, I, nine digits."""
        return f"{customs_code[:4]:0<4}{self._day:%Y}I{self._next():09d}"

    def tax_no(self, customs_code: str) -> str:
        """A tax bill's number: district, year, T, nine digits."""
        return f"{customs_code[:4]:0<4}{self._day:%Y}T{self._next():09d}"
