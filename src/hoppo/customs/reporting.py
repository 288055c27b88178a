"""Verdicts as the outside reads them: one object a list."""

from collections.abc import Iterator, Mapping
from typing import Any

import psycopg

from hoppo.customs.rules import BOOK
from hoppo.customs.tables import VERDICTS
from hoppo.customs.values import Verdict

RULES = {rule.number: rule for rule in BOOK.rules}


def findings_of(verdict: Verdict) -> list[dict[str, str]]:
    """A verdict's findings with their sentences."""
    found = []
    for number, path, seen, expected in verdict.findings:
        rule = RULES.get(number)
        found.append(
            {
                "rule": number,
                "code": rule.code if rule else number,
                "sentence_en": rule.sentence_en if rule else "The message fails the format.",
                "sentence_zh": rule.sentence_zh if rule else "报文格式校验不通过",
                "authority": rule.authority
                if rule
                else "海关跨境统一版系统企业对接报文规范（202205版）",
                "path": path,
                "found": seen,
                "expected": expected,
                "advice_en": rule.advice_en if rule else "Correct the field and declare again.",
                "advice_zh": rule.advice_zh if rule else "请更正后重新申报。",
            }
        )
    return found


def verdict_line(verdict: Verdict) -> dict[str, Any]:
    """One line of `verdicts.jsonl`."""
    tax: Mapping[str, Any] | None = verdict.tax
    return {
        "orderNo": verdict.order_no,
        "copNo": verdict.cop_no,
        "ebpCode": verdict.platform_code,
        "invtNo": verdict.list_no,
        "tradeMode": verdict.trade_mode,
        "status": verdict.status,
        "waiting_for": list(verdict.waiting_for),
        "tax": tax,
        "findings": findings_of(verdict),
    }


def verdict_lines(connection: psycopg.Connection[Any]) -> Iterator[dict[str, Any]]:
    """All verdicts, in the order of their keys, without holding them all in memory."""
    with connection.cursor(name="verdicts") as cursor:
        cursor.itersize = 2000
        columns = ", ".join(VERDICTS.columns)
        cursor.execute(
            f"SELECT {columns} FROM verdict ORDER BY platform_code, order_no, cop_no"  # noqa: S608
        )
        for row in cursor:
            yield verdict_line(VERDICTS.from_wire(row))
