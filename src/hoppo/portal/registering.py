"""An enterprise asks to come in; the operator lets it in, or says why not."""

import ssl
from typing import Any, cast

import psycopg
from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from stdnum.cn import uscc

from hoppo.commerce.register import ROLES, Enterprise, read_register, register
from hoppo.customs.registers import registers_changed
from hoppo.portal.access import page
from hoppo.portal.models import Registration, User
from hoppo.portal.roles import Role
from hoppo.portal.served import now, reading, writing
from hoppo.portal.speech import Said
from hoppo.portal.trail import write_down, write_down_with
from hoppo.wire.certificate import MOST_BYTES, CertificateError, read_certificate

MOST_OPEN = 1000
MOST_PAPER_BYTES = 5 * 1024 * 1024
# What a file of each kind begins with, and as what it is handed out.
PAPERS = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}
ROLE_NAMES = {
    "platform": Said("Platform", "电商平台"),
    "ebc": Said("E-commerce enterprise", "电商企业"),
    "payment": Said("Payment", "支付企业"),
    "logistics": Said("Logistics", "物流企业"),
    "declarant": Said("Declarant", "申报企业"),
    "zone": Said("Zone enterprise", "区内企业"),
    "guarantor": Said("Guarantor", "担保企业"),
}
LABELS = {
    "uscc": Said("Unified social credit code", "统一社会信用代码"),
    "code": Said("Customs code", "海关注册编码"),
    "name": Said("Name of the enterprise", "企业名称"),
    "roles": Said("What it does", "企业类型"),
    "contact": Said("Whom to call, and how", "联系人及联系方式"),
    "username": Said("User name of the first account", "首个账户的用户名"),
    "password": Said("Password", "密码"),
    "again": Said("Password again", "再次输入密码"),
    "certificate": Said("Certificate (PEM), if there is one", "数字证书（PEM，可选）"),
    "papers": Said("Licence or other papers (PDF, JPEG, PNG; at most 5 MB)",
                   "营业执照等材料（PDF、JPEG、PNG，不超过5MB）"),
}  # fmt: skip


def media_of(begin: bytes) -> str | None:
    """As what papers are handed out; None when they are of no kind that is taken."""
    return next((media for magic, media in PAPERS.items() if begin.startswith(magic)), None)


def read_pem(given: Any) -> str:
    """A certificate that was uploaded (PEM or DER), as PEM; ValidationError when it is none."""
    raw = given.read(MOST_BYTES + 1)
    if b"PRIVATE KEY" in raw:
        said = Said(
            "The file holds a private key. Give the certificate alone, and keep the key to"
            " yourself: nobody else may have it.",
            "文件中含有私钥。请仅上传证书，私钥须自行妥善保管，不得提供给他人。",
        )
        raise ValidationError(str(said))
    try:
        found = read_certificate(raw)
    except CertificateError as fault:
        raise ValidationError(str(Said(*fault.sentence))) from fault
    if found.key is None:
        said = Said(
            f"The certificate's key is of kind {found.algorithm}; expected RSA or SM2.",
            f"证书密钥类型为{found.algorithm}，应为RSA或SM2。",
        )
        raise ValidationError(str(said))
    if found.not_after < now():
        day = f"{found.not_after:%Y-%m-%d}"
        said = Said(f"The certificate ran out on {day}.", f"证书已于{day}到期。")
        raise ValidationError(str(said))
    # Written anew: nothing that stood beside the certificate in the file is kept.
    return ssl.DER_cert_to_PEM_cert(found.der)


