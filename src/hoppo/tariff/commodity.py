"""Commodities by day: statutory units, rates, the positive list and its notes."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple


class Commodity(NamedTuple):
    """One commodity code in one period: from `since` until the day before `until`.

    Rates are percent; `consumption_per_unit` is yuan for one `consumption_unit`; units are codes
    of the customs. `max_qty_per_order` counts in `unit1`; `note` is the positive list's.
    """

    code: str
    name: str
    unit1: str
    unit2: str | None
    mfn_rate: Decimal
    vat_rate: Decimal
    consumption_rate: Decimal
    consumption_per_unit: Decimal | None
    consumption_unit: str | None
    positive_list: bool
    note: str
    max_qty_per_order: Decimal | None
    bonded_only: bool
    since: date
    until: date | None


class OverlapError(ValueError):
    """Two rows of one commodity code are in force on one day."""

    def __init__(self, before: Commodity, after: Commodity) -> None:
        """Name the code and the first such day."""
        self.before, self.after = before, after
        self.code, self.day = after.code, after.since
        super().__init__(
            f"{self.code}: two rows are in force on {self.day}; end the first by then with until"
        )


class Tariff:
    """All commodities of all days."""

    __slots__ = ("_newest_first",)

    def __init__(self, commodities: Iterable[Commodity]) -> None:
        """Index by code; raises OverlapError where periods of one code overlap."""
        by_code: dict[str, list[Commodity]] = {}
        for commodity in commodities:
            by_code.setdefault(commodity.code, []).append(commodity)
        for rows in by_code.values():
            for before, after in overlaps(rows):
                raise OverlapError(before, after)
        self._newest_first = {
            code: tuple(sorted(rows, key=lambda row: row.since, reverse=True))
            for code, rows in by_code.items()
        }

    def on(self, code: str, day: date) -> Commodity | None:
        """The commodity in force on a day; None where the tariff has none."""
        for row in self._newest_first.get(code, ()):
            if row.since <= day:
                # Periods do not overlap: an older row cannot be in force on this day either.
                return row if row.until is None or day < row.until else None
        return None

    def knows(self, code: str) -> bool:
        """Whether the code is in force on any day at all."""
        return code in self._newest_first

    def __len__(self) -> int:
        """How many codes there are."""
        return len(self._newest_first)

    def codes(self) -> tuple[str, ...]:
        """All codes, in order."""
        return tuple(sorted(self._newest_first))


def overlaps(rows: Iterable[Commodity]) -> list[tuple[Commodity, Commodity]]:
    """Neighbours in time, of the rows of one code, that are both in force on some day."""
    in_time = sorted(rows, key=lambda row: row.since)
    return [
        (before, after)
        for before, after in pairwise(in_time)
        if before.until is None or before.until > after.since
    ]


@cache
def starter_tariff() -> Tariff:
    """The tariff that ships with the package: a starter, not the official tariff."""
    from hoppo.tariff.sheet import read_tariff  # noqa: PLC0415 - a sheet is read into Commodity

    data = files("hoppo.tariff").joinpath("data", "starter_tariff.csv").read_bytes()
    return Tariff(read_tariff(data))
