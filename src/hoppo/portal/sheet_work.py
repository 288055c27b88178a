"""Reads, checks and sends one uploaded sheet, in a process of its own beside the window.

    python -m hoppo.portal.sheet_work NUMBER NOW

It goes on from where the upload stands, keeps its progress in the database, and may be killed and
started again at any time: rows are read anew, checked anew, and sent once.
"""

import logging
import os
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from psycopg.types.json import Jsonb

from hoppo.api.open_database import opened
from hoppo.customs.sheet_checking import Checker, Layout, SheetCellFault, SheetRecord, SheetRow
from hoppo.engine import inbox
from hoppo.engine.database import Database
from hoppo.engine.watching import set_up, tell
from hoppo.portal.sheet_keeping import (
    FAULTY,
    FILE,
    PIECE_ROWS,
    ROWS,
    Connection,
    FaultyRow,
    Keeper,
    purge,
    tell_progress,
)
from hoppo.portal.sheet_reading import Sheet, SheetRefused, is_ours
from hoppo.portal.sheet_sending import (
    Sendable,
    good_records,
    hundreds,
    known,
    send,
    sendable,
    sender_of,
)
from hoppo.portal.speech import Said
from hoppo.values.moments import beijing_day
from hoppo.wire.sentence import Sentence

ONE_AT_A_TIME = 7480  # the class of the advisory locks, one an upload
MOST_MEMORY = 1024 * 1024 * 1024  # bytes of address space; a large sheet takes a third
TOLD_EVERY = 0.5  # seconds
MOST_COUNTED = 20
FULL = Said(
    "Too many messages wait to be cleared. Send the rest later; what was sent is not sent again.",
    "排队报文过多，请稍后发送其余记录，已发送的不会重复发送。",
)
FAILED = Said(
    "Hoppo failed at this sheet. Nothing was sent by this step; start it again, then tell the"
    " operator the time.",
    "系统处理该表格时出错，请重新开始；如仍失败，请将时间告知运营方。",
)
Item = TypeVar("Item")


class Work:
    """One upload as the process works it."""

    def __init__(
        self, connection: Connection, database: Database, upload: int, now: datetime
    ) -> None:
        """Read where the upload stands."""
        self.connection, self.database, self.now = connection, database, now
        self.keeper = Keeper(connection, database, upload)
        self.upload, self.day = upload, beijing_day(now)
        self._told_at = time.monotonic()
        row = connection.execute(
            "SELECT state, enterprise_code, kind, places, constants, rows, good FROM portal_sheet"
            " WHERE id = %s",
            [upload],
        ).fetchone()
        self.state, self.enterprise, self.kind, places, constants, self.rows, self.good = row or [
            "gone", "", "", {}, {}, 0, 0,
        ]  # fmt: skip
        self.layout = Layout(self.kind, places, constants)

    def tell(self, done: float, **said: Any) -> None:
        """Keep how far it is."""
        self._told_at = time.monotonic()
        tell_progress(self.connection, self.upload, done, **said)

    def tell_now_and_then(self, done: float) -> None:
        """Keep how far it is, at most twice a second."""
        if time.monotonic() - self._told_at > TOLD_EVERY:
            self.tell(done)

    def do(self) -> None:
        """The step the upload waits for."""
        began = time.monotonic()
        steps = {"reading": self.read, "checking": self.check, "sending": self.send}
        step = steps.get(self.state)
        if step is None:
            return
        step()
        self.connection.execute(
            "UPDATE portal_sheet SET seconds = %s WHERE id = %s",
            [time.monotonic() - began, self.upload],
        )

    def read(self) -> None:
        """The file into sealed rows; the file itself is then deleted."""
        self.keeper.drop(ROWS, FAULTY)
        try:
            sheet = Sheet(self.keeper.file())
            count = 0
            for number, rows in enumerate(pieces(sheet.rows(), PIECE_ROWS)):
                self.keeper.put_rows(number, self.day, rows)
                count += len(rows)
                self.tell_now_and_then(sheet.part)
            fill_merged(self.keeper, sheet.merged, self.day)
        except SheetRefused as refused:
            self.keeper.drop(ROWS, FILE)
            self.tell(1, state="refused", told=Jsonb(refused.said._asdict()))
            return
        header = [name for name in sheet.header if not is_ours(name)]
        self.keeper.drop(FILE)
        self.tell(1, state="read", rows=count, header=Jsonb(header), header_row=sheet.header_row)

    def check(self) -> None:
        """Every row through the checks of a message; the faulty ones are kept with why."""
        self.keeper.drop(FAULTY)
        checker = Checker(self.layout, self.now)
        checker.look_over(self.keeper.rows())
        found = Found()
        good: list[Sendable] = []
        seen, already, number = 0, 0, 0
        for record in checker.records(self.keeper.rows()):
            seen += len(record.rows)
            if record.faults:
                found.add(record)
            else:
                good.append(sendable(self.kind, record))
            if len(good) >= PIECE_ROWS:
                already += len(known(self.connection, self.enterprise, self.kind, good))
                found.good += len(good)
                good = []
            if len(found.waiting) >= PIECE_ROWS:
                self.keeper.put_faulty(number, self.day, found.waiting)
                found.waiting, number = [], number + 1
            self.tell_now_and_then(seen / max(self.rows, 1))
        already += len(known(self.connection, self.enterprise, self.kind, good))
        if found.waiting:
            self.keeper.put_faulty(number, self.day, found.waiting)
        counts = [
            [key[0], count, *found.examples[key]]
            for key, count in found.counts.most_common(MOST_COUNTED)
        ]
        self.tell(
            1, state="checked", good=found.good + len(good), already=already,
            bad_records=found.records, bad_rows=found.rows, faults=found.faults,
            counts=Jsonb(counts),
        )  # fmt: skip

    def send(self) -> None:
        """The good records to the inbox, a message at a time; then their rows are deleted."""
        sender = sender_of(self.connection, self.enterprise)
        parts = (self.enterprise, self.kind, sender, self.now)
        seen = 0
        for batch in hundreds(good_records(self.keeper, self.layout, self.now)):
            if inbox.waiting(self.connection).full:
                self.tell(0, state="checked", told=Jsonb(FULL._asdict()), sent=self.sent())
                return
            with self.connection.transaction():
                send(self.connection, self.database, self.keeper, batch, parts)
            seen += len(batch)
            self.tell_now_and_then(seen / max(self.good, 1))
        self.keeper.drop(ROWS)
        self.tell(1, state="sent", sent=self.sent())

    def sent(self) -> int:
        """How many records this upload has sent."""
        row = self.connection.execute(
            "SELECT count(*) FROM portal_sheet_sent WHERE upload_id = %s", [self.upload]
        ).fetchone()
        return int(row[0]) if row else 0


