"""From the good records of a sheet to messages: to the inbox, or as XML to be signed elsewhere."""

import hashlib
import uuid
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from hoppo.customs.intake import digest
from hoppo.customs.registers import read_settings
from hoppo.customs.sheet_checking import Checker, Layout, SheetRecord
from hoppo.customs.sheet_columns import message_of
from hoppo.engine import inbox
from hoppo.engine.database import Database
from hoppo.portal.sheet_keeping import Connection, Keeper
from hoppo.wire.codec import write_message

MOST_RECORDS = 100  # that a message carries
LONGEST_SENDER, LONGEST_DXP = 64, 30


class Sender(NamedTuple):
    """Who sends: the client's name in the inbox, and the transfer part of each message."""

    name: str
    transfer: dict[str, str | None]


class Sendable(NamedTuple):
    """A good record, and the fingerprint it is remembered by."""

    number: str
    digest: bytes
    head: dict[str, Any]
    lines: list[dict[str, Any]]


def sender_of(connection: Connection, enterprise: str) -> Sender:
    """The enterprise as sender: its client if one has its code as name, else its code itself."""
    row = connection.execute(
        "SELECT c.name, c.dxp_id FROM client c WHERE c.name = %s AND c.revoked_at IS NULL",
        [enterprise],
    ).fetchone()
    named = connection.execute(
        "SELECT name FROM enterprise WHERE code = %s", [enterprise]
    ).fetchone()
    dxp_id = (row[1] if row else "") or enterprise
    transfer = {
        "cop_code": enterprise,
        "cop_name": (named[0] if named else enterprise)[:100],
        "dxp_mode": "DXP",
        "dxp_id": dxp_id[:LONGEST_DXP],
        "note": None,
    }
    return Sender(enterprise[:LONGEST_SENDER], transfer)


def must_be_signed(connection: Connection, kind: str) -> bool:
    """Whether an unsigned message of a kind would be refused here (see `reading`)."""
    sandbox = read_settings(connection)["sandbox"] == "Y"
    return message_of(kind).signature == "required" and not sandbox


def sendable(kind: str, record: SheetRecord) -> Sendable:
    """A record without faults, made ready; its guid follows from what it says."""
    said = digest(kind, record.head, record.lines)
    mark = hashlib.blake2b(said + str(record.head["app_type"]).encode(), digest_size=16).digest()
    head = dict(record.head)
    if not head["guid"]:
        head["guid"] = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{record.number} {mark.hex()}")).upper()
    return Sendable(record.number, mark, head, record.lines)


def good_records(keeper: Keeper, layout: Layout, moment: datetime) -> Iterator[Sendable]:
    """The records of an upload that may be sent, as the check found them."""
    checker = Checker(layout, moment)
    checker.look_over(keeper.rows())
    for record in checker.records(keeper.rows()):
        if not record.faults:
            yield sendable(layout.kind, record)


def hundreds(records: Iterable[Sendable]) -> Iterator[list[Sendable]]:
    """Records as messages take them."""
    batch: list[Sendable] = []
    for record in records:
        batch.append(record)
        if len(batch) == MOST_RECORDS:
            yield batch
            batch = []
    if batch:
        yield batch


def written(kind: str, records: Sequence[Sendable], sender: Sender) -> bytes:
    """One unsigned message."""
    seed = b"".join(record.digest for record in records)
    guid = str(uuid.uuid5(uuid.NAMESPACE_OID, seed.hex())).upper()
    pairs = [(record.head, record.lines) for record in records]
    return write_message(message_of(kind), guid, pairs, sender.transfer)


def known(
    connection: Connection, enterprise: str, kind: str, records: Sequence[Sendable]
) -> set[tuple[str, bytes]]:
    """Which of some records were sent before."""
    rows = connection.execute(
        "SELECT number, digest FROM portal_sheet_sent"
        " WHERE enterprise_code = %s AND kind = %s AND number = ANY(%s)",
        [enterprise, kind, [record.number for record in records]],
    )
    asked = {(record.number, record.digest) for record in records}
    return {(number, bytes(mark)) for number, mark in rows} & asked


def send(
    connection: Connection, database: Database, keeper: Keeper, records: Sequence[Sendable],
    parts: tuple[str, str, Sender, datetime],
) -> int:  # fmt: skip
    """Send what was not sent before, remembered in the same transaction; returns how many.

    `parts` are the enterprise, the kind, who sends and when.
    """
    enterprise, kind, sender, now = parts
    with connection.cursor() as cursor:
        fresh = set()
        for record in records:
            cursor.execute(
                "INSERT INTO portal_sheet_sent"
                " (enterprise_code, kind, number, digest, upload_id, sent_at)"
                " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING number",
                [enterprise, kind, record.number, record.digest, keeper.upload, now],
            )
            if cursor.fetchone():
                fresh.add((record.number, record.digest))
    going = [record for record in records if (record.number, record.digest) in fresh]
    if going:
        inbox.accept(connection, database, sender.name, written(kind, going, sender), now)
    return len(going)


class Pipe:
    """A file that is only written to, and hands out what was written."""

    def __init__(self) -> None:
        """Begin empty."""
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Keep the bytes for the next `taken`."""
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        """What was written since the last call."""
        data = b"".join(self._parts)
        self._parts.clear()
        return data


def zipped(kind: str, records: Iterable[Sendable], sender: Sender) -> Iterator[bytes]:
    """A zip archive of unsigned messages, piece by piece; nothing of it lies on a disk."""
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for number, batch in enumerate(hundreds(records), 1):
            name = f"{message_of(kind).type}_{number:05d}.xml"
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, written(kind, batch, sender))
            yield pipe.taken()
    yield pipe.taken()
