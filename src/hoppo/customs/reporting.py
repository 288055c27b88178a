"""Verdicts as the outside reads them: one object a list."""

from collections.abc import Iterator, Mapping
from typing import Any

import psycopg

from hoppo.customs.codes import ANSWERS, SIGNATURE
from hoppo.customs.rules import BOOK
from hoppo.customs.tables import VERDICTS
from hoppo.customs.values import Verdict
from hoppo.rulebook.rule import Finding

RULES = {rule.number: rule for rule in BOOK.rules}


# What a list that never became a document failed: sentence and advice, in both languages.
FORMAT_FAULT = (
    "The record must keep the format of its message.",
    "报文格式校验不通过",
    "Correct the field and declare again.",
    "请更正后重新申报。",
)
SIGNATURE_FAULT = (
    "The message must carry a valid signature of its sender.",
    "验签失败",
    "Sign the message last, with the registered certificate, and send it unchanged.",
    "请使用登记的证书签名，签名后勿改动报文。",
)


def findings_of(verdict: Verdict) -> list[dict[str, str]]:
    """A verdict's findings with their sentences."""
    found = []
    for number, path, seen, expected in verdict.findings:
        rule = RULES.get(number)
        if rule is not None:
            found.append(Finding(rule, path, seen, expected).as_json())
            continue
        fault = SIGNATURE_FAULT if number == ANSWERS["list"][SIGNATURE] else FORMAT_FAULT
        found.append(
            {
                "rule": number,
                "code": number,
                "sentence_en": fault[0],
                "sentence_zh": fault[1],
                "authority": "海关跨境统一版系统企业对接报文规范（202205版）",
                "path": path,
                "found": seen,
                "expected": expected,
                "advice_en": fault[2],
                "advice_zh": fault[3],
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
