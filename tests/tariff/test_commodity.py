"""Commodities by day."""

import time
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoppo.tariff.commodity import Commodity, OverlapError, Tariff, starter_tariff

CODE = "0409000000"
START = date(2016, 4, 8)


def commodity(vat: int, since: date, until: date | None = None, code: str = CODE) -> Commodity:
    """Honey in one period."""
    zero = Decimal(0)
    return Commodity(
        code, "天然蜂蜜", "035", None, Decimal(15), Decimal(vat), zero, None, None,
        positive_list=True, note="", max_qty_per_order=None, bonded_only=False,
        since=since, until=until,
    )  # fmt: skip


HONEY = Tariff(
    [
        commodity(9, date(2019, 4, 1)),
        commodity(13, START, date(2017, 7, 1)),
        commodity(10, date(2018, 5, 1), date(2019, 1, 1)),
        commodity(11, date(2017, 7, 1), date(2018, 5, 1)),
    ]
)


@pytest.mark.parametrize(
    ("day", "vat"),
    [
        (date(2016, 4, 7), None),
        (date(2016, 4, 8), 13),
        (date(2017, 6, 30), 13),
        (date(2017, 7, 1), 11),
        (date(2018, 4, 30), 11),
        (date(2018, 5, 1), 10),
        (date(2018, 12, 31), 10),
        (date(2019, 1, 1), None),
        (date(2019, 3, 31), None),
        (date(2019, 4, 1), 9),
        (date(2099, 1, 1), 9),
    ],
)
def test_the_row_of_the_day(day: date, vat: int | None) -> None:
    found = HONEY.on(CODE, day)
    assert (found and found.vat_rate) == vat


def test_a_code_is_known_on_any_day_or_not_at_all() -> None:
    assert HONEY.knows(CODE)
    assert not HONEY.knows("0409000001")
    assert HONEY.on("0409000001", date(2020, 1, 1)) is None
    assert (len(HONEY), HONEY.codes()) == (1, (CODE,))


@pytest.mark.parametrize(
    ("first", "second", "day"),
    [
        ((START, None), (date(2019, 4, 1), None), date(2019, 4, 1)),
        ((START, date(2019, 4, 2)), (date(2019, 4, 1), None), date(2019, 4, 1)),
        ((START, date(2019, 4, 1)), (START, None), START),
        ((START, None), (START, None), START),
    ],
)
def test_two_rows_of_one_day_are_refused(
    first: tuple[date, date | None], second: tuple[date, date | None], day: date
) -> None:
    for rows in ((first, second), (second, first)):
        with pytest.raises(OverlapError, match=f"{CODE}: two rows are in force on {day}") as caught:
            Tariff([commodity(13, *rows[0]), commodity(13, *rows[1])])
        assert caught.value.day == day


def test_rows_of_one_day_of_two_codes_are_welcome() -> None:
    assert len(Tariff([commodity(13, START), commodity(9, START, code="0409000001")])) == 2


@given(st.lists(st.integers(1, 60), min_size=1, max_size=8), st.integers(-10, 500))
def test_on_finds_the_period_that_holds_the_day(lengths: list[int], at: int) -> None:
    """Periods one after another without a gap: each day has exactly the row that covers it."""
    rows, day = [], START
    for number, length in enumerate(lengths):
        rows.append(commodity(number, day, day + timedelta(length)))
        day += timedelta(length)
    asked = START + timedelta(at)
    expected = [row for row in rows if row.since <= asked and (row.until or asked) > asked]
    found = Tariff(reversed(rows)).on(CODE, asked)
    assert ([found] if found else []) == expected


def test_a_look_up_costs_next_to_nothing() -> None:
    tariff, day = starter_tariff(), date(2026, 6, 18)
    codes = tariff.codes()
    start = time.perf_counter()
    for _ in range(100):
        for code in codes:
            tariff.on(code, day)
    assert (time.perf_counter() - start) / (100 * len(codes)) < 5e-6
