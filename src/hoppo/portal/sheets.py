"""Excel in: upload a sheet, say which column is which, check it, send what is good."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import psycopg
from django.contrib import messages
from django.db.models.functions import Now
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from hoppo.api import open_database
from hoppo.customs.sheet_checking import Layout
from hoppo.customs.sheet_columns import KINDS
from hoppo.portal import sheet_books, sheet_jobs, sheet_layouts, sheet_sending
from hoppo.portal.access import page
from hoppo.portal.roles import Role
from hoppo.portal.served import now, reading, writing
from hoppo.portal.sheet_keeping import KEPT, Keeper, purge
from hoppo.portal.sheet_models import SheetPart, SheetUpload
from hoppo.portal.sheet_upload import IntoMemory
from hoppo.portal.speech import Said
from hoppo.portal.trail import write_down
from hoppo.values.moments import beijing_day

KIND_NAMES = {
    "order": Said("Orders", "订单"),
    "waybill": Said("Waybills", "运单"),
    "list": Said("Lists", "清单"),
    "payment": Said("Payments", "支付单"),
}
STATES = {
    "reading": Said("Being read", "读取中"),
    "read": Said("Read, to be checked", "已读取，待检查"),
    "checking": Said("Being checked", "检查中"),
    "checked": Said("Checked", "已检查"),
    "sending": Said("Being sent", "发送中"),
    "sent": Said("Sent", "已发送"),
    "refused": Said("Cannot be read", "无法读取"),
}
MOST_KEPT = 30  # sheets of an enterprise
PREVIEW, MOST_SHOWN = 20, 100
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def one_upload(request: HttpRequest, number: int) -> SheetUpload:
    """An upload of the person's own enterprise; anything else is not there."""
    user: Any = request.user
    found = SheetUpload.objects.filter(pk=number, enterprise_code=user.enterprise_code or None)
    upload = found.first()
    if upload is None or upload.made_at < now() - KEPT:
        raise Http404
    return upload


@csrf_exempt  # checked in `take_in`, once it is decided where the file goes
@page(Role.TRADER, methods="GET HEAD POST")
def sheets(request: HttpRequest) -> HttpResponse:
    """The uploads of an enterprise, and the form for one more."""
    if request.method == "POST":
        request.upload_handlers = [IntoMemory(request)]
        return take_in(request)
    user: Any = request.user
    with writing() as connection:
        purge(connection, now())
    uploads = SheetUpload.objects.filter(
        enterprise_code=user.enterprise_code or None, made_at__gte=now() - KEPT
    ).order_by("-pk")
    shown = [(one, KIND_NAMES[one.kind], STATES[one.state]) for one in uploads[:MOST_KEPT]]
    return render(request, "portal/sheets.html", {"uploads": shown, "kinds": KIND_NAMES})


@csrf_protect
def take_in(request: HttpRequest) -> HttpResponse:
    """Keep an uploaded file, sealed, and begin to read it."""
    user: Any = request.user
    file, kind = request.FILES.get("file"), request.POST.get("kind", "")
    wrong = None
    if not user.enterprise_code:
        wrong = Said("Your account belongs to no enterprise. Ask the operator.",
                     "您的账户未关联企业，请联系运营方。")  # fmt: skip
    elif kind not in KIND_NAMES:
        wrong = Said("Say what the sheet holds.", "请选择表格内容。")
    elif file is None or not file.size:
        wrong = Said("No file came, or it is larger than 50 MB. Choose an .xlsx or .csv file.",
                     "未收到文件，或文件超过50 MB。请选择.xlsx或.csv文件。")  # fmt: skip
    elif SheetUpload.objects.filter(enterprise_code=user.enterprise_code).count() >= MOST_KEPT:
        wrong = Said(f"{MOST_KEPT} sheets are kept already. Delete one first.",
                     f"最多保留{MOST_KEPT}个表格，请先删除一个。")  # fmt: skip
    if wrong or file is None:
        messages.error(request, str(wrong))
        return redirect("sheets")
    name = "".join(one for one in (file.name or "") if one.isprintable())[:120] or "sheet"
    upload = SheetUpload.objects.create(
        enterprise_code=user.enterprise_code, username=user.username, made_at=now(), kind=kind,
        name=name, size=file.size or 0, beat_at=Now(),
    )  # fmt: skip
    with writing() as connection:
        keeper = Keeper(connection, open_database.opened(), upload.pk)
        keeper.put_file(beijing_day(now()), file.read())
    write_down(user, now(), "uploaded", str(upload.pk), kind=kind, size=upload.size)
    sheet_jobs.begin(open_database.opened(), upload, now())
    return redirect("sheet", upload.pk)


