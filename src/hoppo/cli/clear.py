"""`hoppo clear`: clear files, folders and zips of messages, and write what became of them."""

import json
import sys
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from hoppo.cli.options import Moment, database_options, end_cleanly_when_told
from hoppo.cli.registering import load_enterprises, load_tariff, unusable
from hoppo.customs.registers import registers_changed, write_setting
from hoppo.customs.reporting import verdict_lines
from hoppo.engine import inbox, outbox
from hoppo.engine.database import Database, open_database
from hoppo.wire.envelope import MOST_BYTES
from hoppo.workers.clearing import Worker

TOO_LARGE = f"{{}}: larger than {MOST_BYTES} bytes; split it, a message holds 100 records"
AT_ONCE = 200
# What a broken, truncated or encrypted archive raises.
UNZIPPABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError)


def stop(sentence: str) -> None:
    """End at the first input that cannot be used."""
    raise unusable(sentence)


def sources(
    paths: tuple[Path, ...], tell: Callable[[str], object] = stop
) -> Iterator[tuple[str, bytes]]:
    """Every message in files, folders and zips, in the order of their names.

    `tell` hears of each input that cannot be used; the others are not disturbed by it.
    """
    for path in paths:
        if path.is_dir():
            inner = sorted(item for item in path.rglob("*") if item.is_file())
            yield from sources(
                tuple(item for item in inner if item.suffix.lower() in {".xml", ".zip"}), tell
            )
        elif zipfile.is_zipfile(path):
            yield from _zipped(path, tell)
        else:
            try:
                if path.stat().st_size > MOST_BYTES:
                    tell(TOO_LARGE.format(path))
                    continue
                body = path.read_bytes()
            except OSError as fault:
                tell(f"{path}: cannot be read: {fault.strerror}")
                continue
            yield str(path), body


def _zipped(path: Path, tell: Callable[[str], object]) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(path) as archive:
            for item in sorted(archive.infolist(), key=lambda found: found.filename):
                if item.is_dir() or not item.filename.lower().endswith(".xml"):
                    continue
                if item.file_size > MOST_BYTES:
                    tell(TOO_LARGE.format(f"{path}:{item.filename}"))
                    continue
                body = archive.read(item)
                yield f"{path}:{item.filename}", body
    except UNZIPPABLE as fault:
        tell(f"{path}: not a readable zip: {fault}")


@click.command()
@click.argument("inputs", metavar="IN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for receipts and verdicts.jsonl.",
)
@click.option("--tariff", type=click.Path(path_type=Path), help="A tariff sheet (CSV).")
@click.option("--enterprises", type=click.Path(path_type=Path), help="An enterprise sheet (CSV).")
@click.option("--now", type=Moment(), help="The clock; Beijing when it names no zone.")
@click.option(
    "--sandbox", is_flag=True, help="Register unknown enterprises, accept unsigned messages."
)
@click.option("--final", is_flag=True, help="Treat all waiting as over.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object of counts.")
@database_options
def clear(  # noqa: PLR0913 - one argument an option
    inputs: tuple[Path, ...],
    out: Path,
    tariff: Path | None,
    enterprises: Path | None,
    now: datetime | None,
    data: Path | None,
    url: str | None,
    *,
    sandbox: bool,
    final: bool,
    as_json: bool,
) -> None:
    """Clear messages: files, folders or zips of CEB XML or DxpMsg, in any order."""
    if data and url:
        message = "give --data or --db, not both"
        raise click.UsageError(message)
    end_cleanly_when_told()
    for path in inputs:
        if not path.exists():
            raise unusable(f"{path}: no such file or folder")
    with open_database(data, url) as database:
        if tariff:
            load_tariff(database, tariff)
        if enterprises:
            load_enterprises(database, enterprises)
        with database.connect() as connection:
            write_setting(connection, "sandbox", "Y" if sandbox else "N")
            registers_changed(connection)
        if sandbox:
            click.echo(
                "Sandbox: unknown enterprises are registered as they appear with ample"
                " guarantee, unsigned messages are accepted; no real customs is asked."
                " 沙箱：自动登记企业，接受未签名报文。",
                err=True,
            )
        summary = run(database, inputs, out, now, final=final, quiet=as_json)
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False))
    else:
        show(summary, out)
    if not all_was_processed(summary):
        sys.exit(2)


def all_was_processed(summary: dict[str, Any]) -> bool:
    """Say what could not be used; False where something could not, or nothing could be read."""
    for sentence in summary["unusable"]:
        click.echo(f"hoppo: {sentence}", err=True)
    read = summary["messages"] - summary["unreadable"] - summary["set_aside"]
    return read > 0 and not summary["set_aside"] and not summary["unusable"]


