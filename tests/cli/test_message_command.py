"""`hoppo message`: check, show, sign, verify."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.purchase import NAME, message, purchase

from hoppo.cli.main import cli

GOOD = message("list", purchase(1)["list"])


def hoppo(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["message", *map(str, arguments)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.xml"
    path.write_bytes(GOOD)
    return path


def test_a_good_message_has_no_faults(file: Path) -> None:
    result = hoppo("check", file)
    assert result.exit_code == 0
    assert "CEB621Message, 1 records, no faults" in result.output
    assert "not signed" in result.output


def test_every_fault_is_told_with_its_place(file: Path) -> None:
    file.write_bytes(GOOD.replace(b"packNo>1<", b"packNo>x<").replace(b"qty>2<", b"qty>two<"))
    result = hoppo("check", file, "--json")
    assert result.exit_code == 1
    faults = json.loads(result.output)["faults"]
    assert [fault["path"].rpartition("/")[2] for fault in faults] == ["packNo", "qty"]
    assert all(fault["sentence_en"] and fault["sentence_zh"] for fault in faults)


def test_what_is_no_message_ends_with_two_and_stops_no_other(file: Path, tmp_path: Path) -> None:
    noise = tmp_path / "noise.xml"
    noise.write_bytes(b"not xml")
    result = hoppo("check", noise, tmp_path / "none.xml", file)
    assert result.exit_code == 2
    assert "list.xml: CEB621Message" in result.output


def test_show_masks_unless_asked(file: Path) -> None:
    assert NAME not in hoppo("show", file).output
    assert NAME in hoppo("show", file, "--unmask").output


@pytest.mark.parametrize("algorithm", ["sm2-sm3", "rsa-sha1"])
def test_what_is_signed_verifies_and_what_is_changed_does_not(
    file: Path, tmp_path: Path, algorithm: str
) -> None:
    made = hoppo("certificate", "--code", "440196D001", "--name", "测试", "--algorithm", algorithm,
                 "--out", tmp_path)  # fmt: skip
    assert made.exit_code == 0, made.output
    signed = tmp_path / "signed.xml"
    key, certificate = tmp_path / "440196D001.key.pem", tmp_path / "440196D001.pem"
    result = hoppo("sign", file, "--key", key, "--certificate", certificate, "--algorithm",
                   algorithm, "--out", signed)  # fmt: skip
    assert result.exit_code == 0, result.output
    assert hoppo("verify", signed, "--certificate", certificate).exit_code == 0
    signed.write_bytes(signed.read_bytes().replace(b"packNo>1<", b"packNo>2<"))
    changed = hoppo("verify", signed)
    assert changed.exit_code == 1
    assert "not valid" in changed.output
    assert hoppo("verify", file).exit_code == 1
