"""The simulated city: repeatable, whole, readable, and true to what it says about itself."""

import csv
import hashlib
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hoppo.cli.simulate import simulate as command
from hoppo.commerce.sheet import read_enterprises
from hoppo.customs.catalogue import MESSAGES
from hoppo.customs.rules import BOOK
from hoppo.simulation.city import GOOD, make_city, simulate
from hoppo.simulation.faults import FAULTS
from hoppo.simulation.groups import GROUPS
from hoppo.values.identifiers import is_identity_card
from hoppo.values.moments import BEIJING
from hoppo.wire.certificate import read_certificate
from hoppo.wire.codec import ReadRecord, read_message
from hoppo.wire.signature import verify

ORDERS = 2000
NOON = datetime(2026, 6, 18, 12, tzinfo=BEIJING)
LEFT_OUT = {
    "order_field_missing": "buyerName",
    "payment_field_missing": "payerName",
    "waybill_field_missing": "consignee",
    "list_field_missing": "buyerName",
}
Files = dict[str, bytes]
Kept = dict[str, list[ReadRecord]]


def heads(kept: Kept, kind: int) -> list[dict[str, Any]]:
    return [row.head for row in kept[f"CEB{kind}Message"]]


@pytest.fixture(scope="module")
def files() -> Files:
    return dict(make_city(11, ORDERS))


@pytest.fixture(scope="module")
def truth(files: Files) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files["truth.jsonl"].decode().splitlines()]


@pytest.fixture(scope="module")
def records(files: Files) -> Kept:
    """Every record of the day by message type."""
    found: Kept = defaultdict(list)
    for name, data in files.items():
        if name.endswith(".xml"):
            reading = read_message(data, MESSAGES)
            found[reading.message.type] += reading.records
    return found


def messages(files: Files) -> Iterator[tuple[str, bytes]]:
    return ((name, data) for name, data in files.items() if name.startswith("messages/"))


def digest(seed: int, orders: int) -> str:
    made = hashlib.sha256()
    for name, data in make_city(seed, orders):
        made.update(name.encode() + data)
    return made.hexdigest()


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert digest(5, 60) == digest(5, 60)
    assert digest(5, 60) != digest(6, 60)


def test_every_fault_occurs_and_about_a_fifth_is_faulty(truth: list[dict[str, Any]]) -> None:
    count = Counter(line["fault"] for line in truth)
    wanted = {row.name for row in (*FAULTS, *GROUPS)}
    assert wanted - set(count) == set()
    assert 0.75 < count[GOOD] / len(truth) < 0.85


def test_every_rule_is_broken_somewhere() -> None:
    broken = {number for row in (*FAULTS, *GROUPS) for number in row.rules}
    assert {row.number for row in BOOK.rules} - broken == set()


def test_every_order_has_its_truth_once(truth: list[dict[str, Any]]) -> None:
    assert len({line["orderNo"] for line in truth}) == ORDERS
    assert len({line["copNo"] for line in truth}) == len(truth)


def test_the_truth_names_rules_and_codes_that_exist(truth: list[dict[str, Any]]) -> None:
    for line in truth:
        if line["status"].startswith("-"):
            assert line["codes"] == line["rules"] == [line["status"]]
            continue
        codes = {BOOK.rule(number).code for number in line["rules"]}
        assert line["codes"] == sorted(codes)
        assert (line["status"] in {"800", "500"}) == (not codes)


def test_groups_say_how_many_pass(truth: list[dict[str, Any]]) -> None:
    groups = defaultdict(list)
    for line in truth:
        if line["status"] == "group":
            groups[line["group"]].append(line)
    assert groups
    for name, lines in groups.items():
        (released,) = {line["group_released"] for line in lines}
        assert 0 < released < len(lines)
        if name.startswith("yearly_limit"):
            values = [Decimal(line["tax"]["dutiable"]) for line in lines]
            assert sum(values[:released]) <= 26000 < sum(values[: released + 1])
            assert max(values) <= 5000


def test_only_the_fields_left_out_on_purpose_are_faults(
    records: Kept, truth: list[dict[str, Any]]
) -> None:
    found = Counter(
        fault.field for kept in records.values() for row in kept for fault in row.faults
    )
    wanted = Counter(LEFT_OUT[line["fault"]] for line in truth if line["fault"] in LEFT_OUT)
    assert found == wanted


