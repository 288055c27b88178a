"""Writes the rule book as a page."""

from hoppo.rulebook.law import RuleBook
from hoppo.rulebook.parameters import Parameter
from hoppo.rulebook.rule import Rule

SUBJECTS = {
    "list": "The declaration list by itself",
    "order": "The order by itself",
    "payment": "The payment by itself",
    "waybill": "The waybill by itself",
    "case": "The list with its documents, registers and tariff",
    "risk": "The risk list: a list that breaks none of the above is reviewed",
}


def describe_rules(book: RuleBook) -> str:
    """The rule book in Markdown: every rule, every parameter with its dates and authority."""
    parts = [
        "# The rule book\n",
        (
            "Generated from the code by `hoppo docs`. A code that starts with H is ours; the"
            " others are the customs' own. Confidence: A official text read, B secondary,"
            " C weak source, M from memory.\n"
        ),
    ]
    for subject, title in SUBJECTS.items():
        rules = [rule for rule in book.rules if rule.subject == subject]
        parts.append(f"## {title}\n")
        parts.extend(_rule(rule) for rule in rules)
    parts.append("## Parameters\n")
    parts.extend(_parameter(parameter) for parameter in book.parameters)
    return "\n".join(parts)


def _rule(rule: Rule) -> str:
    owner = "ours" if rule.code.startswith("H") else "the customs' own"
    also = f", elsewhere also {rule.also}" if rule.also else ""
    since = f", since {rule.since}" if rule.since else ""
    until = f", until {rule.until}" if rule.until else ""
    return (
        f"### {rule.number}\n\n{rule.sentence_en}\n{rule.sentence_zh}\n\n"
        f"- Code: {rule.code} ({owner}{also})\n"
        f"- Authority: {rule.authority} (confidence {rule.confidence}{since}{until})\n"
        f"- What to do: {rule.advice_en} {rule.advice_zh}\n"
    )


def _parameter(parameter: Parameter) -> str:
    rows = [
        f"| {row.since} | {row.until or ''} | {_text(row.value)} | {row.authority} |"
        f" {row.confidence} |"
        for row in parameter.values
    ]
    return (
        f"### {parameter.name}\n\n{parameter.sense} ({parameter.unit})\n\n"
        "| since | until | value | authority | confidence |\n|---|---|---|---|---|\n"
        + "\n".join(rows)
        + "\n"
    )


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {item}" for name, item in value.items())
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)
