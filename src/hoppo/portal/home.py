"""The first page, the language, and the page of a person's own account."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from hoppo.portal.access import page
from hoppo.portal.frame import WAYS
from hoppo.portal.roles import EVERYBODY

FIRST = ("desk", "mine", "now", "account")  # the first that a person may open


@page()
def home(request: HttpRequest) -> HttpResponse:
    """Where each begins; strangers read what this is."""
    user: Any = request.user
    if user.is_authenticated:
        open_to = {way.name for way in WAYS if user.role in way.roles} | {"account"}
        return redirect(next(name for name in FIRST if name in open_to))
    return render(request, "portal/home.html")


@page(methods="POST")
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the reader's language and go on where he was."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}):
        target = "/"
    response = redirect(target)
    if request.POST.get("language") in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, request.POST["language"], max_age=365 * 24 * 3600,
            samesite="Lax", secure=settings.SECURE, httponly=True,
        )  # fmt: skip
    return response


@page(EVERYBODY)
def account(request: HttpRequest) -> HttpResponse:
    """Password, second factor, passkeys, sessions."""
    return render(request, "portal/account.html")


@page()
def sign_up(_request: HttpRequest) -> HttpResponse:
    """The accounts library's own sign-up is closed: enterprises register."""
    return redirect("register")


@page()
def lost_password(request: HttpRequest) -> HttpResponse:
    """No mail is sent: whoever keeps the account gives a new password."""
    return render(request, "portal/lost_password.html")
