"""`hoppo clear` keeps its contract: inputs, outputs, exit codes."""

import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.purchase import changed, messages, purchase

from hoppo.cli.main import cli
from hoppo.customs.catalogue import MESSAGES
from hoppo.values.moments import BEIJING
from hoppo.wire.codec import read_message
from hoppo.wire.envelope import TransInfo, write_envelope

pytestmark = pytest.mark.database
VERDICT_KEYS = [
    "orderNo", "copNo", "ebpCode", "invtNo", "tradeMode", "status", "waiting_for", "tax",
    "findings",
]  # fmt: skip
FINDING_KEYS = {
    "rule", "code", "sentence_en", "sentence_zh", "authority", "path", "found", "expected",
}  # fmt: skip


def hoppo(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def last_object(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout.strip().splitlines()[-1])
    return found


def write(folder: Path, bodies: list[bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for at, body in enumerate(bodies):
        (folder / f"{at}.xml").write_bytes(body)
    return folder


def verdicts(out: Path) -> dict[str, dict[str, Any]]:
    lines = (out / "verdicts.jsonl").read_text("utf-8").splitlines()
    return {line["copNo"]: line for line in map(json.loads, lines)}


def test_files_folders_zips_and_envelopes_in_any_order(tmp_path: Path) -> None:
    one, two, three = (messages(purchase(number)) for number in (1, 2, 3))
    folder = write(tmp_path / "folder" / "deeper", list(reversed(one)))
    archive = tmp_path / "more.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for at, body in enumerate(two):
            file.writestr(f"inner/{at}.xml", body)
    created = datetime(2026, 6, 18, 12, tzinfo=BEIJING)
    wrapped = [
        write_envelope(TransInfo(f"ID-{at}", "DXPENT0000000001", ("DXPEDC",), created, kind), body)
        for at, (kind, body) in enumerate(
            zip(("CEB311Message", "CEB411Message", "CEB511Message", "CEB621Message"), three,
                strict=True)
        )
    ]  # fmt: skip
    envelopes = write(tmp_path / "envelopes", wrapped)
    result = hoppo(
        "clear", archive, envelopes, folder.parent, "--out", tmp_path / "out", "--sandbox",
        "--json", "--now", "2026-06-18T20:00",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    summary = last_object(result)
    assert summary["by_status"] == {"800": 3}
    assert summary["by_code"] == {}
    assert summary["tax_total"] == "57.33"
    assert summary["lists_per_second"] > 0
    found = verdicts(tmp_path / "out")
    assert [list(line) for line in found.values()] == [VERDICT_KEYS] * 3
    assert found["COP00000001"]["tax"] == {
        "dutiable": "210.00", "duty": "0.00", "vat": "19.11", "consumption": "0.00",
        "total": "19.11", "basis": "cbec70",
    }  # fmt: skip
    receipts = sorted((tmp_path / "out" / "receipts").iterdir())
    assert {read_message(path.read_bytes(), MESSAGES).message.type for path in receipts} == {
        "CEB312Message", "CEB412Message", "CEB512Message", "CEB622Message",
    }  # fmt: skip


def test_a_refusal_explains_itself(tmp_path: Path) -> None:
    wrong = changed(purchase(1), "payment", amount_paid=purchase(1)["list"][1][0]["price"])
    folder = write(tmp_path / "in", messages(wrong))
    data = tmp_path / "data"
    result = hoppo("clear", folder, "--out", tmp_path / "out", "--sandbox", "--data", data)
    assert result.exit_code == 0, result.output
    line = verdicts(tmp_path / "out")["COP00000001"]
    assert line["status"] == "100"
    assert set(line["findings"][0]) >= FINDING_KEYS
    assert (line["findings"][0]["code"], line["findings"][0]["found"]) == ("1332", "100.00")
    told = hoppo("explain", "COP00000001", "--data", data)
    assert told.exit_code == 0
    assert "broken MATCH-05" in told.output
    assert "found 100.00, expected 210.00" in told.output
    assert "测试甲" not in told.output
    assert hoppo("explain", "NOBODY", "--data", data).exit_code == 2


def test_waiting_ends_only_when_it_is_over(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", messages(purchase(1))[2:])
    waiting = hoppo("clear", folder, "--out", tmp_path / "a", "--sandbox", "--json")
    assert last_object(waiting)["by_status"] == {"2": 1}
    assert verdicts(tmp_path / "a")["COP00000001"]["waiting_for"] == ["order", "payment"]
    over = hoppo("clear", folder, "--out", tmp_path / "b", "--sandbox", "--final", "--json")
    assert last_object(over)["by_code"] == {"46": 1, "49": 1}


def test_outside_the_sandbox_the_unsigned_and_unknown_are_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", messages(purchase(1)))
    result = hoppo("clear", folder, "--out", tmp_path / "out", "--json")
    assert last_object(result)["by_status"] == {"-621029": 1}


def test_sheets_are_loaded_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", messages(purchase(1)))
    sheet = tmp_path / "tariff.csv"
    header = (
        "code,name,unit1,unit2,mfn_rate,vat_rate,consumption_rate,consumption_per_unit,"
        "consumption_unit,positive_list,note,max_qty_per_order,bonded_only,since,until\n"
    )
    sheet.write_text(header + "9619001000,nappies,035,011,0,9,,,,Y,,,N,2019-04-01,\n", "utf-8")
    arguments = ("clear", folder, "--out", tmp_path / "out", "--sandbox", "--tariff", sheet)
    result = hoppo(*arguments, "--json")
    assert result.exit_code == 0, result.output
    assert last_object(result)["tax_total"] == "13.23"
    sheet.write_text(header + "96190010,nappies,035,011,0,x,,,,Y,,,N,2019-04-01,\n", "utf-8")
    refused = hoppo(*arguments)
    assert refused.exit_code == 2
    assert "row 2, column code" in refused.output
    assert "row 2, column vat_rate" in refused.output


@pytest.mark.parametrize(
    ("name", "body", "sentence"),
    [
        ("none.xml", None, "no such file or folder"),
        ("empty", b"", "no message was found"),
        ("broken.zip", b"PK\x03\x04broken", "could not be read"),
        ("noise.xml", b"\x00\xff\x00noise", "could not be read"),
    ],
)
def test_unusable_input_ends_with_two(
    tmp_path: Path, name: str, body: bytes | None, sentence: str
) -> None:
    path = tmp_path / name
    if name == "empty":
        path.mkdir()
    elif body is not None:
        path.write_bytes(body)
    result = hoppo("clear", path, "--out", tmp_path / "out", "--sandbox")
    assert result.exit_code == 2
    assert sentence in result.output
    assert "Traceback" not in result.output


def test_a_wrong_clock_and_a_wrong_address_are_one_sentence(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", messages(purchase(1)))
    clock = hoppo("clear", folder, "--out", tmp_path / "out", "--now", "yesterday")
    assert clock.exit_code == 2
    assert "is no ISO time" in clock.output
    address = hoppo(
        "clear", folder, "--out", tmp_path / "out", "--db", "postgresql://127.0.0.1:1/x"
    )
    assert "does not answer" in str(address.exception)
