"""Reads records that are plainly right, straight from the text.

One pattern a block checks order, lengths and digits of all its fields at once and takes their
values; it costs a fraction of walking the elements. Whatever it does not match (a fault, a
leniency, an entity, an unusual prefix) is left to the careful reader, which decides. So this file
may refuse what is right, but may never accept what is wrong, nor read it otherwise. The text was
parsed before: it is well-formed and has no DOCTYPE.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

from hoppo.wire.careful import ReadRecord
from hoppo.wire.table import CEB_TAG, Block, Field, Kind, Message, Value

PREFIXES = (None, "ceb")  # patterns are worked out for these two; others are read carefully
SPACE = r"[ \t\n]*+"
NAME = r"[^\s/>=]++"
QUOTED = r"""(?:"[^"]*+"|'[^']*+')"""
ROOT_TAG = re.compile(rf"(?:<\?[^>]*+>)?+\s*+<{NAME}(?:\s++{NAME}\s*+=\s*+{QUOTED})*+\s*+>")
INT_DIGITS = 9  # a number of nine digits is always one of 32 bits


@dataclass(slots=True)
class BlockPattern:
    """A pattern for a block, and how to turn its groups into values."""

    pattern: re.Pattern[str]
    names: tuple[str, ...]
    numbers: tuple[tuple[int, str, Callable[[str], Value]], ...]

    def values(self, match: re.Match[str]) -> dict[str, Value]:
        """The fields of a matched block by our names."""
        texts = match.groups()
        values: dict[str, Value] = dict(zip(self.names, texts, strict=True))
        for at, name, number in self.numbers:
            if texts[at] is not None:
                values[name] = number(texts[at])
        return values


class SwiftReader:
    """Reads the records of one message type under one prefix."""

    def __init__(self, message: Message, prefix: str | None) -> None:
        """Work out the patterns."""
        mark = f"{prefix}:" if prefix else ""
        record = message.record
        self.head = block_pattern(record.head, mark)
        self.line = block_pattern(record.line, mark) if record.line else None
        self.least = record.line.least if record.line else 0
        self.most = record.line.most if record.line else 0
        self.close = f"</{mark}{record.wire}>"
        self.start = re.compile(rf"{SPACE}<{mark}{record.wire}(?=[\s/>])")
        self.another = re.compile(rf"<{mark}{record.wire}(?=[\s/>])")
        self.opening = re.compile("" if record.flat else rf"{SPACE}<{mark}{record.wire}>")
        self.closing = re.compile("" if record.flat else rf"{SPACE}{self.close}")

    def read_all(self, text: str, count: int) -> list[ReadRecord | None]:
        """Each of the first records that is plainly right; None for one to be read carefully."""
        found: list[ReadRecord | None] = [None] * count
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        at = self.first(text)
        for index in range(count):
            if at is None:
                break
            record = self.read(text, at, index + 1)
            if record:
                found[index], at = record
            else:
                at = self.skip(text, at)
        return found

    def first(self, text: str) -> int | None:
        """Where the records start; None when what their tags mean is not plain."""
        root = ROOT_TAG.match(text)
        if root is None or _has(text, "!", "<!") or _has(text, "?", "<?", root.end()):
            return None
        if 0 <= text.find("xmlns", root.end()) < text.rfind(self.close):
            return None
        return root.end()

    def read(self, text: str, at: int, index: int) -> tuple[ReadRecord, int] | None:
        """The record at a place, and where it ends; None when it is not plainly right."""
        opened = self.opening.match(text, at)
        head = self.head.pattern.match(text, opened.end()) if opened else None
        if head is None:
            return None
        end = head.end()
        lines = []
        if self.line:
            pattern = self.line.pattern
            while line := pattern.match(text, end):
                lines.append(self.line.values(line))
                end = line.end()
            if len(lines) < self.least or (self.most is not None and len(lines) > self.most):
                return None
        closed = self.closing.match(text, end)
        if closed is None:
            return None
        return ReadRecord(index, self.head.values(head), lines), closed.end()

    def skip(self, text: str, at: int) -> int | None:
        """Where the record at a place ends; None when another of its name starts before that."""
        start = self.start.match(text, at)
        end = text.find(self.close, at)
        if start is None or end < 0:
            return None
        another = self.another.search(text, start.end())
        if another and another.start() < end:
            return None
        return end + len(self.close)


def _has(text: str, rare: str, mark: str, at: int = 0) -> bool:
    """Whether a mark stands in a text; its rare character is looked for first, which is faster."""
    return text.find(rare, at) >= 0 and text.find(mark, at) >= 0


def prefix_of(root: etree._Element) -> str | None:
    """The prefix under which all records of a message stand.

    Raises KeyError when there are no patterns for it, or the root is in no namespace.
    """
    if root.prefix not in PREFIXES or not str(root.tag).startswith(CEB_TAG):
        raise KeyError(root.prefix)
    return root.prefix


def block_pattern(block: Block, mark: str) -> BlockPattern:
    """The pattern of a block under a prefix."""
    fields = "".join(field_pattern(field, mark) for field in block.fields)
    tag = f"{mark}{block.wire}"
    return BlockPattern(
        re.compile(f"{SPACE}<{tag}>{SPACE}{fields}</{tag}>"),
        tuple(field.name for field in block.fields),
        tuple(
            (at, field.name, Decimal if field.kind.name == "decimal" else int)
            for at, field in enumerate(block.fields)
            if field.kind.name in {"decimal", "integer"}
        ),
    )


def field_pattern(field: Field, mark: str) -> str:
    """The pattern of a field and the space behind it; its group is the value, none when empty."""
    tag = f"{mark}{field.wire}"
    value = value_pattern(field.kind)
    if field.required:
        return f"<{tag}>{value}</{tag}>{SPACE}"
    if field.kind.name == "text" and not field.kind.least:
        return f"(?:<{tag}(?:/>|>(?:{value})?+</{tag}>){SPACE})?+"
    return f"(?:<{tag}>{value}</{tag}>{SPACE})?+"


def value_pattern(kind: Kind) -> str:
    """What a plain value looks like: no entity, no space in front, not empty."""
    if kind.fixed is not None:
        return f"({re.escape(kind.fixed)})"
    if kind.name == "integer":
        return f"([0-9]{{1,{min(kind.most or INT_DIGITS, INT_DIGITS)}}}+)"
    if kind.name == "decimal":
        whole = (kind.most or 0) - kind.fraction
        return rf"(-?+[0-9]{{1,{whole}}}+(?:\.[0-9]{{1,{kind.fraction}}}+)?+)"
    most = "" if kind.most is None else kind.most
    if kind.collapse:
        return rf"(?=[^<]{{{kind.least},{most}}}+<)([^<&\s]++(?: [^<&\s]++)*+)"
    more = "" if kind.most is None else kind.most - 1
    return rf"([^<&\s][^<&]{{{max(kind.least - 1, 0)},{more}}}+)"
