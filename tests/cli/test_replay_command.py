"""`hoppo replay`: a store that nobody touched is judged as it was; what was touched is named."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.conftest import NOON
from tests.customs.office import NAPPIES, PLAIN, RISKY, TARIFF, Office, changed, message, one, worth
from tests.purchase import messages

from hoppo.cli.main import cli
from hoppo.customs.registers import registers_changed
from hoppo.engine.database import KEY_VARIABLE, Database
from hoppo.tariff.store import replace_tariff

pytestmark = pytest.mark.database


@pytest.fixture
def office(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office whose database the command can open by its URL."""
    monkeypatch.setenv(KEY_VARIABLE, str(database.key_file))
    opened = Office(database, NOON)
    yield opened
    opened.close()


def replay(office: Office, *options: str) -> Result:
    return CliRunner().invoke(cli, ["replay", "--db", office.database.url, *options])


def objects(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def every_kind(office: Office) -> None:
    """Lists of every fate: released, decided, cancelled, returned, refused, waiting."""
    wrong = changed(one(2), "payment", amount_paid=Decimal(1))
    office.send_purchases(
        [one(1), wrong, one(3, code=RISKY), one(4, code=RISKY), one(5), one(6), one(7, code=RISKY)]
    )
    # The third of one person's year does not fit: what was used then is a fact of that day.
    office.send_purchases(worth(number, "4900") for number in range(11, 18))
    office.send(message("list", one(8)["list"]))
    office.send(message("order", one(9)["order"]), message("list", one(9)["list"]))
    office.send(message("list", changed(one(10), "list", cop_no="")["list"]))
    assert office.decide(3, release=True)
    assert office.decide(4, release=False)
    office.now += timedelta(hours=1)
    office.send(office.application("cancellation", 5, "X5"))
    office.send(office.application("return", 6, "R6", {1: "2"}))
    assert not office.arrive("R6")


def test_an_untouched_store_is_judged_as_it_was(office: Office) -> None:
    every_kind(office)
    office.now += timedelta(days=30)
    office.send(message("list", one(20)["list"]))
    office.sweep()
    # What comes after the waiting was over changes nothing of the judgement.
    office.send(message("payment", one(9)["payment"]), message("waybill", one(9)["waybill"]))
    statuses = sorted(line["status"] for line in office.verdicts().values())
    assert {"800", "100", "300", "899", "cancelled", "2"} <= set(statuses)
    result = replay(office, "--json")
    (summary,) = objects(result)
    assert result.exit_code == 0, result.output
    not_judged = {"waiting": 1, **({"format": 1} if "-621001" in statuses else {})}
    judged = len(statuses) - sum(not_judged.values())
    assert summary == {
        "lists": len(statuses), "judged": judged, "equal": judged, "different": 0,
        "not_judged": not_judged,
    }  # fmt: skip
    assert f"{judged} of {len(statuses)} lists judged again" in replay(office).output


def test_a_document_that_was_replaced_later_is_no_difference(office: Office) -> None:
    office.send_purchases([one(4, code=RISKY), one(1)])
    assert office.decide(4, release=False)
    office.now += timedelta(hours=1)
    newer = changed(one(4, code=RISKY), "payment", app_type="2", app_time="20260618110000",
                    amount_paid=Decimal(1))  # fmt: skip
    office.send(message("payment", newer["payment"]))
    result = replay(office, "--json")
    told, summary = objects(result)
    assert result.exit_code == 0, result.output
    assert "payment was replaced" in told["why"]
    assert (summary["equal"], summary["not_judged"]) == (1, {"document replaced": 1})


def test_what_was_altered_is_named(office: Office) -> None:
    office.send_purchases([one(1), one(2), one(3), one(4, code=PLAIN)])
    with office.database.connect() as connection:
        connection.execute("UPDATE verdict SET status = '300', trail = '[[\"\", \"300\", \"\"]]'"
                           " WHERE cop_no = 'COP00000001'")  # fmt: skip
        connection.execute("UPDATE verdict SET facts = facts || '{\"used\": \"25990\"}'"
                           " WHERE cop_no = 'COP00000002'")  # fmt: skip
        replace_tariff(
            connection,
            [row._replace(vat_rate=Decimal(9)) if row.code == NAPPIES else row for row in TARIFF],
        )
        registers_changed(connection)
    result = replay(office, "--json")
    *told, summary = objects(result)
    assert result.exit_code == 1, result.output
    assert (summary["equal"], summary["different"]) == (1, 3)
    by_number = {line["copNo"]: line for line in told}
    assert by_number["COP00000001"]["differs"] == ["status", "tax"]
    assert by_number["COP00000002"]["differs"] == ["status", "findings", "tax"]
    assert by_number["COP00000002"]["again"]["status"] == "100"
    assert by_number["COP00000003"]["differs"] == ["tax"]
    assert by_number["COP00000003"]["again"]["tax"]["vat"] == "13.23"
    text = replay(office, "--cop-no", "COP00000001")
    assert text.exit_code == 1
    assert "status: stored 300, again 800; tax: stored {" in text.output
    assert "测试甲" not in result.output


def test_days_and_numbers_choose(office: Office) -> None:
    office.send(*messages(one(1)))
    office.now += timedelta(days=1)
    office.send(*messages(one(2)))
    counted = {
        ("--from", "2026-06-19"): 1,
        ("--to", "2026-06-18"): 1,
        ("--from", "2026-06-18", "--to", "2026-06-19"): 2,
        ("--from", "2026-06-20"): 0,
        ("--cop-no", "COP00000002"): 1,
    }
    for options, lists in counted.items():
        result = replay(office, *options, "--json")
        assert result.exit_code == 0, result.output
        assert objects(result)[-1]["lists"] == lists


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--from", "yesterday"), "is no day; write 2026-06-18"),
        (("--from", "2026-06-19", "--to", "2026-06-18"), "give the earlier day first"),
        (("--cop-no", "NOBODY"), "there is no list NOBODY"),
        (("--data", "x"), "not both"),
    ],
)
def test_wrong_input_ends_with_two(office: Office, options: tuple[str, ...], sentence: str) -> None:
    result = replay(office, *options)
    assert result.exit_code == 2
    assert sentence in result.output
    assert "Traceback" not in result.output
