"""Reads the first sheet of an Excel workbook row by row, in little memory whatever its size.

The reading library we have (calamine) holds a whole sheet at once, over 600 MB for a hundred
thousand rows of 67 columns, and gives an empty cell where a formula failed. Here the archive is
unpacked and parsed as it is read, so a bomb of zeros costs no more than the bound. The library
stands in the tests as the measure of what a workbook says.
"""

import math
import re
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import IO, Any

from lxml import etree

MOST_XML = 1024 * 1024 * 1024  # bytes of unpacked parts that are read
MOST_STRINGS = 320 * 1024 * 1024  # bytes of shared texts
MOST_CELL = 32_767  # characters, as in Excel
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
RELATION = ("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
            "{http://purl.oclc.org/ooxml/officeDocument/relationships}id")  # fmt: skip
DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
DAY_LETTERS = re.compile(r"[ymdhs]", re.IGNORECASE)
LETTERS = re.compile(r"[A-Z]+")
MERGED = re.compile(r"([A-Z]{1,3})(\d{1,7})")
MOST_MERGED = 100_000
SURROGATES = (0xD800, 0xDFFF)
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
EPOCHS = (datetime(1899, 12, 30), datetime(1904, 1, 1))  # noqa: DTZ001 - no zone in a sheet
LAST_DAY = 2_958_466  # the end of the year 9999
PLACES: dict[str, int] = {}


class NoWorkbookError(Exception):
    """The bytes are no workbook that can be read; `args` says where it broke."""


class TooBigError(Exception):
    """The workbook unpacks to more than is read."""


class Bounded:
    """A part of the archive that stops when too much came out of it."""

    def __init__(self, part: IO[bytes], most: int, book: "Workbook") -> None:
        """Take the part, and the book that is told how much was read."""
        self._part, self._left, self._book = part, most, book

    def read(self, size: int = -1) -> bytes:
        """The next bytes; raises TooBigError past the bound."""
        data = self._part.read(size if 0 <= size <= 1 << 20 else 1 << 20)
        self._left -= len(data)
        self._book.read += len(data)
        if self._left < 0:
            raise TooBigError
        return data


class SharedTexts:
    """The texts of a workbook, packed: a list of a million strings would be 130 MB."""

    def __init__(self) -> None:
        """Begin with none."""
        self._bytes, self._ends = bytearray(), array("Q", [0])

    def add(self, text: str) -> None:
        """Keep one more."""
        self._bytes += text[:MOST_CELL].encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))

    def get(self, at: int) -> str:
        """The text of a number; empty where there is none."""
        if not 0 <= at < len(self._ends) - 1:
            return ""
        return self._bytes[self._ends[at] : self._ends[at + 1]].decode("utf-8", "surrogatepass")


