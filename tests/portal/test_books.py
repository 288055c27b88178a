"""The open books: what a stranger reads of codes, law and tariff, and what a basket pays."""

from typing import Any

import pytest
from django.test import Client

from hoppo.customs.codes import ANSWERS
from hoppo.customs.rules import BOOK
from hoppo.engine.database import Database

pytestmark = pytest.mark.database


@pytest.fixture
def reader(served: Database) -> Client:  # noqa: ARG001 - the doors are open
    """A stranger who reads English, where nobody has loaded a tariff."""
    client = Client()
    client.cookies["django_language"] = "en"
    return client


def page(client: Client, address: str, **query: str) -> Any:
    answer: Any = client.get(address, query)
    assert answer.status_code == 200
    return answer


def test_every_code_stands_in_the_book_in_both_languages(reader: Client) -> None:
    wanted = {code for answers in ANSWERS.values() for code in answers}
    wanted |= {rule.code for rule in BOOK.rules}
    for language in ("en", "zh-hans"):
        reader.cookies["django_language"] = language
        told = page(reader, "/codes").context["codes"]
        assert wanted <= {one.code for one in told}
        assert all(one.sentence for one in told)
    found = page(reader, "/codes", q="-621029").context["codes"]
    assert [one.advice for one in found] == ["请使用登记的证书最后签名，签名后勿改动报文。"]
    assert "没有匹配" in page(reader, "/codes", q="no such thing").content.decode()


@pytest.mark.parametrize(
    ("day", "limit"),
    [("2018-12-31", "2000"), ("2019-01-01", "5000"), ("2016-04-08", "2000"), ("nonsense", "5000"),
     ("1990-01-01", "2000")],
)  # fmt: skip
def test_the_law_is_that_of_the_day(reader: Client, day: str, limit: str) -> None:
    numbers = page(reader, "/law", day=day).context["numbers"]
    (found,) = [one for one in numbers if one.name == "single_limit"]
    assert found.text == limit
    assert found.dated.authority


def test_the_tariff_is_found_by_code_and_page_by_page(reader: Client) -> None:
    found = page(reader, "/tariff", q="3304", day="2026-06-18").context["rows"]
    assert found
    assert all(row.code.startswith("3304") for row in found)
    seen: list[str] = []
    after = ""
    while True:
        told = page(reader, "/tariff", day="2026-06-18", after=after).context
        seen += [row.code for row in told["rows"]]
        after = told["after"]
        if not after:
            break
    assert len(seen) == len(set(seen)) > 300


def basket(**more: str) -> dict[str, str]:
    return {
        "day": "2026-06-18", "freight": "0", "insurance": "0", "used": "0",
        "goods-TOTAL_FORMS": "8", "goods-INITIAL_FORMS": "0", "goods-0-code": "9619001000",
        "goods-0-quantity": "2", "goods-0-price": "100", **more,
    }  # fmt: skip


def test_a_basket_pays_seventy_percent_of_the_vat(reader: Client) -> None:
    answer = page(reader, "/calculator", **basket())
    told = answer.context["told"]
    assert answer.context["fault"] == ""
    assert not any(answer.context["lines"].errors)
    assert told["total"] == "18.20"  # 200 x 13 % x 70 %
    assert told["eligible"] is True
    assert told["working"]


def test_a_basket_above_a_limit_says_by_which_sentence(reader: Client) -> None:
    answer = page(reader, "/calculator", **basket(**{"goods-0-price": "2501"}))
    assert answer.context["told"]["eligible"] is False
    assert "limit" in answer.content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{"goods-0-code": "1"}, {"goods-0-price": "-1"}, {"goods-0-quantity": "x"}, {"day": "x"},
     {"goods-0-code": "0000000000"}, {"goods-TOTAL_FORMS": "x"}, {"freight": "1e99"}],
)  # fmt: skip
def test_a_wrong_basket_is_shown_with_its_fault(reader: Client, wrong: dict[str, str]) -> None:
    answer = page(reader, "/calculator", **basket(**wrong))
    assert answer.context["told"] == {}
    shown = answer.content.decode()
    assert 'class="wrong"' in shown or 'role="alert"' in shown or "errorlist" in shown
