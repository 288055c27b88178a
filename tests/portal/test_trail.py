"""The trail's page: who reads it, what it finds, page by page."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.conftest import NOON
from tests.portal.conftest import Login

from hoppo.portal import trail_page

pytestmark = pytest.mark.database


def write(number: int = 1, **changes: Any) -> None:
    """Lines of the trail, a minute apart."""
    from hoppo.portal.models import Action  # noqa: PLC0415 - tables first

    for at in range(number):
        Action.objects.create(
            **{
                "at": NOON - timedelta(minutes=at), "username": "reviewer", "role": "reviewer",
                "verb": "took", "subject": f"COP{at}", **changes,
            }
        )  # fmt: skip


def subjects(client: Client, **query: str) -> list[str]:
    """What the lines of a page were done to."""
    answer: Any = client.get("/trail", query)
    assert answer.status_code == 200
    return [one.subject for one in answer.context["rows"]]


def test_who_may_read_it(login: Login) -> None:
    for role in ("operator", "auditor", "supervisor"):
        assert login(role).get("/trail").status_code == 200
    for role in ("trader", "reviewer", "inspector", "buyer"):
        assert login(role).get("/trail").status_code == 403
    page = login("auditor").get("/trail").content.decode()
    assert "Nothing is written down yet" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["new", "COP0", "old"]),
        ({"username": "second"}, ["new"]),
        ({"verb": "took"}, ["COP0", "old"]),
        ({"subject": "COP0"}, ["COP0"]),
        ({"day": "2026-06-17"}, ["old"]),
        ({"day": "nonsense", "verb": "nonsense"}, ["new", "COP0", "old"]),
        ({"subject": "gone"}, []),
        ({"subject": "nul \0"}, ["new", "COP0", "old"]),
    ],
)
def test_each_condition_narrows(login: Login, query: dict[str, str], found: list[str]) -> None:
    write()
    write(subject="old", at=NOON - timedelta(days=1))
    write(subject="new", at=NOON + timedelta(hours=1), username="second", verb="decided")
    assert subjects(login("auditor"), **query) == found


def test_pages_follow_each_other_without_gap_or_double(
    login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail_page, "PAGE", 3)
    write(4)
    write(4, at=NOON, verb="decided")
    client, seen, after = login("auditor"), [], ""
    while True:
        answer: Any = client.get("/trail", {"after": after, "verb": ""})
        seen += [(one.verb, one.subject) for one in answer.context["rows"]]
        after = answer.context["after"]
        if not after:
            break
    assert len(seen) == len(set(seen)) == 8
    assert seen[-1] == ("took", "COP3")


@pytest.mark.parametrize("after", ["x", "W10=", "bnVsbA==", "WyIyMDI2LTAxLTAxIiwgMV0=", "ÿ"])
def test_a_wrong_cursor_begins_at_the_beginning(login: Login, after: str) -> None:
    write()
    assert subjects(login("auditor"), after=after) == ["COP0"]


def test_a_supervisor_of_a_district_reads_of_its_people(login: Login) -> None:
    login("reviewer", district="5165")
    login("reviewer", name="far", district="9999")
    write()
    write(username="far", subject="far")
    assert subjects(login("supervisor", name="near", district="5165")) == ["COP0"]
    assert subjects(login("supervisor", name="whole")) == ["far", "COP0"]


def test_a_line_is_told_in_words(login: Login) -> None:
    write(verb="referred", reason="open it", details={"status": "300", "to": "role:inspector"})
    page = login("operator").get("/trail").content.decode()
    for words in ("referred", "open it", "In review 300", "Officer, inspection"):
        assert words in page