def run(
    database: Database,
    inputs: tuple[Path, ...],
    out: Path,
    now: datetime | None,
    *,
    final: bool,
    quiet: bool,
) -> dict[str, Any]:
    """Clear everything in; write receipts and verdicts out; count."""

    def clock() -> datetime:
        return now or datetime.now(UTC)

    try:
        (out / "receipts").mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise unusable(f"{out}: cannot be written: {fault.strerror}") from fault
    with closing(Worker(database, clock)) as worker:
        row = worker.connection.execute(
            "SELECT coalesce((SELECT max(id) FROM outbox), 0),"
            " coalesce((SELECT max(id) FROM inbox), 0)"
        ).fetchone()
        first, first_in = row or (0, 0)
        started = time.monotonic()
        unusable_inputs: list[str] = []
        found = sources(inputs, unusable_inputs.append)
        count = accept_and_clear(database, worker, found, clock, quiet=quiet)
        if count == 0 and not unusable_inputs:
            raise unusable("no message was found in " + ", ".join(map(str, inputs)))
        worker.sweep(final=final)
        seconds = max(time.monotonic() - started, 1e-9)
        try:
            unreadable = write_receipts(database, worker, out, first)
            counted = write_verdicts(worker, out, seconds)
        except OSError as fault:
            raise unusable(
                f"{fault.filename or out}: cannot be written: {fault.strerror}"
            ) from fault
        return {
            "messages": count,
            "unusable": unusable_inputs,
            "unreadable": unreadable,
            "set_aside": _set_aside(worker, first_in),
            **counted,
        }


def accept_and_clear(
    database: Database,
    worker: Worker,
    found: Iterable[tuple[str, bytes]],
    clock: Callable[[], datetime],
    *,
    quiet: bool,
) -> int:
    """Take every message in and clear it, a few at a time; returns how many there were."""
    console = Console(stderr=True)
    count = 0
    with (
        Progress(console=console, disable=quiet or not console.is_terminal) as progress,
        database.connect() as connection,
    ):
        task = progress.add_task("clearing", total=None)

        def advance(done: int) -> None:
            progress.advance(task, done)

        for _name, body in found:
            inbox.accept(connection, database, "clear", body, clock())
            count += 1
            if count % AT_ONCE == 0:
                connection.commit()
                worker.drain(advance)
        connection.commit()
        worker.drain(advance)
    return count


def _set_aside(worker: Worker, first: int) -> int:
    rows = worker.connection.execute(
        "SELECT id, reason FROM inbox WHERE state = 2 AND id > %s", [first]
    ).fetchall()
    for number, reason in rows:
        click.echo(f"hoppo: message {number} was set aside: {reason}", err=True)
    return len(rows)


def write_receipts(database: Database, worker: Worker, out: Path, first: int) -> int:
    """Write receipts as files; returns how many messages could not be read."""
    folder = out / "receipts"
    unreadable = 0
    if first == 0:
        # A new database counts from one again: receipts of another one must not lie among its own.
        for other in folder.glob("[0-9]*_CEB[0-9]*Message.xml"):
            other.unlink()
    for stored in outbox.every(worker.connection, database, first):
        name = f"{stored.id:08d}_{stored.message_type}.xml"
        (folder / name).write_bytes(stored.body)
        unreadable += stored.message_type == "CEB900Message"
    worker.connection.commit()
    return unreadable


def write_verdicts(worker: Worker, out: Path, seconds: float) -> dict[str, Any]:
    """Write `verdicts.jsonl` and count what it says."""
    by_status: Counter[str] = Counter()
    by_code: Counter[str] = Counter()
    tax = Decimal(0)
    lists = 0
    with (out / "verdicts.jsonl").open("w", encoding="utf-8") as file:
        for line in verdict_lines(worker.connection):
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            lists += 1
            by_status[line["status"]] += 1
            by_code.update({finding["code"] for finding in line["findings"]})
            if line["status"] in {"300", "500", "800"} and line["tax"]:
                tax += Decimal(line["tax"]["total"])
    worker.connection.commit()
    return {
        "lists": lists,
        "by_status": dict(sorted(by_status.items())),
        "by_code": dict(sorted(by_code.items())),
        "tax_total": f"{tax:.2f}",
        "lists_per_second": round(lists / seconds, 1),
    }


def show(summary: dict[str, Any], out: Path) -> None:
    """Say what became of the lists, for a person."""
    click.echo(
        f"{summary['messages']} messages, {summary['lists']} lists,"
        f" {summary['lists_per_second']} lists a second, tax {summary['tax_total']} yuan"
    )
    for status, number in summary["by_status"].items():
        click.echo(f"  {status:>8}  {number}")
    for code, number in summary["by_code"].items():
        click.echo(f"  code {code:>8}  {number}")
    if summary["unreadable"]:
        click.echo(f"  {summary['unreadable']} messages could not be read; see the CEB900 receipts")
    click.echo(f"verdicts: {out / 'verdicts.jsonl'}   receipts: {out / 'receipts'}")
