"""Cancellations (623) and returns (625): tax, limit and guarantee go back in one transaction."""

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hoppo.customs.codes import (
    ANSWERS,
    CONCLUDED,
    PASSED,
    REFUSED,
    RELEASED,
    STAGED,
    STATE,
    STATUS_TEXT,
    TEXTS,
    UNKNOWN,
    WAITING,
)
from hoppo.customs.intake import Source, digest, own_number
from hoppo.customs.references import APPLICATIONS
from hoppo.customs.rules import BOOK
from hoppo.customs.tables import VERDICTS
from hoppo.customs.taxable import assess_list
from hoppo.customs.values import Application, Declaration, Verdict
from hoppo.tax.assessment import Assessment
from hoppo.values.moments import beijing_day, read_moment
from hoppo.values.money import ZERO, plain_text, to_fen

if TYPE_CHECKING:
    from hoppo.customs.clearing import Batch
    from hoppo.customs.reading import Incoming

CANCELLED, RETURNED = "cancelled", "899"
RETURN_LAW = "海关总署公告2020年第45号"


def load(batch: "Batch", records: "list[Incoming]") -> None:
    """Load what was applied for before about the lists that these records name.

    The accounts of all of them are locked at once, in order, before any is moved.
    """
    numbers = {record.head["list_no"] for record in records if record.kind in APPLICATIONS}
    if not numbers:
        return
    batch.space.load_applications()
    found = [row for row in batch.space.verdicts.rows.values() if row.list_no in numbers]
    ceiling = BOOK.on(beijing_day(batch.now))["yearly_limit"]
    batch.ledgers.lock(
        [((verdict.person, verdict.year), ceiling) for verdict in found if verdict.person],
        {verdict.guarantor_code for verdict in found},
    )


def apply(batch: "Batch", record: "Incoming", source: Source) -> None:
    """Work one application; what the law does not allow is answered with its reason."""
    head, kind = record.head, record.kind
    cop_no = own_number(head)
    verdict = next(
        (row for row in batch.space.verdicts.rows.values() if row.list_no == head["list_no"]), None
    )
    key = (kind, head["declarant_code"], cop_no)
    old = batch.space.applications.get(key)
    new = Application(
        kind,
        head["declarant_code"],
        cop_no,
        head["list_no"],
        read_moment(head["app_time"]) or source.received_at,
        head["app_status"],
        digest(kind, head, record.lines),
        source.message_id,
        source.received_at,
        source.sender,
        verdict.order_no if verdict else head["order_no"],
        head["platform_code"],
        old.pre_no if old else batch.numbers.pre_no("T"),
        head["reason"],
        STAGED if head["app_status"] == STAGED else WAITING,
        tuple([line["line_no"], plain_text(line["quantity"])] for line in record.lines),
        None,
        (),
    )
    keys = {
        **head,
        "cop_no": cop_no,
        "pre_no": new.pre_no,
        "list_no": verdict.list_no if verdict else None,
    }
    refusal, reasons = _refusal(batch, kind, new, old, verdict)
    if old is not None and old.digest == new.digest:
        batch.receipts.answer(kind, record.receiver, keys, old.status, "重复报送，未作变更")
        return
    if refusal is not None:
        text = "；".join([TEXTS[refusal], *reasons])
        batch.receipts.answer(kind, record.receiver, keys, ANSWERS[kind][refusal], text)
        return
    if new.status == STAGED:
        batch.space.applications.put(new)
        batch.receipts.answer(kind, record.receiver, keys, STAGED, f"暂存成功[{head['guid']}]")
        return
    batch.receipts.answer(kind, record.receiver, keys, WAITING, f"新增申报成功[{head['guid']}]")
    if reasons:
        batch.space.applications.put(new._replace(status=REFUSED, findings=tuple(reasons)))
        batch.receipts.answer(kind, record.receiver, keys, REFUSED, "；".join(reasons))
        return
    batch.space.applications.put(new._replace(status=CONCLUDED))
    text = STATUS_TEXT[CONCLUDED]
    if kind == "cancellation" and verdict is not None:
        text += f",撤单申请审核通过,清单[{verdict.list_no}]已成功撤单"
        cancel(batch, verdict)
    batch.receipts.answer(kind, record.receiver, keys, CONCLUDED, text)