@page(Role.TRADER)
def sheet(request: HttpRequest, number: int) -> HttpResponse:
    """One upload, wherever it stands; asked by htmx it is the progress bar alone."""
    upload = one_upload(request, number)
    shown: dict[str, Any] = {
        "upload": upload, "kind": KIND_NAMES[upload.kind], "state": STATES[upload.state],
        "told": Said(**upload.told) if upload.told else "", "percent": upload.progress // 10,
        "running": upload.state in sheet_jobs.RUNNING,
        "interrupted": sheet_jobs.is_interrupted(upload),
    }  # fmt: skip
    live: Any = request
    if live.htmx:
        answer = render(request, "portal/sheet_progress.html", shown)
        if not shown["running"] or shown["interrupted"]:
            answer["HX-Refresh"] = "true"
        return answer
    if upload.state == "read" and not upload.places:
        return redirect("sheet_columns", upload.pk)
    if upload.state == "read":
        with reading() as connection:
            rows = Keeper(connection, open_database.opened(), upload.pk).first_rows(PREVIEW)
        shown["preview"] = sheet_layouts.preview(upload, rows)
    if upload.state in {"checked", "sent"}:
        shown |= result(upload)
    return render(request, "portal/sheet.html", shown)


def result(upload: SheetUpload) -> dict[str, Any]:
    """What a check found, the first faults, and whether and how the good records may be sent."""
    names = dict(enumerate(upload.header))
    with reading() as connection:
        keeper = Keeper(connection, open_database.opened(), upload.pk)
        first = list(islice(first_faults(keeper, names), MOST_SHOWN)) if upload.faults else []
        signed = sheet_sending.must_be_signed(connection, upload.kind)
        sender = sheet_sending.sender_of(connection, upload.enterprise_code)
    parts = SheetPart.objects.filter(upload=upload)
    return {
        "first": first,
        "counts": [(names.get(place, ""), times, Said(en, zh))
                   for place, times, en, zh in upload.counts],
        "fresh": max(upload.good - upload.already, 0), "signed": signed, "sender": sender,
        "mendable": parts.filter(part="faulty").exists(),
        "sendable": parts.filter(part="rows").exists(),
    }  # fmt: skip


def first_faults(keeper: Keeper, names: dict[int, str]) -> Iterator[tuple[int, str, Said]]:
    """Each fault as its row, its column and its sentence."""
    for row, faults in keeper.faulty():
        for fault in faults:
            yield row.number, names.get(fault.place, ""), Said(*fault.sentence)


@page(Role.TRADER, methods="GET HEAD POST")
def sheet_columns(request: HttpRequest, number: int) -> HttpResponse:
    """Which column is which; what was agreed is remembered for the next sheet of this header."""
    upload = one_upload(request, number)
    if upload.state not in {"read", "checked"}:
        return redirect("sheet", upload.pk)
    if request.method == "POST":
        layout, wrong = sheet_layouts.read_form(upload, request.POST)
        if not wrong:
            sheet_layouts.agree(upload, layout)
            with writing() as connection:
                Keeper(connection, open_database.opened(), upload.pk).drop("faulty")
            return redirect("sheet", upload.pk)
    else:
        layout, wrong = sheet_layouts.proposed(upload), []
    with reading() as connection:
        rows = Keeper(connection, open_database.opened(), upload.pk).first_rows(PREVIEW)
    needed, further = sheet_layouts.form_rows(upload, layout, rows)
    shown = {
        "upload": upload, "kind": KIND_NAMES[upload.kind], "needed": needed, "further": further,
        "wrong": wrong, "header": [(at, name) for at, name in enumerate(upload.header) if name],
    }  # fmt: skip
    return render(request, "portal/sheet_columns.html", shown)


