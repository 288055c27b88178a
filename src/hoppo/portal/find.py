"""The page that finds lists, its Excel, and the searches people keep."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any, cast

import psycopg
import xlsxwriter
from django import forms
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from hoppo.customs.rules import BOOK
from hoppo.portal.access import page
from hoppo.portal.finding import Found, Search, find
from hoppo.portal.models import SavedView, User
from hoppo.portal.roles import LOOKERS, scope_of
from hoppo.portal.served import reading
from hoppo.portal.speech import Said
from hoppo.portal.states import STATES, state_of
from hoppo.values.moments import BEIJING

MOST_EXPORTED = 100_000
SENTENCES = {rule.number: Said(rule.sentence_en, rule.sentence_zh) for rule in BOOK.rules}
COLUMNS = (
    Said("List", "清单内部编号"), Said("Customs number", "清单编号"), Said("Order", "订单编号"),
    Said("Waybill", "运单编号"), Said("State", "状态"), Said("Reason", "原因"),
    Said("Mode", "监管方式"), Said("Customs", "关区"), Said("E-commerce", "电商企业"),
    Said("Declarant", "申报企业"), Said("Value, yuan", "货值（元）"),
    Said("Tax, yuan", "税款（元）"), Said("Received", "接收时间"), Said("Released", "放行时间"),
)  # fmt: skip
LABELS = {
    "number": Said("Any number", "任意编号"),
    "status": Said("State", "状态"),
    "reason": Said("Reason", "原因"),
    "enterprise": Said("Enterprise code", "企业代码"),
    "commodity": Said("Commodity code", "商品编码"),
    "district": Said("Customs district", "关区"),
    "mode": Said("Mode", "监管方式"),
    "since": Said("From", "起始日期"),
    "until": Said("To", "截止日期"),
}


class SearchForm(forms.Form):
    """What may be looked for."""

    number = forms.CharField(required=False, max_length=60)
    status = forms.ChoiceField(required=False)
    reason = forms.ChoiceField(required=False)
    enterprise = forms.CharField(required=False, max_length=18)
    commodity = forms.RegexField(r"^\d{2,10}$", required=False)
    district = forms.RegexField(r"^\d{4}$", required=False)
    mode = forms.ChoiceField(required=False, choices=[(one, one) for one in ("", "9610", "1210")])
    since = forms.DateField(required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(required=False, widget=forms.DateInput({"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer what there is, in the reader's language."""
        super().__init__(*args, **kwargs)
        states = [(one.code, f"{one.name} {one.code}") for one in STATES.values()]
        self.fields["status"].choices = [("", ""), *states]  # type: ignore[attr-defined]
        rules = [(number, f"{number} {said}"[:60]) for number, said in SENTENCES.items()]
        self.fields["reason"].choices = [("", ""), *rules]  # type: ignore[attr-defined]
        for name, label in LABELS.items():
            self.fields[name].label = str(label)

    def search(self) -> Search:
        """What was asked; fields that are wrong are shown as such and left out."""
        clean = getattr(self, "cleaned_data", {})
        return Search(**{name: clean.get(name) or Search._field_defaults[name] for name in LABELS})


@dataclass(frozen=True)
class Line:
    """A row as the page shows it."""

    found: Found
    reason: str


def reason_of(found: Found) -> str:
    """The sentence of the first rule that was broken."""
    if not found.findings:
        return ""
    number = found.findings[0][0]
    return str(SENTENCES.get(number) or number)


@page(LOOKERS)
def find_lists(request: HttpRequest) -> HttpResponse:
    """A page of lists, and the form that narrows it."""
    form = SearchForm(request.GET)
    form.is_valid()
    query = request.GET.copy()
    after = query.pop("after", [""])[-1]
    rows: list[Line] = []
    following, slow = "", False
    try:
        with reading() as connection:
            found = find(connection, scope_of(request.user), form.search(), str(after))
    except psycopg.errors.QueryCanceled:
        slow = True
    else:
        rows = [Line(one, reason_of(one)) for one in found.rows]
        following = found.after
    kept = SavedView.objects.filter(user=request.user.pk).order_by("name")
    narrowed = any(value for name, value in query.items() if name in LABELS)
    shown = {
        "form": form, "rows": rows, "after": following, "query": query.urlencode(), "kept": kept,
        "slow": slow, "narrowed": narrowed, "later": bool(after),
    }  # fmt: skip
    return render(request, "portal/find.html", shown)


@page(LOOKERS)
def find_excel(request: HttpRequest) -> HttpResponseBase:
    """What a search finds as a workbook, at most a hundred thousand lists."""
    form = SearchForm(request.GET)
    form.is_valid()
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, [str(name) for name in COLUMNS])
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(COLUMNS) - 1, 18)
    money = book.add_format({"num_format": "#,##0.00"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    at, after = 1, ""
    with reading() as connection:
        while at <= MOST_EXPORTED:
            found = find(connection, scope_of(request.user), form.search(), after, size=2000)
            for row in found.rows:
                texts = (
                    row.cop_no, row.list_no or "", row.order_no, row.waybill_no,
                    f"{state_of(row.status).name} {row.status}", reason_of(row), row.trade_mode,
                    row.customs_code, row.ebc_code, row.declarant_code,
                )  # fmt: skip
                for column, text in enumerate(texts):
                    sheet.write_string(at, column, text)
                sheet.write_number(at, 10, row.counted, money)
                sheet.write_number(at, 11, row.guaranteed, money)
                for column, when in ((12, row.received_at), (13, row.released_at)):
                    if when:
                        local = when.astimezone(BEIJING).replace(tzinfo=None)
                        sheet.write_datetime(at, column, local, moment)
                at += 1
            after = found.after
            if not after:
                break
    book.close()
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename="lists.xlsx")


@page(LOOKERS, methods="POST")
def keep_view(request: HttpRequest) -> HttpResponse:
    """Keep a search under a name, or forget it."""
    name = request.POST.get("name", "").strip()[:60]
    query = request.POST.get("query", "")[:2000]
    if request.POST.get("forget"):
        SavedView.objects.filter(user=request.user.pk, name=name).delete()
    elif name:
        SavedView.objects.update_or_create(
            user=cast("User", request.user), name=name, defaults={"query": query}
        )
    return redirect(f"/find?{query}")
