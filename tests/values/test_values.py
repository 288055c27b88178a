"""Money, moments, identifiers and personal data."""

from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from hoppo.values.identifiers import is_enterprise_code, is_identity_card
from hoppo.values.moments import (
    BEIJING,
    beijing_day,
    read_day,
    read_iso,
    read_moment,
    six_months_before,
    write_moment,
)
from hoppo.values.money import plain_text, spread, to_fen
from hoppo.values.personal import (
    Pseudonyms,
    mask_address,
    mask_name,
    mask_number,
    shown,
    shown_apart,
    token,
)

AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False)


@pytest.mark.parametrize(
    ("amount", "fen"), [("0.004", "0.00"), ("0.005", "0.01"), ("0.015", "0.02"), ("1.2", "1.20")]
)
def test_half_a_fen_goes_up(amount: str, fen: str) -> None:
    assert str(to_fen(Decimal(amount))) == fen


@given(total=AMOUNTS, weights=st.lists(AMOUNTS, min_size=1, max_size=20))
def test_shares_sum_to_the_whole(total: Decimal, weights: list[Decimal]) -> None:
    assert sum(spread(total, weights), Decimal(0)) == total


def test_numbers_are_written_plainly() -> None:
    assert plain_text(Decimal("1E+3")) == "1000"
    assert plain_text(Decimal("0.50")) == "0.5"
    assert plain_text(Decimal("10.00")) == "10"


@pytest.mark.parametrize(
    "text",
    [
        "20260230000000",
        "2026061810000",
        "2026061810000x",
        "20260618250000",
        "２０２６０６１８１００００００",
    ],
)
def test_what_is_no_moment_is_none(text: str) -> None:
    assert read_moment(text) is None


def test_moments_are_beijing_time() -> None:
    assert read_moment("20260618000000") == datetime(2026, 6, 17, 16, tzinfo=UTC)
    assert beijing_day(datetime(2026, 6, 17, 16, tzinfo=UTC)) == date(2026, 6, 18)
    assert write_moment(datetime(2026, 6, 17, 16, 0, 0, 5000, tzinfo=UTC)) == "20260618000000005"
    assert read_iso("2026-06-18T10:00") == datetime(2026, 6, 18, 10, tzinfo=BEIJING)
    assert read_day("20260229") is None


@pytest.mark.parametrize(
    ("day", "before"),
    [((2026, 8, 31), (2026, 2, 28)), ((2026, 6, 30), (2025, 12, 30)), ((2026, 3, 1), (2025, 9, 1))],
)
def test_six_months_before(day: tuple[int, int, int], before: tuple[int, int, int]) -> None:
    found = six_months_before(datetime(*day, tzinfo=BEIJING))
    assert beijing_day(found) == date(*before)


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("110101199001011237", True),
        ("110101199001011238", False),
        ("110101199013011234", False),
        ("11010119900101123", False),
        ("", False),
    ],
)
def test_identity_numbers(number: str, *, valid: bool) -> None:
    assert is_identity_card(number) is valid


def test_enterprise_codes() -> None:
    assert is_enterprise_code("440196P001")
    assert not is_enterprise_code("440196P00")
    assert not is_enterprise_code("440196P001１")


def test_personal_values_compare_by_their_clear_text() -> None:
    make = Pseudonyms(b"k" * 32).personal
    assert make("name", " 测试甲 ") == make("name", "测试甲")
    assert make("number", "11010119900101123x") == make("number", "11010119900101123X")
    assert make("name", "测试甲") != make("name", "测试乙")
    assert make("name", "测试甲") != Pseudonyms(b"j" * 32).personal("name", "测试甲")
    assert token(make("name", "测试甲")) != token(make("address", "测试甲"))
    assert shown(make("name", "测试甲")) == "测**"


def test_masks_hide_what_identifies() -> None:
    assert mask_name("王") == "王*"
    assert mask_number("13900000001") == "139****0001"
    assert mask_number("12345678") == "********"
    assert mask_address("广东省广州市南沙区测试路一号") == "广东省广州市***"


def test_two_values_that_differ_are_shown_apart() -> None:
    make = Pseudonyms(b"k" * 32).personal
    found, expected = shown_apart(make("name", "测试甲"), make("name", "测试乙"))
    assert found != expected
    assert found.startswith("测**")
    assert shown_apart(make("name", "王甲"), make("name", "李甲")) == ("王*", "李*")


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("110101199003071938", True),
        ("110101199003071939", False),  # the check digit
        ("110101199002301930", False),  # 30 February
        ("11000019900307193X", False),  # a province, no county
        ("440000199003071934", False),
        ("1101011990030719", False),
        ("１10101199003071938", False),
        ("", False),
    ],
)
def test_an_identity_number_has_a_place_a_date_and_a_check_digit(number: str, valid: bool) -> None:  # noqa: FBT001 - a table
    assert is_identity_card(number) is valid


def test_identity_numbers_are_judged_as_the_library_judges_them() -> None:
    rng = Random(5)
    agreed = 0
    for _ in range(3000):
        start = (
            f"{rng.choice(('110101', '440106', '310115', '659001', '999999'))}"
            f"{rng.randint(1930, 2026)}{rng.randint(0, 13):02d}{rng.randint(0, 32):02d}"
            f"{rng.randint(0, 999):03d}"
        )
        number = start + rng.choice([ric.calc_check_digit(start + "0"), "0", "X"])
        assert is_identity_card(number) == ric.is_valid(number)
        agreed += is_identity_card(number)
    assert agreed
