"""The pages of lists: what a person reads, in both languages, and what is written down."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from tests.portal.conftest import Cleared, Login
from tests.purchase import DECLARANT, ID_NUMBER, NAME, changed, purchase

from hoppo.engine.database import Database

pytestmark = pytest.mark.database
ADDRESS = f"/lists/ORDER00000001/{DECLARANT}/COP00000001"
HAN = re.compile(r"[\u4e00-\u9fff]")


def text(client: Client, address: str, **query: str) -> str:
    """A page as text."""
    answer: Any = client.get(address, query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_refusal_says_what_is_wrong_and_what_to_do(cleared: Cleared, login: Login) -> None:
    cleared(changed(purchase(1), "payment", amount_paid=Decimal(999)), final=True)
    page = text(login("operator"), ADDRESS)
    assert "The amount of the payment must equal the amount paid of the order" in page
    assert "<b>999.00</b>" in page or "<b>999</b>" in page
    assert 'class="unequal"' not in page.split("Documents side by side")[0]


def test_unequal_fields_are_marked(cleared: Cleared, login: Login) -> None:
    cleared(changed(purchase(1), "order", line=1, price=Decimal(90), total_price=Decimal(180)))
    page = text(login("operator"), ADDRESS)
    (goods,) = re.findall(r"<details open>(.*?)</details>", page, re.DOTALL)
    marked = re.findall(r'<tr class="unequal"><th scope="row">([\w ]+)', goods)
    assert {one.strip() for one in marked} == {"Price", "Total price"}


def test_a_released_list_shows_its_way_and_its_tax(cleared: Cleared, login: Login) -> None:
    cleared(purchase(1))
    page = text(login("operator"), ADDRESS)
    assert "Released" in page
    assert "2026-06-18 12:00:00" in page
    assert "Tax, step by step" in page


def test_personal_data_is_masked_everywhere(cleared: Cleared, login: Login) -> None:
    cleared(purchase(1))
    client = login("operator")
    for address in (ADDRESS, "/find", "/now"):
        page = text(client, address)
        assert ID_NUMBER not in page
        assert NAME not in page
    assert "110***********1237" in text(client, ADDRESS)


def test_clear_text_needs_a_purpose_and_is_written_down(cleared: Cleared, login: Login) -> None:
    from hoppo.portal.models import Action  # noqa: PLC0415 - tables first

    cleared(purchase(1))
    client = login("reviewer")
    assert client.get(f"{ADDRESS}/unmasked").status_code == 405
    refused: Any = client.post(f"{ADDRESS}/unmasked", {"purpose": "curiosity"})
    assert refused.status_code == 302
    assert not Action.objects.exists()
    shown: Any = client.post(f"{ADDRESS}/unmasked", {"purpose": "review"})
    assert ID_NUMBER in shown.content.decode()
    (action,) = Action.objects.all()
    assert (action.username, action.verb, action.subject, action.reason) == (
        "reviewer", "unmasked", "COP00000001", "review",
    )  # fmt: skip
    assert login("auditor").post(f"{ADDRESS}/unmasked", {"purpose": "review"}).status_code == 403


def test_the_board_counts_what_its_reader_may_see(cleared: Cleared, login: Login) -> None:
    cleared(purchase(1), purchase(2))
    mine: Any = login("operator").get("/now")
    theirs: Any = login("trader", enterprise="440196X999").get("/now")
    assert mine.context["lists"] == 2
    assert mine.context["value"] == 420
    assert theirs.context["lists"] == 0
    live: Any = login("operator").get("/now", headers={"HX-Request": "true"})
    assert "<html" not in live.content.decode()
    assert "lists" in live.content.decode()


def test_every_page_is_in_one_language(cleared: Cleared, login: Login) -> None:
    """An English page holds Chinese only where it quotes a document, a law or a receipt."""
    cleared(purchase(1))
    client = login("operator")
    for address in ("/now", "/find", "/account"):
        page = text(client, address).replace("粤海关部", "").replace("中文", "")
        page = re.sub(r"<option.*?</option>", "", page, flags=re.DOTALL)
        assert not HAN.search(page), address
    client.cookies["django_language"] = "zh-hans"
    for address, heading in (("/now", "实时"), ("/find", "查询清单"), (ADDRESS, "处理过程")):
        assert heading in text(client, address)


def test_the_language_is_kept_and_leads_nowhere_else(served: Database) -> None:  # noqa: ARG001
    client = Client()
    kept: Any = client.post("/language", {"language": "en", "next": "/find?status=100"})
    assert kept["Location"] == "/find?status=100"
    assert client.cookies["django_language"].value == "en"
    away: Any = client.post("/language", {"language": "xx", "next": "https://example.org/"})
    assert away["Location"] == "/"


def test_pages_hold_no_script_or_style_of_their_own(cleared: Cleared, login: Login) -> None:
    cleared(purchase(1))
    client = login("operator")
    for address in ("/now", "/find", ADDRESS, "/accounts/2fa/", "/accounts/password/change/"):
        answer: Any = client.get(address, follow=True)
        page = answer.content.decode()
        assert "default-src 'self'" in answer["Content-Security-Policy"]
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page), address
        scripts = re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>", page)
        assert scripts == [], address
        assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", page), address


def test_answers_carry_the_guards_of_a_browser(login: Login) -> None:
    answer: Any = login("operator").get("/now")
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    forged = Client(enforce_csrf_checks=True).post("/language", {"language": "en"})
    assert forged.status_code == 403


def test_a_number_may_hold_any_character(cleared: Cleared, login: Login) -> None:
    odd = "A/b~c d%2F?..#<"
    cleared(changed(purchase(1), "list", cop_no=odd))
    client = login("operator")
    page = text(client, "/find")
    (address,) = re.findall(r'href="(/lists/[^"]+)"', page)
    assert "A/b~c d%2F?..#&lt;" in text(client, address)


def test_a_body_that_is_too_large_is_refused_unread(served: Database) -> None:  # noqa: ARG001
    for length in (str(64 * 1024 * 1024 + 1), "x", "-1"):
        refused = Client().post("/try", b"", content_type="text/plain", CONTENT_LENGTH=length)
        assert refused.status_code == 413


def test_a_nul_in_an_address_is_nothing(login: Login) -> None:
    assert login("operator").get("/lists/A%00/B/C").status_code == 404


def test_the_log_in_leads_nowhere_that_is_closed(served: Database) -> None:  # noqa: ARG001
    client = Client()
    client.cookies["django_language"] = "en"
    shown = client.get("/accounts/login/").content.decode()
    for address in re.findall(r'href="(/accounts/(?:signup|password)[^"]*)"', shown):
        answer = client.get(address, follow=True)
        assert answer.status_code == 200
        assert re.search("Register an enterprise|Password lost", answer.content.decode())
