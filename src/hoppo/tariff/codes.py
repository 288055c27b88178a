"""The customs' code lists, as shipped in `data/`. Their sources stand in `data/sources.toml`."""

import csv
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

NAMES = (
    "countries",
    "currencies",
    "units",
    "customs_districts",
    "transport_modes",
    "packing",
    "trade_modes",
)


class Code(NamedTuple):
    """One code with its Chinese and, where we are sure of one, its English name."""

    code: str
    zh: str
    en: str


class CodeList:
    """A code list: `code in list`, `list.name(code)`. Nothing can change it.

    A code that is missing from `customs_districts` is no fault: the list is of 2016-2017, and
    districts were founded since. Rules may note it and must not refuse for it.
    """

    __slots__ = ("_codes", "label")

    def __init__(self, label: str, codes: Iterable[Code]) -> None:
        """Take the list's name and its codes; raises ValueError where a code stands twice."""
        self.label = label
        self._codes: dict[str, Code] = {}
        for code in codes:
            if self._codes.setdefault(code.code, code) is not code:
                raise ValueError(f"{label}: the code {code.code} stands twice")

    def __contains__(self, code: object) -> bool:
        """Whether a code is in the list."""
        return code in self._codes

    def __iter__(self) -> Iterator[Code]:
        """The codes in the list's order."""
        return iter(self._codes.values())

    def __len__(self) -> int:
        """How many codes there are."""
        return len(self._codes)

    def name(self, code: str) -> Code | None:
        """The names of a code; None when it is not in the list."""
        return self._codes.get(code)


@cache
def code_list(name: str) -> CodeList:
    """A code list by its name, read once.

    Raises KeyError for a name that is none of `NAMES`.
    """
    if name not in NAMES:
        raise KeyError(f"no code list is called {name}; there are {', '.join(NAMES)}")
    text = files("hoppo.tariff").joinpath("data", f"{name}.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return CodeList(name, [Code(row["code"], row["zh"], row["en"]) for row in rows])
