"""The law of one day: the rules in force and the parameters' values."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from hoppo.rulebook.parameters import Parameter
from hoppo.rulebook.rule import Finding, Rule, as_findings

Known = dict[tuple[str, int, date], tuple[object, list[Finding]]]


class Law:
    """A snapshot: `law["single_limit"]` and the rules in force, by subject, in precedence."""

    def __init__(self, day: date, parameters: Sequence[Parameter], rules: Sequence[Rule]) -> None:
        """Take the parameters' values and the rules in force on a day."""
        self.day = day
        self.values = {parameter.name: parameter.on(day) for parameter in parameters}
        self.rules = tuple(rule for rule in rules if rule.in_force(day))
        self._by_subject: dict[str, tuple[Rule, ...]] = {}
        for rule in self.rules:
            self._by_subject[rule.subject] = (*self._by_subject.get(rule.subject, ()), rule)
        self._checks = {
            subject: tuple((rule, rule.check) for rule in of_it)
            for subject, of_it in self._by_subject.items()
        }

    def __getitem__(self, name: str) -> Any:
        """The value of a parameter on this law's day."""
        return self.values[name]

    def on(self, subject: str) -> tuple[Rule, ...]:
        """The rules in force for a kind of subject."""
        return self._by_subject.get(subject, ())

    def findings_once(self, kind: str, subject: object, known: Known) -> list[Finding]:
        """As `findings`, remembering what was found of the same subject under the same law."""
        at = (kind, id(subject), self.day)
        if at not in known:
            # The subject is kept beside its findings, so that its id stays its own.
            known[at] = (subject, self.findings(kind, subject))
        return known[at][1]

    def findings(self, kind: str, subject: object) -> list[Finding]:
        """Check a subject against every rule for its kind; all faults, not the first."""
        found: list[Finding] = []
        for rule, check in self._checks.get(kind, ()):
            if outcome := check(subject, self):
                found += as_findings(rule, outcome)
        return found


class RuleBook:
    """All rules and parameters of all days; hands out the law of a day."""

    def __init__(self, parameters: Sequence[Parameter], rules: Sequence[Rule]) -> None:
        """Refuses two rules in force with one number."""
        self.parameters = tuple(parameters)
        self.rules = tuple(rules)
        numbers = [rule.number for rule in rules]
        if len(numbers) != len(set(numbers)):
            message = "two rules share one number"
            raise ValueError(message)
        self._laws: dict[date, Law] = {}

    def on(self, day: date) -> Law:
        """The law of a day, made once."""
        law = self._laws.get(day)
        if law is None:
            law = self._laws[day] = Law(day, self.parameters, self.rules)
        return law

    def rule(self, number: str) -> Rule:
        """The rule with a number; KeyError when there is none."""
        for rule in self.rules:
            if rule.number == number:
                return rule
        raise KeyError(number)
