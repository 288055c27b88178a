"""The buyer: this year's limit, own parcels, and a word where one is not theirs.

Who somebody is, the authority's identity service says. Here stands a SANDBOX STAND-IN for it: every
well-formed pair of name and number is believed. A house in production must put the real one in its
place before it opens this page (`HOPPO_SECURE=1` closes it).
"""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from hoppo.api.open_database import opened
from hoppo.customs.references import list_name, orders_named
from hoppo.customs.rules import BOOK
from hoppo.customs.tables import VERDICTS
from hoppo.customs.values import Verdict
from hoppo.portal.access import page
from hoppo.portal.models import Dispute, User
from hoppo.portal.roles import Role
from hoppo.portal.served import now, reading
from hoppo.portal.speech import Said
from hoppo.portal.trail import write_down
from hoppo.values.identifiers import is_identity_card
from hoppo.values.moments import beijing_day
from hoppo.values.money import ZERO
from hoppo.values.personal import token

MOST_PARCELS = 200


def is_who_he_says(_name: str, id_number: str) -> bool:
    """SANDBOX STAND-IN for the identity service: believes every well-formed number."""
    return is_identity_card(id_number)


class BeginForm(forms.Form):
    """Who the buyer is, and the account he wants."""

    name = forms.CharField(max_length=60)
    id_number = forms.CharField(max_length=18)
    username = forms.RegexField(r"^[\w.@+-]{3,60}$")
    password = forms.CharField(max_length=200, widget=forms.PasswordInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the fields in the reader's language."""
        super().__init__(*args, **kwargs)
        for name, said in (
            ("name", Said("Name", "姓名")),
            ("id_number", Said("Identity number", "身份证号码")),
            ("username", Said("User name", "用户名")),
            ("password", Said("Password", "密码")),
        ):
            self.fields[name].label = str(said)

    def clean(self) -> dict[str, Any]:
        """The identity is believed, the name is free, the password good."""
        said = self.cleaned_data
        if "id_number" in said and not is_who_he_says(said.get("name", ""), said["id_number"]):
            wrong = Said("Name and number were not confirmed.", "姓名与身份证号码未通过核验。")
            self.add_error("id_number", str(wrong))
        if User.objects.filter(username=said.get("username", "")).exists():
            self.add_error("username", str(Said("This name is taken.", "该用户名已被使用。")))
        if "password" in said:
            try:
                validate_password(said["password"], User(username=said.get("username", "")))
            except ValidationError as fault:
                self.add_error("password", fault)
        return said


@page(methods="GET HEAD POST")
def begin(request: HttpRequest) -> HttpResponse:
    """A buyer's account; of the identity only the pseudonym is kept."""
    if settings.SECURE:
        raise Http404
    form = BeginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        pseudonyms = opened().keys.pseudonyms
        person = token(pseudonyms.personal("number", said["id_number"]))
        pseudonyms.forget()
        user = User(username=said["username"], role=Role.BUYER, person=person)
        user.set_password(said["password"])
        user.save()
        messages.success(request, str(Said("Log in now.", "请登录。")))
        return redirect("account_login")
    return render(request, "portal/buyer_begin.html", {"form": form})


def parcels(user: User) -> tuple[dict[str, Any], list[Verdict]]:
    """This year's limit, and the lists that were counted in it, newest first."""
    day = beijing_day(now())
    with reading() as connection:
        account = connection.execute(
            "SELECT used, ceiling FROM limit_account WHERE person = %s AND year = %s",
            [user.person, day.year],
        ).fetchone()
        rows = connection.execute(
            "SELECT declarant_code, cop_no, max(at) FROM limit_entry"
            " WHERE person = %s AND year = %s GROUP BY 1, 2 ORDER BY 3 DESC LIMIT %s",
            [user.person, day.year, MOST_PARCELS],
        ).fetchall()
        names = {list_name(declarant, cop_no) for declarant, cop_no, _ in rows}
        orders = {order_no for _, order_no in orders_named(connection, names)}
        found = VERDICTS.by_key(connection, [(one,) for one in orders], on=("order_no",))
    used, ceiling = account or (ZERO, BOOK.on(day)["yearly_limit"])
    limit = {"used": used, "ceiling": ceiling, "left": ceiling - used, "year": day.year,
             "single": BOOK.on(day)["single_limit"]}  # fmt: skip
    own = [row for row in found if row.person == user.person and user.person]
    return limit, sorted(own, key=lambda row: row.received_at, reverse=True)


@page(Role.BUYER)
def mine(request: HttpRequest) -> HttpResponse:
    """The limit and the parcels."""
    user = cast("User", request.user)
    limit, rows = parcels(user)
    disputes = {one.cop_no: one for one in Dispute.objects.filter(person=user.person)}
    shown = {"limit": limit, "rows": [(row, disputes.get(row.cop_no)) for row in rows]}
    return render(request, "portal/mine.html", shown)


@page(Role.BUYER, methods="POST")
def dispute(request: HttpRequest) -> HttpResponse:
    """Say that a parcel is not one's own."""
    user = cast("User", request.user)
    cop_no, text = request.POST.get("list", ""), request.POST.get("text", "").strip()[:1000]
    row = next((one for one in parcels(user)[1] if one.cop_no == cop_no), None)
    if row is None:
        raise Http404
    if not text or "\0" in text:
        messages.error(request, str(Said("Say in a sentence why.", "请简要说明理由。")))
    elif Dispute.objects.filter(person=user.person, cop_no=cop_no).exists():
        messages.error(request, str(Said("It is disputed already.", "已提出异议。")))
    else:
        Dispute.objects.create(
            made_at=now(), username=user.username, person=user.person, order_no=row.order_no,
            declarant_code=row.declarant_code, cop_no=row.cop_no, text=text,
        )  # fmt: skip
        write_down(user, now(), "disputed", cop_no)
    return redirect("mine")


@page(Role.OPERATOR)
def disputes(request: HttpRequest) -> HttpResponse:
    """What buyers dispute, open ones first."""
    # The three states happen to stand in the order of the alphabet: open, refused, upheld.
    rows = Dispute.objects.order_by("state", "-id")[:200]
    return render(request, "portal/disputes.html", {"rows": rows})


@page(Role.OPERATOR, methods="POST")
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """Uphold or refuse a dispute, with an answer."""
    outcome, text = request.POST.get("outcome"), request.POST.get("answer", "").strip()[:1000]
    if outcome not in {"upheld", "refused"} or not text or "\0" in text:
        messages.error(request, str(Said("Write an answer.", "请填写答复。")))
        return redirect("disputes")
    changed = Dispute.objects.filter(pk=number, state="open").update(state=outcome, answer=text)
    if changed:
        found = Dispute.objects.get(pk=number)
        write_down(request.user, now(), f"{outcome} dispute", found.cop_no, text)
    return redirect("disputes")


ADDRESSES = [
    path("buyer", begin, name="buyer_begin"),
    path("mine", mine, name="mine"),
    path("mine/disputed", dispute, name="dispute"),
    path("disputes", disputes, name="disputes"),
    path("disputes/<int:number>", answer, name="answer_dispute"),
]
