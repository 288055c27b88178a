"""The notation of the tables, and the page made from them."""

import pytest

from hoppo.customs.catalogue import MESSAGES
from hoppo.wire.describe import describe
from hoppo.wire.leniency import LENIENCIES
from hoppo.wire.lexical import collapse
from hoppo.wire.table import Kind, field, fields, kind


@pytest.mark.parametrize(
    ("notation", "expected"),
    [
        ("C36", Kind("text", 36, 36)),
        ("C1..60", Kind("text", 1, 60)),
        ("C..60", Kind("text", 0, 60)),
        ("C..200~", Kind("text", 0, 200, collapse=True)),
        ("C", Kind("text")),
        ("N19,5", Kind("decimal", 0, 19, 5)),
        ("N9", Kind("integer", 0, 9)),
        ("N", Kind("integer")),
        ("X", Kind("xml")),
        ("C3=142", Kind("text", 3, 3, fixed="142")),
        ("N19,5|0", Kind("decimal", 0, 19, 5, default="0")),
    ],
)
def test_a_notation_is_a_kind_and_back(notation: str, expected: Kind) -> None:
    assert kind(notation) == expected
    assert str(expected) == notation


@pytest.mark.parametrize("notation", ["", "c36", "C36..", "C-1", "N19.5", "C1..60 ", "X9", "C3="])
def test_no_other_notation_is_read(notation: str) -> None:
    with pytest.raises(ValueError, match="no type is written"):
        kind(notation)


@pytest.mark.parametrize("row", ["a  b  C1  Y  -", "a  b  C1  y  -  甲", "a b  C1  Y  -  甲  s  t"])
def test_a_crooked_row_is_refused(row: str) -> None:
    with pytest.raises(ValueError, match="not a line of a field table"):
        field(row)


def test_the_sense_is_our_name_when_it_says_it() -> None:
    with_sense, without = fields(
        "a  own_no  C1  Y  -  甲  its sense\nb  own_no  C1  N  units  乙\n"
    )
    assert (with_sense.sense, with_sense.codes, with_sense.required) == ("its sense", None, True)
    assert (without.sense, without.codes, without.required) == ("own no", "units", False)


def test_no_block_uses_a_name_twice() -> None:
    """On the wire or in the house."""
    for message in MESSAGES.values():
        for block in (message.record.head, message.record.line):
            if block:
                assert len({field.wire for field in block.fields}) == len(block.fields)
                assert len({field.name for field in block.fields}) == len(block.fields)


def test_white_space_collapses_as_the_schema_says() -> None:
    """Only the four characters XML calls white space."""
    assert collapse(" \t a \n\n b\r") == "a b"
    assert collapse("\u00a0a\u3000 b") == "\u00a0a\u3000 b"


def test_the_page_shows_everything() -> None:
    """Every message, field and leniency."""
    page = describe(MESSAGES)
    for message in MESSAGES.values():
        assert f"\n## {message.type}\n" in page
        for block in (message.record.head, message.record.line):
            for each in block.fields if block else ():
                assert f"| `{each.wire}` | `{each.name}` | {each.label} |" in page
    assert all(f"| `{leniency.name}` |" in page for leniency in LENIENCIES)
    tables = [line for line in page.splitlines() if line.startswith("| ") and "`" in line]
    assert {line.count("|") for line in tables if line.startswith("| 1 ")} == {9}
