"""The hot path: a batch of messages in, documents matched and judged, receipts out, one commit."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg

from hoppo.commerce.register import register_in_sandbox
from hoppo.customs import applications
from hoppo.customs.codes import (
    ANSWERS,
    DELETED,
    EXISTS,
    OLDER,
    PASSED,
    REFUSED,
    RELEASED,
    STAGED,
    STATE,
    STATUS_TEXT,
    STORED,
    TEXTS,
    UNKNOWN,
    WAITING,
)
from hoppo.customs.intake import PURPOSE, Intake, Source
from hoppo.customs.judgement import Judged, find_payment, find_waybill, judge, make_case
from hoppo.customs.numbers import Numbers
from hoppo.customs.reading import Incoming, Refused, read_arrived
from hoppo.customs.receipts import Receipts, findings_text
from hoppo.customs.registers import Registers
from hoppo.customs.rules import BOOK
from hoppo.customs.tables import VERDICTS
from hoppo.customs.values import Case, Declaration, Verdict
from hoppo.customs.workspace import Workspace
from hoppo.engine import inbox, outbox
from hoppo.engine.database import Database
from hoppo.tax.ledger import Ledgers, grant
from hoppo.values.moments import beijing_day, six_months_before
from hoppo.values.money import ZERO
from hoppo.values.personal import token

AMPLE = Decimal(1_000_000_000)
DOCUMENTS = ("order", "payment", "waybill")


class Batch:
    """One transaction's work on messages that were claimed together."""

    def __init__(
        self, connection: psycopg.Connection[Any], database: Database, registers: Registers,
        now: datetime,
    ) -> None:
        """Take the transaction's connection, the keys, the registers and the moment."""
        self.connection, self.database, self.registers = connection, database, registers
        self.now = now
        self._at = now.astimezone(UTC).isoformat()
        self.receipts = Receipts(now)
        self.space = Workspace(connection)
        self.ledgers = Ledgers(connection, now)
        self.numbers = Numbers(connection, now)
        keys = database.keys
        self.intake = Intake(
            keys.pseudonyms, lambda day, clear: keys.encrypt(connection, day, clear, PURPOSE),
        )
        self.touched: dict[tuple[str, ...], None] = {}

    def work(self, arrived: list[inbox.Arrived]) -> int:
        """Work messages into documents, verdicts and receipts; returns how many lists moved."""
        self.registers.refresh(self.connection)
        read = [
            record for message in arrived
            for record in read_arrived(message, self.registers, self.receipts)
        ]
        records = [record for record in read if isinstance(record, Incoming)]
        refused = [record for record in read if isinstance(record, Refused)]
        if self.registers.sandbox:
            self._welcome(records)
        self._load(records)
        for record in records:
            self._apply(record)
        self._keep_refused(refused)
        self.space.index_partners()
        self.judge_touched()
        inbox.mark_done(self.connection, [message.id for message in arrived])
        self.write()
        return len(self.touched)

    def write(self) -> None:
        """Write documents, verdicts, ledgers and receipts; the caller commits."""
        self.space.write()
        self.ledgers.write()
        messages = self.receipts.messages()
        if messages:
            # Receipts get their numbers in the order of commits, so that a reader who asks for
            # those after a number misses none.
            self.connection.execute("SELECT pg_advisory_xact_lock(7469)")
            outbox.put(self.connection, self.database, messages, self.now)

    def _welcome(self, records: list[Incoming]) -> None:
        seen: dict[str, tuple[str, set[str]]] = {}
        roles = (
            ("platform", "platform"), ("ebc", "ebc"), ("payment", "payment"),
            ("logistics", "logistics"), ("declarant", "declarant"), ("zone", "zone"),
            ("guarantor", "guarantor"),
        )
        for record in records:
            for prefix, role in roles:
                code = record.head.get(f"{prefix}_code")
                if isinstance(code, str) and code:
                    name = record.head.get(f"{prefix}_name") or code
                    seen.setdefault(code, (name, set()))[1].add(role)
        changed = register_in_sandbox(self.connection, self.registers.enterprises, seen)
        grant(self.connection, [
            (code, AMPLE) for code in changed
            if "guarantor" in self.registers.enterprises[code].roles
        ])

    def _load(self, records: list[Incoming]) -> None:
        orders, payments, waybills, lists = set(), set(), set(), set()
        for record in records:
            head, kind = record.head, record.kind
            if kind in {"order", "payment", "list"}:
                orders.add((head["platform_code"], head["order_no"]))
            if kind == "order" and head["payment_code"] and head["transaction_no"]:
                payments.add((head["payment_code"], head["transaction_no"]))
            if kind == "payment":
                payments.add((head["payment_code"], head["transaction_no"]))
            if kind in {"waybill", "list", "waybill_status"}:
                waybills.add((head["logistics_code"], head["waybill_no"]))
            if kind in {"list", "cancellation", "return"}:
                lists.add((head["declarant_code"], head["cop_no"] or head["order_no"][-20:]))
        numbers = {
            record.head["order_no"] for record in records if record.head.get("order_no")
        }
        self.space.lock(numbers)
        self.space.load(orders=orders, payments=payments, waybills=waybills, lists=lists)
        by_number = {(number,) for number in numbers}
        for verdict in self.space.verdicts.load(
            self.connection, by_number, on=("order_no",),
        ):
            self.space.index(verdict)
        missing = [key for key in self.space.verdicts.rows
                   if key not in self.space.declarations.rows]
        self.space.declarations.load(self.connection, missing)
        statuses = {
            (record.head["logistics_code"], record.head["waybill_no"])
            for record in records if record.kind == "waybill_status"
        }
        self.space.statuses.load(self.connection, statuses)
        applications.load(self.space, records)

    def _keep_refused(self, refused: list[Refused]) -> None:
        """Give lists that failed the format a verdict of their own, unless a sound one stands."""
        if not refused:
            return
        keys = {(item.keys["declarant_code"], item.keys["cop_no"]) for item in refused}
        self.space.verdicts.load(self.connection, keys)
        for item in refused:
            old = self.space.verdicts.get((item.keys["declarant_code"], item.keys["cop_no"]))
            if old is None or old.status.startswith("-"):
                self.space.verdicts.put(refused_verdict(item, self.now, old))

    def _apply(self, record: Incoming) -> None:
        source = Source(
            record.arrived.id, record.arrived.received_at, record.receiver,
            beijing_day(record.arrived.received_at),
        )
        if record.kind == "list":
            self._apply_list(
                self.intake.declaration(record.head, record.lines, source), record,
            )
        elif record.kind in {"cancellation", "return"}:
            applications.apply(self, record, source)
        else:
            make = getattr(self.intake, record.kind)
            self._apply_document(record, make(record.head, record.lines, source))

    def _apply_document(self, record: Incoming, new: Any) -> None:  # noqa: ANN401
        kind = record.kind
        shelf = {
            "order": self.space.orders, "payment": self.space.payments,
            "waybill": self.space.waybills, "waybill_status": self.space.statuses,
        }[kind]
        old = shelf.get(shelf.table.key_of(new))
        outcome = supersede(old, new, self.now, frozen=lambda: self._is_frozen(kind, old))
        if outcome is None:
            shelf.put(new)
            if kind == "order":
                self.space.index_order(new)
            self._touch(kind, new)
            if old is not None:
                self._touch(kind, old)
        if outcome in {None, "copy"}:
            self._accept(kind, record, new)
        else:
            code = ANSWERS[kind][outcome]
            self.receipts.answer(kind, record.receiver, record.head, code, TEXTS[outcome])

    def _accept(self, kind: str, record: Incoming, new: Any) -> None:  # noqa: ANN401
        answer, receiver = self.receipts.answer, record.receiver
        guid = record.head["guid"]
        if new.app_status == STAGED:
            answer(kind, receiver, record.head, STAGED, f"暂存成功[{guid}]")
            return
        verb = {"1": "新增", "2": "变更", "3": "删除"}[new.app_type]
        answer(kind, receiver, record.head, WAITING, f"{verb}申报成功[{guid}]")
        if new.deleted:
            return
        law = BOOK.on(beijing_day(self.now))
        findings = law.findings(kind, new)
        if findings:
            answer(kind, receiver, record.head, REFUSED, findings_text(findings))
        else:
            answer(kind, receiver, record.head, STORED, STATUS_TEXT[STORED])

    def _is_frozen(self, kind: str, old: Any) -> bool:  # noqa: ANN401
        """Whether a document belongs to a list that has passed: it stands as it was judged."""
        if kind == "waybill":
            lists = self.space.lists_of_waybill((old.logistics_code, old.waybill_no))
        elif kind == "waybill_status":
            return False
        else:
            lists = self.space.lists_of_order((old.platform_code, old.order_no))
        return any(verdict.status in PASSED for verdict in lists)

    def _touch(self, kind: str, row: Any) -> None:  # noqa: ANN401
        space = self.space
        lists: list[Verdict] = []
        if kind in {"order", "payment"}:
            lists += space.lists_of_order((row.platform_code, row.order_no))
        if kind == "payment":
            for order_key in space.orders_paid_by((row.payment_code, row.transaction_no)):
                lists += space.lists_of_order(order_key)
        if kind == "waybill":
            lists += space.lists_of_waybill((row.logistics_code, row.waybill_no))
            lists += space.lists_of_number(row.order_no)
        for verdict in lists:
            self.touched[VERDICTS.key_of(verdict)] = None

    def _apply_list(self, new: Declaration, record: Incoming) -> None:
        key = (new.declarant_code, new.cop_no)
        old = self.space.declarations.get(key)
        verdict = self.space.verdicts.get(key)
        status_now = verdict.status if verdict is not None else ""
        settled = status_now in {REFUSED, DELETED} or status_now.startswith("-")
        passed = bool(status_now) and not settled and status_now not in {WAITING, STAGED}
        outcome = supersede(
            old, new, self.now, frozen=lambda: passed, replaceable=settled,
        )
        keys = {**record.head, "cop_no": new.cop_no,
                "pre_no": verdict.pre_no if verdict else None,
                "list_no": verdict.list_no if verdict else None}
        if outcome not in {None, "copy"}:
            keys["pre_no"] = keys["pre_no"] or self.numbers.pre_no()
            code = ANSWERS["list"][outcome]
            self.receipts.answer("list", record.receiver, keys, code, TEXTS[outcome])
            return
        if outcome == "copy":
            last = verdict.trail[-1] if verdict.trail else ["", verdict.status, "已收到"]
            self.receipts.answer("list", record.receiver, keys, str(last[1]), str(last[2]))
            return
        self.space.declarations.put(new)
        keys["pre_no"] = keys["pre_no"] or self.numbers.pre_no()
        status = STAGED if new.app_status == STAGED else WAITING
        text = (f"清单暂存成功[{new.guid}]" if status == STAGED else
                f"清单{ {'1': '新增', '2': '变更', '3': '删除'}[new.app_type] }申报成功[{new.guid}]"
                f"[电商企业编码：{new.ebc_code}订单编号：{new.order_no}]")
        self.receipts.answer("list", record.receiver, keys, status, text)
        fresh = new_verdict(new, keys["pre_no"], self.now, status, text)
        if verdict is not None:
            fresh = fresh._replace(trail=(*verdict.trail, *fresh.trail))
        if new.deleted:
            fresh = fresh._replace(status=DELETED)
        self.space.verdicts.put(fresh)
        self.space.index(fresh)
        if status == WAITING and not new.deleted:
            self.touched[key] = None

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
                name for name, row in zip(DOCUMENTS, (order, payment, waybill), strict=True)
                if row is None
            )
            over = waiting_over or verdict.due_at <= self.now
            if missing and not over:
                if verdict.waiting_for != missing:
                    self.space.verdicts.put(
                        verdict._replace(waiting_for=missing, status=WAITING),
                    )
                continue
            complete.append((declared, verdict, order, payment, waybill, over))
        if complete:
            self._judge(complete)

    def partners(self, declared: Declaration) -> tuple[Any, Any, Any]:
        space = self.space
        order = space.orders.get((declared.platform_code, declared.order_no))
        if order is not None and (order.deleted or order.app_status != "2"):
            order = None
        candidates = list(space.payments_by_order.get(
            (declared.platform_code, declared.order_no), ()))
        if order is not None and order.payment_code and order.transaction_no:
            named = space.payments.get((order.payment_code, order.transaction_no))
            if named is not None and named not in candidates:
                candidates.append(named)
        exact = space.waybills.get((declared.logistics_code, declared.waybill_no))
        near = space.waybills_by_order.get(declared.order_no, ())
        return (
            order, find_payment(declared, order, candidates),
            find_waybill(declared, order, exact, near),
        )

    def _judge(self, complete: list[tuple[Any, ...]]) -> None:
        persons = {}
        for declared, *_ in complete:
            person = (token(declared.buyer_id_number), declared.declared_on.year)
            persons[person] = BOOK.on(declared.declared_on)["yearly_limit"]
        self.ledgers.lock(persons.items(), {row[0].guarantor_code for row in complete})
        pace = self._lists_today([row[0] for row in complete])
        for declared, verdict, order, payment, waybill, over in complete:
            law = BOOK.on(declared.declared_on)
            person = (token(declared.buyer_id_number), declared.declared_on.year)
            paced = (person[0], declared.declared_on.isoformat())
            case = make_case(
                declared, order, payment, waybill, law=law, tariff=self.registers.tariff,
                enterprises=self.registers.enterprises, code_lists=self.registers.code_lists,
                now=declared.received_at, waiting_over=over, used=self.ledgers.used(person),
                guarantee_left=self.ledgers.left(declared.guarantor_code),
                lists_today=pace.get(paced, 0),
                order_taken_by=self._taken(
                    self.space.lists_of_order((declared.platform_code, declared.order_no)),
                    declared, None),
                waybill_taken_by=self._taken(
                    self.space.lists_of_waybill((declared.logistics_code, declared.waybill_no)),
                    declared, six_months_before(self.now)),
            )
            judged = judge(case, law, self.registers.settings["draw_seed"])
            if judged.status in PASSED:
                pace[paced] = pace.get(paced, 0) + 1
            whole = None not in (order, payment, waybill)
            self._settle(case, verdict, judged, whole=whole)

    def _taken(
        self, verdicts: list[Verdict], declared: Declaration, since: datetime | None,
    ) -> str | None:
        key = (declared.declarant_code, declared.cop_no)
        taken = [
            row.cop_no for row in verdicts
            if row.status in PASSED and (row.declarant_code, row.cop_no) != key
            and (since is None or row.judged_at is None or row.judged_at >= since)
        ]
        return min(taken, default=None)

    def _lists_today(self, declared: list[Declaration]) -> dict[tuple[str, str], int]:
        people = sorted({token(row.buyer_id_number) for row in declared})
        rows = self.connection.execute(
            "SELECT person, facts->>'declared_on', count(*) FROM verdict"
            " WHERE person = ANY(%s) AND status IN ('300', '500', '800') GROUP BY 1, 2",
            [people],
        )
        return {(person, day): count for person, day, count in rows}

    def _settle(self, case: Case, verdict: Verdict, judged: Judged, *, whole: bool) -> None:
        declared = case.list
        key = (declared.declarant_code, declared.cop_no)
        person = (token(declared.buyer_id_number), declared.declared_on.year)
        passed = judged.status in PASSED
        counted = judged.assessment.dutiable if passed and judged.assessment else ZERO
        held = judged.assessment.total if passed and judged.assessment else ZERO
        self.ledgers.count(person, key, counted, "pass")
        self.ledgers.hold(declared.guarantor_code, key, held, "pass")
        list_no = verdict.list_no or self.numbers.list_no(declared.customs_code)
        steps = [(REFUSED, findings_text(judged.findings))]
        if passed:
            steps = [(STORED, STATUS_TEXT[STORED]), (judged.status, STATUS_TEXT[judged.status])]
        keys = {**declared._asdict(), "pre_no": verdict.pre_no, "list_no": list_no}
        for status, text in steps:
            self.receipts.answer("list", declared.sender, keys, status, text)
        self.space.verdicts.put(verdict._replace(
            status=judged.status, list_no=list_no, waiting_for=(),
            findings=tuple(
                (item.rule.number, item.path, item.found, item.expected)
                for item in judged.findings
            ),
            tax=judged.assessment.as_json() if judged.assessment else None,
            person=person[0], year=person[1], counted=counted, guaranteed=held,
            facts=self._facts(case, judged, reopens=whole and not passed),
            judged_at=self.now, released_at=self.now if judged.status == RELEASED else None,
            trail=(*verdict.trail, *((self._at, status, text) for status, text in steps)),
        ))

    def _facts(self, case: Case, judged: Judged, *, reopens: bool) -> dict[str, Any]:
        """What registers and ledgers said at this moment, so that it can be judged again."""
        return {
            "declared_on": case.list.declared_on.isoformat(), "used": str(case.used),
            "guarantee_left": str(case.guarantee_left), "lists_today": case.lists_today,
            "order_taken_by": case.order_taken_by, "waybill_taken_by": case.waybill_taken_by,
            "draw": str(judged.draw) if judged.draw is not None else None,
            "seed": self.registers.settings["draw_seed"], "reopens": reopens,
        }