def test_messages_come_in_order_of_time_and_are_not_too_large(files: Files) -> None:
    numbers, names = [], set()
    for name, data in messages(files):
        number, _, kind = Path(name).stem.partition("_")
        numbers.append(int(number))
        names.add(kind)
        assert 1 <= len(read_message(data, MESSAGES).records) <= 100
    assert numbers == list(range(1, len(numbers) + 1))
    assert names == {f"CEB{kind}Message" for kind in (311, 411, 511, 513, 621)}


def test_lists_are_signed_and_only_the_forged_ones_wrongly(
    files: Files, truth: list[dict[str, Any]]
) -> None:
    wrong = set()
    for name, data in messages(files):
        reading = read_message(data, MESSAGES)
        assert reading.signed == name.endswith("CEB621Message.xml")
        if reading.signed and not verify(reading.root, moment=NOON).valid:
            wrong |= {row.head["cop_no"] for row in reading.records}
    assert wrong == {line["copNo"] for line in truth if line["fault"] == "list_forged"}


def test_the_sheet_reads_and_its_certificates_are_there(files: Files) -> None:
    rows = read_enterprises(files["enterprises.csv"])
    assert {role for row in rows for role in row.roles} == {
        "platform", "ebc", "payment", "logistics", "declarant", "zone", "guarantor",
    }  # fmt: skip
    signers = [row for row in rows if row.certificate]
    assert len(signers) == 3
    for row in signers:
        assert read_certificate(files[row.certificate]).valid_on(NOON)
    header = next(csv.reader(io.StringIO(files["enterprises.csv"].decode())))
    assert header == ["code", "name", "roles", "credit_class", "guarantee", "certificate"]


def test_identity_numbers_are_valid_but_nobodys(records: Kept, truth: list[dict[str, Any]]) -> None:
    wrong = {line["orderNo"] for line in truth if line["fault"] == "identity_number"}
    for head in heads(records, 311):
        number = head["buyer_id_number"]
        assert is_identity_card(number) == (head["order_no"] not in wrong)
        assert number[2:6] == "0000"  # a whole province: cards carry the code of a county
        assert head["buyer_telephone"].startswith("126")


def test_the_amounts_of_good_orders_sum(records: Kept, truth: list[dict[str, Any]]) -> None:
    good = {line["orderNo"]: line for line in truth if line["fault"] == GOOD}
    paid = {head["order_no"]: head["amount_paid"] for head in heads(records, 411)}
    seen = set()
    for row in records["CEB311Message"]:
        head: dict[str, Any] = row.head
        lines: list[dict[str, Any]] = row.lines
        line = good.get(head["order_no"])
        if line is None:
            continue
        seen.add(head["order_no"])
        goods = sum(item["total_price"] for item in lines)
        owed = head["goods_value"] + head["freight"] + head["tax_withheld"] - head["discount"]
        assert head["goods_value"] == goods
        assert head["actual_paid"] == owed == paid[head["order_no"]]
        assert head["tax_withheld"] == Decimal(line["tax"]["total"])
        assert Decimal(line["tax"]["dutiable"]) == goods + head["freight"] <= 5000
    assert seen == set(good)


def test_the_day_has_peaks_and_buyers_come_back(records: Kept) -> None:
    bought = heads(records, 311)
    hours = Counter(head["app_time"][8:10] for head in bought)
    assert hours["21"] > 4 * hours["03"]
    lists = Counter(head["buyer_id_number"] for head in bought)
    assert 0.1 < sum(count > 1 for count in lists.values()) / len(lists) < 0.6


def test_a_folder_is_written_once(tmp_path: Path) -> None:
    out = tmp_path / "day"
    summary = simulate(3, 40, out)
    assert len(list((out / "messages").iterdir())) == summary.messages
    assert sum(summary.statuses.values()) == summary.lists == sum(summary.faults.values())
    assert (out / "truth.jsonl").read_text("utf-8").count("\n") == summary.lists
    with pytest.raises(FileExistsError, match="is not empty"):
        simulate(3, 40, out)


def test_the_command_says_what_it_made(tmp_path: Path) -> None:
    arguments = ["--seed", "4", "--orders", "30", "--out", str(tmp_path / "day")]
    first = CliRunner().invoke(command, arguments)
    assert first.exit_code == 0
    assert "30 orders" in first.output
    again = CliRunner().invoke(command, arguments)
    assert again.exit_code == 1
    assert "is not empty" in again.output
