"""Rules by day, parameters by day, and all faults reported."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from hoppo.customs.rules import BOOK
from hoppo.rulebook import parameters
from hoppo.rulebook.describe import describe_rules
from hoppo.rulebook.law import Law, RuleBook
from hoppo.rulebook.parameters import DatedValue, Parameter
from hoppo.rulebook.rule import Mismatch, rule


@rule(
    "T-01", code="H1", subject="number", authority="nobody", zh="数应小于三",
    since=date(2020, 1, 1), until=date(2021, 1, 1),
)  # fmt: skip
def below_three(found: int, _law: Law) -> Mismatch | None:
    """A number must be below three.

    What follows the first paragraph is not the sentence.
    """
    return None if found < 3 else Mismatch("n", str(found), "below 3")


@rule("T-02", code="H2", subject="number", authority="nobody", zh="数应为偶数")
def even(found: int, _law: Law) -> list[Mismatch]:
    """A number must be even."""
    return [Mismatch("n", str(found), "even")] if found % 2 else []


@pytest.mark.parametrize(
    ("day", "numbers"),
    [
        (date(2019, 12, 31), ["T-02"]),
        (date(2020, 1, 1), ["T-01", "T-02"]),
        (date(2020, 12, 31), ["T-01", "T-02"]),
        (date(2021, 1, 1), ["T-02"]),
    ],
)
def test_rules_hold_on_their_days_and_all_faults_are_found(day: date, numbers: list[str]) -> None:
    law = RuleBook([], [below_three, even]).on(day)
    found = law.findings("number", 5)
    assert [finding.rule.number for finding in found] == numbers


def test_the_sentence_is_the_first_paragraph() -> None:
    assert below_three.sentence_en == "A number must be below three."


def test_two_rules_may_not_share_a_number() -> None:
    with pytest.raises(ValueError, match="share one number"):
        RuleBook([], [even, even])


def test_parameters_change_on_their_day() -> None:
    limit = next(item for item in BOOK.parameters if item.name == "single_limit")
    day = date(2019, 1, 1)
    assert limit.on(day - timedelta(days=1)) == Decimal(2000)
    assert limit.on(day) == Decimal(5000)
    assert limit.on(date(2016, 4, 7)) is None


def test_overlapping_values_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "parameters"
    folder.mkdir()
    rows = "".join(
        f'[[x.values]]\nsince = {day}\nvalue = "1"\nauthority = "a"\nconfidence = "A"\n'
        for day in ("2020-01-01", "2021-01-01")
    )
    (folder / "x.toml").write_text(f'[x]\nsense = "s"\nunit = "u"\n{rows}', "utf-8")
    monkeypatch.setattr(parameters, "files", lambda _package: tmp_path)
    with pytest.raises(ValueError, match="x has two values on 2021-01-01"):
        parameters.read_parameters("anything", "x.toml")


def test_every_rule_says_what_it_must() -> None:
    for item in BOOK.rules:
        assert item.sentence_en.endswith("."), item.number
        assert item.sentence_zh, item.number
        assert item.authority, item.number
        assert item.advice_en, item.number
        assert item.advice_zh, item.number
        assert item.confidence in {"A", "B", "C", "M"}, item.number
        assert item.code.lstrip("-H").isdigit(), item.number


def test_every_parameter_has_an_authority_and_a_value_today() -> None:
    for item in BOOK.parameters:
        assert item.on(date(2026, 6, 18)) is not None, item.name
        assert all(value.authority and value.confidence in "ABCM" for value in item.values)


def test_the_page_names_every_rule_and_parameter() -> None:
    page = describe_rules(BOOK)
    for item in BOOK.rules:
        assert f"### {item.number}\n" in page
        assert item.sentence_zh in page
    for parameter in BOOK.parameters:
        assert f"### {parameter.name}\n" in page


def test_a_gap_has_no_value() -> None:
    gap = Parameter(
        "x", "", "", (DatedValue(1, date(2020, 1, 1), date(2020, 2, 1), "a", "A"),)
    )  # fmt: skip
    assert gap.on(date(2020, 2, 1)) is None
