"""Accounts: the operator's of everybody, and an enterprise's own people and programs."""

import secrets
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from hoppo.commerce.register import read_register, register
from hoppo.customs.registers import registers_changed
from hoppo.engine.clients import add_client
from hoppo.portal.access import page
from hoppo.portal.accounts import PASSWORD_BYTES
from hoppo.portal.models import User
from hoppo.portal.registering import ROLE_NAMES, read_pem
from hoppo.portal.roles import NAMES, OFFICERS, Role
from hoppo.portal.served import now, reading, writing
from hoppo.portal.speech import Said
from hoppo.portal.trail import write_down, write_down_with
from hoppo.wire.certificate import read_certificate

PAGE = 100
NAME = r"^[\w.@+-]{3,60}$"


class AccountForm(forms.Form):
    """A new account."""

    username = forms.RegexField(NAME)
    role = forms.ChoiceField()
    enterprise = forms.RegexField(r"^[0-9A-Za-z]{1,18}$", required=False)
    district = forms.RegexField(r"^\d{4}$", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the fields in the reader's language."""
        super().__init__(*args, **kwargs)
        choices = [(role.value, str(NAMES[role])) for role in Role]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]
        for name, said in (
            ("username", Said("User name", "用户名")),
            ("role", Said("Role", "角色")),
            ("enterprise", Said("Enterprise code, of a trader", "企业代码（企业用户）")),
            ("district", Said("Customs district, of an officer", "关区（关员）")),
        ):
            self.fields[name].label = str(said)

    def clean(self) -> dict[str, Any]:
        """A trader has an enterprise; only officers have a district; no name is given twice."""
        said = self.cleaned_data
        role = said.get("role")
        if role == Role.TRADER and not said.get("enterprise"):
            self.add_error("enterprise", str(Said("Name the enterprise.", "请填写企业代码。")))
        if said.get("district") and role not in OFFICERS:
            self.add_error("district", str(Said("Only officers have one.", "仅适用于关员。")))
        if User.objects.filter(username__iexact=said.get("username", "")).exists():
            self.add_error("username", str(Said("This name is taken.", "该用户名已被使用。")))
        return said


@page(Role.OPERATOR, Role.AUDITOR)
def people(request: HttpRequest) -> HttpResponse:
    """All accounts, by name."""
    wanted, after = request.GET.get("q", "")[:60], request.GET.get("after", "")[:60]
    found = User.objects.filter(username__gt=after.replace("\0", "")).order_by("username")
    if wanted := wanted.replace("\0", ""):
        found = found.filter(username__icontains=wanted)
    rows = list(found[: PAGE + 1])
    shown = {
        "rows": [(row, NAMES[Role(row.role)]) for row in rows[:PAGE]], "q": wanted,
        "after": rows[PAGE - 1].username if len(rows) > PAGE else "", "form": AccountForm(),
    }  # fmt: skip
    return render(request, "portal/people.html", shown)


def open_account(request: HttpRequest, user: User) -> str | None:
    """Make an account that is not there and return its password; None where the name is taken.

    Never an account that is there: whoever names it would take it over.
    """
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    user.date_joined = now()
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            write_down(request.user, now(), "made account", user.username, role=str(user.role))
    except IntegrityError:
        messages.error(request, str(Said("This name is taken.", "该用户名已被使用。")))
        return None
    return password


def show_password(request: HttpRequest, username: str, password: str, back: str) -> HttpResponse:
    """A password that was made, once."""
    shown = {"name": username, "secret": password, "back": back}
    response = render(request, "portal/secret.html", shown)
    response["Cache-Control"] = "no-store"
    return response


@page(Role.OPERATOR, methods="POST")
def add_person(request: HttpRequest) -> HttpResponse:
    """Make an account; its password is shown once."""
    form = AccountForm(request.POST)
    if not form.is_valid():
        return render(request, "portal/people.html", {"rows": [], "form": form, "q": ""})
    said = form.cleaned_data
    user = User(
        username=said["username"], role=Role(said["role"]), enterprise_code=said["enterprise"],
        customs_code=said["district"], manages=said["role"] == Role.TRADER,
    )  # fmt: skip
    password = open_account(request, user)
    if password is None:
        return redirect("people")
    return show_password(request, said["username"], password, "people")


def change(request: HttpRequest, user: User, back: str) -> HttpResponse:
    """Close, reopen, or give a new password; never to oneself."""
    deed = request.POST.get("deed", "")
    if user.pk == request.user.pk:
        messages.error(request, str(Said("Not on your own account.", "不能操作本人账户。")))
        return redirect(back)
    if deed == "password":
        # The password alone: a closed account stays closed.
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        user.set_password(password)
        user.save(update_fields=["password"])
        write_down(request.user, now(), "reset password", user.username)
        return show_password(request, user.username, password, back)
    if deed in {"close", "reopen"}:
        user.is_active = deed == "reopen"
        user.save(update_fields=["is_active"])
        write_down(request.user, now(), f"{deed} account", user.username)
    return redirect(back)


@page(Role.OPERATOR, methods="POST")
def change_person(request: HttpRequest, number: int) -> HttpResponse:
    """The operator's word on an account."""
    user = User.objects.filter(pk=number).first()
    if user is None:
        raise Http404
    return change(request, user, "people")


