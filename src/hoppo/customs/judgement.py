"""One list with its documents, judged under the law of its day. Pure: values in, values out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from hoppo.commerce.values import Order, Payment
from hoppo.customs.codes import INSPECTION, REFUSED, RELEASED, REVIEW
from hoppo.customs.taxable import assess_list
from hoppo.customs.values import Case, Declaration
from hoppo.goods.values import Waybill
from hoppo.inspection.rules import draw, is_drawn
from hoppo.rulebook.law import Known, Law
from hoppo.rulebook.rule import Finding
from hoppo.tax.assessment import Assessment


class Judged(NamedTuple):
    """The outcome: status, findings, what is owed and the draw that was made."""

    status: str
    findings: list[Finding]
    assessment: Assessment | None
    draw: Decimal | None


def find_payment(
    declared: Declaration, order: Order | None, candidates: Sequence[Payment]
) -> Payment | None:
    """The payment of an order: the one it names; else the nearest, so that the fault has a name.

    Nearest means: more of company, transaction, platform and order number agree; ties go to the
    smaller key, so that the order of arrival does not matter.
    """
    live = [row for row in candidates if not row.deleted and row.app_status == "2"]
    if not live:
        return None

    def distance(row: Payment) -> tuple[int, str, str]:
        wrong = (row.platform_code != declared.platform_code) + (row.order_no != declared.order_no)
        if order is not None and order.payment_code:
            wrong += row.payment_code != order.payment_code
        if order is not None and order.transaction_no:
            wrong += row.transaction_no != order.transaction_no
        return wrong, row.payment_code, row.transaction_no

    return min(live, key=distance)


def find_waybill(
    declared: Declaration, order: Order | None, exact: Waybill | None, candidates: Sequence[Waybill]
) -> Waybill | None:
    """The waybill the list names; else one for the same order to the same consignee."""
    if exact is not None and not exact.deleted and exact.app_status == "2":
        return exact
    near = [
        row
        for row in candidates
        if not row.deleted
        and row.app_status == "2"
        and order is not None
        and row.order_no == declared.order_no
        and (
            row.consignee_telephone == order.consignee_telephone or row.consignee == order.consignee
        )
    ]
    return min(near, key=lambda row: (row.logistics_code, row.waybill_no), default=None)


def judge(case: Case, law: Law, seed: str, known: Known | None = None) -> Judged:
    """Judge a case: every rule, all findings; then review, inspection or release.

    `known` holds what was found of documents when they arrived in the same batch.
    """
    known = {} if known is None else known
    findings = law.findings("list", case.list)
    for kind in ("order", "payment", "waybill"):
        document = getattr(case, kind)
        if document is not None:
            findings += law.findings_once(kind, document, known)
    findings += law.findings("case", case)
    if findings:
        return Judged(REFUSED, findings, case.assessment, None)
    risks = law.findings("risk", case)
    number = draw(seed, case.list.platform_code, case.list.order_no)
    if risks:
        return Judged(REVIEW, risks, case.assessment, number)
    owner = case.enterprise(case.list.ebc_code)
    if is_drawn(number, owner.credit_class if owner else "", law):
        return Judged(INSPECTION, [], case.assessment, number)
    return Judged(RELEASED, [], case.assessment, number)


def make_case(  # noqa: PLR0913 - a case is all that is known of one list
    declared: Declaration,
    order: Order | None,
    payment: Payment | None,
    waybill: Waybill | None,
    *,
    law: Law,
    tariff: Any,
    enterprises: Mapping[str, Any],
    code_lists: Mapping[str, Any],
    now: datetime,
    waiting_over: bool,
    used: Decimal,
    guarantee_left: Decimal | None,
    lists_today: int,
    order_taken_by: str | None,
    waybill_taken_by: str | None,
) -> Case:
    """Put together what the rules look at."""
    commodities = tuple(
        tariff.on(line.commodity_code, declared.declared_on) for line in declared.lines
    )
    known = frozenset(
        line.commodity_code
        for line, found in zip(declared.lines, commodities, strict=True)
        if found is None and tariff.knows(line.commodity_code)
    )
    return Case(
        declared,
        order,
        payment,
        waybill,
        commodities,
        known,
        enterprises.get,
        waiting_over,
        order_taken_by,
        waybill_taken_by,
        assess_list(declared, commodities, law),
        used,
        guarantee_left,
        lists_today,
        now,
        code_lists,
    )
