"""The starter tariff and the goods of the simulated city: complete, sane, of their day."""

import csv
import tomllib
from collections import Counter
from datetime import date
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise

import pytest

from hoppo.tariff.codes import code_list
from hoppo.tariff.commodity import Commodity, starter_tariff
from hoppo.tariff.sheet import COLUMNS, read_tariff

DATA = files("hoppo.tariff").joinpath("data")
BYTES = DATA.joinpath("starter_tariff.csv").read_bytes()
ROWS = read_tariff(BYTES)
TODAY = date(2026, 6, 18)


def on(code: str, day: date = TODAY) -> Commodity:
    """A commodity that the starter has on a day."""
    found = starter_tariff().on(code, day)
    assert found is not None
    return found


def test_the_header_is_the_official_one() -> None:
    names = [column.name for column in COLUMNS]
    assert BYTES.decode().splitlines()[0].split(",") == names == list(Commodity._fields)


def test_it_has_at_least_two_hundred_codes_in_force() -> None:
    in_force = [row for row in ROWS if row.until is None]
    assert len(in_force) == len({row.code for row in in_force}) >= 230


def test_it_is_read_once() -> None:
    assert starter_tariff() is starter_tariff()
    assert len(starter_tariff()) == len({row.code for row in ROWS})


def oddities(row: Commodity) -> list[str]:
    """What no row of the starter may have."""
    units = code_list("units")
    sane = {
        "mfn": 0 <= row.mfn_rate <= 65,
        "vat": row.vat_rate in {9, 10, 11, 13, 16, 17},
        "consumption": row.consumption_rate in {0, 10, 15, 20, 30, 36},
        "units": {row.unit1, row.unit2 or row.unit1} <= {unit.code for unit in units},
        # A list states its quantity in the statutory units; the tax by quantity needs one of them.
        "consumption unit": row.consumption_unit in {None, row.unit1, row.unit2},
        "bonded": row.bonded_only == ("仅限网购保税商品" in row.note),
        "cap": (row.max_qty_per_order is not None) == ("每单合计不超过" in row.note),
        "days": date(2016, 4, 8) <= row.since < TODAY,
    }
    return [what for what, right in sane.items() if not right]


def test_every_row_is_sane() -> None:
    assert {(row.code, row.since): odd for row in ROWS if (odd := oddities(row))} == {}


def test_periods_of_a_code_leave_no_gap() -> None:
    for before, after in pairwise(sorted(ROWS, key=lambda row: (row.code, row.since))):
        if before.code == after.code:
            assert before.until == after.since


@pytest.mark.parametrize(
    ("code", "day", "vat"),
    [
        ("1905310000", "2016-04-08", 17), ("1905310000", "2018-04-30", 17),
        ("1905310000", "2018-05-01", 16), ("1905310000", "2019-03-31", 16),
        ("1905310000", "2019-04-01", 13), ("1905310000", "2026-06-18", 13),
        ("0409000000", "2017-06-30", 13), ("0409000000", "2017-07-01", 11),
        ("0409000000", "2018-04-30", 11), ("0409000000", "2018-05-01", 10),
        ("0409000000", "2019-03-31", 10), ("0409000000", "2019-04-01", 9),
    ],
)  # fmt: skip
def test_vat_was_what_it_was_on_its_day(code: str, day: str, vat: int) -> None:
    assert on(code, date.fromisoformat(day)).vat_rate == vat


def test_many_codes_have_their_rates_by_day() -> None:
    count = Counter(row.code for row in ROWS)
    assert sum(periods >= 3 for periods in count.values()) >= 200


@pytest.mark.parametrize(
    ("code", "day", "known"),
    [
        ("3304990010", "2016-09-30", True), ("3304990010", "2016-10-01", False),
        ("3303000010", "2016-09-30", False), ("3303000010", "2016-10-01", True),
        ("1509100000", "2021-12-31", True), ("1509100000", "2022-01-01", False),
        ("1509200000", "2021-12-31", False), ("1509200000", "2022-01-01", True),
    ],
)  # fmt: skip
def test_a_renumbered_code_ends_with_its_day(code: str, day: str, *, known: bool) -> None:
    assert starter_tariff().knows(code)
    assert (starter_tariff().on(code, date.fromisoformat(day)) is not None) is known


@pytest.mark.parametrize(
    ("code", "vat", "consumption", "per_unit", "unit"),
    [
        ("1901101090", "13", "0", None, None),
        ("9619001000", "13", "0", None, None),
        ("1509200000", "9", "0", None, None),
        ("3303000010", "13", "15", None, None),
        ("3304990039", "13", "0", None, None),
        ("2204210000", "13", "10", None, None),
        ("2208300000", "13", "20", "1", "035"),
        ("2203000000", "13", "0", "0.25", "035"),
        ("9506310000", "13", "10", None, None),
    ],
)
def test_goods_bear_their_taxes(
    code: str, vat: str, consumption: str, per_unit: str | None, unit: str | None
) -> None:
    row = on(code)
    assert (row.vat_rate, row.consumption_rate) == (Decimal(vat), Decimal(consumption))
    assert row.consumption_per_unit == (Decimal(per_unit) if per_unit else None)
    assert row.consumption_unit == unit


def test_every_kind_of_note_has_its_goods() -> None:
    now = [row for row in ROWS if row.until is None]
    assert sum(row.bonded_only for row in now) >= 5
    assert sum(not row.positive_list for row in now) >= 5
    caps = {row.code: row.max_qty_per_order for row in now if row.max_qty_per_order}
    assert caps["1006302090"] == 20
    assert caps["1701991010"] == 2


def test_its_sources_mark_it_as_a_starter_and_name_real_codes() -> None:
    source = tomllib.loads(DATA.joinpath("sources.toml").read_text("utf-8"))["starter_tariff"]
    assert source["label"] == "starter, not the official tariff"
    marked = [code for codes in source["codes"].values() for code in codes]
    assert len(marked) == len(set(marked))
    assert set(marked) <= set(starter_tariff().codes())


def test_the_goods_of_the_city_are_in_the_tariff() -> None:
    text = files("hoppo.simulation").joinpath("data", "goods.csv").read_text("utf-8")
    goods = list(csv.DictReader(text.splitlines()))
    assert len(goods) >= 200
    assert len({row["code"] for row in goods}) == len(goods)
    for row in goods:
        on(row["code"])
        assert row["unit"] in code_list("units")
        assert int(row["weight"]) > 0
        assert Decimal(row["median_price"]) > 0
        assert Decimal(row["net_weight_kg"]) > 0
