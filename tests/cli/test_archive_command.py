"""`hoppo archive`: old months out, checked, read by others, judged again, brought back."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from click.testing import CliRunner, Result
from tests.conftest import NOON
from tests.customs.office import RISKY, Office, changed, message, one

from hoppo.cli.main import cli
from hoppo.customs.archived import unfinished
from hoppo.engine import archiving, months
from hoppo.engine.archiving import ArchiveError, archive_month
from hoppo.engine.database import KEY_VARIABLE, Database

pytestmark = pytest.mark.database
JUNE, JULY = datetime(2026, 6, 1, tzinfo=UTC).date(), datetime(2026, 7, 1, tzinfo=UTC).date()
LATER = "2027-01-15T10:00"  # June lies seven months back, July six


@pytest.fixture
def office(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setenv(KEY_VARIABLE, str(database.key_file))
    opened = Office(database, NOON)
    yield opened
    opened.close()


def archive(office: Office, folder: Path, *options: str) -> Result:
    command = ["archive", "--db", office.database.url, "--to", str(folder), "--now", LATER]
    return CliRunner().invoke(cli, [*command, "--older-than", "7", *options])


def june_and_july(office: Office) -> None:
    """A finished June: released and paid, refused, cancelled. In July one that is new."""
    wrong = changed(one(2), "payment", amount_paid=0)
    office.send_purchases([one(1), wrong, one(3), one(4, code=RISKY)])
    office.send(message("list", one(5)["list"]))  # its partners never come
    office.send(office.application("cancellation", 3, "X3"))
    assert office.decide(4, release=False)
    office.now += timedelta(days=32)
    office.sweep()
    assert office.pay() is not None
    office.send_purchases([one(11)])


def everything(office: Office) -> dict[str, list[Any]]:
    """All rows of all tables that lie in months."""
    return {
        table: sorted(office.rows(f"SELECT t::text FROM {table} t"))  # noqa: S608 - ours
        for (table,) in office.rows(months.MONTHLY)
    }


def test_old_months_move_are_judged_again_and_come_back(office: Office, tmp_path: Path) -> None:
    june_and_july(office)
    before = everything(office)
    lists = office.rows("SELECT count(*) FROM declaration WHERE received_at < '2026-07-01'")[0][0]
    assert lists == 5
    told = archive(office, tmp_path, "--json")
    assert told.exit_code == 0, told.output
    (line,) = [json.loads(text) for text in told.stdout.splitlines()]
    assert (line["month"], line["rows"]["declaration"]) == ("2026-06", 5)
    assert office.rows("SELECT count(*) FROM declaration") == [(1,)]
    assert JUNE not in (kept := set(months.months(office.worker.connection)))
    assert JULY in kept

    with duckdb.connect() as duck:
        file = tmp_path / "2026-06" / "verdict.parquet"
        rows = duck.from_parquet(str(file)).aggregate("status, count(*)").fetchall()
    assert dict(rows) == {"800": 1, "100": 3, "cancelled": 1}
    for written in (tmp_path / "2026-06").iterdir():
        data = written.read_bytes()
        assert "测试甲".encode() not in data

    command = ["replay", "--db", office.database.url, "--archive", str(tmp_path), "--json"]
    again = CliRunner().invoke(cli, command)
    assert again.exit_code == 0, again.output
    summary = json.loads(again.stdout.splitlines()[-1])
    assert (summary["lists"], summary["equal"], summary["different"]) == (5, 5, 0)

    office.send_purchases([one(12)])
    assert archive(office, tmp_path, "--back", "2026-06").exit_code == 0
    after = everything(office)
    for table, found in before.items():
        assert set(found) <= set(after[table]), table
    second = archive(office, tmp_path, "--back", "2026-06")
    assert second.exit_code == 2
    assert "has rows already" in second.output


def test_a_month_with_something_open_stays_and_says_what(office: Office, tmp_path: Path) -> None:
    office.send_purchases([one(1), one(2, code=RISKY)])
    told = archive(office, tmp_path)
    assert told.exit_code == 1
    assert "1 lists that wait or lie before an officer" in told.output
    assert "1 released lists without a tax bill" in told.output
    assert office.rows("SELECT count(*) FROM declaration") == [(2,)]
    assert not list(tmp_path.iterdir())


def test_what_opened_meanwhile_keeps_the_month(office: Office, tmp_path: Path) -> None:
    june_and_july(office)
    connection = office.worker.connection
    with pytest.raises(ArchiveError, match=r"2026-06: 1 list came\. Nothing was dropped"):
        archive_month(connection, JUNE, tmp_path, NOON, lambda *_: ["1 list came"])
    assert office.rows("SELECT count(*) FROM declaration") == [(6,)]


def test_a_dry_run_moves_nothing(office: Office, tmp_path: Path) -> None:
    june_and_july(office)
    told = archive(office, tmp_path, "--dry-run")
    assert (told.exit_code, told.output) == (0, "2026-06: would be moved\n")
    assert office.rows("SELECT count(*) FROM declaration") == [(6,)]


def test_what_does_not_read_back_is_not_dropped(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that lost a row: as if the disk had."""
    june_and_july(office)
    write = archiving._write  # noqa: SLF001

    def spoiled(connection: psycopg.Connection[Any], table: str, file: Path) -> Any:
        done = write(connection, table, file)
        if table.startswith("payment"):
            with duckdb.connect() as duck:
                duck.from_parquet(str(file)).limit(1).write_parquet(f"{file}.x")
            Path(f"{file}.x").rename(file)
        return done

    monkeypatch.setattr(archiving, "_write", spoiled)
    connection = office.worker.connection
    with pytest.raises(ArchiveError, match=r"payment.parquet: row 2 reads otherwise"):
        archive_month(connection, JUNE, tmp_path, NOON, unfinished)
    assert office.rows("SELECT count(*) FROM declaration") == [(6,)]
    assert not list(tmp_path.iterdir())


def test_an_archive_that_was_changed_is_refused(office: Office, tmp_path: Path) -> None:
    june_and_july(office)
    assert archive(office, tmp_path).exit_code == 0
    file = tmp_path / "2026-06" / "waybill.parquet"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    told = archive(office, tmp_path, "--back", "2026-06")
    assert told.exit_code == 2
    assert "was changed" in told.output
    assert office.rows("SELECT count(*) FROM declaration") == [(1,)]
    file.write_bytes(data[:-1])
    assert "is not the file that the manifest" in archive(
        office, tmp_path, "--back", "2026-06"
    ).output  # fmt: skip


def test_nothing_younger_than_the_rules_look_back_can_go(office: Office, tmp_path: Path) -> None:
    told = archive(office, tmp_path, "--older-than", "6")
    assert told.exit_code == 2
    assert "x>=7" in told.output
