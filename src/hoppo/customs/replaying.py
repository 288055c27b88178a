"""Stored lists judged again under the law of their day, from what registers and ledgers said then.

What a person had used, what was left of a guarantee and the like is kept in the verdict's facts;
documents are taken as they stood when the list was judged. Enterprises and tariff are those of
now: a register that was changed since shows in the differences.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, LiteralString, NamedTuple

import psycopg

from hoppo.customs.archived import ArchivedWorkspace, archived_lists
from hoppo.customs.codes import DOCUMENTS, STAGED, WAITING
from hoppo.customs.judgement import find_payment, find_waybill, judge, make_case
from hoppo.customs.references import orders_of_own_number
from hoppo.customs.registers import Registers
from hoppo.customs.rules import BOOK
from hoppo.customs.tables import VERDICTS
from hoppo.customs.values import Declaration, Verdict
from hoppo.customs.workspace import Workspace
from hoppo.engine.archiving import Archive
from hoppo.values.moments import BEIJING

AT_ONCE = 500
EQUAL, DIFFERENT = "equal", "different"
# Why a list is not judged again.
FORMAT, OPEN, UNJUDGED, REPLACED = "format", "waiting", "never judged", "document replaced"
MISSING_RULES = {"MATCH-01": "order", "MATCH-02": "payment", "MATCH-03": "waybill"}


class Judgement(NamedTuple):
    """What was found of a list: status, findings as [rule, path, found, expected], tax."""

    status: str
    findings: list[list[str]]
    tax: dict[str, Any] | None


class Replay(NamedTuple):
    """One list judged again.

    `outcome` is EQUAL, DIFFERENT or why it was not judged; `why` names what is in the way;
    `differs` names what differs, with the judgement that was stored and the one made again.
    """

    verdict: Verdict
    outcome: str
    why: str = ""
    differs: tuple[str, ...] = ()
    stored: Judgement | None = None
    again: Judgement | None = None


class Partners(NamedTuple):
    """Everything stored that may be order, payment or waybill of one list."""

    order: Any
    payments: Sequence[Any]
    exact_waybill: Any
    waybills: Sequence[Any]


def stored_judgement(verdict: Verdict) -> Judgement:
    """What was judged: an officer's decision, a cancellation or a return came after it."""
    # An officer's decision is the trail's last step; cancellation and return leave no step.
    judged_at_step = -2 if "reason" in verdict.facts else -1
    return Judgement(
        str(verdict.trail[judged_at_step][1]),
        [[str(part) for part in finding] for finding in verdict.findings],
        verdict.tax,
    )


def not_judged(verdict: Verdict) -> str | None:
    """Why there is no judgement to repeat; None where there is one."""
    if verdict.status.startswith("-"):
        return FORMAT
    if verdict.status in {WAITING, STAGED}:
        # A refused list whose document was taken away waits again; its old verdict is void.
        return OPEN
    return UNJUDGED if verdict.judged_at is None else None


def replay_list(
    verdict: Verdict, declared: Declaration | None, partners: Partners, registers: Registers
) -> Replay:
    """Judge one list again and compare."""
    why = not_judged(verdict)
    if why is not None:
        return Replay(verdict, why)
    stored = stored_judgement(verdict)
    if declared is None:
        return Replay(verdict, DIFFERENT, "the list itself is not stored", ("list",), stored)
    documents = _documents_then(verdict, declared, partners, stored)
    if isinstance(documents, str):
        return Replay(verdict, REPLACED, documents)
    again = _judge_again(verdict, declared, documents, registers)
    differs = tuple(
        name for name in Judgement._fields if getattr(stored, name) != getattr(again, name)
    )
    return Replay(verdict, DIFFERENT if differs else EQUAL, "", differs, stored, again)


def _documents_then(
    verdict: Verdict, declared: Declaration, partners: Partners, stored: Judgement
) -> tuple[Any, Any, Any] | str:
    """The documents as they were when the list was judged; else which is no longer stored."""

    def was_there(row: Any) -> bool:
        return row is not None and row.received_at <= verdict.judged_at

    def live(row: Any) -> Any:
        return row if was_there(row) and not row.deleted and row.app_status == "2" else None

    kept = verdict.facts.get("documents")
    if kept is not None:
        # The messages that held them: another version came with another message.
        partners = _of_messages(partners, kept)
    missing = {MISSING_RULES[rule[0]] for rule in stored.findings if rule[0] in MISSING_RULES}
    order = None if "order" in missing else live(partners.order)
    payment = find_payment(declared, order, [row for row in partners.payments if was_there(row)])
    exact = partners.exact_waybill if was_there(partners.exact_waybill) else None
    near = [row for row in partners.waybills if was_there(row)]
    waybill = find_waybill(declared, order, exact, near)
    found = [
        None if name in missing else row
        for name, row in zip(DOCUMENTS, (order, payment, waybill), strict=True)
    ]
    for name, row in zip(DOCUMENTS, found, strict=True):
        if row is None and name not in missing:
            return f"the {name} was replaced or deleted after the list was judged"
    return found[0], found[1], found[2]


