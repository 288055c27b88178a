"""One list: its documents side by side, its way, every rule, the tax, receipts, raw messages."""

from typing import Any

import psycopg
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from hoppo.api.open_database import opened
from hoppo.customs.codes import INSPECTION, REVIEW
from hoppo.customs.explaining import explain_list, personal_data
from hoppo.customs.tables import APPLICATIONS, VERDICTS
from hoppo.customs.values import Verdict
from hoppo.portal import fields
from hoppo.portal.access import page
from hoppo.portal.models import Action
from hoppo.portal.roles import LOOKERS, OFFICERS, Role, scope_of
from hoppo.portal.served import now, reading, registers, writing
from hoppo.portal.speech import Said
from hoppo.portal.trail import write_down

UNMASKERS = LOOKERS - {Role.AUDITOR}
PURPOSES = {
    "review": Said("Review of this list", "本清单审核"),
    "inspection": Said("Inspection of the parcel", "包裹查验"),
    "complaint": Said("Answer to the buyer", "答复消费者"),
    "fault": Said("Mending of a fault", "差错处理"),
}


def one_list(
    connection: psycopg.Connection[Any], user: Any, order_no: str, declarant: str, cop_no: str
) -> Verdict:
    """The list under its key; for whom it is not, it does not exist."""
    key = [(order_no, declarant, cop_no)]
    found: list[Verdict] = VERDICTS.by_key(
        connection, key, on=("order_no", "declarant_code", "cop_no")
    )
    if not found or not scope_of(user).holds(found[0]):
        raise Http404
    return found[0]


@page(LOOKERS)
def declaration(request: HttpRequest, order_no: str, declarant: str, cop_no: str) -> HttpResponse:
    """Everything that bears on one list."""
    user: Any = request.user
    with reading() as connection:
        verdict = one_list(connection, request.user, order_no, declarant, cop_no)
        told = explain_list(connection, opened(), registers, now(), verdict)
        applications = [
            row
            for row in APPLICATIONS.by_key(connection, [(order_no,)], on=("order_no",))
            if row.list_no == verdict.list_no
        ]
        bills = connection.execute(
            "SELECT bill_tax_no, duty, vat, consumption_tax, status, made_at, due_on, late_fee"
            " FROM tax_bill WHERE order_no = %s AND list_no = %s",
            [order_no, verdict.list_no],
        ).fetchall()
    broken = [ran for ran in told["rules"] if ran["findings"]]
    shown = {
        "v": verdict,
        "told": told,
        "broken": broken,
        "kept": [ran for ran in told["rules"] if not ran["findings"]],
        "rows": fields.side_by_side(told["documents"]),
        "officers": OFFICERS,
        "queued": (REVIEW, INSPECTION),
        "goods": fields.goods_side_by_side(told["lines"]),
        "waiting": [fields.DOCUMENTS[name] for name in verdict.waiting_for],
        "applications": applications,
        "bills": bills,
        "actions": Action.objects.filter(subject=cop_no).order_by("-at")[:50],
        "purposes": PURPOSES if user.role in UNMASKERS else {},
    }
    return render(request, "portal/declaration.html", shown)


@page(UNMASKERS, methods="POST")
def unmask(request: HttpRequest, order_no: str, declarant: str, cop_no: str) -> HttpResponse:
    """The personal data of a list in clear, once a purpose is given; it is written down first."""
    purpose = request.POST.get("purpose", "")
    if purpose not in PURPOSES:
        return redirect("declaration", order_no, declarant, cop_no)
    with writing() as connection:
        verdict = one_list(connection, request.user, order_no, declarant, cop_no)
        write_down(request.user, now(), "unmasked", cop_no, purpose, order_no=order_no)
        clear = personal_data(connection, opened(), verdict)
    shown = {
        "v": verdict,
        "purpose": PURPOSES[purpose],
        "clear": [
            (fields.DOCUMENTS[kind], [(fields.label_of(name), text) for name, text in said.items()])
            for kind, said in clear.items()
        ],
    }
    return render(request, "portal/unmasked.html", shown)