@page(Role.TRADER)
def enterprise(request: HttpRequest) -> HttpResponse:
    """An enterprise's own page: register, certificate, colleagues, programs."""
    user = cast("User", request.user)
    with reading() as connection:
        entry = read_register(connection).get(user.enterprise_code)
        clients = connection.execute(
            "SELECT name, dxp_id, created_at, revoked_at FROM client WHERE name ^@ %s"
            " ORDER BY revoked_at IS NOT NULL, name",
            [own_prefix(user)],
        ).fetchall()
    certificate = (
        read_certificate(entry.certificate.encode()) if entry and entry.certificate else None
    )
    shown = {
        "entry": entry,
        "roles": [ROLE_NAMES[role] for role in sorted(entry.roles)] if entry else [],
        "certificate": certificate,
        "clients": clients,
        "colleagues": User.objects.filter(
            enterprise_code=user.enterprise_code, role=Role.TRADER
        ).order_by("username"),
    }
    return render(request, "portal/enterprise.html", shown)


def own_prefix(user: User) -> str:
    """What the names of an enterprise's programs begin with."""
    return f"{user.enterprise_code}-"


def managing(request: HttpRequest) -> User:
    """The user, if he manages his enterprise; for others the deed does not exist."""
    user = cast("User", request.user)
    if not user.manages or not user.enterprise_code:
        raise Http404
    return user


@page(Role.TRADER, methods="POST")
def add_program(request: HttpRequest) -> HttpResponse:
    """Make a client of the API; its secret is shown once."""
    user = managing(request)
    word = request.POST.get("name", "").strip()
    if not word.isascii() or not word.isalnum() or len(word) > 30:  # noqa: PLR2004 - letters
        said = Said("Name it by up to 30 letters and digits.", "名称为不超过30位的字母和数字。")
        messages.error(request, str(said))
        return redirect("enterprise")
    name = own_prefix(user) + word
    with writing() as connection:
        secret = add_client(connection, name, "", now())
        if secret:
            write_down_with(connection, user, now(), "made client", name)
    if secret is None:
        messages.error(request, str(Said("This name is taken.", "该名称已被使用。")))
        return redirect("enterprise")
    return show_password(request, name, secret, "enterprise")


@page(Role.TRADER, methods="POST")
def revoke_program(request: HttpRequest) -> HttpResponse:
    """Refuse a program of one's own from now on."""
    user = managing(request)
    name = request.POST.get("name", "")
    if not name.startswith(own_prefix(user)) or "\0" in name:
        raise Http404
    with writing() as connection:
        connection.execute(
            "UPDATE client SET revoked_at = coalesce(revoked_at, %s) WHERE name = %s", [now(), name]
        )
        write_down_with(connection, user, now(), "revoked client", name)
    return redirect("enterprise")


@page(Role.TRADER, methods="POST")
def new_certificate(request: HttpRequest) -> HttpResponse:
    """Put a new certificate in place of the old one."""
    user = managing(request)
    given = request.FILES.get("certificate")
    if given is None:
        messages.error(request, str(Said("Choose a file.", "请选择文件。")))
        return redirect("enterprise")
    try:
        pem = read_pem(given)
    except forms.ValidationError as fault:
        messages.error(request, " ".join(map(str, fault.messages)))
        return redirect("enterprise")
    with writing() as connection:
        entry = read_register(connection).get(user.enterprise_code)
        if entry is None:
            raise Http404
        register(connection, [entry._replace(certificate=pem)])
        registers_changed(connection)
        write_down_with(connection, user, now(), "changed certificate", user.enterprise_code)
    messages.success(request, str(Said("The certificate is in use.", "证书已启用。")))
    return redirect("enterprise")


@page(Role.TRADER, methods="POST")
def add_colleague(request: HttpRequest) -> HttpResponse:
    """Make an account of the same enterprise."""
    user = managing(request)
    given = {"username": request.POST.get("username", ""), "role": Role.TRADER.value,
             "enterprise": user.enterprise_code}  # fmt: skip
    form = AccountForm(given)
    if not form.is_valid():
        messages.error(request, " ".join(str(said) for one in form.errors.values() for said in one))
        return redirect("enterprise")
    name = form.cleaned_data["username"]
    colleague = User(username=name, role=Role.TRADER, enterprise_code=user.enterprise_code)
    password = open_account(request, colleague)
    if password is None:
        return redirect("enterprise")
    return show_password(request, name, password, "enterprise")


@page(Role.TRADER, methods="POST")
def change_colleague(request: HttpRequest, number: int) -> HttpResponse:
    """Close, reopen or renew a colleague's account."""
    user = managing(request)
    found = User.objects.filter(
        pk=number, enterprise_code=user.enterprise_code, role=Role.TRADER
    ).first()
    if found is None:
        raise Http404
    return change(request, found, "enterprise")


ADDRESSES = [
    path("people", people, name="people"),
    path("people/add", add_person, name="add_person"),
    path("people/<int:number>", change_person, name="change_person"),
    path("enterprise", enterprise, name="enterprise"),
    path("enterprise/programs", add_program, name="add_program"),
    path("enterprise/programs/revoked", revoke_program, name="revoke_program"),
    path("enterprise/certificate", new_certificate, name="new_certificate"),
    path("enterprise/colleagues", add_colleague, name="add_colleague"),
    path("enterprise/colleagues/<int:number>", change_colleague, name="change_colleague"),
]