def _refusal(
    batch: "Batch", kind: str, new: Application, old: Application | None, verdict: Verdict | None
) -> tuple[int | None, list[str]]:
    if verdict is None:
        return UNKNOWN, [f"清单[{new.list_no}]不存在 No list {new.list_no}."]
    if old is not None and old.status != STAGED and old.digest != new.digest:
        return STATE, [f"申请[{new.cop_no}]已申报 The application was made already."]
    if verdict.declarant_code != new.declarant_code:
        return UNKNOWN, ["申报企业与清单不一致 Another enterprise declared this list."]
    if kind == "cancellation":
        allowed = verdict.status in PASSED or verdict.status == WAITING
        billed = batch.connection.execute(
            "SELECT 1 FROM tax_bill WHERE order_no = %s AND list_no = %s AND status = '2'",
            [verdict.order_no, verdict.list_no],
        ).fetchone()
        if not allowed or billed:
            why = "已缴税" if billed else f"状态为{verdict.status}"
            return STATE, [f"清单{why}，不允许撤销 The list cannot be cancelled in this state."]
        return None, []
    if verdict.status != RELEASED or verdict.released_at is None:
        return STATE, [f"清单状态为{verdict.status}，未放行 Only a released list can be returned."]
    return None, return_faults(batch, new, verdict)


def return_faults(batch: "Batch", new: Application, verdict: Verdict) -> list[str]:
    """Why a return is not allowed: too late, unknown lines, more than was bought."""
    declared = batch.space.declarations.get(VERDICTS.key_of(verdict))
    law = BOOK.on(declared.declared_on)
    faults = []
    released = beijing_day(verdict.released_at or new.received_at)
    last = released + timedelta(days=int(law["return_apply_days"]))
    if beijing_day(new.received_at) > last:
        faults.append(
            f"[Code:H8101;Desc:退货应在放行之日起{law['return_apply_days']}日内申请]"
            f"A return must be applied for within {law['return_apply_days']} days of release:"
            f" last day {last}（{RETURN_LAW}）"
        )
    bought = {line.line_no: line.quantity for line in declared.lines}
    back = returned_quantities(batch, new)
    for line_no, quantity in new.lines:
        if line_no not in bought:
            faults.append(f"[Code:-625209;Desc:商品序号{line_no}不在原清单内]No line {line_no}.")
            continue
        total = back.get(line_no, ZERO) + Decimal(quantity)
        back[line_no] = total
        if Decimal(quantity) <= 0 or total > bought[line_no]:
            faults.append(
                f"[Code:H8102;Desc:退货数量不得超过原清单数量]line {line_no}:"
                f" {plain_text(total)} of {plain_text(bought[line_no])}"
            )
    return faults


def returned_quantities(
    batch: "Batch", but: Application | None = None, *, list_no: str = "", arrived: bool = False
) -> dict[int, Decimal]:
    """What accepted returns of a list take back, by line; only goods already back if asked."""
    number = but.list_no if but else list_no
    sums: dict[int, Decimal] = {}
    for row in batch.space.applications.rows.values():
        if row.kind != "return" or row.list_no != number or row.status != CONCLUDED:
            continue
        if (but is not None and row.cop_no == but.cop_no) or (arrived and not row.goods_back_at):
            continue
        for line_no, quantity in row.lines:
            sums[line_no] = sums.get(line_no, ZERO) + Decimal(quantity)
    return sums


def cancel(batch: "Batch", verdict: Verdict) -> None:
    """Undo a list: what it counted and held goes back, its bill becomes void."""
    if verdict.person:
        batch.ledgers.lock(
            [((verdict.person, verdict.year), BOOK.on(beijing_day(batch.now))["yearly_limit"])],
            [verdict.guarantor_code],
        )
    give_back(batch, verdict, verdict.counted, verdict.guaranteed, "cancellation")
    batch.space.verdicts.put(
        batch.space.verdicts.rows[VERDICTS.key_of(verdict)]._replace(status=CANCELLED)
    )
    void_bill(batch, verdict)


