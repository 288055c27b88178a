"""Lists that may have become complete: partners found, judged, ledgers and receipts written."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import psycopg

from hoppo.customs.codes import DOCUMENTS, PASSED, REFUSED, RELEASED, STATUS_TEXT, STORED, WAITING
from hoppo.customs.judgement import Judged, find_payment, find_waybill, judge, make_case
from hoppo.customs.numbers import Numbers
from hoppo.customs.receipts import Receipts, findings_text, list_keys
from hoppo.customs.registers import Registers
from hoppo.customs.rules import BOOK
from hoppo.customs.values import Case, Declaration, Verdict
from hoppo.customs.workspace import Workspace
from hoppo.engine import months, outbox
from hoppo.engine.database import Database
from hoppo.rulebook.law import Known
from hoppo.tax.ledger import Ledgers
from hoppo.values.moments import six_months_before
from hoppo.values.money import ZERO
from hoppo.values.personal import token


class Settling:
    """What one transaction knows and owes: documents, ledgers, receipts; judges what is touched."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        database: Database,
        registers: Registers,
        now: datetime,
        *,
        strictly: bool = False,
    ) -> None:
        """Take the transaction's connection, the keys, the registers and the moment.

        `strictly` locks guarantees before they are looked at; see `tax.ledger`.
        """
        self.connection, self.database, self.registers = connection, database, registers
        self.now = now
        self._at = now.astimezone(UTC).isoformat()
        self.receipts = Receipts(now)
        self.space = Workspace(connection)
        self.ledgers = Ledgers(connection, now, strictly=strictly)
        self.numbers = Numbers(connection, now)
        self.touched: dict[tuple[str, ...], None] = {}
        self.known: Known = {}
        self.done: list[int] = []
        self.settled: Counter[str] = Counter()
        self.swept = 0
        self.sent: list[tuple[int, outbox.Outgoing]] = []

    def write(self) -> None:
        """Write documents, verdicts, ledgers and receipts; the caller commits.

        What all batches share is taken last and held shortest: the guarantees, then the order of
        the receipts.
        """
        months.prepare(self.database, self.now)
        messages = self.receipts.messages()
        sealed = outbox.seal(self.connection, self.database, messages, self.now)
        self.space.write()
        self.ledgers.write()
        if messages:
            numbers = outbox.put(self.connection, sealed, self.now)
            self.sent = list(zip(numbers, messages, strict=True))

    def judge_touched(self, *, waiting_over: bool = False) -> None:
        """Judge every list that may have become complete, in the order they arrived."""
        cases = []
        for key in self.touched:
            verdict = self.space.verdicts.rows[key]
            declared = self.space.declarations.get(key)
            reopened = verdict.status == REFUSED and verdict.facts.get("reopens")
            if declared is None or not (verdict.status == WAITING or reopened):
                continue
            if verdict.due_at <= self.now and not waiting_over and reopened:
                continue
            cases.append((declared, verdict))
        cases.sort(key=lambda pair: (pair[0].received_at, pair[0].message_id, pair[0].cop_no))
        complete = []
        for declared, verdict in cases:
            order, payment, waybill = self.partners(declared)
            missing = tuple(
                name
                for name, row in zip(DOCUMENTS, (order, payment, waybill), strict=True)
                if row is None
            )
            over = waiting_over or verdict.due_at <= self.now
            if missing and not over:
                if verdict.waiting_for != missing:
                    self.space.verdicts.put(verdict._replace(waiting_for=missing, status=WAITING))
                continue
            complete.append((declared, verdict, order, payment, waybill, over))
        if complete:
            self._judge(complete)

    def partners(self, declared: Declaration) -> tuple[Any, Any, Any]:
        """Order, payment and waybill of a list, each None where there is none to look at."""
        space = self.space
        order = space.orders.get((declared.platform_code, declared.order_no))
        if order is not None and (order.deleted or order.app_status != "2"):
            order = None
        candidates = list(
            space.payments_by_order.get((declared.platform_code, declared.order_no), ())
        )
        if order is not None and order.payment_code and order.transaction_no:
            named = space.payments.get((order.payment_code, order.transaction_no))
            if named is not None and named not in candidates:
                candidates.append(named)
        exact = space.waybills.get((declared.logistics_code, declared.waybill_no))
        near = space.waybills_by_order.get(declared.order_no, ())
        return (
            order,
            find_payment(declared, order, candidates),
            find_waybill(declared, order, exact, near),
        )

    def _judge(self, complete: list[tuple[Any, ...]]) -> None:
        persons = {}
        for declared, *_ in complete:
            person = (token(declared.buyer_id_number), declared.declared_on.year)
            persons[person] = BOOK.on(declared.declared_on)["yearly_limit"]
        self.ledgers.lock(persons.items(), {row[0].guarantor_code for row in complete})
        days = {row[0].declared_on for row in complete}
        pace = self.ledgers.lists_counted((name for name, _ in persons), days)
        for declared, verdict, order, payment, waybill, over in complete:
            law = BOOK.on(declared.declared_on)
            person = (token(declared.buyer_id_number), declared.declared_on.year)
            paced = (person[0], declared.declared_on)
            case = make_case(
                declared,
                order,
                payment,
                waybill,
                law=law,
                tariff=self.registers.tariff,
                enterprises=self.registers.enterprises,
                code_lists=self.registers.code_lists,
                now=declared.received_at,
                waiting_over=over,
                used=self.ledgers.used(person),
                guarantee_left=self.ledgers.left(declared.guarantor_code),
                lists_today=pace.get(paced, 0),
                order_taken_by=self._taken(
                    self.space.lists_of_order((declared.platform_code, declared.order_no)),
                    declared,
                    None,
                ),
                waybill_taken_by=self._taken(
                    self.space.lists_of_waybill((declared.logistics_code, declared.waybill_no)),
                    declared,
                    six_months_before(self.now),
                ),
            )
            judged = judge(case, law, self.registers.settings["draw_seed"], self.known)
            if judged.status in PASSED:
                pace[paced] = pace.get(paced, 0) + 1
            whole = None not in (order, payment, waybill)
            self._settle(case, verdict, judged, whole=whole)

    def _taken(
        self, verdicts: list[Verdict], declared: Declaration, since: datetime | None
    ) -> str | None:
        key = (declared.declarant_code, declared.cop_no)
        taken = [
            row.cop_no
            for row in verdicts
            if row.status in PASSED
            and (row.declarant_code, row.cop_no) != key
            and (since is None or row.judged_at is None or row.judged_at >= since)
        ]
        return min(taken, default=None)

    def _settle(self, case: Case, verdict: Verdict, judged: Judged, *, whole: bool) -> None:
        declared = case.list
        key = (declared.declarant_code, declared.cop_no)
        person = (token(declared.buyer_id_number), declared.declared_on.year)
        passed = judged.status in PASSED
        counted = judged.assessment.dutiable if passed and judged.assessment else ZERO
        held = judged.assessment.total if passed and judged.assessment else ZERO
        self.ledgers.count(person, key, counted, "pass", declared.declared_on)
        self.ledgers.hold(declared.guarantor_code, key, held, "pass")
        list_no = verdict.list_no or self.numbers.list_no(declared.customs_code)
        steps = [(REFUSED, findings_text(judged.findings))]
        if passed:
            steps = [(STORED, STATUS_TEXT[STORED]), (judged.status, STATUS_TEXT[judged.status])]
        keys = list_keys(declared, verdict.pre_no, list_no)
        self.settled[judged.status] += 1
        self.receipts.about = declared.message_id
        for status, text in steps:
            self.receipts.answer("list", declared.sender, keys, status, text)
        self.space.verdicts.put(
            verdict._replace(
                status=judged.status,
                list_no=list_no,
                waiting_for=(),
                findings=tuple(
                    (item.rule.number, item.path, item.found, item.expected)
                    for item in judged.findings
                ),
                tax=judged.assessment.as_json() if judged.assessment else None,
                person=person[0],
                year=person[1],
                counted=counted,
                guaranteed=held,
                facts=self._facts(case, judged, reopens=whole and not passed),
                judged_at=self.now,
                released_at=self.now if judged.status == RELEASED else None,
                trail=(*verdict.trail, *((self._at, status, text) for status, text in steps)),
            )
        )

    def _facts(self, case: Case, judged: Judged, *, reopens: bool) -> dict[str, Any]:
        """What registers and ledgers said at this moment, so that it can be judged again."""
        return {
            "declared_on": case.list.declared_on.isoformat(),
            "used": str(case.used),
            "guarantee_left": str(case.guarantee_left),
            "lists_today": case.lists_today,
            "order_taken_by": case.order_taken_by,
            "waybill_taken_by": case.waybill_taken_by,
            "draw": str(judged.draw) if judged.draw is not None else None,
            "seed": self.registers.settings["draw_seed"],
            "reopens": reopens,
            # The messages that held order, payment and waybill, as they were judged.
            "documents": [
                row and row.message_id for row in (case.order, case.payment, case.waybill)
            ],
        }
