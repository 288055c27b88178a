"""What time alone brings about: waiting that is over, tax bills, late fees, officers' decisions."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg

from hoppo.customs import applications
from hoppo.customs.clearing import Batch
from hoppo.customs.codes import INSPECTION, REFUSED, RELEASED, REVIEW, STATUS_TEXT
from hoppo.customs.receipts import list_keys
from hoppo.customs.references import order_name, partners_of
from hoppo.customs.registers import Registers
from hoppo.customs.rules import BOOK
from hoppo.customs.tables import VERDICTS
from hoppo.customs.taxable import assess_list
from hoppo.customs.values import Application, Declaration, Verdict
from hoppo.engine.database import Database
from hoppo.engine.locks import wait_for_locks
from hoppo.rulebook.law import Law
from hoppo.values.moments import beijing_day
from hoppo.values.money import ZERO, to_fen

AT_ONCE = 500


def _batch(
    connection: psycopg.Connection[Any],
    database: Database,
    registers: Registers,
    now: datetime,
    verdicts: list[Verdict],
) -> Batch:
    """A batch that holds these lists with all their partners."""
    registers.refresh(connection)
    batch = Batch(connection, database, registers, now)
    names = {name for verdict in verdicts for name, _ in partners_of(verdict)}
    orders = {verdict.order_no for verdict in verdicts}
    wait_for_locks(connection, names | {order_name(order_no) for order_no in orders})
    batch.space.load(orders, names)
    batch.space.load_applications()
    batch.space.index_partners()
    return batch


def refuse_overdue(
    connection: psycopg.Connection[Any],
    database: Database,
    registers: Registers,
    now: datetime,
    *,
    all_of_them: bool = False,
) -> Batch | None:
    """Refuse lists whose waiting time is over; `all_of_them` treats every waiting one so.

    Returns what was done, for the caller to commit; None when there was nothing to do.
    """
    overdue = VERDICTS.where(
        connection,
        "WHERE status = '2' AND (%s OR due_at <= %s) ORDER BY due_at, cop_no LIMIT %s",
        [all_of_them, now, AT_ONCE],
    )
    if not overdue:
        return None
    batch = _batch(connection, database, registers, now, overdue)
    batch.touched = dict.fromkeys(VERDICTS.key_of(verdict) for verdict in overdue)
    batch.judge_touched(waiting_over=True)
    batch.write()
    batch.swept = len(overdue)
    return batch


def make_bills(
    connection: psycopg.Connection[Any], database: Database, registers: Registers, now: datetime
) -> Batch | None:
    """Make the tax bill (816) of lists released long enough ago and not on their way back.

    Returns what was done, for the caller to commit; None when there was nothing to do.
    """
    days = int(BOOK.on(beijing_day(now))["bill_after_days"])
    due = VERDICTS.where(
        connection,
        "WHERE status = '800' AND released_at <= %s AND NOT EXISTS"
        " (SELECT 1 FROM tax_bill b WHERE b.order_no = t.order_no AND b.list_no = t.list_no"
        "  AND b.status <> '3')"
        " AND NOT EXISTS"
        " (SELECT 1 FROM application a WHERE a.order_no = t.order_no AND a.list_no = t.list_no"
        "  AND a.kind = 'return' AND a.status = '399' AND a.goods_back_at IS NULL"
        "  AND t.released_at > %s - interval '46 days')"
        " ORDER BY released_at LIMIT %s",
        [now - timedelta(days=days), now, AT_ONCE],
    )
    if not due:
        return None
    batch = _batch(connection, database, registers, now, due)
    by_receiver: dict[str, list[Any]] = {}
    for verdict in due:
        receiver, head, lines = _bill(batch, verdict)
        by_receiver.setdefault(receiver, []).append((head, lines))
    for receiver, records in by_receiver.items():
        batch.receipts.whole("CEB816Message", receiver, records)
    batch.write()
    batch.swept = len(due)
    return batch


def _bill(batch: Batch, verdict: Verdict) -> tuple[str, dict[str, Any], list[dict[str, Any]]]:
    """Store one bill; returns its receiver, head and lines as the message wants them."""
    declared = batch.space.declarations.get(VERDICTS.key_of(verdict))
    lines = _bill_lines(batch, verdict, declared)
    sums = {
        name: to_fen(sum((line[name] for line in lines), ZERO))
        for name in ("duty", "vat", "consumption_tax")
    }
    tax_no = batch.numbers.tax_no(declared.customs_code)
    days = int(BOOK.on(declared.declared_on)["bill_due_day"])
    due_on = beijing_day(verdict.released_at or batch.now) + timedelta(days=days)
    batch.connection.execute(
        "INSERT INTO tax_bill (order_no, bill_tax_no, list_no, declarant_code, cop_no,"
        " guarantor_code, receiver, duty, vat, consumption_tax, status, made_at, due_on, late_fee,"
        " duty_notice_no)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '1', %s, %s, 0, '')",
        [
            *(declared.order_no, tax_no, verdict.list_no, declared.declarant_code, declared.cop_no),
            *(declared.guarantor_code, declared.sender, *sums.values(), batch.now, due_on),
        ],
    )
    head = {
        "guid": batch.receipts.guid(),
        "return_time": batch.receipts.time,
        "list_no": verdict.list_no,
        "bill_tax_no": tax_no,
        **sums,
        "status": "1",
        "guarantor_code": declared.guarantor_code,
        "ebc_code": declared.ebc_code,
        "logistics_code": declared.logistics_code,
        "declarant_code": declared.declarant_code,
        "customs_code": declared.customs_code,
    }
    return declared.sender, head, lines


def _bill_lines(batch: Batch, verdict: Verdict, declared: Declaration) -> list[dict[str, Any]]:
    """What each line still owes: the whole, less what came back."""
    commodities = [
        batch.registers.tariff.on(line.commodity_code, declared.declared_on)
        for line in declared.lines
    ]
    assessment = assess_list(declared, commodities, BOOK.on(declared.declared_on))
    back = applications.returned_quantities(batch, list_no=verdict.list_no or "", arrived=True)
    lines = []
    for line, owed in zip(declared.lines, assessment.lines if assessment else (), strict=True):
        part = back.get(line.line_no, ZERO)
        lines.append(
            {
                "line_no": line.line_no,
                "commodity_code": line.commodity_code,
                "dutiable_value": still_owed(owed.dutiable, part, line.quantity),
                "duty": still_owed(owed.duty, part, line.quantity),
                "vat": still_owed(owed.vat, part, line.quantity),
                "consumption_tax": still_owed(owed.consumption, part, line.quantity),
            }
        )
    return lines


def still_owed(amount: Decimal, back: Decimal, whole: Decimal) -> Decimal:
    """An amount less the share of the goods that came back; nothing when all did."""
    if not back:
        return amount
    return ZERO if back == whole else amount - to_fen(amount * back / whole)


def late_fee(tax: Decimal, due_on: date, paid_on: date, law: Law) -> Decimal:
    """The late fee of a tax paid after its day: a share a day, half up to the fen."""
    days = max((paid_on - due_on).days, 0)
    return to_fen(tax * law["late_fee"] / 100 * days)


def pay_bill(
    connection: psycopg.Connection[Any],
    database: Database,
    registers: Registers,
    now: datetime,
    tax_no: str,
    notice_no: str,
) -> Decimal | None:
    """Book a bill as paid (818), free its guarantee; returns the late fee, None if not payable."""
    found_no = connection.execute(
        "SELECT order_no FROM tax_bill WHERE bill_tax_no = %s", [tax_no]
    ).fetchone()
    bill = connection.execute(
        "SELECT order_no, list_no, declarant_code, cop_no, guarantor_code, receiver,"
        " duty + vat + consumption_tax, due_on FROM tax_bill"
        " WHERE order_no = %s AND bill_tax_no = %s AND status = '1' FOR UPDATE",
        [found_no and found_no[0], tax_no],
    ).fetchone()
    if bill is None:
        return None
    order_no, list_no, declarant, cop_no, guarantor, receiver, tax, due_on = bill
    key = (order_no, declarant, cop_no)
    found = VERDICTS.by_key(connection, [key], on=("order_no", "declarant_code", "cop_no"))
    batch = _batch(connection, database, registers, now, found)
    fee = late_fee(tax, due_on, beijing_day(now), BOOK.on(beijing_day(now)))
    connection.execute(
        "UPDATE tax_bill SET status = '2', paid_at = %s, late_fee = %s, duty_notice_no = %s"
        " WHERE order_no = %s AND bill_tax_no = %s",
        [now, fee, notice_no, order_no, tax_no],
    )
    batch.ledgers.lock([], [guarantor])
    for verdict in (batch.space.verdicts.rows[VERDICTS.key_of(row)] for row in found):
        batch.ledgers.hold(guarantor, (declarant, cop_no), -verdict.guaranteed, "payment")
        batch.space.verdicts.put(verdict._replace(guaranteed=ZERO))
    batch.receipts.whole(
        "CEB818Message",
        receiver,
        [
            (
                {
                    "guid": batch.receipts.guid(),
                    "return_time": batch.receipts.time,
                    "list_no": list_no,
                    "bill_tax_no": tax_no,
                    "status": "2",
                    "duty_notice_no": notice_no or None,
                    "guarantor_code": guarantor,
                },
                [],
            )
        ],
    )
    batch.write()
    return fee


def decide(  # noqa: PLR0913 - the officer's whole decision
    connection: psycopg.Connection[Any],
    database: Database,
    registers: Registers,
    now: datetime,
    verdict: Verdict,
    *,
    release: bool,
    reason: str,
) -> bool:
    """An officer releases or refuses a list in review or inspection; False in any other state."""
    if verdict.status not in {REVIEW, INSPECTION}:
        return False
    batch = _batch(connection, database, registers, now, [verdict])
    current: Verdict = batch.space.verdicts.rows[VERDICTS.key_of(verdict)]
    if current.status not in {REVIEW, INSPECTION}:
        return False  # another officer was first, while this one waited for the locks
    declared = batch.space.declarations.get(VERDICTS.key_of(verdict))
    status = RELEASED if release else REFUSED
    text = STATUS_TEXT[RELEASED] if release else f"[Code:1300;Desc:人工退单，{reason}]"
    if not release:
        law = BOOK.on(declared.declared_on)
        batch.ledgers.lock(
            [((current.person, current.year), law["yearly_limit"])], [current.guarantor_code]
        )
        applications.give_back(batch, current, current.counted, current.guaranteed, "refusal")
        current = batch.space.verdicts.rows[VERDICTS.key_of(verdict)]
    batch.space.verdicts.put(
        current._replace(
            status=status,
            released_at=now if release else None,
            facts={**current.facts, "reopens": False, "reason": reason},
            trail=(*current.trail, (now.isoformat(), status, text)),
        )
    )
    keys = list_keys(declared, current.pre_no, current.list_no)
    batch.receipts.answer("list", declared.sender, keys, status, text)
    batch.write()
    return True


def return_batch(
    connection: psycopg.Connection[Any],
    database: Database,
    registers: Registers,
    now: datetime,
    application: Application,
) -> Batch:
    """A batch that holds a return application with its list."""
    of_order = VERDICTS.by_key(connection, [(application.order_no,)], on=("order_no",))
    found = [verdict for verdict in of_order if verdict.list_no == application.list_no]
    return _batch(connection, database, registers, now, found)
