"""Dated parameters: a number, since when, on whose authority, how sure we are."""

import tomllib
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise
from typing import Any, NamedTuple


class DatedValue(NamedTuple):
    """A value in force from `since` until the day before `until`."""

    value: Any
    since: date
    until: date | None
    authority: str
    confidence: str


class Parameter(NamedTuple):
    """A named number, list or text of the law with all its dated values, oldest first."""

    name: str
    sense: str
    unit: str
    values: tuple[DatedValue, ...]

    def on(self, day: date) -> Any:
        """The value in force on a day; None where there is none."""
        for dated in reversed(self.values):
            if dated.since <= day and (dated.until is None or day < dated.until):
                return dated.value
        return None


def _exact(value: object) -> object:
    """Decimals are written as text in the files so that no float is ever made."""
    if isinstance(value, str):
        try:
            return Decimal(value)
        except ArithmeticError:
            return value
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items()}
    return value


def read_parameters(package: str, file: str) -> list[Parameter]:
    """Read `parameters/<file>` of a word's package.

    Raises ValueError when a parameter's dated values overlap.
    """
    text = files(package).joinpath("parameters", file).read_text("utf-8")
    found = []
    for name, entry in tomllib.loads(text).items():
        values = sorted(
            (
                DatedValue(
                    _exact(row["value"]),
                    row["since"],
                    row.get("until"),
                    row["authority"],
                    row["confidence"],
                )
                for row in entry["values"]
            ),
            key=lambda dated: dated.since,
        )
        for before, after in pairwise(values):
            if before.until is None or before.until > after.since:
                message = f"{file}: {name} has two values on {after.since}"
                raise ValueError(message)
        found.append(Parameter(name, entry["sense"], entry["unit"], tuple(values)))
    return found


def by_name(parameters: Iterable[Parameter]) -> dict[str, Parameter]:
    """Index parameters by name."""
    return {parameter.name: parameter for parameter in parameters}
