"""The pieces of the city that others build on: the good set, the second reckoning of tax."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hoppo.customs.catalogue import MESSAGES
from hoppo.simulation.cast import make_cast
from hoppo.simulation.city import good_set
from hoppo.simulation.levy import levy
from hoppo.simulation.mail import edited
from hoppo.simulation.people import check_digit
from hoppo.tariff.commodity import Commodity
from hoppo.wire.writing import write_message

TRANSFER = {"cop_code": "3301SIM501", "cop_name": "模拟", "dxp_mode": "DXP", "dxp_id": "D"}


def commodity(**rates: str) -> Commodity:
    """A commodity of 13 percent VAT and 10 percent duty, with other rates where named."""
    known: dict[str, Decimal | None] = {
        "mfn_rate": Decimal(10), "vat_rate": Decimal(13), "consumption_rate": Decimal(0),
        "consumption_per_unit": None,
    }  # fmt: skip
    known |= {name: Decimal(rate) for name, rate in rates.items()}
    return Commodity(
        code="3304990029", name="霜", unit1="035", unit2=None, consumption_unit="035",
        positive_list=True, note="", max_qty_per_order=None, bonded_only=False,
        since=date(2019, 4, 1), until=None, **known,  # type: ignore[arg-type]
    )  # fmt: skip


def line(total: str, quantity: str = "1") -> dict[str, Any]:
    return {
        "commodity_code": "3304990029", "total_price": Decimal(total), "unit": "142",
        "quantity": Decimal(1), "statutory_unit": "035", "statutory_quantity": Decimal(quantity),
        "second_unit": None, "second_quantity": None,
    }  # fmt: skip


# Worked by hand: rates, line totals, freight; duty, VAT, consumption tax, basis.
WORKED = [
    ({}, ["1000"], "0", ("0.00", "91.00", "0.00", "cbec70")),
    ({}, ["5000"], "0", ("0.00", "455.00", "0.00", "cbec70")),
    ({}, ["5000"], "0.01", ("500.00", "715.00", "0.00", "full")),
    ({"consumption_rate": "15"}, ["850"], "0", ("0.00", "91.00", "105.00", "cbec70")),
    ({"consumption_per_unit": "20"}, ["100"], "0", ("0.00", "10.92", "14.00", "cbec70")),
    ({}, ["10", "20"], "1", ("0.00", "2.82", "0.00", "cbec70")),
]


@pytest.mark.parametrize(("rates", "totals", "freight", "expected"), WORKED)
def test_the_second_reckoning_by_hand(
    rates: dict[str, str], totals: list[str], freight: str, expected: tuple[str, ...]
) -> None:
    head = {"freight": Decimal(freight), "insurance": Decimal(0)}
    owed = levy(head, [line(total) for total in totals], [commodity(**rates)] * len(totals))
    assert owed is not None
    assert (owed["duty"], owed["vat"], owed["consumption"], owed["basis"]) == expected
    parts = ("duty", "vat", "consumption")
    assert Decimal(owed["total"]) == sum(Decimal(owed[name]) for name in parts)


def test_unknown_goods_owe_nothing_that_could_be_known() -> None:
    head = {"freight": Decimal(0), "insurance": Decimal(0)}
    assert levy(head, [line("10")], [None]) is None
    unmeasured = {**line("10"), "statutory_unit": "007"}
    assert levy(head, [unmeasured], [commodity(consumption_per_unit="20")]) is None


@pytest.mark.parametrize("mode", ["9610", "1210"])
def test_the_good_set_can_be_written_and_agrees(mode: str) -> None:
    papers = good_set(3, mode)
    assert papers == good_set(3, mode)
    assert len(papers["list"][1]) == 2
    assert papers["list"][0]["trade_mode"] == mode
    assert papers["payment"][0]["amount_paid"] == papers["order"][0]["actual_paid"]
    for name, kind in (("order", 311), ("payment", 411), ("waybill", 511), ("list", 621)):
        data = write_message(MESSAGES[f"CEB{kind}Message"], "G" * 36, [papers[name]], TRANSFER)
        assert papers["order"][0]["order_no"].encode() in data


def test_one_record_is_edited_and_no_other() -> None:
    data = b"<r>A<ceb:x>1</ceb:x>B<ceb:x>2</ceb:x><ceb:x>3</ceb:x></r>"
    assert edited(data, "B", "x", "9") == data.replace(b"2", b"9")
    assert edited(data, "B", "x", None) == data.replace(b"<ceb:x>2</ceb:x>", b"")


def test_the_check_digit_of_the_standard() -> None:
    """GB 11643-1999, annex A: the two examples."""
    assert check_digit("11010519491231002") == "X"
    assert check_digit("44052418800101001") == "4"


def test_the_keys_follow_the_seed() -> None:
    assert make_cast(1).keys == make_cast(1).keys
    assert make_cast(1).keys != make_cast(2).keys
    assert make_cast(1).registered == make_cast(2).registered
