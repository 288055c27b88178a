"""Loads registers from sheets into a database; every fault of a sheet, all or nothing."""

from decimal import Decimal
from pathlib import Path

import click

from hoppo.commerce.register import Enterprise, register
from hoppo.commerce.sheet import read_enterprises
from hoppo.customs.registers import registers_changed
from hoppo.engine.database import Database
from hoppo.tariff.sheet import read_tariff
from hoppo.tariff.store import replace_tariff
from hoppo.tax.ledger import grant
from hoppo.wire.certificate import CertificateError, read_certificate
from hoppo.wire.sheet import SheetFault, SheetFaults


def read_file(path: Path) -> bytes:
    """The bytes of a file a person named, or one clear sentence and exit 2."""
    try:
        return path.read_bytes()
    except OSError as fault:
        raise unusable(f"{path}: cannot be read: {fault.strerror or fault}") from fault


class UnusableError(click.ClickException):
    """What was given cannot be used; ends the command with exit 2."""

    exit_code = 2


def unusable(sentence: str) -> UnusableError:
    """An error that says what cannot be used and what to do."""
    return UnusableError(sentence)


def load_tariff(database: Database, path: Path) -> int:
    """Put a tariff sheet in place of the tariff; returns its rows."""
    try:
        commodities = read_tariff(read_file(path))
    except SheetFaults as fault:
        raise unusable(f"{path}: nothing was loaded.\n{fault}") from fault
    if not commodities:
        raise unusable(f"{path}: nothing was loaded; the sheet has a header but no rows")
    with database.connect() as connection:
        replace_tariff(connection, commodities)
        registers_changed(connection)
    return len(commodities)


def load_enterprises(database: Database, path: Path) -> int:
    """Register the enterprises of a sheet with their guarantees and certificates."""
    try:
        rows = read_enterprises(read_file(path))
        certificates = {
            row.code: _certificate(path, row.certificate, at)
            for at, row in enumerate(rows, start=2)
        }
    except SheetFaults as fault:
        raise unusable(f"{path}: nothing was loaded.\n{fault}") from fault
    if not rows:
        raise unusable(f"{path}: nothing was loaded; the sheet has a header but no rows")
    with database.connect() as connection:
        register(
            connection,
            [
                Enterprise(
                    row.code,
                    row.name,
                    row.roles,
                    row.credit_class,
                    certificates[row.code],
                    active=True,
                    sandbox=False,
                )
                for row in rows
            ],
        )
        grant(
            connection,
            [
                (row.code, row.guarantee)
                for row in rows
                if "guarantor" in row.roles or row.guarantee > Decimal(0)
            ],
        )
        registers_changed(connection)
    return len(rows)


def _certificate(sheet: Path, named: str, row: int) -> str:
    if not named:
        return ""
    path = sheet.parent / named
    try:
        pem = path.read_text("ascii")
        read_certificate(pem.encode())
    except (OSError, UnicodeDecodeError, CertificateError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else "not a PEM certificate"
        raise SheetFaults(
            [
                SheetFault(
                    row,
                    "certificate",
                    f"{named} ({reason})",
                    "the path of a PEM certificate, from the sheet's folder",
                    "PEM证书文件的路径（相对于表格所在文件夹）",
                )
            ]
        ) from fault
    return pem
