"""Published and derived examples of retail import tax come out to the fen; wrong ones do not."""

from datetime import date
from decimal import Decimal

import pytest

from hoppo.customs.rules import BOOK
from hoppo.rulebook.law import Law
from hoppo.tax.assessment import Assessment, Rates, TaxableLine, assess, working
from hoppo.tax.rules import is_full_tax

DAY = date(2026, 6, 18)
LAW = BOOK.on(DAY)
NOTHING = Decimal(0)


def line(
    value: str,
    vat: str,
    consumption: str = "0",
    *,
    mfn: str = "0",
    specific: str | None = None,
    quantity: str = "1",
) -> TaxableLine:
    rates = Rates(
        Decimal(mfn),
        Decimal(vat),
        Decimal(consumption),
        Decimal(specific) if specific else None,
        "035" if specific else None,
    )
    return TaxableLine(1, Decimal(value), {"035": Decimal(quantity)}, rates)


def owed(*lines: TaxableLine, full: bool = False) -> Assessment:
    return assess(lines, NOTHING, NOTHING, LAW, full=full)


# id, value, VAT %, consumption %, consumption tax, VAT, total
REDUCED = [
    ("P1", "500", "13", "0", "0.00", "45.50", "45.50"),
    ("P2", "417", "13", "0", "0.00", "37.95", "37.95"),
    ("P3", "100", "16", "0", "0.00", "11.20", "11.20"),
    ("P4", "100", "13", "0", "0.00", "9.10", "9.10"),
    ("P7", "100", "17", "0", "0.00", "11.90", "11.90"),
    ("P9", "100", "9", "0", "0.00", "6.30", "6.30"),
    ("D1", "1000", "13", "15", "123.53", "107.06", "230.59"),
    ("D2", "300", "13", "15", "37.06", "32.12", "69.18"),
    ("D3", "1000", "9", "0", "0.00", "63.00", "63.00"),
    ("D4", "1000", "13", "10", "77.78", "101.11", "178.89"),
    ("D5", "3299", "13", "0", "0.00", "300.21", "300.21"),
    ("D6", "4999.99", "13", "0", "0.00", "455.00", "455.00"),
    ("D7", "5000", "13", "15", "617.65", "535.29", "1152.94"),
    ("D8", "99.95", "13", "15", "12.35", "10.70", "23.05"),
    ("D9", "0.05", "13", "0", "0.00", "0.00", "0.00"),
    ("D10", "0.06", "13", "0", "0.00", "0.01", "0.01"),
    ("D11", "1100", "13", "5", "40.53", "105.37", "145.90"),
    ("D12", "5", "13", "15", "0.62", "0.54", "1.16"),
]


@pytest.mark.parametrize(
    ("value", "vat", "consumption", "consumption_tax", "vat_tax", "total"),
    [row[1:] for row in REDUCED],
    ids=[row[0] for row in REDUCED],
)
def test_within_the_limits(
    value: str, vat: str, consumption: str, consumption_tax: str, vat_tax: str, total: str
) -> None:
    found = owed(line(value, vat, consumption))
    assert (str(found.consumption), str(found.vat), str(found.total)) == (
        consumption_tax, vat_tax, total,
    )  # fmt: skip
    assert found.duty == 0
    assert found.basis == "cbec70"


# P5, P6, P8: comprehensive rates in percent, four decimals, over a value of a million.
@pytest.mark.parametrize(
    ("vat", "consumption", "rate"),
    [("16", "15", "25.5294"), ("13", "15", "23.0588"), ("13", "10", "17.8889")],
    ids=["P5", "P6", "P8"],
)
def test_comprehensive_rates(vat: str, consumption: str, rate: str) -> None:
    found = owed(line("1000000", vat, consumption)).total / Decimal(10000)
    assert str(found.quantize(Decimal("0.0001"))) == rate


def test_p10_full_tax_in_one_formula() -> None:
    """Total = V x (t + c + v + t v) / (1 - c)."""
    found = owed(line("10000", "13", "20", mfn="8"), full=True).total
    t, c, v = Decimal("0.08"), Decimal("0.20"), Decimal("0.13")
    assert found == (Decimal(10000) * (t + c + v + t * v) / (1 - c)).quantize(Decimal("0.01"))


@pytest.mark.parametrize(
    ("paid", "consumption", "value"),
    [("109.10", "0", "100.00"), ("545.50", "0", "500.00"), ("1230.59", "15", "1000.00")],
)
def test_p11_tax_inclusive_prices_come_back(paid: str, consumption: str, value: str) -> None:
    found = owed(line(value, "13", consumption))
    assert found.dutiable + found.total == Decimal(paid)


