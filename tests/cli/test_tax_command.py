"""`hoppo tax` and `hoppo docs`."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hoppo.cli.docs import pages
from hoppo.cli.main import cli

DOCS = Path(__file__).parents[2] / "docs"


def tax(basket: object) -> Result:
    text = basket if isinstance(basket, str) else json.dumps(basket)
    return CliRunner().invoke(cli, ["tax", "--json"], input=text)


def basket(**values: Any) -> dict[str, Any]:
    line = {"price": "1000", "vat_rate": "13", "consumption_rate": "15"}
    return {"day": "2026-06-18", "lines": [line], **values}


def test_a_basket_is_reckoned_with_its_working() -> None:
    told = json.loads(tax(basket()).output)
    assert (told["total"], told["basis"], told["eligible"]) == ("230.59", "cbec70", True)
    assert told["working"][-1].endswith("230.59")


@pytest.mark.parametrize(
    ("price", "quantity", "used", "basis", "rules"),
    [
        ("5000.00", "1", "0", "cbec70", []),
        ("5000.01", "1", "0", "full", []),
        ("2500.01", "2", "0", "full", ["TAX-01"]),
        ("1000.00", "1", "25000", "cbec70", []),
        ("1000.01", "1", "25000", "cbec70", ["TAX-02"]),
    ],
)
def test_the_limits(price: str, quantity: str, used: str, basis: str, rules: list[str]) -> None:
    line = {"price": price, "quantity": quantity, "vat_rate": "13", "mfn_rate": "5"}
    told = json.loads(tax(basket(used=used, lines=[line])).output)
    assert told["basis"] == basis
    assert [finding["rule"] for finding in told["findings"]] == rules


def test_the_tariff_and_the_wires_names_serve_too() -> None:
    line = {"gcode": "9619001000", "qty": "2", "price": "100"}
    told = json.loads(tax(basket(freight="10", lines=[line])).output)
    assert (told["dutiable"], told["total"]) == ("210.00", "19.11")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("{", "not JSON"),
        ("[]", "expected one JSON object"),
        ({"lines": []}, "at least one line"),
        (basket(day="18 June"), "expected YYYY-MM-DD"),
        (basket(day="2010-01-01"), "2016-04-08 or later"),
        (basket(freight="-1"), "a number of 0 or more"),
        (basket(lines=[{"code": "0000000000", "price": "1"}]), "a commodity code in the tariff"),
        (basket(lines=[{"price": "NaN", "vat_rate": "13"}]), "lines[0].price"),
    ],
)
def test_a_wrong_basket_is_told_what_is_wrong(given: object, sentence: str) -> None:
    result = tax(given)
    assert result.exit_code == 2
    assert sentence in result.output


def test_the_generated_pages_are_as_the_code_says() -> None:
    for name, text in pages().items():
        assert (DOCS / name).read_text("utf-8") == text, f"{name} is stale: run hoppo docs"


def test_every_command_is_in_its_page() -> None:
    page = pages()["cli.md"]
    for name in cli.commands:
        assert f"## hoppo {name}\n" in page