class RegistrationForm(forms.Form):
    """What an enterprise says of itself."""

    uscc = forms.CharField(max_length=18)
    code = forms.RegexField(r"^[0-9A-Z]{10}$")
    name = forms.CharField(max_length=100)
    roles = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)
    contact = forms.CharField(max_length=120)
    username = forms.RegexField(r"^[\w.@+-]{3,60}$")
    password = forms.CharField(max_length=200, widget=forms.PasswordInput)
    again = forms.CharField(max_length=200, widget=forms.PasswordInput)
    certificate = forms.FileField(required=False)
    papers = forms.FileField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the fields in the reader's language."""
        super().__init__(*args, **kwargs)
        for name, said in LABELS.items():
            self.fields[name].label = str(said)
        choices = [(role, str(ROLE_NAMES[role])) for role in ROLES]
        self.fields["roles"].choices = choices  # type: ignore[attr-defined]

    def clean_uscc(self) -> str:
        """The check character must be right."""
        given = str(self.cleaned_data["uscc"]).strip().upper()
        if not uscc.is_valid(given):
            raise ValidationError(str(Said(
                f"{given}: the check character is wrong; expected 18 characters as on the licence.",
                f"{given}：校验位不符，请按营业执照填写18位代码。",
            )))  # fmt: skip
        return given

    def clean_username(self) -> str:
        """Nobody may have the name, or have asked for it."""
        name = str(self.cleaned_data["username"])
        # Log-in does not tell capitals from small letters.
        asked = Registration.objects.filter(username__iexact=name, state="open").exists()
        if asked or User.objects.filter(username__iexact=name).exists():
            raise ValidationError(str(Said("This name is taken.", "该用户名已被使用。")))
        return name

    def clean_certificate(self) -> str:
        """A certificate that can be read and has not run out."""
        given = self.cleaned_data["certificate"]
        return read_pem(given) if given else ""

    def clean_papers(self) -> tuple[str, bytes]:
        """Papers of a kind and size that are taken."""
        given = self.cleaned_data["papers"]
        content = given.read(MOST_PAPER_BYTES + 1)
        if len(content) > MOST_PAPER_BYTES:
            raise ValidationError(str(Said("At most 5 MB.", "文件不得超过5MB。")))
        if media_of(content[:8]) is None:
            raise ValidationError(str(Said(
                "The file is no PDF, JPEG or PNG.", "文件不是PDF、JPEG或PNG格式。"
            )))  # fmt: skip
        return given.name[:100], content

    def clean(self) -> dict[str, Any]:
        """Both passwords agree, and the password is good."""
        said = self.cleaned_data
        if said.get("password") and said["password"] != said.get("again"):
            self.add_error("again", str(Said("The two differ.", "两次输入的密码不一致。")))
        elif said.get("password"):
            try:
                validate_password(said["password"], User(username=said.get("username", "")))
            except ValidationError as fault:
                self.add_error("password", fault)
        return said


@page(methods="GET HEAD POST")
def ask(request: HttpRequest) -> HttpResponse:
    """The public form."""
    full = Registration.objects.filter(state="open").count() >= MOST_OPEN
    form = RegistrationForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and not ratelimit.consume(request, action="signup"):
        shown = {"form": form, "hasty": True}
        return render(request, "portal/register.html", shown, status=429)
    if request.method == "POST" and not full and form.is_valid():
        said = form.cleaned_data
        name, content = said["papers"]
        Registration.objects.create(
            made_at=now(), uscc=said["uscc"], code=said["code"], name=said["name"],
            roles=said["roles"], contact=said["contact"], username=said["username"],
            password=make_password(said["password"]), certificate=said["certificate"],
            papers=content, papers_name=name,
        )  # fmt: skip
        return render(request, "portal/register_thanks.html", {"name": said["username"]})
    return render(request, "portal/register.html", {"form": form, "full": full})


@page(Role.OPERATOR, Role.AUDITOR)
def queue(request: HttpRequest) -> HttpResponse:
    """Registrations, open ones first."""
    rows = Registration.objects.defer("papers").order_by("-state", "-id")[:200]
    return render(request, "portal/registrations.html", {"rows": rows})


def one(number: int) -> Registration:
    """The registration with a number."""
    found = Registration.objects.filter(pk=number).first()
    if found is None:
        raise Http404
    return found


