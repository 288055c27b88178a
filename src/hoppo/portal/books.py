"""The open books: the law of a day, return codes, the tariff, and what a basket pays."""

from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from hoppo.cli.registering import UnusableError
from hoppo.cli.tax import reckon
from hoppo.customs.codes import ANSWERS, STATUS_TEXT
from hoppo.customs.rules import BOOK, FIRST_DAY
from hoppo.portal.access import page
from hoppo.portal.served import now, reading, registers
from hoppo.portal.speech import Said
from hoppo.portal.states import STATES
from hoppo.rulebook.parameters import DatedValue
from hoppo.values.moments import beijing_day

PAGE = 50
LINES = 8
SURE = "AB"
SUBJECTS = {
    "list": Said("The list by itself", "清单"),
    "order": Said("The order by itself", "订单"),
    "payment": Said("The payment by itself", "支付单"),
    "waybill": Said("The waybill by itself", "运单"),
    "case": Said("The list with its documents, registers and tariff", "比对与核验"),
    "risk": Said("The risk list", "风险布控"),
}
# What each place of `customs.codes.ANSWERS` stands for, and what its receiver does.
KINDS = {
    "order": Said("Order 311", "订单 311"),
    "payment": Said("Payment 411", "支付单 411"),
    "waybill": Said("Waybill 511", "运单 511"),
    "waybill_status": Said("Waybill status 513", "运单状态 513"),
    "list": Said("List 621", "清单 621"),
    "cancellation": Said("Cancellation 623", "撤销申请 623"),
    "return": Said("Return 625", "退货申请 625"),
}
MEANINGS = (
    (Said("The record breaks the format of its message.", "报文格式校验不通过"),
     Said("Correct the named field and send it again.", "请更正所指字段后重新报送。")),
    (Said("A newer version is stored; this one was left out.", "接收报文为旧报文数据，已忽略"),
     Said("Nothing, if the newer one is right.", "如新版本无误则无需处理。")),
    (Said("It is there already.", "业务主键重复入库失败"),
     Said("To change it, send it with appType 2.", "如需变更请以appType=2报送。")),
    (Said("Its state allows no change and no deletion.", "当前状态不允许变更或删除"),
     Said("Cancel or return it instead.", "请改报撤销或退货申请。")),
    (Said("There is nothing to change or delete under this key.", "原单证不存在"),
     Said("Send it as new (appType 1), or mend its key.", "请按新增报送或更正主键。")),
    (Said("The signature is wrong, or not the sender's.", "验签失败"),
     Said("Sign last, with the registered certificate, and change nothing after.",
          "请使用登记的证书最后签名，签名后勿改动报文。")),
)  # fmt: skip


class Code(NamedTuple):
    """A return code as the code book tells it."""

    code: str
    of: str
    sentence: str
    advice: str
    rule: str
    authority: str


def codes() -> list[Code]:
    """Every code that a receipt may hold, in the reader's language."""
    told = [
        Code(status, str(Said("State of a list", "清单状态")), f"{STATES[status].name} {text}",
             "", "", "")
        for status, text in STATUS_TEXT.items()
        if status in STATES
    ]  # fmt: skip
    told += [
        Code(code, str(KINDS[kind]), str(MEANINGS[at][0]), str(MEANINGS[at][1]), "", "")
        for kind, answers in ANSWERS.items()
        for at, code in enumerate(answers)
    ]
    told += [
        Code(
            rule.code, str(SUBJECTS[rule.subject]), str(Said(rule.sentence_en, rule.sentence_zh)),
            str(Said(rule.advice_en, rule.advice_zh)), rule.number, rule.authority,
        )
        for rule in BOOK.rules
    ]  # fmt: skip
    return told


def asked_day(request: HttpRequest) -> date:
    """The day in the address; today when there is none or it is none."""
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return beijing_day(now())
    return max(day, FIRST_DAY)


@page()
def code_book(request: HttpRequest) -> HttpResponse:
    """Return codes with what they mean and what to do; `q` narrows."""
    wanted = request.GET.get("q", "").strip()[:60]
    found = [one for one in codes() if not wanted or wanted.lower() in " ".join(one).lower()]
    return render(request, "portal/codes.html", {"codes": found, "q": wanted})


class Number(NamedTuple):
    """A parameter with the value of the day."""

    name: str
    sense: str
    unit: str
    dated: DatedValue
    text: str
    weak: bool


