"""What lies in the database of an uploaded sheet: sealed, in pieces, and not for long.

Rows name buyers and where they live. They are sealed under a day's key like everything personal,
and deleted when they were sent, or after seven days.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, LiteralString

import orjson
import psycopg

from hoppo.customs.sheet_checking import SheetCellFault, SheetRow
from hoppo.engine.database import Database
from hoppo.engine.packing import pack, unpack
from hoppo.values.moments import beijing_day

PURPOSE = b"sheet"
FILE, ROWS, FAULTY = "file", "rows", "faulty"
KEPT = timedelta(days=7)
REMEMBERED = timedelta(days=30)  # which records were sent: numbers and fingerprints, no person
PIECE_ROWS = 1000
PIECE_BYTES = 4 * 1024 * 1024
Connection = psycopg.Connection[Any]
FaultyRow = tuple[SheetRow, list[SheetCellFault]]


class Keeper:
    """Reads and writes the pieces of one upload."""

    def __init__(self, connection: Connection, database: Database, upload: int) -> None:
        """Take a connection, the keys, and the upload's number."""
        self._connection, self._database, self.upload = connection, database, upload

    def put(self, part: str, number: int, day: date, clear: bytes) -> None:
        """Seal a piece and keep it, over one of the same number."""
        sealed = self._database.keys.encrypt(self._connection, day, clear, PURPOSE)
        self._connection.execute(
            "INSERT INTO portal_sheet_part (upload_id, part, number, key_day, sealed)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (upload_id, part, number)"
            " DO UPDATE SET key_day = EXCLUDED.key_day, sealed = EXCLUDED.sealed",
            [self.upload, part, number, day, sealed],
        )

    def pieces(self, part: str) -> Iterator[tuple[int, bytes]]:
        """Every piece in clear, one at a time."""
        numbers = self._connection.execute(
            "SELECT number FROM portal_sheet_part WHERE upload_id = %s AND part = %s"
            " ORDER BY number",
            [self.upload, part],
        ).fetchall()
        for (number,) in numbers:
            found = self.piece(part, number)
            if found is not None:
                yield number, found

    def piece(self, part: str, number: int) -> bytes | None:
        """One piece in clear; None when it is gone."""
        row = self._connection.execute(
            "SELECT key_day, sealed FROM portal_sheet_part"
            " WHERE upload_id = %s AND part = %s AND number = %s",
            [self.upload, part, number],
        ).fetchone()
        if row is None:
            return None
        return self._database.keys.decrypt(self._connection, row[0], row[1], PURPOSE)

    def drop(self, *parts: str) -> None:
        """Delete all pieces of some parts."""
        self._connection.execute(
            "DELETE FROM portal_sheet_part WHERE upload_id = %s AND part = ANY(%s)",
            [self.upload, list(parts)],
        )

    def put_file(self, day: date, data: bytes) -> None:
        """Keep the file as it came."""
        for number, begin in enumerate(range(0, len(data), PIECE_BYTES)):
            self.put(FILE, number, day, data[begin : begin + PIECE_BYTES])

    def file(self) -> bytes:
        """The file as it came."""
        return b"".join(piece for _, piece in self.pieces(FILE))

    def put_rows(self, number: int, day: date, rows: Sequence[SheetRow]) -> None:
        """Keep a piece of the rows."""
        self.put(ROWS, number, day, pack(orjson.dumps(rows_plain(rows))))

    def row_pieces(self) -> Iterator[tuple[int, list[SheetRow]]]:
        """The rows, a piece at a time."""
        for number, piece in self.pieces(ROWS):
            yield number, [SheetRow(at, cells) for at, cells in orjson.loads(unpack(piece))]

    def rows(self) -> Iterator[SheetRow]:
        """Every row."""
        for _, rows in self.row_pieces():
            yield from rows

    def first_rows(self, most: int) -> list[SheetRow]:
        """The first rows."""
        return list(islice(self.rows(), most))

    def put_faulty(self, number: int, day: date, rows: Sequence[FaultyRow]) -> None:
        """Keep a piece of the rows that may not be sent, with why."""
        plain = [
            (row.number, row.cells, [tuple(fault) for fault in faults]) for row, faults in rows
        ]
        self.put(FAULTY, number, day, pack(orjson.dumps(plain)))

    def faulty(self) -> Iterator[FaultyRow]:
        """Every row that may not be sent, with why; one of a faulty record may have no fault."""
        for _, piece in self.pieces(FAULTY):
            for at, cells, faults in orjson.loads(unpack(piece)):
                yield SheetRow(at, cells), [SheetCellFault(*fault) for fault in faults]


def rows_plain(rows: Iterable[SheetRow]) -> list[tuple[int, Any]]:
    """Rows as JSON takes them."""
    return [(row.number, row.cells) for row in rows]


def tell_progress(connection: Connection, upload: int, done: float, **said: Any) -> None:
    """Tell how far a step is, from 0 to 1, and that it is alive; and further columns."""
    names = "".join(f", {name} = %s" for name in said)
    text: LiteralString = "UPDATE portal_sheet SET progress = %s, beat_at = clock_timestamp()"
    connection.execute(
        text + names + " WHERE id = %s",
        [round(1000 * min(max(done, 0), 1)), *said.values(), upload],
    )


def purge(connection: Connection, now: datetime) -> int:
    """Delete what is older than it may be; returns how many sheets lost their rows."""
    day = beijing_day(now - KEPT)
    gone = connection.execute(
        "DELETE FROM portal_sheet_part WHERE key_day < %s OR upload_id IN"
        " (SELECT id FROM portal_sheet WHERE made_at < %s) RETURNING upload_id",
        [day, now - KEPT],
    ).fetchall()
    connection.execute("DELETE FROM portal_sheet_sent WHERE sent_at < %s", [now - REMEMBERED])
    return len({upload for (upload,) in gone})
