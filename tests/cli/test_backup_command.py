"""The restore drill, and what a backup refuses. The servers are real ones, in folders."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from tests.conftest import NOON
from tests.customs.office import RISKY, Office, changed, identity, one

from hoppo.cli.main import cli
from hoppo.customs.intake import PURPOSE
from hoppo.engine.database import open_database

pytestmark = pytest.mark.database
HOPPO = Path(sys.executable).parent / "hoppo"
PATIENCE_SECONDS = 60


def hoppo(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@contextmanager
def opened(data: Path) -> Iterator[Office]:
    with open_database(data) as database:
        office = Office(database, NOON)
        try:
            yield office
        finally:
            office.close()


def until(what: str, reached: Any) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        if reached():
            return
        time.sleep(0.1)
    pytest.fail(f"not in time: {what}")


@contextmanager
def continuous(data: Path, folder: Path, office: Office) -> Iterator[None]:
    """`hoppo backup --continuous` at work; at the end the journal has come whole."""
    process = subprocess.Popen(
        [str(HOPPO), "backup", "--continuous", "--data", str(data), "--to", str(folder)],
        stderr=subprocess.DEVNULL,
    )

    def fetching() -> bool:
        return bool(
            office.rows(
                "SELECT 1 FROM pg_stat_replication WHERE application_name = 'pg_receivewal'"
                " AND flush_lsn >= pg_current_wal_flush_lsn()"
            )
        )

    try:
        until("the journal is fetched", fetching)
        yield
        until("the journal has come", fetching)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)


def contents(office: Office) -> dict[str, Any]:
    """Every row of what matters, and what the world sees of it."""
    tables = (
        "inbox", "outbox", "verdict", "declaration", "purchase_order", "payment", "waybill",
        "limit_account", "limit_entry", "guarantee_account", "guarantee_entry", "data_key",
    )  # fmt: skip
    return {
        "verdicts": office.verdicts(),
        **{name: sorted(str(row) for row in office.rows(f"TABLE {name}")) for name in tables},
    }


def test_the_restore_drill(tmp_path: Path) -> None:
    data, folder, again = tmp_path / "data", tmp_path / "backup", tmp_path / "again"
    with opened(data) as office:
        office.send_purchases(one(number) for number in range(1, 6))
        with continuous(data, folder, office):
            wrong = changed(one(7), "payment", amount_paid=Decimal(1))
            office.send_purchases([one(6, code=RISKY), wrong, one(8)])
            assert office.decide(6, release=True)
            then, moment = contents(office), office.value("SELECT clock_timestamp()")
        # It is stopped and goes on: nothing of meanwhile is lost.
        office.send(office.application("cancellation", 1, "X1"))
        with continuous(data, folder, office):
            office.send_purchases(one(number) for number in range(20, 30))
        last = contents(office)
    assert then != last
    assert not (folder / "master.key").exists()
    told = ["--from", folder, "--key", data / "master.key"]
    result = hoppo("restore", *told, "--data", again, "--to-time", moment.isoformat())
    assert result.exit_code == 0, result.output
    # A restored database needs the old one no more.
    shutil.move(data, tmp_path / "gone")
    replayed = hoppo("replay", "--data", again, "--json")
    assert replayed.exit_code == 0, replayed.output
    assert json.loads(replayed.stdout)["judged"] == 8
    with open_database(again) as database:
        office = Office.__new__(Office)
        office.connection = database.connect()
        assert contents(office) == then
        office.check_sums()
        ((day, sealed),) = office.rows(
            "SELECT key_day, personal FROM declaration WHERE cop_no = 'COP00000006'"
        )
        clear = database.keys.decrypt(office.connection, day, sealed, PURPOSE)
        assert identity(6) in clear.decode()
        office.connection.close()
    with opened(again) as office:
        office.now += timedelta(hours=1)
        office.send_purchases([one(20), one(31)])
        assert {office.verdict(20)["status"], office.verdict(31)["status"]} == {"800"}
        office.check_sums()
    result = hoppo(
        "restore", "--from", folder, "--data", tmp_path / "whole",
        "--key", tmp_path / "gone" / "master.key",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    with opened(tmp_path / "whole") as office:
        assert office.verdicts() == last["verdicts"]


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder `data` and a single backup `backup` of it, with its key."""
    home = tmp_path_factory.mktemp("single")
    with opened(home / "data") as office:
        office.send_purchases([one(1)])
        url = office.database.url
        os.environ["HOPPO_MASTER_KEY_FILE"] = str(home / "data" / "master.key")
        made = hoppo("backup", "--db", url, "--to", home / "backup", "--with-key")
        del os.environ["HOPPO_MASTER_KEY_FILE"]
        assert made.exit_code == 0, made.output
        office.send_purchases([one(2)])
    yield home
    shutil.rmtree(home)


