"""One changed field of a good purchase names exactly the rules that the field breaks."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from tests.conftest import NOON
from tests.customs.faulty import FAULTS
from tests.customs.office import Office, changed, empty, identity, message, one, worth
from tests.purchase import Parts

from hoppo.customs.rules import BOOK
from hoppo.engine.database import Database
from hoppo.tax.ledger import grant

pytestmark = pytest.mark.database

# The customs' own codes where they are published; every other rule has a code of ours, marked H.
PUBLISHED = {
    "MATCH-01": "49",
    "MATCH-02": "46",
    "MATCH-03": "45",
    "MATCH-04": "1327",
    "MATCH-05": "1332",
    "MATCH-06": "13035",
    "MATCH-15": "13127",
    "MATCH-16": "130126",
    "MATCH-18": "1320",
    "MATCH-19": "1322",
    "MATCH-20": "1322",
    "MATCH-21": "1322",
    "ENTERPRISE-01": "22001",
    "TAX-01": "-621005",
    "TAX-02": "1313",
    "LIST-05": "-621027",
    "LIST-13": "-625009",
    "TARIFF-01": "-625011",
    "TARIFF-05": "-625012",
}
# What one purchase alone cannot break: the purchases, in order; the last one names the rules.


def _again(first: int, number: int) -> list[Parts]:
    other = changed(one(number), "waybill", order_no=f"ORDER{first:08d}")
    other = changed(other, "list", order_no=f"ORDER{first:08d}", buyer_id_number=identity(first))
    del other["order"], other["payment"]
    return [one(first), other]


def _lists_of_one_day(first: int, count: int) -> list[Parts]:
    return [one(first + at, id_number=identity(first)) for at in range(count)]


SCENES: dict[str, tuple[list[Parts], set[str]]] = {
    "an order in two lists": (_again(1000, 1001), {"MATCH-25"}),
    "a waybill used twice": (
        [one(1010), changed(one(1011), "list", waybill_no="W00001010")],
        {"MATCH-13", "MATCH-26"},
    ),
    "the year's limit to the fen": (
        [*(worth(1020 + at, "5000.00", 1020) for at in range(5)), worth(1025, "1000.00", 1020)],
        set(),
    ),
    "a fen above the year's limit": (
        [*(worth(1030 + at, "5000.00", 1030) for at in range(5)), worth(1035, "1000.01", 1030)],
        {"TAX-02"},
    ),
    "the old year's limit to the fen": (
        [worth(1040 + at, "2000.00", 1040, day="20181231") for at in range(10)],
        set(),
    ),
    "a fen above the old year's limit": (
        [
            *(worth(1050 + at, "2000.00", 1050, day="20181231") for at in range(9)),
            one(1059, id_number=identity(1050), day="20181231", price="1990.01", quantity="1"),
        ],
        {"TAX-02"},
    ),
    "the new year begins anew": (
        [
            *(worth(1070 + at, "2000.00", 1070, day="20181231") for at in range(10)),
            worth(1080, "5000.00", 1070, day="20190101"),
        ],
        set(),
    ),
    "20 lists on one day": (_lists_of_one_day(1100, 20), set()),
    "21 lists on one day": (_lists_of_one_day(1130, 21), {"RISK-03"}),
}
# Currencies other than 142 are read with a note; we ourselves would refuse to write them.
CURRENCIES = {
    "order": (2000, "ORDER-04"),
    "payment": (2001, "PAY-01"),
    "waybill": (2002, "WAYBILL-01"),
    "list": (2003, "LIST-01"),
}


def _in_dollars(kind: str, number: int) -> Iterator[bytes]:
    for name, record in one(number).items():
        body = message(name, record)
        yield body.replace(b"currency>142<", b"currency>502<") if name == kind else body


@pytest.fixture(scope="module")
def judged(opened: Database) -> dict[str, dict[str, Any]]:
    """Every purchase of the tables cleared in one go; verdict lines by list."""
    empty(opened)
    office = Office(opened, NOON)
    grant(office.connection, [("440196G001", Decimal("19.10")), ("440196G002", Decimal("19.11"))])
    office.connection.commit()
    office.send_purchases(fault.parts(number) for number, fault in enumerate(FAULTS, 1))
    office.send_purchases(parts for purchases, _ in SCENES.values() for parts in purchases)
    for kind, (number, _) in CURRENCIES.items():
        office.send(*_in_dollars(kind, number))
    office.sweep(final=True)
    found = office.verdicts()
    office.check_sums()
    office.close()
    return found


def _check(line: dict[str, Any], expected: set[str]) -> None:
    findings = line["findings"]
    assert {finding["rule"] for finding in findings} == expected, findings
    risks = {number for number in expected if number.startswith("RISK")}
    status = ("300" if expected == risks else "100") if expected else "800"
    assert line["status"] == status
    for finding in findings:
        rule = finding["rule"]
        assert finding["code"] == PUBLISHED.get(rule, finding["code"])
        assert rule in PUBLISHED or finding["code"].startswith("H")
        assert finding["sentence_en"]
        assert finding["sentence_zh"]
        assert finding["found"] != finding["expected"]


@pytest.mark.parametrize("number", range(1, len(FAULTS) + 1), ids=lambda n: FAULTS[n - 1].name)
def test_a_changed_field_names_the_rules_it_breaks(
    judged: dict[str, dict[str, Any]], number: int
) -> None:
    _check(judged[f"COP{number:08d}"], set(FAULTS[number - 1].rules.split()))


@pytest.mark.parametrize("name", SCENES)
def test_purchases_beside_each_other_name_the_rules_they_break(
    judged: dict[str, dict[str, Any]], name: str
) -> None:
    purchases, expected = SCENES[name]
    numbers = [parts["list"][0]["cop_no"] for parts in purchases]
    for number in numbers[:-1]:
        _check(judged[number], set())
    _check(judged[numbers[-1]], expected)


@pytest.mark.parametrize("kind", CURRENCIES)
def test_only_the_yuan_is_money(judged: dict[str, dict[str, Any]], kind: str) -> None:
    number, rule = CURRENCIES[kind]
    _check(judged[f"COP{number:08d}"], {rule})


def test_every_rule_of_the_book_is_broken_somewhere() -> None:
    named = {number for fault in FAULTS for number in fault.rules.split()}
    named |= {number for _, expected in SCENES.values() for number in expected}
    named |= {rule for _, rule in CURRENCIES.values()}
    assert named == {rule.number for rule in BOOK.rules}


def test_the_purchase_before_any_change_is_released(office: Office) -> None:
    office.send_purchases([one(1), one(2, mode="1210"), one(3, mode="1239")])
    for number in (1, 2, 3):
        line = office.verdict(number)
        assert (line["status"], line["findings"]) == ("800", [])
        assert line["tax"] == {
            "dutiable": "210.00",
            "duty": "0.00",
            "vat": "19.11",
            "consumption": "0.00",
            "total": "19.11",
            "basis": "cbec70",
        }


def test_a_waybill_number_is_free_again_after_six_months(office: Office) -> None:
    office.send_purchases([one(1)])
    office.now = NOON.replace(month=12, day=17)
    again = changed(one(2, day="20261217"), "waybill", waybill_no="W00000001")
    office.send_purchases([changed(again, "list", waybill_no="W00000001")])
    assert "MATCH-26" in office.rules(2)
    office.now = NOON.replace(month=12, day=19)
    again = changed(one(3, day="20261219"), "waybill", waybill_no="W00000001")
    office.send_purchases([changed(again, "list", waybill_no="W00000001")])
    assert office.rules(3) == set()
    assert office.verdict(3)["status"] == "800"
