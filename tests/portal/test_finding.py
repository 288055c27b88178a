"""Lists are found by any number, page by page, each by whom they concern and nobody else."""

import base64
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from python_calamine import load_workbook
from tests.portal.conftest import Cleared, Login
from tests.purchase import CARRIER, DECLARANT, EBC, PLATFORM, changed, purchase

from hoppo.engine.database import Database
from hoppo.portal.finding import PAGE, Search, find
from hoppo.portal.roles import Scope

pytestmark = pytest.mark.database
WHOLE = Scope()


def numbers(client: Client, **query: str) -> list[str]:
    """The lists on a page of the search."""
    answer: Any = client.get("/find", query)
    assert answer.status_code == 200
    return [row.found.cop_no for row in answer.context["rows"]]


@pytest.mark.parametrize("number", ["ORDER00000002", "COP00000002", "W00000002", "T00000002"])
def test_any_number_leads_to_the_list(cleared: Cleared, login: Login, number: str) -> None:
    cleared(purchase(1), purchase(2))
    assert numbers(login("operator"), number=number) == ["COP00000002"]


def test_the_customs_own_number_leads_to_the_list(
    cleared: Cleared, login: Login, served: Database
) -> None:
    cleared(purchase(1), purchase(2))
    with served.connect() as connection:
        (page,) = [find(connection, WHOLE, Search(number="COP00000001")).rows]
    assert page[0].list_no
    assert numbers(login("operator"), number=page[0].list_no) == ["COP00000001"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "100"}, ["COP00000002"]),
        ({"status": "800"}, ["COP00000001"]),
        ({"commodity": "96190010"}, ["COP00000002", "COP00000001"]),
        ({"commodity": "33"}, []),
        ({"enterprise": EBC}, ["COP00000002", "COP00000001"]),
        ({"enterprise": "440196X999"}, []),
        ({"district": "5165"}, ["COP00000002", "COP00000001"]),
        ({"district": "5166"}, []),
        ({"mode": "1210"}, []),
        ({"since": "2026-06-18"}, ["COP00000002", "COP00000001"]),
        ({"since": "2026-06-19"}, []),
        ({"until": "2026-06-17"}, []),
    ],
)
def test_each_condition_narrows(
    cleared: Cleared, login: Login, query: dict[str, str], found: list[str]
) -> None:
    dear = changed(purchase(2), "payment", amount_paid=Decimal(999))
    cleared(purchase(1), dear, final=True)
    assert numbers(login("operator"), **query) == found


def test_the_reason_of_a_refusal_finds_it(cleared: Cleared, login: Login) -> None:
    cleared(purchase(1), changed(purchase(2), "payment", amount_paid=Decimal(999)), final=True)
    client = login("operator")
    row: Any = client.get("/find", {"status": "100"})
    rule = row.context["rows"][0].found.findings[0][0]
    assert numbers(client, reason=rule) == ["COP00000002"]


def test_pages_follow_each_other_without_gap_or_double(cleared: Cleared, served: Database) -> None:
    cleared(*(purchase(number) for number in range(1, 8)))
    for scope in (WHOLE, Scope(enterprise=DECLARANT), Scope(district="5165")):
        seen: list[str] = []
        after = ""
        with served.connect() as connection:
            while True:
                page = find(connection, scope, Search(), after, size=3)
                seen += [row.cop_no for row in page.rows]
                after = page.after
                if not after:
                    break
        assert sorted(seen) == sorted({f"COP{number:08d}" for number in range(1, 8)})
    assert PAGE >= 20


ODD = base64.urlsafe_b64encode(b'["2026-01-01T00:00:00+00:00", "a\\u0000", "b", "c"]').decode()


@pytest.mark.parametrize("after", ["nonsense", "AAAA", "W10=", "bnVsbA==", ODD, "W" * 9999])
def test_a_wrong_cursor_begins_at_the_beginning(cleared: Cleared, login: Login, after: str) -> None:
    cleared(purchase(1))
    assert numbers(login("operator"), after=after) == ["COP00000001"]


@pytest.mark.parametrize("enterprise", [PLATFORM, EBC, CARRIER, DECLARANT])
def test_an_enterprise_sees_lists_that_name_it(
    cleared: Cleared, login: Login, enterprise: str
) -> None:
    cleared(purchase(1))
    assert numbers(login("trader", enterprise=enterprise)) == ["COP00000001"]


def test_nobody_sees_what_is_not_theirs(cleared: Cleared, login: Login) -> None:
    cleared(purchase(1))
    address = f"/lists/ORDER00000001/{DECLARANT}/COP00000001"
    stranger = login("trader", name="other", enterprise="440196X999")
    assert numbers(stranger) == []
    assert numbers(stranger, number="COP00000001") == []
    assert numbers(stranger, enterprise=EBC) == []
    assert stranger.get(address).status_code == 404
    assert stranger.post(f"{address}/unmasked", {"purpose": "review"}).status_code == 404
    elsewhere = login("reviewer", name="far", district="9999")
    assert numbers(elsewhere) == []
    assert elsewhere.get(address).status_code == 404
    homeless = login("trader", name="homeless")
    assert numbers(homeless) == []
    assert login("reviewer", name="near", district="5165").get(address).status_code == 200


def test_the_workbook_holds_what_was_found(cleared: Cleared, login: Login) -> None:
    cleared(purchase(1), purchase(2))
    answer: Any = login("operator").get("/find.xlsx", {"number": "COP00000002"})
    rows = load_workbook(BytesIO(b"".join(answer))).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows] == ["List", "COP00000002"]
    assert rows[1][rows[0].index("Value, yuan")] == 210


def test_a_search_is_kept_and_forgotten_by_its_owner_alone(login: Login) -> None:
    client, other = login("operator"), login("auditor")
    client.post("/find/keep", {"name": "stopped", "query": "status=100"})
    mine: Any = client.get("/find")
    theirs: Any = other.get("/find")
    assert [view.query for view in mine.context["kept"]] == ["status=100"]
    assert list(theirs.context["kept"]) == []
    other.post("/find/keep", {"name": "stopped", "forget": "1"})
    assert client.get("/find").context["kept"].count() == 1
    client.post("/find/keep", {"name": "stopped", "forget": "1"})
    assert client.get("/find").context["kept"].count() == 0
