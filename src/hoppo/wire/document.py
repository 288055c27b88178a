"""From bytes to a parsed document: bounded in size, depth and time, without DTD or entities."""

import re
from typing import NamedTuple

from lxml import etree

from hoppo.wire.faults import Unreadable, shown
from hoppo.wire.leniency import Notes

MOST_BYTES = 32 * 1024 * 1024
MOST_MARKS = 1_000_000  # tags, and attributes: what a tree costs in memory
MOST_DEPTH = 256  # libxml2's own bound, kept by huge_tree=False
UTF8_BOM = b"\xef\xbb\xbf"
UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
UTF8_NAMES = ("", "utf-8", "utf8", "us-ascii", "ascii")
CHINESE_NAMES = ("gb2312", "gbk", "gb18030")
DECLARED = re.compile(rb"""\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
BEFORE_ROOT = re.compile(r"(?:\s++|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
TOO_DEEP = re.compile("depth", re.IGNORECASE)


class Document(NamedTuple):
    """A parsed message and the text it was parsed from, without its byte order mark."""

    root: etree._Element
    text: str


def open_document(data: bytes, notes: Notes, most_bytes: int = MOST_BYTES) -> Document:
    """Parse the bytes of a message.

    Raises Unreadable for what is too big, in an encoding we do not read, has a DOCTYPE or is not
    well-formed.
    """
    if len(data) > most_bytes:
        raise Unreadable("too-big", found=str(len(data)), expected=str(most_bytes))
    data, text = decode(data, notes)
    if len(data) > MOST_MARKS:
        marks = max(data.count(b"<"), data.count(b"="))
        if marks > MOST_MARKS:
            raise Unreadable("too-many-marks", found=str(marks), expected=str(MOST_MARKS))
    if BEFORE_ROOT.match(text):
        raise Unreadable("doctype")
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        if TOO_DEEP.search(error.msg):
            raise Unreadable("too-deep", expected=str(MOST_DEPTH)) from None
        line, column = error.position
        raise Unreadable("not-xml", f"line {line}, column {column}", shown(error.msg)) from None
    return Document(root, text)


def parse_part(text: str) -> etree._Element:
    """Parse a piece of XML that is to stand inside a message.

    Raises ValueError when it has a DOCTYPE or is not well-formed.
    """
    if BEFORE_ROOT.match(text):
        raise Unreadable("doctype")
    try:
        return etree.fromstring(text.encode(), _parser())
    except (etree.XMLSyntaxError, UnicodeEncodeError) as error:
        raise Unreadable("not-xml", found=shown(str(error))) from None


def decode(data: bytes, notes: Notes) -> tuple[bytes, str]:
    """The text of a message in UTF-8 and as characters, whatever client wrote it.

    Raises Unreadable when the bytes are not what they are declared to be.
    """
    if data.startswith(UTF8_BOM):
        notes.add("byte-order-mark", "")
        data = data[len(UTF8_BOM) :]
    elif data.startswith(UTF16_BOMS):
        notes.add("other-encoding", "")
        return _converted(data, "utf-16")
    match = DECLARED.match(data)
    name = match[1].decode("ascii").lower() if match else ""
    if name in UTF8_NAMES:
        return data, _decoded(data, "utf-8")
    if name not in CHINESE_NAMES:
        raise Unreadable("encoding", found=name, expected="UTF-8")
    # Some clients declare gb2312 and send UTF-8. Chinese text in GB is next to never valid UTF-8.
    if not data.isascii() and _is_utf8(data):
        notes.add("wrong-encoding", "")
        return data, _decoded(data, "utf-8")
    notes.add("other-encoding", "")
    return _converted(data, "gb18030")


def _converted(data: bytes, encoding: str) -> tuple[bytes, str]:
    text = _decoded(data, encoding)
    try:
        return text.encode(), text
    except UnicodeEncodeError as error:
        raise Unreadable("broken-text", str(error.start), expected=encoding.upper()) from None


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable("broken-text", str(error.start), expected=encoding.upper()) from None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parser() -> etree.XMLParser:
    """A parser that loads nothing and expands nothing; the bytes it gets are UTF-8 by now."""
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        remove_blank_text=False,
    )
