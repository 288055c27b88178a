"""`hoppo message`: check, show, sign and verify messages without a server."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import click
from rich.console import Console
from rich.table import Table

from hoppo.cli.registering import UnusableError, read_file, unusable
from hoppo.customs.catalogue import MESSAGES
from hoppo.customs.intake import PERSONAL, masked
from hoppo.wire.certificate import CertificateError, read_certificate
from hoppo.wire.codec import Reading, read_message
from hoppo.wire.envelope import EnvelopeFault, is_envelope, open_envelope
from hoppo.wire.faults import Unreadable
from hoppo.wire.sandbox_certificate import make_certificate
from hoppo.wire.signature import SignError, sign, verify
from hoppo.wire.signature_sentences import HABITS
from hoppo.wire.table import Field

FILE = click.Path(path_type=Path)
PERSONAL_WIRE = frozenset(
    field.wire
    for message in MESSAGES.values()
    for field in (*message.record.fields, *(f for b in message.record.blocks for f in b.fields))
    if field.name in PERSONAL
)


@click.group()
def message() -> None:
    """Check, show, sign and verify messages."""


def opened(path: Path) -> bytes:
    """The CEB XML of a file, out of its envelope where it has one."""
    return unfolded(str(path), read_file(path))


def unfolded(name: str, data: bytes) -> bytes:
    """The CEB XML of bytes, out of their envelope where they have one."""
    if not data.strip():
        raise unusable(f"{name}: the file is empty")
    try:
        return open_envelope(data).data if is_envelope(data) else data
    except EnvelopeFault as fault:
        raise unusable(f"{name}: {fault.sentence_en} {fault.sentence_zh}") from fault


def unread(
    name: str, en: str, zh: str, where: str = "", found: str = "", expected: str = ""
) -> dict[str, Any]:
    """What is said of a file that is no message at all."""
    fault = {"path": where or name, "found": found, "expected": expected or "a CEB message",
             "sentence_en": en, "sentence_zh": zh}  # fmt: skip
    return {"file": name, "readable": False, "conforms": False, "records": 0,
            "signed": False, "faults": [fault], "notes": []}  # fmt: skip


def report(path: Path) -> dict[str, Any]:
    """What is wrong with one file: every fault, every leniency used."""
    try:
        data = read_file(path)
    except UnusableError as fault:
        return unread(str(path), str(fault.message), "文件无法读取")
    return report_of(str(path), data)


def report_of(name: str, data: bytes) -> dict[str, Any]:
    """What is wrong with the bytes of one message."""
    try:
        reading = read_message(unfolded(name, data), MESSAGES)
    except UnusableError as fault:
        return unread(name, str(fault.message), "文件无法读取")
    except Unreadable as fault:
        return unread(name, fault.sentence_en, fault.sentence_zh, fault.path, fault.found,
                      fault.expected)  # fmt: skip
    faults = [*reading.faults, *(fault for record in reading.records for fault in record.faults)]
    return {
        "file": name,
        "type": reading.message.type,
        "readable": True,
        "conforms": reading.conforms,
        "records": len(reading.records),
        "signed": reading.signed,
        "faults": [
            {
                "path": fault.path,
                "found": "***" if fault.field in PERSONAL_WIRE and fault.found else fault.found,
                "expected": fault.expected,
                "sentence_en": fault.sentence_en,
                "sentence_zh": fault.sentence_zh,
            }
            for fault in faults
        ],
        "notes": [
            {"name": note.leniency, "path": note.path, "sentence_en": note.sentence_en,
             "sentence_zh": note.sentence_zh}
            for note in reading.notes
        ],
    }  # fmt: skip


@message.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=FILE)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file.")
@click.pass_context
def check(context: click.Context, files: tuple[Path, ...], *, as_json: bool) -> None:
    """Report every fault of messages: path, found, expected.

    Exit 0 when there is none, 1 when there are faults, 2 when a file is no message at all.
    """
    worst = 0
    for path in files:
        told = report(path)
        worst = max(worst, 2 if not told["readable"] else int(bool(told["faults"])))
        if as_json:
            click.echo(json.dumps(told, ensure_ascii=False))
            continue
        kind = told.get("type", "not readable")
        state = "no faults" if not told["faults"] else f"{len(told['faults'])} faults"
        click.echo(f"{path}: {kind}, {told['records']} records, {state}")
        for fault in told["faults"]:
            click.echo(f"  {fault['path']}: {fault['sentence_en']} {fault['sentence_zh']}")
        for note in told["notes"]:
            click.echo(f"  note {note['name']} {note['path']}: {note['sentence_en']}"
                       f" {note['sentence_zh']}")  # fmt: skip
        if told["readable"] and not told["signed"] and MESSAGES[kind].signature == "required":
            click.echo("  note: not signed; a declared message must be signed. 未签名。")
    context.exit(worst)


def read_or_stop(path: Path) -> Reading:
    """Read a message or end with exit 2."""
    try:
        return read_message(opened(path), MESSAGES)
    except Unreadable as fault:
        raise unusable(f"{path}: {fault.sentence_en} {fault.sentence_zh}") from fault


@message.command()
@click.argument("file", type=FILE)
@click.option("--unmask", is_flag=True, help="Show names, numbers and addresses in clear.")
def show(file: Path, *, unmask: bool) -> None:
    """Show a message field by field, in both languages; personal fields masked."""
    reading = read_or_stop(file)
    kind, console = reading.message, Console()
    console.print(f"{kind.type}  {kind.title} {kind.label}  guid {reading.guid}")
    for record in reading.records:
        head_fields = kind.record.fields or kind.record.blocks[0].fields
        console.print(grid(f"record {record.index}", head_fields, record.head, unmask=unmask))
        for number, line in enumerate(record.lines, start=1):
            title = f"record {record.index}, line {number}"
            console.print(grid(title, kind.record.blocks[1].fields, line, unmask=unmask))


def grid(title: str, fields: tuple[Field, ...], values: dict[str, Any], *, unmask: bool) -> Table:
    """One head or line as a table."""
    table = Table(title=title, title_justify="left")
    for name in ("field", "our name", "名称", "value"):
        table.add_column(name, overflow="fold")
    for field in fields:
        value = values.get(field.name)
        if value is not None:
            text = str(value) if unmask else masked(field.name, str(value))
            table.add_row(field.wire, field.name, field.label, text)
    return table


@message.command(name="sign")
@click.argument("file", type=FILE)
@click.option("--key", required=True, type=FILE, help="Private key (PEM).")
@click.option("--certificate", required=True, type=FILE, help="Certificate (PEM).")
@click.option(
    "--algorithm", type=click.Choice(["sm2-sm3", "rsa-sha1"]), default="sm2-sm3", show_default=True
)
@click.option("--out", type=FILE, help="Where to write; standard output when not given.")
def sign_file(file: Path, key: Path, certificate: Path, algorithm: str, out: Path | None) -> None:
    """Sign a message (enveloped XML signature), adding no white space."""
    reading = read_or_stop(file)
    before = "ExtendMessage" if reading.message.direction == "export" else None
    try:
        signed = sign(
            opened(file), private_key_pem=read_file(key), certificate_pem=read_file(certificate),
            algorithm=algorithm, before=before,  # type: ignore[arg-type]
        )  # fmt: skip
    except (SignError, CertificateError) as fault:
        raise unusable(f"{file}: {fault}") from fault
    if out:
        out.write_bytes(signed)
        click.echo(f"{out}: signed with {algorithm}", err=True)
    else:
        sys.stdout.buffer.write(signed)


@message.command(name="verify")
@click.argument("file", type=FILE)
@click.option("--certificate", type=FILE, help="Also ask that this certificate signed.")
@click.pass_context
def verify_file(context: click.Context, file: Path, certificate: Path | None) -> None:
    """Verify a message's signature. Exit 0 when it is valid, 1 when not."""
    found = verify(read_or_stop(file).root)
    valid, reason = found.valid, f"{found.reason_en} {found.reason_zh}"
    if valid and certificate and found.certificate_der:
        try:
            wanted = read_certificate(read_file(certificate)).fingerprint
        except CertificateError as fault:
            raise unusable(f"{certificate}: {fault}") from fault
        if read_certificate(found.certificate_der).fingerprint != wanted:
            valid, reason = False, "Signed with another certificate. 签名证书不符。"
    if found.certificate_der and found.readable_certificate:
        signer = read_certificate(found.certificate_der)
        click.echo(f"signed by {signer.subject}, certificate {signer.serial_hex}")
    click.echo(f"valid, {found.algorithm}" if valid else f"not valid: {reason}")
    for note in found.notes:
        habit = HABITS.get(note)
        click.echo(f"  note {note}: {habit.en} {habit.zh}" if habit else f"  note {note}")
    context.exit(0 if valid else 1)


@message.command(name="certificate")
@click.option("--code", required=True, help="The enterprise's code.")
@click.option("--name", required=True, help="The enterprise's name.")
@click.option(
    "--algorithm", type=click.Choice(["sm2-sm3", "rsa-sha1"]), default="sm2-sm3", show_default=True
)
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
def make_sandbox_certificate(code: str, name: str, algorithm: str, out: Path) -> None:
    """Make a sandbox key and certificate: for tests, not issued by any authority."""
    now = datetime.now(UTC)
    kind: Literal["rsa-sha1", "sm2-sm3"] = "sm2-sm3" if algorithm == "sm2-sm3" else "rsa-sha1"
    key, certificate = make_certificate(
        name, code, kind, now - timedelta(days=1), now + timedelta(days=3650)
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{code}.key.pem").write_bytes(key)
    (out / f"{code}.pem").write_bytes(certificate)
    click.echo(f"{out / f'{code}.pem'} and its key: a sandbox certificate, not the customs'")