def text_of(value: object) -> str:
    """A parameter's value as a line."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {item}" for name, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


@page()
def law_book(request: HttpRequest) -> HttpResponse:
    """The rules and numbers in force on a day."""
    day = asked_day(request)
    law = BOOK.on(day)
    numbers = [
        Number(one.name, one.sense, one.unit, dated, text_of(dated.value),
               dated.confidence not in SURE)
        for one in BOOK.parameters
        for dated in one.values
        if dated.since <= day and (dated.until is None or day < dated.until)
    ]  # fmt: skip
    rules = [(said, [rule for rule in law.rules if rule.subject == subject])
             for subject, said in SUBJECTS.items()]  # fmt: skip
    return render(request, "portal/law.html", {"day": day, "rules": rules, "numbers": numbers})


@page()
def tariff_book(request: HttpRequest) -> HttpResponse:
    """Commodities by code or name, with their rates on a day."""
    day = asked_day(request)
    wanted = request.GET.get("q", "").strip()[:60]
    after = request.GET.get("after", "")[:10]
    with reading() as connection:
        registers.refresh(connection)
    rows = []
    for code in registers.tariff.codes():
        row = registers.tariff.on(code, day)
        if row and code > after and (code.startswith(wanted) or wanted in row.name):
            rows.append(row)
            if len(rows) > PAGE:
                break
    following = rows[PAGE - 1].code if len(rows) > PAGE else ""
    shown = {"day": day, "q": wanted, "rows": rows[:PAGE], "after": following}
    return render(request, "portal/tariff.html", shown)


class BasketForm(forms.Form):
    """The basket as a whole."""

    day = forms.DateField(widget=forms.DateInput({"type": "date"}))
    freight = forms.DecimalField(min_value=0, max_digits=12, decimal_places=2, initial=0)
    insurance = forms.DecimalField(min_value=0, max_digits=12, decimal_places=2, initial=0)
    used = forms.DecimalField(min_value=0, max_digits=12, decimal_places=2, initial=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the fields in the reader's language."""
        super().__init__(*args, **kwargs)
        for name, said in (
            ("day", Said("Day of declaration", "申报日期")),
            ("freight", Said("Freight, yuan", "运费（元）")),
            ("insurance", Said("Insurance, yuan", "保费（元）")),
            ("used", Said("Used of this year, yuan", "本年度已用额度（元）")),
        ):
            self.fields[name].label = str(said)


class LineForm(forms.Form):
    """One line of goods."""

    code = forms.RegexField(r"^\d{10}$")
    quantity = forms.DecimalField(min_value=0, max_digits=12, decimal_places=5)
    price = forms.DecimalField(min_value=0, max_digits=12, decimal_places=5)
    statutory_quantity = forms.DecimalField(
        min_value=0, max_digits=12, decimal_places=5, required=False
    )
    statutory_unit = forms.RegexField(r"^\d{3}$", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the fields in the reader's language."""
        super().__init__(*args, **kwargs)
        for name, said in (
            ("code", Said("Commodity code, ten digits", "商品编码（10位）")),
            ("quantity", Said("Quantity", "数量")),
            ("price", Said("Price of one, yuan", "单价（元）")),
            ("statutory_quantity", Said("Statutory quantity", "法定数量")),
            ("statutory_unit", Said("Statutory unit", "法定计量单位")),
        ):
            self.fields[name].label = str(said)


LineForms = forms.formset_factory(LineForm, extra=LINES, max_num=LINES, absolute_max=LINES)


@page()
def calculator(request: HttpRequest) -> HttpResponse:
    """What a basket pays, with the working; nothing is kept, so the address is the basket."""
    asked = request.GET or None
    basket = BasketForm(asked, initial={"day": beijing_day(now()), "freight": 0, "insurance": 0,
                                        "used": 0})  # fmt: skip
    lines = LineForms(asked, prefix="goods")
    told: dict[str, Any] = {}
    fault = ""
    if asked and basket.is_valid() and lines.is_valid():
        goods = [
            {name: str(value) for name, value in line.items() if value not in (None, "")}
            for line in lines.cleaned_data
            if line.get("code")
        ]
        whole = {name: str(value) for name, value in basket.cleaned_data.items()}
        with reading() as connection:
            registers.refresh(connection)
        try:
            told = reckon({**whole, "lines": goods}, registers.tariff, beijing_day(now()))
        except UnusableError as found:
            fault = found.message
    shown = {"basket": basket, "lines": lines, "told": told, "fault": fault}
    return render(request, "portal/calculator.html", shown)


ADDRESSES = [
    path("codes", code_book, name="codes"),
    path("law", law_book, name="law"),
    path("tariff", tariff_book, name="tariff"),
    path("calculator", calculator, name="calculator"),
]
