"""The code lists: complete, clean, and the same for everybody."""

import tomllib
from importlib.resources import files

import pytest

from hoppo.tariff.codes import NAMES, Code, CodeList, code_list

ENGLISH = [name for name in NAMES if name not in {"customs_districts", "trade_modes"}]


@pytest.mark.parametrize(
    ("name", "count", "code", "zh", "en"),
    [
        ("countries", 243, "116", "日本", "Japan"),
        ("countries", 243, "102", "巴林", "Bahrain"),
        ("countries", 243, "303", "英国", "United Kingdom"),
        ("currencies", 22, "142", "人民币", "yuan renminbi"),
        ("units", 123, "035", "千克", "kilogram"),
        ("units", 123, "011", "件", "item"),
        ("customs_districts", 990, "5165", "南沙旅检", "Nansha, passengers"),
        ("transport_modes", 16, "5", "航空运输", "air"),
        ("packing", 7, "2", "纸箱", "carton"),
        ("trade_modes", 101, "1210", "保税跨境贸易电子商务", "cross-border e-commerce, bonded"),
        ("trade_modes", 101, "0110", "一般贸易", "general trade"),
    ],
)
def test_a_list_knows_its_codes(name: str, count: int, code: str, zh: str, en: str) -> None:
    codes = code_list(name)
    assert len(codes) == len(list(codes)) == count
    assert code in codes
    assert codes.name(code) == Code(code, zh, en)


@pytest.mark.parametrize("name", NAMES)
def test_every_code_has_one_form_and_a_chinese_name(name: str) -> None:
    codes = list(code_list(name))
    assert len({len(code.code) for code in codes}) == 1
    assert [code for code in codes if not code.zh or code.zh == "NULL"] == []
    texts = [text for code in codes for text in code]
    assert [text for text in texts if text != text.strip() or "  " in text] == []


@pytest.mark.parametrize("name", ENGLISH)
def test_every_code_has_an_english_name_of_its_own(name: str) -> None:
    names = [code.en for code in code_list(name)]
    assert "" not in names
    if name not in {"units", "transport_modes"}:
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("mode", ["9610", "1210", "1239", "9710", "9810", "0110"])
def test_the_trade_modes_in_use_have_english_names(mode: str) -> None:
    entry = code_list("trade_modes").name(mode)
    assert entry is not None
    assert entry.en


@pytest.mark.parametrize("code", ["", "35", "0035", "035 ", "０３５", None, 35])
def test_what_is_not_in_a_list_is_not_in_it(code: object) -> None:
    assert code not in code_list("units")
    assert code_list("units").name(str(code)) is None


def test_a_list_is_read_once_and_cannot_be_changed() -> None:
    units = code_list("units")
    assert code_list("units") is units
    with pytest.raises(AttributeError):
        units.more = ()  # type: ignore[attr-defined]


def test_an_unknown_list_is_named_with_those_there_are() -> None:
    with pytest.raises(KeyError, match="no code list is called ports; there are countries"):
        code_list("ports")


def test_a_code_stands_once() -> None:
    with pytest.raises(ValueError, match="ports: the code 1 stands twice"):
        CodeList("ports", [Code("1", "甲", ""), Code("1", "乙", "")])


def test_every_list_says_its_source_date_and_confidence() -> None:
    text = files("hoppo.tariff").joinpath("data", "sources.toml").read_text("utf-8")
    sources = tomllib.loads(text)
    for name in NAMES:
        assert {"source", "dated", "confidence"} <= set(sources[name])
        assert sources[name]["confidence"] in {"A", "B", "C", "M"}
    assert "never an error" in sources["customs_districts"]["remark"]