def void_bill(batch: "Batch", verdict: Verdict) -> None:
    """Make an unpaid bill void (818 with status 3)."""
    row = batch.connection.execute(
        "UPDATE tax_bill SET status = '3' WHERE order_no = %s AND list_no = %s AND status = '1'"
        " RETURNING bill_tax_no, receiver, guarantor_code",
        [verdict.order_no, verdict.list_no],
    ).fetchone()
    if row is not None:
        head = {
            "guid": batch.receipts.guid(),
            "return_time": batch.receipts.time,
            "list_no": verdict.list_no,
            "bill_tax_no": row[0],
            "status": "3",
            "guarantor_code": row[2],
        }
        batch.receipts.whole("CEB818Message", row[1], [(head, [])])


def give_back(
    batch: "Batch", verdict: Verdict, counted: Decimal, held: Decimal, cause: str
) -> None:
    """Give back part of what a list counted against the person and held of the guarantee."""
    key = (verdict.declarant_code, verdict.cop_no)
    if verdict.person:
        person = (verdict.person, verdict.year)
        day = date.fromisoformat(verdict.facts["declared_on"])
        batch.ledgers.count(person, key, -counted, cause, day)
    batch.ledgers.hold(verdict.guarantor_code, key, -held, cause)
    batch.space.verdicts.put(
        verdict._replace(counted=verdict.counted - counted, guaranteed=verdict.guaranteed - held)
    )


def share_of(
    declared: Declaration, assessment: Assessment, quantities: dict[int, Decimal]
) -> tuple[Decimal, Decimal]:
    """Value and tax of part of a list's goods. A whole list's share is the whole, to the fen."""
    value = tax = ZERO
    for line, owed in zip(declared.lines, assessment.lines, strict=True):
        part = quantities.get(line.line_no, ZERO)
        if part == line.quantity:
            value += owed.dutiable
            tax += owed.duty + owed.consumption + owed.vat
        elif part:
            value += to_fen(owed.dutiable * part / line.quantity)
            tax += sum(
                (
                    to_fen(amount * part / line.quantity)
                    for amount in (owed.duty, owed.consumption, owed.vat)
                ),
                ZERO,
            )
    return value, tax


def goods_back(batch: "Batch", application: Application) -> list[str]:
    """The goods of an accepted return are back at their site: tax, limit and guarantee follow.

    Returns why not, when the 45 days are over or the return was not accepted.
    """
    verdict = next(
        (row for row in batch.space.verdicts.rows.values() if row.list_no == application.list_no),
        None,
    )
    if verdict is None or verdict.released_at is None or application.status != CONCLUDED:
        return ["The return is not accepted, or its list is unknown."]
    if verdict.status != RELEASED:
        return ["The return is not accepted, or its list is unknown."]
    if application.goods_back_at is not None:
        return ["The goods of this return are back already."]
    declared = batch.space.declarations.get(VERDICTS.key_of(verdict))
    law = BOOK.on(declared.declared_on)
    days = int(law["return_arrive_days"])
    last = beijing_day(verdict.released_at) + timedelta(days=days)
    if beijing_day(batch.now) > last:
        return [f"Goods must be back within {days} days of release, by {last} ({RETURN_LAW})."]
    commodities = [
        batch.registers.tariff.on(line.commodity_code, declared.declared_on)
        for line in declared.lines
    ]
    assessment = assess_list(declared, commodities, law)
    before = returned_quantities(batch, list_no=application.list_no, arrived=True)
    after = dict(before)
    for line_no, quantity in application.lines:
        after[line_no] = after.get(line_no, ZERO) + Decimal(quantity)
    if assessment is not None:
        old_value, old_tax = share_of(declared, assessment, before)
        new_value, new_tax = share_of(declared, assessment, after)
        batch.ledgers.lock(
            [((verdict.person, verdict.year), law["yearly_limit"])], [verdict.guarantor_code]
        )
        # A paid bill has freed its guarantee already.
        held = min(new_tax - old_tax, verdict.guaranteed)
        give_back(batch, verdict, new_value - old_value, held, "return")
    batch.space.applications.put(application._replace(goods_back_at=batch.now))
    whole = all(after.get(line.line_no, ZERO) == line.quantity for line in declared.lines)
    # A bill that was made for the whole is made anew for what is left.
    void_bill(batch, verdict)
    if whole:
        current: Any = batch.space.verdicts.rows[VERDICTS.key_of(verdict)]
        batch.space.verdicts.put(current._replace(status=RETURNED))
    return []
