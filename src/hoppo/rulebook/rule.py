"""A rule: one sentence of law above the line that enforces it."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple


class Mismatch(NamedTuple):
    """What a rule saw: where, what stood there, what the law asks for."""

    path: str
    found: str
    expected: str


Outcome = Mismatch | Iterable[Mismatch] | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A numbered, dated sentence with the function that checks it.

    `code` is the customs' own code where one is published; otherwise ours, which starts with H.
    `subject` names the value the function takes: order, payment, waybill, list or case.
    `confidence` is A (official text read) to C (weak source) or M (from memory).
    """

    number: str
    code: str
    sentence_en: str
    sentence_zh: str
    authority: str
    confidence: str
    subject: str
    since: date | None
    until: date | None
    advice_en: str
    advice_zh: str
    also: str
    check: Callable[[Any, Any], Outcome]

    def in_force(self, day: date) -> bool:
        """Whether the rule holds on a day; `until` is the first day it no longer does."""
        return not (self.since and day < self.since) and not (self.until and day >= self.until)


class Finding(NamedTuple):
    """A broken rule: the rule, where, the value found and the value expected."""

    rule: Rule
    path: str
    found: str
    expected: str

    def as_json(self) -> dict[str, str]:
        """The finding as `verdicts.jsonl` and the API write it."""
        return {
            "rule": self.rule.number,
            "code": self.rule.code,
            "sentence_en": self.rule.sentence_en,
            "sentence_zh": self.rule.sentence_zh,
            "authority": self.rule.authority,
            "path": self.path,
            "found": self.found,
            "expected": self.expected,
            "advice_en": self.rule.advice_en,
            "advice_zh": self.rule.advice_zh,
        }


def as_findings(rule: Rule, outcome: Outcome) -> list[Finding]:
    """Every mismatch a rule returned, as a finding under that rule."""
    if outcome is None:
        return []
    if isinstance(outcome, Mismatch):
        return [Finding(rule, *outcome)]
    return [Finding(rule, *mismatch) for mismatch in outcome]


def rule(  # noqa: PLR0913 - a rule is declared in one place, by keyword
    number: str,
    *,
    code: str,
    zh: str,
    authority: str,
    subject: str,
    confidence: str = "B",
    advice: tuple[str, str] = ("", ""),
    since: date | None = None,
    until: date | None = None,
    also: str = "",
) -> Callable[[Callable[[Any, Any], Outcome]], Rule]:
    """Make a function a rule. Its docstring is the law's sentence and the message people see."""

    def make(check: Callable[[Any, Any], Outcome]) -> Rule:
        sentence = " ".join((inspect.getdoc(check) or "").split("\n\n")[0].split())
        return Rule(
            number=number,
            code=code,
            sentence_en=sentence,
            sentence_zh=zh,
            authority=authority,
            confidence=confidence,
            subject=subject,
            since=since,
            until=until,
            advice_en=advice[0],
            advice_zh=advice[1],
            also=also,
            check=check,
        )

    return make