class Found:
    """What a check finds."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.good = self.records = self.rows = self.faults = 0
        self.counts: Counter[tuple[int, str]] = Counter()
        self.examples: dict[tuple[int, str], Sentence] = {}
        self.waiting: list[FaultyRow] = []

    def add(self, record: SheetRecord) -> None:
        """Keep a faulty record: all its rows, for none of them may be sent alone."""
        by_row: dict[int, list[SheetCellFault]] = {}
        for fault in record.faults:
            by_row.setdefault(fault.row, []).append(fault)
            key = fault.place, fault.code
            self.counts[key] += 1
            self.examples.setdefault(key, fault.sentence)
        self.records += 1
        self.rows += len(record.rows)
        self.faults += len(record.faults)
        self.waiting += [(row, by_row.get(row.number, [])) for row in record.rows]


def pieces(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of a size, the last may be shorter."""
    piece: list[Item] = []
    for item in items:
        piece.append(item)
        if len(piece) == size:
            yield piece
            piece = []
    if piece:
        yield piece


def fill_merged(keeper: Keeper, merged: list[tuple[int, int, int]], day: date) -> None:
    """Let every row of merged cells say what stands in the first of them."""
    waiting = sorted(merged, reverse=True)
    running: list[tuple[int, int, Any]] = []
    if not waiting:
        return
    for number, rows in keeper.row_pieces():
        changed = False
        for row in rows:
            while waiting and waiting[-1][0] <= row.number:
                first, last, place = waiting.pop()
                if first == row.number and place < len(row.cells):
                    running.append((last, place, row.cells[place]))
            running = [one for one in running if one[0] >= row.number]
            for _, place, value in running:
                changed = fill(row, place, value) or changed
        if changed:
            keeper.put_rows(number, day, rows)


def fill(row: SheetRow, place: int, value: Any) -> bool:
    """Put a value where nothing stands; returns whether it did."""
    cells: Any = row.cells
    cells += [None] * (place + 1 - len(cells))
    if cells[place] is not None or value is None:
        return False
    cells[place] = value
    return True


def work(database: Database, upload: int, now: datetime) -> None:
    """Do the step an upload waits for, unless another process does."""
    with database.connect(autocommit=True) as connection:
        row = connection.execute(
            "SELECT pg_try_advisory_lock(%s, %s)", [ONE_AT_A_TIME, upload % (1 << 31)]
        ).fetchone()
        if row != (True,):
            return
        purge(connection, now)
        try:
            Work(connection, database, upload, now).do()
        except Exception as fault:  # noqa: BLE001 - told by its place alone: it may quote a row
            connection.execute(
                "UPDATE portal_sheet SET told = %s, beat_at = 'epoch' WHERE id = %s",
                [Jsonb(FAILED._asdict()), upload],
            )
            place = traceback.extract_tb(fault.__traceback__)[-1]
            kind, where = type(fault).__name__, f"{Path(place.filename).name}:{place.lineno}"
            tell("sheet failed", level=logging.ERROR, sheet=upload, fault=kind, place=where)


def stay_small() -> None:
    """Refuse this process more memory than a sheet needs: a hostile one must not have it all."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


if __name__ == "__main__":
    stay_small()
    set_up("json" if os.environ.get("HOPPO_LOG") == "json" else "text")
    work(opened(), int(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
