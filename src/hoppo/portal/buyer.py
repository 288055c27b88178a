"""The buyer: his account, what is left of his year, his own parcels, and "this is not mine".

An account knows its person by the pseudonym alone, the one under which purchases are counted. The
number of the identity card makes it and is then forgotten: it is neither stored nor told.
"""

from typing import Any, cast

from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache

from hoppo.api.open_database import opened
from hoppo.customs.registers import read_settings
from hoppo.engine.locks import wait_for_locks
from hoppo.portal.access import page
from hoppo.portal.models import Dispute, Registration, User
from hoppo.portal.parcels import is_of, limits, parcels
from hoppo.portal.roles import Role
from hoppo.portal.served import now, reading, writing
from hoppo.portal.speech import Said
from hoppo.portal.trail import write_down
from hoppo.values.identifiers import is_identity_card
from hoppo.values.moments import beijing_day
from hoppo.values.personal import token

MOST_TEXT = 1000
LABELS = {
    "name": Said("Name, as on the identity card", "姓名（与身份证一致）"),
    "id_number": Said("Identity card number (18 characters)", "身份证号码（18位）"),
    "username": Said("User name; not your name or telephone", "用户名（请勿使用姓名或手机号）"),
    "password": Said("Password, 8 characters or more", "密码（至少8位）"),
    "again": Said("Password again", "再次输入密码"),
}


def is_person(name: str, number: str) -> bool:
    """Whether a name and an identity number are one person's. A SANDBOX STAND-IN.

    The authority's service is asked here once a house is connected to it. Until then every pair
    that is well formed is accepted, which proves nothing; see `is_open` for where that is let be.
    """
    return bool(name) and is_identity_card(number)


def is_open(settings: dict[str, str]) -> bool:
    """Whether buyers may begin: in a sandbox, or where `identity_check` says `stand-in`.

    Anywhere else the stand-in would show a person's purchases to whoever knows his number.
    """
    return settings.get("sandbox") == "Y" or settings.get("identity_check") == "stand-in"


def pseudonym(number: str) -> str:
    """The pseudonym under which purchases with an identity number are counted."""
    maker = opened().keys.pseudonyms
    try:
        return token(maker.personal("number", number))
    finally:
        maker.forget()


