"""Why a list stands where it stands: judged again under the law of its day, rule by rule."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
import psycopg

from hoppo.customs.clearing import Batch
from hoppo.customs.codes import DOCUMENTS, WAITING
from hoppo.customs.intake import PURPOSE
from hoppo.customs.judgement import make_case
from hoppo.customs.registers import Registers
from hoppo.customs.reporting import verdict_line
from hoppo.customs.rules import BOOK
from hoppo.customs.tables import VERDICTS
from hoppo.customs.taxable import taxable_lines
from hoppo.customs.values import Case, Verdict
from hoppo.customs.workspace import Workspace
from hoppo.engine.database import Database
from hoppo.rulebook.rule import as_findings
from hoppo.tax.assessment import working
from hoppo.values.money import ZERO, plain_text
from hoppo.values.personal import shown

PERSONAL = frozenset(
    {
        "buyer_id_number",
        "buyer_name",
        "buyer_telephone",
        "consignee",
        "consignee_telephone",
        "consignee_address",
        "payer_name",
        "payer_id_number",
    }
)
UNSHOWN = frozenset({"digest", "personal", "key_day", "lines"})


def facts_of(document: Any) -> dict[str, str]:
    """A document's values as they may be shown: personal ones masked."""
    if document is None:
        return {}
    return {
        name: shown(value) if name in PERSONAL else plain(value)
        for name, value in document._asdict().items()
        if name not in UNSHOWN and value not in (None, "")
    }


def lines_of(document: Any) -> list[dict[str, str]]:
    """A document's goods lines as texts."""
    return [
        {name: plain(value) for name, value in line._asdict().items() if value not in (None, "")}
        for line in (document.lines if document else ())
    ]


def plain(value: object) -> str:
    """A value as a text; an exact number without zeros that say nothing."""
    return plain_text(value) if isinstance(value, Decimal) else str(value)


def explain_list(
    connection: psycopg.Connection[Any],
    database: Database,
    registers: Registers,
    now: datetime,
    verdict: Verdict,
) -> dict[str, Any]:
    """Everything that bears on one list. What the registers and ledgers said then is recorded."""
    registers.refresh(connection)
    batch = Batch(connection, database, registers, now)
    space: Workspace = batch.space
    space.load({verdict.order_no})
    space.index_partners()
    declared = space.declarations.get(VERDICTS.key_of(verdict))
    told: dict[str, Any] = {
        "verdict": verdict_line(verdict),
        "trail": verdict.trail,
        "facts": verdict.facts,
        "law_of": verdict.facts.get("declared_on", "-"),
        "documents": {},
        "lines": {},
        "rules": [],
        "working": [],
    }
    if declared is None:
        return told
    order, payment, waybill = batch.partners(declared)
    law = BOOK.on(declared.declared_on)
    case = make_case(
        declared,
        order,
        payment,
        waybill,
        law=law,
        tariff=registers.tariff,
        enterprises=registers.enterprises,
        code_lists=registers.code_lists,
        now=declared.received_at,
        waiting_over=verdict.status != WAITING,
        used=Decimal(verdict.facts.get("used", "0")),
        guarantee_left=Decimal(verdict.facts["guarantee_left"])
        if "guarantee_left" in verdict.facts
        else None,
        lists_today=int(verdict.facts.get("lists_today", 0)),
        order_taken_by=verdict.facts.get("order_taken_by"),
        waybill_taken_by=verdict.facts.get("waybill_taken_by"),
    )
    told["documents"] = {
        "list": facts_of(declared),
        "order": facts_of(order),
        "payment": facts_of(payment),
        "waybill": facts_of(waybill),
    }
    told["lines"] = {"list": lines_of(declared), "order": lines_of(order)}
    told["rules"] = rules_that_ran(case, law, waiting=verdict.status == WAITING)
    lines = taxable_lines(declared, case.commodities)
    if lines and case.assessment:
        told["working"] = working(lines, case.assessment, law)
    told["counted"] = str(verdict.counted or ZERO)
    return told


def personal_data(
    connection: psycopg.Connection[Any], database: Database, verdict: Verdict
) -> dict[str, dict[str, str]]:
    """A list's personal data in clear, by document; whoever asks writes it down first."""
    batch = Batch(connection, database, Registers(), verdict.received_at)
    batch.space.load({verdict.order_no})
    batch.space.index_partners()
    declared = batch.space.declarations.get(VERDICTS.key_of(verdict))
    if declared is None:
        return {}
    kinds = zip(("list", *DOCUMENTS), (declared, *batch.partners(declared)), strict=True)
    return {
        kind: orjson.loads(database.keys.decrypt(connection, row.key_day, row.personal, PURPOSE))
        for kind, row in kinds
        if row is not None and row.personal
    }


def rules_that_ran(case: Case, law: Any, *, waiting: bool) -> list[dict[str, Any]]:
    """Every rule of the day with what it found on this case."""
    subjects = {
        "list": case.list,
        "order": case.order,
        "payment": case.payment,
        "waybill": case.waybill,
        "case": case,
        "risk": case,
    }
    ran = []
    for rule in law.rules:
        subject = subjects[rule.subject]
        if subject is None or (waiting and rule.subject in {"case", "risk"}):
            continue
        findings = as_findings(rule, rule.check(subject, law))
        ran.append(
            {
                "rule": rule.number,
                "code": rule.code,
                "sentence_en": rule.sentence_en,
                "sentence_zh": rule.sentence_zh,
                "authority": rule.authority,
                "confidence": rule.confidence,
                "advice_en": rule.advice_en,
                "advice_zh": rule.advice_zh,
                "findings": [
                    {"path": item.path, "found": item.found, "expected": item.expected}
                    for item in findings
                ],
            }
        )
    return ran