def test_a_servers_backup_is_restored_with_its_own_key(single: Path, tmp_path: Path) -> None:
    result = hoppo("restore", "--from", single / "backup", "--data", tmp_path / "data")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "data" / "master.key").stat().st_mode & 0o777 == 0o600
    assert hoppo("explain", "COP00000001", "--data", tmp_path / "data").exit_code == 0
    assert hoppo("explain", "COP00000002", "--data", tmp_path / "data").exit_code == 2


def test_a_backup_without_its_key_opens_for_no_other(single: Path, tmp_path: Path) -> None:
    backup, other = tmp_path / "backup", tmp_path / "other.key"
    shutil.copytree(single / "backup", backup)
    (backup / "master.key").unlink()
    other.write_text("ab" * 32)
    restoring = ("restore", "--from", backup, "--data", tmp_path / "data")
    refused(hoppo(*restoring), "no master key is there; name the one of this database with --key")
    refused(hoppo(*restoring, "--key", other), "does not open this backup")
    other.write_text("no key")
    refused(hoppo(*restoring, "--key", other), "expected 64 hexadecimal digits")
    assert not (tmp_path / "data").exists()


def refused(result: Result, sentence: str) -> None:
    assert result.exit_code == 2, result.output
    assert sentence in result.output
    assert "Traceback" not in result.output


def test_wrong_folders_and_moments_are_one_sentence(single: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    backup, data = single / "backup", single / "data"
    refused(hoppo("backup", "--data", data, "--to", backup), "name a new folder")
    refused(hoppo("backup", "--data", tmp_path, "--to", new), "no database there")
    refused(hoppo("backup", "--data", data, "--continuous", "--to", backup), "a single backup")
    refused(hoppo("restore", "--from", tmp_path, "--data", new), "no whole backup is there")
    refused(hoppo("restore", "--from", backup, "--data", data), "name a new folder")
    restoring = ("restore", "--from", backup, "--data", new, "--to-time")
    refused(hoppo(*restoring, "2020-01-01T00:00"), "name an earlier backup or a later moment")
    refused(hoppo(*restoring, "2199-01-01T00:00"), "without the journal since")
    refused(hoppo(*restoring, "noon"), "is no ISO time")
    key = ("--with-key", "--db", "postgresql://127.0.0.1:1/x")
    assert "does not answer" in str(hoppo("backup", *key, "--to", new).exception)
    assert not new.exists()


def test_a_damaged_backup_is_refused(single: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    shutil.copytree(single / "backup", backup)
    file = max((backup / "base" / "base").rglob("*"), key=lambda path: path.stat().st_size)
    body = bytearray(file.read_bytes())
    body[len(body) // 2] ^= 1
    file.write_bytes(body)
    refused(
        hoppo("restore", "--from", backup, "--data", tmp_path / "new"),
        "is damaged: the checksum of base/",
    )
    (backup / "backup.json").write_text("{}")
    refused(hoppo("restore", "--from", backup, "--data", tmp_path / "new"), "is not what hoppo")


def test_a_moment_after_the_journals_end_is_named(single: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    shutil.copytree(single / "backup", backup)
    told = json.loads((backup / "backup.json").read_text())
    (backup / "backup.json").write_text(json.dumps({**told, "slot": "hoppo_x"}))
    restoring = ("restore", "--from", backup, "--data", tmp_path / "new")
    refused(hoppo(*restoring, "--to-time", "2199-01-01T00:00"), "The journal ends before 2199")
    assert not (tmp_path / "new").exists()
    going_on = hoppo("backup", "--data", single / "data", "--continuous", "--to", backup)
    refused(going_on, "this server keeps no journal for it")


def test_a_role_that_may_not_copy_is_told_so(single: Path, tmp_path: Path) -> None:
    with open_database(single / "data") as database:
        with psycopg.connect(database.url) as connection:
            connection.execute("CREATE ROLE reader LOGIN")
        url = database.url.replace("postgres:@", "reader:@").replace("postgres@", "reader@")
        result = hoppo("backup", "--db", url, "--to", tmp_path / "new")
    refused(result, "The backup was not made")
    assert "Its role needs REPLICATION" in result.output
