"""The hot path: a batch of messages in, documents matched and judged, receipts out, one commit."""

from decimal import Decimal
from typing import Any

from hoppo.commerce.register import register_in_sandbox
from hoppo.customs import applications
from hoppo.customs.codes import (
    ANSWERS,
    COPY,
    DELETED,
    PASSED,
    REFUSED,
    STAGED,
    STATUS_TEXT,
    STORED,
    TEXTS,
    UNKNOWN,
    WAITING,
)
from hoppo.customs.intake import PURPOSE, Intake, Source, own_number
from hoppo.customs.letters import lock, read_items, remember
from hoppo.customs.reading import NO_PRE_NO, Answer, Incoming, Refused
from hoppo.customs.receipts import findings_text
from hoppo.customs.references import APPLICATIONS
from hoppo.customs.registers import registers_changed
from hoppo.customs.rules import BOOK
from hoppo.customs.settling import Settling
from hoppo.customs.tables import VERDICTS
from hoppo.customs.values import Declaration, Verdict
from hoppo.customs.verdicts import new_verdict, refused_verdict
from hoppo.customs.versions import supersede
from hoppo.engine import inbox
from hoppo.tax.ledger import grant
from hoppo.values.moments import beijing_day, six_months_before

VERBS = {"1": "新增", "2": "变更", "3": "删除"}
AMPLE = Decimal(1_000_000_000)