@page(Role.TRADER, methods="POST")
def sheet_step(request: HttpRequest, number: int) -> HttpResponse:
    """Check, send, go on with what was interrupted, or delete."""
    upload = one_upload(request, number)
    step, stood = request.POST.get("step", ""), upload.state
    if step == "delete" and (stood not in sheet_jobs.RUNNING or sheet_jobs.is_interrupted(upload)):
        write_down(request.user, now(), "deleted sheet", str(upload.pk))
        upload.delete()
        messages.success(request, str(Said("The sheet is deleted.", "表格已删除。")))
        return redirect("sheets")
    if step == "check" and stood in {"read", "checked"} and upload.places:
        return begin(request, upload, "checking")
    if step == "again" and sheet_jobs.is_interrupted(upload):
        return begin(request, upload, stood)
    if step == "send" and stood == "checked":
        with reading() as connection:
            signed = sheet_sending.must_be_signed(connection, upload.kind)
        if not signed and upload.good:
            return begin(request, upload, "sending")
    return redirect("sheet", upload.pk)


def begin(request: HttpRequest, upload: SheetUpload, state: str) -> HttpResponse:
    """Start a step, once: two clicks are one."""
    moved = SheetUpload.objects.filter(pk=upload.pk, state=upload.state).update(
        state=state, told={}, progress=0, beat_at=Now()
    )
    if moved:
        write_down(request.user, now(), f"sheet {state}", str(upload.pk), records=upload.good)
        sheet_jobs.begin(open_database.opened(), upload, now())
    return redirect("sheet", upload.pk)


@page(Role.TRADER)
def sheet_template(_request: HttpRequest, kind: str) -> FileResponse:
    """The workbook to fill for a kind."""
    if kind not in KINDS:
        raise Http404
    return FileResponse(
        sheet_books.template(kind), as_attachment=True, filename=f"hoppo-{kind}.xlsx"
    )


@page(Role.TRADER)
def sheet_mistakes(request: HttpRequest, number: int) -> FileResponse:
    """The rows to mend as a workbook."""
    upload = one_upload(request, number)
    with open_database.opened().connect() as connection:
        keeper = Keeper(connection, open_database.opened(), upload.pk)
        file = sheet_books.mistakes(upload.header, upload.kind, upload.places, keeper.faulty())
    write_down(request.user, now(), "fetched mistakes", str(upload.pk))
    return FileResponse(file, as_attachment=True, filename=f"mistakes-{upload.pk}.xlsx")


@page(Role.TRADER)
def sheet_messages(request: HttpRequest, number: int) -> HttpResponse | StreamingHttpResponse:
    """The good records as messages in a zip, to be signed and sent by the enterprise's client."""
    upload = one_upload(request, number)
    if upload.state != "checked":
        return redirect("sheet", upload.pk)
    write_down(request.user, now(), "fetched messages", str(upload.pk), records=upload.good)
    answer = StreamingHttpResponse(archive(upload), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="messages-{upload.pk}.zip"'
    return answer


def archive(upload: SheetUpload) -> Iterator[bytes]:
    """The zip, written as it goes out; its connection lives as long."""
    database = open_database.opened()
    layout = Layout(upload.kind, upload.places, upload.constants)
    connection: psycopg.Connection[Any]
    with database.connect() as connection:
        keeper = Keeper(connection, database, upload.pk)
        sender = sheet_sending.sender_of(connection, upload.enterprise_code)
        records = sheet_sending.good_records(keeper, layout, now())
        yield from sheet_sending.zipped(upload.kind, records, sender)


ADDRESSES = [
    path("sheets", sheets, name="sheets"),
    path("sheets/template/<slug:kind>.xlsx", sheet_template, name="sheet_template"),
    path("sheets/<int:number>", sheet, name="sheet"),
    path("sheets/<int:number>/columns", sheet_columns, name="sheet_columns"),
    path("sheets/<int:number>/step", sheet_step, name="sheet_step"),
    path("sheets/<int:number>/mistakes.xlsx", sheet_mistakes, name="sheet_mistakes"),
    path("sheets/<int:number>/messages.zip", sheet_messages, name="sheet_messages"),
]