class BeginForm(forms.Form):
    """Who the buyer is, and how he will log in."""

    name = forms.CharField(max_length=100)
    id_number = forms.CharField(max_length=20)
    username = forms.RegexField(r"^[\w.@+-]{3,60}$")
    password = forms.CharField(max_length=200, strip=False, widget=forms.PasswordInput)
    again = forms.CharField(max_length=200, strip=False, widget=forms.PasswordInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the fields in the reader's language."""
        super().__init__(*args, **kwargs)
        for name, said in LABELS.items():
            self.fields[name].label = str(said)
            self.fields[name].widget.attrs["autocomplete"] = "off" if name != "name" else "name"

    def clean_id_number(self) -> str:
        """A number with a real place, date and check digit; the sentence does not repeat it."""
        given = str(self.cleaned_data["id_number"]).upper()
        if not is_identity_card(given):
            raise ValidationError(str(Said(
                "This is no identity card number: expected 18 characters whose last one checks the"
                " others. Copy it again from the card.",
                "身份证号码有误：应为18位且校验位正确，请按证件重新填写。",
            )))  # fmt: skip
        return given

    def clean_username(self) -> str:
        """Log-in does not tell capitals from small letters, so neither does this."""
        name = str(self.cleaned_data["username"])
        asked = Registration.objects.filter(username__iexact=name, state="open").exists()
        if asked or User.objects.filter(username__iexact=name).exists():
            raise ValidationError(str(Said(
                "This name is taken. Choose another.", "该用户名已被使用，请更换。"
            )))  # fmt: skip
        return name

    def clean(self) -> dict[str, Any]:
        """Both passwords agree, the password is good, and name and number are one person's."""
        said = self.cleaned_data
        if said.get("password") and said["password"] != said.get("again"):
            self.add_error("again", str(Said("The two differ.", "两次输入的密码不一致。")))
        elif said.get("password"):
            try:
                validate_password(said["password"], User(username=said.get("username", "")))
            except ValidationError as fault:
                self.add_error("password", fault)
        if said.get("id_number") and not is_person(said.get("name", ""), said["id_number"]):
            self.add_error("name", str(Said(
                "Name and number are not one person's.", "姓名与身份证号码不一致。"
            )))  # fmt: skip
        return said


@page(methods="GET HEAD POST")
@never_cache
def begin(request: HttpRequest) -> HttpResponse:
    """The public form that makes a buyer's account."""
    with reading() as connection:
        settings = read_settings(connection)
    form = BeginForm(request.POST) if request.method == "POST" else BeginForm()
    shown = {"form": form, "open": is_open(settings)}
    if request.method != "POST" or not shown["open"]:
        return render(request, "portal/buyer_begin.html", shown)
    if not ratelimit.consume(request, action="signup"):
        shown["hasty"] = True
        return render(request, "portal/buyer_begin.html", shown, status=429)
    if not form.is_valid() or not keep(form):
        return render(request, "portal/buyer_begin.html", shown)
    messages.success(request, str(Said("Your account is made. Log in.", "账户已建立，请登录。")))
    return redirect("account_login")


def keep(form: BeginForm) -> bool:
    """Make the account; False, and the form says why, where the person has one."""
    said = form.cleaned_data
    person = pseudonym(said["id_number"])
    # Two forms sent at once for one person, or one name, come one after the other.
    with writing() as connection, transaction.atomic():
        wait_for_locks(connection, [f"buyer {person}", f"user {said['username'].lower()}"])
        if User.objects.filter(person=person, is_active=True).exists():
            form.add_error("id_number", str(Said(
                "There is an account for this person already. Log in with it; if it is not yours,"
                " tell the operator of the zone.",
                "该身份已有账户，请直接登录；如非本人建立，请联系平台运营。",
            )))  # fmt: skip
            return False
        if User.objects.filter(username__iexact=said["username"]).exists():
            form.add_error("username", str(Said("This name is taken.", "该用户名已被使用。")))
            return False
        user = User(username=said["username"], role=Role.BUYER, person=person, date_joined=now())
        user.set_password(said["password"])
        user.save(force_insert=True)
        write_down(user, now(), "began as buyer", user.username)
    return True


@page(Role.BUYER)
@never_cache
def mine(request: HttpRequest) -> HttpResponse:
    """What is left of this year, and the buyer's own parcels."""
    user = cast("User", request.user)
    if not user.person:
        return render(request, "portal/mine.html", {"limits": None})
    today = beijing_day(now())
    with reading() as connection:
        year = limits(connection, user.person, today)
        found = parcels(connection, user.person, today.year)
    disputes = {
        (one.order_no, one.declarant_code, one.cop_no): one
        for one in Dispute.objects.filter(person=user.person)
    }
    rows = [
        (one, disputes.get((one.verdict.order_no, one.verdict.declarant_code, one.verdict.cop_no)))
        for one in found.rows
    ]
    shown = {"limits": year, "rows": rows, "others": found.others, "most": MOST_TEXT}
    return render(request, "portal/mine.html", shown)


class DisputeForm(forms.Form):
    """Which parcel, and what is said of it."""

    order_no = forms.CharField(max_length=60)
    declarant = forms.CharField(max_length=18)
    cop_no = forms.CharField(max_length=60)
    text = forms.CharField(max_length=MOST_TEXT)


@page(Role.BUYER, methods="POST")
def dispute(request: HttpRequest) -> HttpResponse:
    """A parcel is not the buyer's: for the operator to look at. The limit stays as it is."""
    user = cast("User", request.user)
    form = DisputeForm(request.POST)
    form.is_valid()
    said = form.cleaned_data
    key = [said.get(name, "") for name in ("order_no", "declarant", "cop_no")]
    with reading() as connection:
        if not all(key) or not is_of(connection, user.person, *key):
            raise Http404
    if "text" not in said:
        messages.error(request, str(Said(
            f"Say in up to {MOST_TEXT} characters why the parcel is not yours.",
            f"请说明该包裹为何不是您的，不超过{MOST_TEXT}字。",
        )))  # fmt: skip
        return redirect("mine")
    order_no, declarant, cop_no = key
    with transaction.atomic():
        # A second click waits for the first and then finds its dispute.
        User.objects.select_for_update().get(pk=user.pk)
        one, made = Dispute.objects.get_or_create(
            person=user.person, order_no=order_no, declarant_code=declarant, cop_no=cop_no,
            defaults={"made_at": now(), "username": user.username, "text": said["text"]},
        )  # fmt: skip
        if made:
            # Under its own number: the list's page shows its trail to enterprises too.
            write_down(user, now(), "disputed", f"dispute {one.pk}", order_no=order_no,
                       cop_no=cop_no)  # fmt: skip
    messages.success(request, str(
        Said("The operator will look at it; the answer appears here.",
             "已提交，平台运营核实后将在此答复。") if made
        else Said("You disputed this parcel before.", "您已对该包裹提出过争议。")
    ))  # fmt: skip
    return redirect("mine")


ADDRESSES = [
    path("buyer/begin", begin, name="buyer_begin"),
    path("mine", mine, name="mine"),
    path("mine/dispute", dispute, name="dispute"),
]