def _of_messages(partners: Partners, messages: Sequence[int | None]) -> Partners:
    order, payment, waybill = messages

    def held(row: Any, message: int | None) -> bool:
        return row is not None and row.message_id == message

    return Partners(
        partners.order if held(partners.order, order) else None,
        [row for row in partners.payments if held(row, payment)],
        partners.exact_waybill if held(partners.exact_waybill, waybill) else None,
        [row for row in partners.waybills if held(row, waybill)],
    )


def _judge_again(
    verdict: Verdict, declared: Declaration, documents: tuple[Any, Any, Any], registers: Registers
) -> Judgement:
    facts = verdict.facts
    law = BOOK.on(declared.declared_on)
    left = facts.get("guarantee_left")
    case = make_case(
        declared,
        *documents,
        law=law,
        tariff=registers.tariff,
        enterprises=registers.enterprises,
        code_lists=registers.code_lists,
        now=declared.received_at,
        waiting_over=True,
        used=Decimal(facts.get("used", "0")),
        guarantee_left=None if left in {None, "None"} else Decimal(left),
        lists_today=int(facts.get("lists_today", 0)),
        order_taken_by=facts.get("order_taken_by"),
        waybill_taken_by=facts.get("waybill_taken_by"),
    )
    judged = judge(case, law, facts.get("seed", registers.settings["draw_seed"]))
    return Judgement(
        judged.status,
        [[item.rule.number, item.path, item.found, item.expected] for item in judged.findings],
        judged.assessment.as_json() if judged.assessment else None,
    )


def replay_stored(
    connection: psycopg.Connection[Any],
    registers: Registers,
    *,
    first: date | None = None,
    last: date | None = None,
    cop_no: str | None = None,
) -> Iterator[Replay]:
    """Judge stored lists again, a few hundred in memory at a time.

    `first` and `last` are days in Beijing on which a list was received, both included. The
    connection must be in a transaction that sees one state throughout (repeatable read).
    """
    registers.refresh(connection)
    conditions: list[LiteralString] = ["true"]
    values: list[Any] = []
    since, until = moments_of(first, last)
    if since is not None:
        conditions.append("received_at >= %s")
        values.append(since)
    if until is not None:
        conditions.append("received_at < %s")
        values.append(until)
    if cop_no is not None:
        conditions.append("cop_no = %s AND order_no = ANY(%s)")
        values += [cop_no, sorted(orders_of_own_number(connection, cop_no))]
    columns = ", ".join(VERDICTS.columns)
    with connection.cursor(name="replay") as cursor:
        cursor.execute(
            f"SELECT {columns} FROM verdict WHERE {' AND '.join(conditions)}",  # noqa: S608
            values,
        )
        while rows := cursor.fetchmany(AT_ONCE):
            some = map(VERDICTS.from_wire, rows)
            yield from _replay_some(Workspace(connection), registers, some)


def moments_of(first: date | None, last: date | None) -> tuple[datetime | None, datetime | None]:
    """When days in Beijing begin and end; None where there is no bound."""
    return (
        datetime.combine(first, time(), BEIJING) if first else None,
        datetime.combine(last + timedelta(days=1), time(), BEIJING) if last else None,
    )


def replay_archived(
    connection: psycopg.Connection[Any],
    registers: Registers,
    archive: Archive,
    *,
    first: date | None = None,
    last: date | None = None,
    cop_no: str | None = None,
) -> Iterator[Replay]:
    """Judge the lists of an archive again; what belongs to them may lie there or be stored."""
    registers.refresh(connection)
    verdicts = archived_lists(archive, *moments_of(first, last), cop_no)
    while some := list(itertools.islice(verdicts, AT_ONCE)):
        yield from _replay_some(ArchivedWorkspace(connection, archive), registers, some)


def _replay_some(
    space: Workspace, registers: Registers, verdicts: Iterable[Verdict]
) -> Iterator[Replay]:
    some = list(verdicts)
    judged = {VERDICTS.key_of(verdict) for verdict in some if not_judged(verdict) is None}
    if judged:
        space.load({verdict.order_no for verdict in some})
    space.index_partners()
    for verdict in some:
        key = VERDICTS.key_of(verdict)
        declared = space.declarations.get(key) if key in judged else None
        yield replay_list(verdict, declared, _partners(space, verdict), registers)


def _partners(space: Workspace, verdict: Verdict) -> Partners:
    order_key = (verdict.platform_code, verdict.order_no)
    order = space.orders.get(order_key)
    payments = list(space.payments_by_order.get(order_key, ()))
    if order is not None and order.payment_code and order.transaction_no:
        named = space.payments.get((order.payment_code, order.transaction_no))
        if named is not None and named not in payments:
            payments.append(named)
    return Partners(
        order,
        payments,
        space.waybills.get((verdict.logistics_code, verdict.waybill_no)),
        space.waybills_by_order.get(verdict.order_no, ()),
    )