@page(Role.OPERATOR, Role.AUDITOR)
def show(request: HttpRequest, number: int) -> HttpResponse:
    """One registration with all it says."""
    found = one(number)
    with reading() as connection:
        there = read_register(connection).get(found.code)
    roles = [ROLE_NAMES[role] for role in found.roles]
    shown = {"found": found, "roles": roles, "there": there}
    return render(request, "portal/registration.html", shown)


@page(Role.OPERATOR, Role.AUDITOR)
def papers(request: HttpRequest, number: int) -> HttpResponse:
    """The papers of a registration, to keep."""
    found = one(number)
    write_down(request.user, now(), "read papers", found.code, number=found.pk)
    content = bytes(found.papers)
    media = media_of(content[:8]) or "application/octet-stream"
    name = f"registration-{number}.{media.rpartition('/')[2]}"
    return HttpResponse(
        content, content_type=media,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


@page(Role.OPERATOR, methods="POST")
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Let an enterprise in, or not; a reason goes with a refusal."""
    approve = request.POST.get("outcome") == "approve"
    reason = request.POST.get("reason", "").replace("\0", "").strip()[:500]
    if not approve and not reason:
        messages.error(request, str(Said("Say why it is refused.", "请填写不予通过的理由。")))
        return redirect("registration", number)
    found = one(number)
    with writing() as connection:
        fault = settle(connection, cast("User", request.user), found, reason, approve=approve,
                       also=bool(request.POST.get("also")))  # fmt: skip
        if fault:
            connection.rollback()
    if fault:
        messages.error(request, str(fault))
        return redirect("registration", number)
    messages.success(request, str(
        Said(f"{found.name} may come in.", f"{found.name}已通过。") if approve
        else Said(f"{found.name} was refused.", f"{found.name}未通过。")
    ))  # fmt: skip
    return redirect("registrations")


def settle(
    connection: psycopg.Connection[Any], user: User, found: Registration, reason: str, *,
    approve: bool, also: bool,
) -> Said | None:  # fmt: skip
    """Decide one registration in one transaction: register, account and trail, or none of them."""
    row = connection.execute(
        "UPDATE portal_registration SET state = %s, decided_at = %s, decided_by = %s, reason = %s,"
        # The account's from now on, or nobody's.
        " password = ''"
        " WHERE id = %s AND state = 'open' RETURNING id",
        ["approved" if approve else "refused", now(), user.username, reason, found.pk],
    ).fetchone()
    if row is None:
        return Said("Somebody decided it before you.", "该申请已由他人处理。")
    if approve:
        there = read_register(connection).get(found.code)
        if there is not None and not there.sandbox and not also:
            return Said(
                f"{found.code} is registered already as {there.name}. Tick that the account is"
                " to be added to it.",
                f"{found.code}已登记为{there.name}，如需增加账户请勾选。",
            )
        if there is None or there.sandbox:
            register(connection, [Enterprise(
                found.code, found.name, frozenset(found.roles), "registered", found.certificate,
                active=True, sandbox=False,
            )])  # fmt: skip
            registers_changed(connection)
        made = connection.execute(
            "INSERT INTO portal_user (username, password, role, enterprise_code, manages,"
            " customs_code, is_active, is_staff, is_superuser, first_name, last_name, email,"
            " date_joined) VALUES (%s, %s, 'trader', %s, true, '', true, false, false, '', '', '',"
            " %s) ON CONFLICT (username) DO NOTHING RETURNING id",
            [found.username, found.password, found.code, now()],
        ).fetchone()
        if made is None:
            return Said("The user name was taken since.", "该用户名已被占用。")
    verb = "approved registration" if approve else "refused registration"
    write_down_with(connection, user, now(), verb, found.code, reason, number=found.pk)
    return None


ADDRESSES = [
    path("register", ask, name="register"),
    path("registrations", queue, name="registrations"),
    path("registrations/<int:number>", show, name="registration"),
    path("registrations/<int:number>/papers", papers, name="registration_papers"),
    path("registrations/<int:number>/decide", decide, name="registration_decide"),
]
