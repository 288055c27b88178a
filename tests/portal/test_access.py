"""Every address of the window as every role and as a stranger, from the URL map itself."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from tests.portal.conftest import Login

from hoppo.portal.access import is_decided
from hoppo.portal.middleware import API, DIRECT, OF_LIBRARIES
from hoppo.portal.roles import Role

pytestmark = pytest.mark.database
SAMPLES = {"int": "1", "str": "x", "path": "x", "number": "x", "slug": "x", "uuid": "0" * 32}


def patterns(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every route and its view."""
    for entry in (resolver or get_resolver("hoppo.api.urls")).url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        elif isinstance(entry, URLPattern):
            yield route, entry.callback


def ours() -> list[tuple[str, Any]]:
    """Routes of the window itself."""
    return [
        ("/" + route, view)
        for route, view in patterns()
        if not ("/" + route).startswith((*DIRECT, API))
        and not getattr(view, "__module__", "").startswith((*OF_LIBRARIES, "django."))
    ]


def address(route: str) -> str:
    """A route with something in place of what varies."""
    return re.sub(r"<(\w+):\w+>", lambda found: SAMPLES[found[1]], route)


def test_every_page_says_who_may_open_it() -> None:
    assert [route for route, view in ours() if not is_decided(view)] == []
    assert len(ours()) > 8


def test_every_role_gets_what_was_decided(login: Login) -> None:
    """A page answers those it is for, refuses others, and sends strangers to the log-in."""
    people = {role: login(role.value, enterprise="440196E001") for role in Role}
    faults = []
    for route, view in ours():
        for method in ("get", "post"):
            stranger = getattr(Client(), method)(address(route))
            sent_in = stranger.status_code == 302 and "/accounts/login/" in stranger["Location"]
            refused = stranger.status_code == 405
            if view.allowed and not sent_in and not refused:
                faults.append(f"{method} {route}: a stranger got {stranger.status_code}")
            if not view.allowed and stranger.status_code in {403, 500}:
                faults.append(f"{method} {route}: public, a stranger got {stranger.status_code}")
            for role, client in people.items():
                answer = getattr(client, method)(address(route))
                may = not view.allowed or role in view.allowed
                if (answer.status_code == 403) == may and answer.status_code != 405:
                    faults.append(f"{method} {route}: {role} got {answer.status_code}")
                if answer.status_code >= 500:
                    faults.append(f"{method} {route}: {role} got {answer.status_code}")
    assert faults == []


def test_a_page_without_a_decision_is_refused(
    login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hoppo.portal import home  # noqa: PLC0415 - settings first

    client = login("operator")
    assert client.get("/account").status_code == 200
    account = next(view for route, view in ours() if route == "/account")
    monkeypatch.delattr(account, "allowed")
    assert client.get("/account").status_code == 403
    assert home.account is account