def test_d13_beer_pays_by_the_tonne() -> None:
    """0.01 t at 220 yuan a tonne; the line states kilograms, the rate is per kilogram."""
    found = owed(line("200", "13", specific="0.22", quantity="10"))
    assert (str(found.consumption), str(found.vat), str(found.total)) == ("1.54", "18.40", "19.94")


def test_d14_spirits_pay_by_value_and_by_weight() -> None:
    found = owed(line("800", "13", "20", specific="1", quantity="0.5"))
    assert (str(found.consumption), str(found.vat), str(found.total)) == (
        "140.44", "91.06", "231.50",
    )  # fmt: skip


def test_d15_d16_each_line_is_rounded() -> None:
    assert str(owed(*[line("19.90", "13")] * 3).total) == "5.43"
    assert str(owed(line("59.70", "13")).total) == "5.43"
    assert str(owed(*[line("0.06", "13")] * 3).total) == "0.03"
    assert str(owed(line("0.18", "13")).total) == "0.02"


def test_the_list_may_be_rounded_instead_of_its_lines() -> None:
    law = Law(DAY, BOOK.parameters, BOOK.rules)
    law.values["tax_rounding"] = "list"
    assert str(assess([line("0.06", "13")] * 3, NOTHING, NOTHING, law).total) == "0.02"


# id, value, duty %, consumption %, duty, consumption tax, VAT, total
FULL = [
    ("F1", "6000", "6", "0", "360.00", "0.00", "826.80", "1186.80"),
    ("F2", "20000", "8", "20", "1600.00", "5400.00", "3510.00", "10510.00"),
    ("F3", "5200", "5", "15", "260.00", "963.53", "835.06", "2058.59"),
]


@pytest.mark.parametrize(
    ("value", "mfn", "consumption", "taxes"),
    [(row[1], row[2], row[3], row[4:]) for row in FULL],
    ids=[row[0] for row in FULL],
)
def test_one_item_above_the_single_limit(
    value: str, mfn: str, consumption: str, taxes: tuple[str, ...]
) -> None:
    assert is_full_tax(Decimal(value), LAW)
    found = owed(line(value, "13", consumption, mfn=mfn), full=True)
    assert tuple(map(str, (found.duty, found.consumption, found.vat, found.total))) == taxes
    assert found.basis == "full"


# Published and wrong: value, VAT %, consumption %, what was claimed, what is right.
WRONG = [
    ("X1", "3000", "17", "30", "987", "1410.00"),
    ("X2", "100", "17", "30", "32.90", "47.00"),
    ("X3", "100", "13", "15", "19.60", "23.06"),
    ("X4", "1100", "13", "5", "336", "145.90"),
    ("X5", "3299", "13", "0", "300.02", "300.21"),
    ("X7", "100", "13", "15", "27.65", "23.06"),
]


@pytest.mark.parametrize(
    ("value", "vat", "consumption", "claimed", "right"),
    [row[1:] for row in WRONG],
    ids=[row[0] for row in WRONG],
)
def test_wrong_claims_do_not_come_out(
    value: str, vat: str, consumption: str, claimed: str, right: str
) -> None:
    found = owed(line(value, vat, consumption)).total
    assert found != Decimal(claimed)
    assert str(found) == right


@pytest.mark.parametrize(
    ("day", "value", "full"),
    [
        (date(2018, 12, 31), "2000.00", False),
        (date(2018, 12, 31), "2000.01", True),
        (date(2019, 1, 1), "2000.01", False),
        (date(2019, 1, 1), "4999.99", False),
        (date(2019, 1, 1), "5000.00", False),
        (date(2019, 1, 1), "5000.01", True),
    ],
)
def test_equal_to_the_limit_is_inside_it(day: date, value: str, *, full: bool) -> None:
    assert is_full_tax(Decimal(value), BOOK.on(day)) is full


def test_freight_and_insurance_are_spread_and_the_last_line_takes_the_rest() -> None:
    lines = [line("100", "13"), line("100", "13"), line("100", "13")]
    found = assess(lines, Decimal("8.00"), Decimal("2.00"), LAW)
    assert [str(row.dutiable) for row in found.lines] == ["103.33", "103.33", "103.34"]
    assert found.dutiable == Decimal("310.00")


def test_the_working_ends_in_the_total() -> None:
    lines = [line("1000", "13", "15")]
    steps = working(lines, owed(*lines), LAW)
    assert steps[-1].endswith("= 230.59")
    assert any("15%" in step and "123.53" in step for step in steps)
