"""Verdicts as they begin: waiting, or refused before they were documents."""

from datetime import UTC, datetime, timedelta

from hoppo.customs.codes import DOCUMENTS, WAITING
from hoppo.customs.reading import Refused
from hoppo.customs.rules import BOOK
from hoppo.customs.values import Declaration, Verdict
from hoppo.values.money import ZERO


def new_verdict(
    declared: Declaration, pre_no: str, now: datetime, status: str, text: str
) -> Verdict:
    """The verdict of a list that has just arrived: it waits."""
    hours = int(BOOK.on(declared.declared_on)["waiting_hours"])
    return Verdict(
        declared.declarant_code,
        declared.cop_no,
        declared.platform_code,
        declared.order_no,
        declared.ebc_code,
        declared.logistics_code,
        declared.waybill_no,
        declared.trade_mode,
        declared.customs_code,
        pre_no,
        None,
        status,
        DOCUMENTS if status == WAITING else (),
        declared.received_at + timedelta(hours=hours),
        (),
        None,
        "",
        0,
        ZERO,
        declared.guarantor_code,
        ZERO,
        {"declared_on": declared.declared_on.isoformat()},
        None,
        None,
        ((now.astimezone(UTC).isoformat(), status, text),),
        declared.received_at,
    )


def refused_verdict(item: Refused, now: datetime, old: Verdict | None) -> Verdict:
    """The verdict of a list that failed the format or its signature."""
    keys = item.keys
    trail = (*(old.trail if old else ()), (now.astimezone(UTC).isoformat(), item.status, item.text))
    return Verdict(
        keys["declarant_code"],
        keys["cop_no"],
        keys["platform_code"],
        keys["order_no"],
        keys["ebc_code"],
        keys["logistics_code"],
        keys["waybill_no"],
        keys.get("trade_mode") or "",
        keys.get("customs_code") or "",
        keys["pre_no"],
        None,
        item.status,
        (),
        now,
        item.findings,
        None,
        "",
        0,
        ZERO,
        keys.get("guarantor_code") or "",
        ZERO,
        {},
        now,
        None,
        trail,
        now,
    )
