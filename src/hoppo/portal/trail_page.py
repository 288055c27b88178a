"""The page of the trail: who did or looked at what, and why."""

import base64
import json
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from hoppo.portal.access import page
from hoppo.portal.declaration import PURPOSES
from hoppo.portal.desk_holding import OUTCOMES
from hoppo.portal.inspecting import RESULTS
from hoppo.portal.models import Action, User
from hoppo.portal.roles import NAMES, Role
from hoppo.portal.speech import Said
from hoppo.portal.states import state_of
from hoppo.values.moments import BEIJING

PAGE = 50
READERS = frozenset({Role.OPERATOR, Role.AUDITOR, Role.SUPERVISOR})
LABELS = {
    "username": Said("Person", "人员"),
    "verb": Said("Deed", "操作"),
    "subject": Said("Number", "对象编号"),
    "day": Said("Day", "日期"),
}
VERBS = {
    "took": Said("took", "领取"),
    "put back": Said("put back", "退回队列"),
    "referred": Said("referred", "转交"),
    "proposed": Said("proposed", "提出意见"),
    "confirmed": Said("confirmed", "复核同意"),
    "rejected": Said("rejected", "复核否决"),
    "decided": Said("decided", "作出决定"),
    "inspected": Said("recorded an inspection", "登记查验结果"),
    "set two-person rule": Said("set the two-person rule", "设置双人作业"),
    "unmasked": Said("looked at personal data", "查看个人信息"),
    "uploaded": Said("uploaded a sheet", "上传表格"),
    "sheet checking": Said("had a sheet checked", "检查表格"),
    "sheet sending": Said("sent a sheet", "报送表格"),
    "fetched mistakes": Said("fetched a sheet's mistakes", "下载表格差错"),
    "fetched messages": Said("fetched a sheet's messages", "下载表格报文"),
    "deleted sheet": Said("deleted a sheet", "删除表格"),
}
DETAILS = {
    "order_no": Said("order", "订单"),
    "declarant_code": Said("declarant", "申报企业"),
    "status": Said("state", "状态"),
    "customs_code": Said("customs", "关区"),
    "outcome": Said("outcome", "结果"),
    "proposed_by": Said("proposed by", "提出人"),
    "note": Said("note", "备注"),
    "to": Said("to", "转交对象"),
    "of": Said("of", "原领取人"),
    "withdrawn": Said("withdrawn proposal", "撤回意见"),
    "result": Said("result", "查验结果"),
    "photos": Said("photos", "照片数"),
    "kind": Said("kind", "种类"),
    "size": Said("bytes", "字节数"),
    "records": Said("records", "记录数"),
    "before": Said("before", "变更前"),
    "after": Said("after", "变更后"),
}
# What is written down as a word of ours, in the reader's.
VALUES = {f"role:{role}": said for role, said in NAMES.items()} | RESULTS | OUTCOMES
PLACE = ("order_no", "declarant_code", "customs_code", "status")


class TrailForm(forms.Form):
    """What of the trail is wanted."""

    username = forms.CharField(required=False, max_length=150)
    verb = forms.ChoiceField(required=False)
    subject = forms.CharField(required=False, max_length=200)
    day = forms.DateField(required=False, widget=forms.DateInput({"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the verbs there are, in the reader's language."""
        super().__init__(*args, **kwargs)
        verbs = [(verb, str(said)) for verb, said in VERBS.items()]
        self.fields["verb"].choices = [("", ""), *verbs]  # type: ignore[attr-defined]
        for name, said in LABELS.items():
            self.fields[name].label = str(said)


class Told(NamedTuple):
    """A line of the trail in the reader's words; `place` says where a list lies."""

    at: datetime
    username: str
    role: str
    verb: str
    subject: str
    reason: str
    details: list[tuple[str, str]]
    place: list[tuple[str, str]]


def told(action: Action) -> Told:
    """A line of the trail in words; what nobody has named yet is shown as it was written."""
    named = [
        (str(DETAILS.get(name) or name), in_words(name, value))
        for name, value in action.details.items()
        if name not in PLACE and value not in ("", None)
    ]
    place = [
        (str(DETAILS[name]), in_words(name, action.details[name]))
        for name in PLACE
        if action.details.get(name)
    ]
    role = str(NAMES[Role(action.role)]) if action.role in set(Role) else action.role
    reason = str(PURPOSES.get(action.reason) or action.reason)
    return Told(
        action.at, action.username, role, str(VERBS.get(action.verb) or action.verb),
        action.subject, reason, named, place,
    )  # fmt: skip


def in_words(name: str, value: Any) -> str:
    """A detail's value for people."""
    if name == "status":
        return f"{state_of(str(value)).name} {value}"
    return str(VALUES.get(value) or value) if isinstance(value, str) else str(value)


def write_cursor(action: Action) -> str:
    """Where a page that begins behind this line begins."""
    return base64.urlsafe_b64encode(
        json.dumps([action.at.isoformat(), action.pk]).encode()
    ).decode()


def read_cursor(text: str) -> tuple[datetime, int] | None:
    """The parts of a cursor; None when it is none of ours."""
    try:
        at, number = json.loads(base64.urlsafe_b64decode(text.encode()))
        moment = datetime.fromisoformat(at)
        return (moment, int(number)) if moment.tzinfo and 0 < int(number) < 2**63 else None
    except (ValueError, TypeError, OverflowError):
        return None


def readable(user: Any) -> QuerySet[Action]:
    """What a reader may see: a supervisor of a district, what the district's people did."""
    if user.role == Role.SUPERVISOR and user.customs_code:
        names = User.objects.filter(customs_code=user.customs_code).values("username")
        return Action.objects.filter(username__in=names)
    return Action.objects.all()


@page(READERS)
def trail(request: HttpRequest) -> HttpResponse:
    """The trail, newest first."""
    form = TrailForm(request.GET)
    form.is_valid()
    clean = form.cleaned_data
    lines = readable(request.user)
    for name in ("username", "verb", "subject"):
        if clean.get(name):
            lines = lines.filter(**{name: clean[name]})
    if clean.get("day"):
        begins = datetime.combine(clean["day"], time(), BEIJING)
        lines = lines.filter(at__gte=begins, at__lt=begins + timedelta(days=1))
    query = request.GET.copy()
    after = read_cursor(str(query.pop("after", [""])[-1]))
    if after:
        at, number = after
        lines = lines.filter(Q(at__lt=at) | Q(at=at, pk__lt=number))
    found = list(lines.order_by("-at", "-pk")[: PAGE + 1])
    shown = {
        "form": form, "rows": [told(one) for one in found[:PAGE]], "query": query.urlencode(),
        "after": write_cursor(found[PAGE - 1]) if len(found) > PAGE else "",
        "later": after is not None, "narrowed": any(clean.values()),
    }  # fmt: skip
    return render(request, "portal/trail.html", shown)


ADDRESSES = [path("trail", trail, name="trail")]
