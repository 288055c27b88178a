"""The window over the test database: people of each role, and lists cleared before they look."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from tests.conftest import NOON
from tests.purchase import Parts, messages

from hoppo.api import ceb, open_database
from hoppo.customs.registers import registers_changed, write_setting
from hoppo.engine import inbox
from hoppo.engine.database import Database, setup_django
from hoppo.workers.clearing import Worker

# Pages import tables when they are collected; the database itself is named when it is opened.
setup_django("postgresql:///hoppo")
Login = Callable[..., Client]
Cleared = Callable[..., None]


@pytest.fixture
def served(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The window's doors open on the test database, its clock stands at noon."""
    from django.db import connections  # noqa: PLC0415 - settings first

    def opened() -> Database:
        return database

    for module in ("buyer", "declaration", "served"):
        monkeypatch.setattr(f"hoppo.portal.{module}.opened", opened)
    monkeypatch.setattr(open_database, "opened", opened)
    monkeypatch.setattr(ceb, "clock", lambda: NOON)
    yield database
    connections.close_all()


@pytest.fixture
def login(served: Database) -> Login:  # noqa: ARG001 - the doors are open
    """A client logged in as a new account of a role; `login("trader", enterprise="…")`."""
    from hoppo.portal.models import User  # noqa: PLC0415 - tables first

    def enter(role: str, name: str = "", **places: Any) -> Client:
        user, _ = User.objects.get_or_create(
            username=name or role,
            defaults={
                "role": role,
                "enterprise_code": places.get("enterprise", ""),
                "customs_code": places.get("district", ""),
                "manages": places.get("manages", False),
            },
        )
        client = Client(headers={"accept-language": "en"})
        client.cookies["django_language"] = "en"
        client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
        return client

    return enter


@pytest.fixture
def cleared(served: Database) -> Cleared:
    """Clear purchases of tests/purchase.py in a sandbox house, as of noon."""

    def clear(*purchases: Parts, now: datetime = NOON, final: bool = False) -> None:
        with served.connect() as connection:
            write_setting(connection, "sandbox", "Y")
            registers_changed(connection)
        with served.connect() as connection:
            for parts in purchases:
                for body in messages(parts):
                    inbox.accept(connection, served, "test", body, now)
        worker = Worker(served, lambda: now)
        worker.drain()
        if final:
            worker.sweep(final=True)
        worker.close()

    return clear