class Workbook:
    """An open workbook. `rows()` gives row numbers from 1, and cells up to the last filled.

    `merged` holds what is merged within one column, as first row, last row and place.

    A cell is a text, an int, a float, a bool, None, or a list with the mark of a failed formula;
    days and times come as text. Raises NoWorkbookError or TooBigError.
    """

    def __init__(self, file: IO[bytes]) -> None:
        """Read everything but the sheet itself."""
        try:
            self.read, self.merged = 0, list[tuple[int, int, int]]()
            self._archive = zipfile.ZipFile(file)
            self._part, self._since_1904 = self._first_sheet()
            self._dates = self._date_styles()
            self._texts = self._shared_texts()
        except BROKEN as broken:
            raise NoWorkbookError(str(broken)[:200]) from broken
        # How far reading is: bytes that were read, of as many as the archive says there are.
        self.size = max(self._archive.getinfo(self._part).file_size, 1)
        self.read = 0

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        """Every row that says something; `merged` is known when they are through."""
        number = 0
        try:
            for element in self._elements(self._part, MOST_XML, "row", "mergeCell"):
                if element.tag.endswith("}mergeCell"):
                    self._keep_merged(element.get("ref", ""))
                    continue
                named = element.get("r")
                number = int(named) if named and named.isdigit() else number + 1
                cells = self._cells(element)
                if cells:
                    yield number, cells
        except BROKEN as broken:
            raise NoWorkbookError(str(broken)[:200]) from broken

    def _keep_merged(self, ref: str) -> None:
        ends = [MERGED.fullmatch(end) for end in ref.split(":")]
        if len(ends) == 2 and ends[0] and ends[1]:  # noqa: PLR2004 - from, to
            first, last = place_of(ends[0][1]), place_of(ends[1][1])
            if first == last and len(self.merged) < MOST_MERGED:
                self.merged.append((int(ends[0][2]), int(ends[1][2]), first))

    def _elements(self, part: str, most: int, *names: str) -> Iterator[Any]:
        """The elements of some names, each forgotten after it was looked at."""
        with self._archive.open(part) as file:
            parsed = etree.iterparse(
                Bounded(file, most, self), events=("end",),
                tag=[space + name for name in names for space in (MAIN, STRICT)],
                resolve_entities=False, no_network=True, load_dtd=False,
                remove_comments=True, remove_pis=True,
            )  # fmt: skip
            for _, element in parsed:
                yield element
                element.clear()
                above = element.getparent()
                if above is not None:
                    while element.getprevious() is not None:
                        del above[0]

    def _tree(self, part: str) -> Any:
        with self._archive.open(part) as file:
            parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
            data = file.read(MOST_CELL * 256 + 1)
            if len(data) > MOST_CELL * 256:
                raise TooBigError
            return etree.fromstring(data, parser)

    def _first_sheet(self) -> tuple[str, bool]:
        """The part of the first sheet that is not hidden, and whether its days count from 1904."""
        book = self._tree("xl/workbook.xml")
        since = book.find("{*}workbookPr")
        targets = {
            one.get("Id"): one.get("Target", "") for one in self._tree("xl/_rels/workbook.xml.rels")
        }
        sheets = book.findall("{*}sheets/{*}sheet")
        shown = [one for one in sheets if one.get("state", "visible") == "visible"] or sheets
        if not shown:
            raise KeyError("no sheet")
        target = targets[next(filter(None, (shown[0].get(name) for name in RELATION)))]
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        return part, since is not None and since.get("date1904") in {"1", "true"}

    def _date_styles(self) -> frozenset[int]:
        """The numbers of the cell styles that show a day or a time."""
        if "xl/styles.xml" not in self._archive.namelist():
            return frozenset()
        styles = self._tree("xl/styles.xml")
        formats = {
            int(one.get("numFmtId")): one.get("formatCode", "")
            for one in styles.findall("{*}numFmts/{*}numFmt")
        }
        days = DATE_FORMATS | {
            number for number, code in formats.items() if DAY_LETTERS.search(QUOTED.sub("", code))
        }
        return frozenset(
            at for at, one in enumerate(styles.findall("{*}cellXfs/{*}xf"))
            if int(one.get("numFmtId") or 0) in days
        )  # fmt: skip

    def _shared_texts(self) -> SharedTexts:
        texts = SharedTexts()
        if "xl/sharedStrings.xml" in self._archive.namelist():
            for one in self._elements("xl/sharedStrings.xml", MOST_STRINGS, "si"):
                texts.add(text_of(one))
        return texts

    def _cells(self, row: Any) -> list[Any]:
        cells: list[Any] = []
        place = -1
        for cell in row:
            named = cell.get("r")
            if named:
                letters = named.rstrip("0123456789")
                found = PLACES.get(letters)
                place = place_of(letters) if found is None else found
            else:
                place += 1
            value = self._value(cell)
            if value is None:
                continue
            while len(cells) < place:
                cells.append(None)
            cells[place:] = [value]
        return cells

    def _value(self, cell: Any) -> Any:
        """What a cell says, by its kind: shared text, own text, fault, truth or number."""
        text = ""
        for child in cell:
            tag = child.tag
            if tag.endswith("}v"):
                text = child.text or ""
            elif tag.endswith("}is"):
                return text_of(child)[:MOST_CELL] or None
        return self._meant(cell.get("t"), text, cell.get("s")) if text else None

    def _meant(self, kind: str | None, text: str, style: str | None) -> Any:
        """What the text of a cell means."""
        if kind == "s":
            return self._texts.get(int(text)) or None
        if kind in {"str", "d"}:
            return text[:MOST_CELL]
        if kind == "e":
            return [text[:20]]
        if kind == "b":
            return text.strip() == "1"
        number = float(text)
        if not math.isfinite(number):
            return ["#NUM!"]
        if style and int(style) in self._dates and 0 <= number < LAST_DAY:
            return self._when(number)
        return int(number) if number.is_integer() and abs(number) < 1e15 else number  # noqa: PLR2004

    def _when(self, number: float) -> str:
        moment = EPOCHS[self._since_1904] + timedelta(seconds=round(number * 86400))
        return f"{moment:%Y-%m-%d}" if number.is_integer() else f"{moment:%Y-%m-%d %H:%M:%S}"


def text_of(element: Any) -> str:
    """The text of a string, its runs joined; how it is pronounced is no part of it."""
    parts = []
    for child in element:
        if child.tag.endswith("}t"):
            parts.append(child.text or "")
        elif child.tag.endswith("}r"):
            parts += [part.text or "" for part in child if part.tag.endswith("}t")]
    text = "".join(parts)
    return ESCAPED.sub(unescaped, text) if "_x" in text else text


def unescaped(found: re.Match[str]) -> str:
    """The character that Excel wrote as its number; half a character is none."""
    number = int(found[1], 16)
    return "\ufffd" if SURROGATES[0] <= number <= SURROGATES[1] else chr(number)


def place_of(letters: str) -> int:
    """The place of a column by its letters, from 0; raises ValueError for what is none."""
    if len(letters) > 3 or not LETTERS.fullmatch(letters):  # noqa: PLR2004 - XFD is the last
        raise ValueError("no column")
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    PLACES[letters] = place - 1
    return place - 1


# What a file that is no workbook, or a broken one, makes the libraries raise.
BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, etree.XMLSyntaxError, KeyError, ValueError,
    EOFError, AttributeError, TypeError, NotImplementedError, RuntimeError, OSError,
    StopIteration, OverflowError, zlib.error,
)  # fmt: skip