class Batch(Settling):
    """One transaction's work on messages that were claimed together."""

    def intake(self) -> Intake:
        """The maker of documents under this database's keys."""
        # Not through `self`: a batch that holds what holds it is a cycle, and its hundreds of
        # thousands of values would stay until Python looks for cycles, which a worker rarely does.
        connection, keys = self.connection, self.database.keys
        return Intake(
            keys.pseudonyms, lambda day, clear: keys.encrypt(connection, day, clear, PURPOSE)
        )

    def work(self, arrived: list[inbox.Arrived], *, wait: bool = False) -> int:
        """Work messages into documents, verdicts and receipts; returns how much was worked.

        A record whose keys another batch holds is left waiting; with `wait` it is waited for.
        """
        self.registers.refresh(self.connection)
        items, pairs, left = locked = lock(
            self.connection, read_items(arrived, self.registers), wait=wait
        )
        self.space.know(locked.names, pairs)
        # What another batch registered before it let go of our keys must be known here.
        self.registers.refresh(self.connection)
        records: list[Incoming] = []
        refused: list[Refused] = []
        for item in items:
            read, self.receipts.about = item.read, item.message_id
            if isinstance(read, Incoming):
                records.append(read)
            elif isinstance(read, Refused):
                refused.append(read)
            elif isinstance(read, Answer):
                self.receipts.answer(*read)
            else:
                self.receipts.unreadable(*read)
        if self.registers.sandbox:
            self._welcome(records)
        self._intake = self.intake()
        self._load(records, refused)
        for record in records:
            self.receipts.about = record.arrived.id
            self._apply(record)
        self._keep_refused(refused)
        self.space.index_partners()
        self.judge_touched()
        rest = remember(self.registers, left)
        self.done = [one.id for one in arrived if one.id not in rest]
        inbox.mark_done(self.connection, self.done)
        inbox.keep_rest(self.connection, rest)
        self.write()
        self.database.keys.pseudonyms.forget()
        return len(items) + len(self.done)

    def _welcome(self, records: list[Incoming]) -> None:
        seen: dict[str, tuple[str, set[str]]] = {}
        roles = (
            ("platform", "platform"),
            ("ebc", "ebc"),
            ("payment", "payment"),
            ("logistics", "logistics"),
            ("declarant", "declarant"),
            ("zone", "zone"),
            ("guarantor", "guarantor"),
        )
        for record in records:
            for prefix, role in roles:
                code = record.head.get(f"{prefix}_code")
                if isinstance(code, str) and code:
                    name = record.head.get(f"{prefix}_name") or code
                    seen.setdefault(code, (name, set()))[1].add(role)
        changed = register_in_sandbox(self.connection, self.registers.enterprises, seen)
        if changed:
            registers_changed(self.connection)
        grant(
            self.connection,
            [
                (code, AMPLE)
                for code in changed
                if "guarantor" in self.registers.enterprises[code].roles
            ],
        )

    def _load(self, records: list[Incoming], refused: list[Refused]) -> None:
        orders = {record.head["order_no"] for record in records if record.head.get("order_no")}
        orders |= {item.keys["order_no"] for item in refused}
        self.space.load(orders)
        lists = {
            (record.head["declarant_code"], own_number(record.head))
            for record in records
            if record.kind == "list"
        }
        self.space.load_strays(
            lists | {(item.keys["declarant_code"], item.keys["cop_no"]) for item in refused}
        )
        statuses = {
            (record.head["logistics_code"], record.head["waybill_no"])
            for record in records
            if record.kind == "waybill_status"
        }
        self.space.load_statuses(statuses)
        applications.load(self, records)

    def _keep_refused(self, refused: list[Refused]) -> None:
        """Give lists that failed the format a verdict of their own, unless a sound one stands."""
        for item in refused:
            old = self.space.verdicts.get((item.keys["declarant_code"], item.keys["cop_no"]))
            if old is None or old.status.startswith("-"):
                self.space.verdicts.put(refused_verdict(item, self.now, old))
                self.settled[item.status] += 1

    def _apply(self, record: Incoming) -> None:
        source = Source(
            record.arrived.id,
            record.arrived.received_at,
            record.receiver,
            beijing_day(record.arrived.received_at),
        )
        if record.kind in APPLICATIONS:
            applications.apply(self, record, source)
            return
        new = self._intake.document(record.kind, record.head, record.lines, source)
        if record.kind == "list":
            self._apply_list(new, record)
        else:
            self._apply_document(record, new)

    def _apply_document(self, record: Incoming, new: Any) -> None:
        kind = record.kind
        shelf = {
            "order": self.space.orders,
            "payment": self.space.payments,
            "waybill": self.space.waybills,
            "waybill_status": self.space.statuses,
        }[kind]
        old = shelf.get(shelf.table.key_of(new))
        outcome = supersede(
            old,
            new,
            frozen=lambda: self._is_frozen(kind, old),
            replaceable=kind == "waybill"
            and old is not None
            and old.received_at < six_months_before(self.now),
        )
        if outcome == COPY and new.app_time > old.app_time:
            # What lies between the two in time is old now, whenever it arrives.
            shelf.put(old._replace(app_time=new.app_time))
        if outcome == UNKNOWN:
            # Its appTime stays, so that the older version it deletes finds it when it comes late.
            shelf.put(new)
        if outcome is None:
            shelf.put(new)
            if kind == "order":
                self.space.index_order(new)
            self._touch(kind, new)
            if old is not None:
                self._touch(kind, old)
        if outcome is None or outcome == COPY:
            self._accept(kind, record, new)
        else:
            code = ANSWERS[kind][outcome]
            self.receipts.answer(kind, record.receiver, record.head, code, TEXTS[outcome])

    def _accept(self, kind: str, record: Incoming, new: Any) -> None:
        answer, receiver = self.receipts.answer, record.receiver
        guid = record.head["guid"]
        if new.app_status == STAGED:
            answer(kind, receiver, record.head, STAGED, f"暂存成功[{guid}]")
            return
        verb = VERBS[new.app_type]
        answer(kind, receiver, record.head, WAITING, f"{verb}申报成功[{guid}]")
        if new.deleted:
            return
        law = BOOK.on(beijing_day(self.now))
        findings = law.findings_once(kind, new, self.known)
        if findings:
            answer(kind, receiver, record.head, REFUSED, findings_text(findings))
        else:
            answer(kind, receiver, record.head, STORED, STATUS_TEXT[STORED])

    def _is_frozen(self, kind: str, old: Any) -> bool:
        """Whether a document belongs to a list that has passed: it stands as it was judged."""
        if kind == "waybill":
            lists = self.space.lists_of_waybill((old.logistics_code, old.waybill_no))
        elif kind == "waybill_status":
            return False
        else:
            lists = self.space.lists_of_order((old.platform_code, old.order_no))
        return any(verdict.status in PASSED for verdict in lists)

    def _touch(self, kind: str, row: Any) -> None:
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
        outcome = supersede(old, new, frozen=lambda: passed, replaceable=settled)
        if outcome == COPY and new.app_time > old.app_time:
            self.space.declarations.put(old._replace(app_time=new.app_time))
        keys = {
            **record.head,
            "cop_no": new.cop_no,
            "pre_no": verdict.pre_no if verdict and verdict.pre_no != NO_PRE_NO else None,
            "list_no": verdict.list_no if verdict else None,
        }
        if outcome is not None and outcome != COPY:
            keys["pre_no"] = keys["pre_no"] or self.numbers.pre_no()
            code = ANSWERS["list"][outcome]
            self.receipts.answer("list", record.receiver, keys, code, TEXTS[outcome])
            return
        if outcome == COPY:
            last = verdict.trail[-1] if verdict.trail else ["", verdict.status, "已收到"]
            self.receipts.answer("list", record.receiver, keys, str(last[1]), str(last[2]))
            return
        self.space.declarations.put(new)
        keys["pre_no"] = keys["pre_no"] or self.numbers.pre_no()
        status = STAGED if new.app_status == STAGED else WAITING
        text = f"清单暂存成功[{new.guid}]"
        if status == WAITING:
            text = (
                f"清单{VERBS[new.app_type]}申报成功[{new.guid}]"
                f"[电商企业编码：{new.ebc_code}订单编号：{new.order_no}]"
            )
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