def supersede(
    old: Any, new: Any, now: datetime, *, frozen: Any, replaceable: bool = False,  # noqa: ANN401
) -> Any:  # noqa: ANN401 - None, "copy" or the number of an answer
    """What a new version does to the stored one.

    None: it takes its place. "copy": nothing, it says the same. Otherwise which answer refuses it.
    The newest appTime wins; a new document under a number that is taken is refused.
    """
    if old is None:
        return UNKNOWN if new.deleted else None
    if old.digest == new.digest and old.deleted == new.deleted:
        return "copy"
    if (new.app_time, new.digest) < (old.app_time, old.digest):
        return OLDER
    if frozen():
        return STATE
    if new.app_type == "1" and not (old.deleted or old.app_status == STAGED or replaceable):
        half_year_old = hasattr(old, "waybill_no") and old.received_at < six_months_before(now)
        return None if half_year_old else EXISTS
    return None


def new_verdict(
    declared: Declaration, pre_no: str, now: datetime, status: str, text: str,
) -> Verdict:
    """The verdict of a list that has just arrived: it waits."""
    hours = int(BOOK.on(declared.declared_on)["waiting_hours"])
    return Verdict(
        declared.declarant_code, declared.cop_no, declared.platform_code, declared.order_no,
        declared.ebc_code, declared.logistics_code, declared.waybill_no, declared.trade_mode,
        declared.customs_code, pre_no, None, status, DOCUMENTS if status == WAITING else (),
        declared.received_at + timedelta(hours=hours), (), None, "", 0, ZERO,
        declared.guarantor_code, ZERO, {"declared_on": declared.declared_on.isoformat()}, None,
        None, ((now.astimezone(UTC).isoformat(), status, text),),
    )


def refused_verdict(item: Refused, now: datetime, old: Verdict | None) -> Verdict:
    """The verdict of a list that failed the format or its signature."""
    keys = item.keys
    trail = (*(old.trail if old else ()), (now.astimezone(UTC).isoformat(), item.status, item.text))
    return Verdict(
        keys["declarant_code"], keys["cop_no"], keys["platform_code"], keys["order_no"],
        keys["ebc_code"], keys["logistics_code"], keys["waybill_no"],
        keys.get("trade_mode") or "", keys.get("customs_code") or "", keys["pre_no"], None,
        item.status, (), now, item.findings, None, "", 0, ZERO,
        keys.get("guarantor_code") or "", ZERO, {}, now, None, trail,
    )
