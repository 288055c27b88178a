"""Messages without end: a pool of purchases, again and again under other numbers."""

import re
import threading
from collections import deque
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from random import Random

from hoppo.simulation.cast import make_cast
from hoppo.simulation.day import guid
from hoppo.simulation.goods import Bought, starter_shelves
from hoppo.simulation.mail import message_bytes
from hoppo.simulation.people import BIRTHDAYS, FIRST_BIRTHDAY, People, check_digit
from hoppo.simulation.purchase import BONDED, Maker, Paper

POOL, RECORDS = 2000, 10  # purchases of a generation; records of a message
NUMBERS = re.compile(
    rb"(?<=>)(D20260618)(\d{7})(?=\d{3}<)|(?<=>)(Y)(\d{8})(?=\d{4}<)|(?<=>)(L)(\d{9})(?=\d{3}<)"
    rb"|(?<=>)(Z)(\d{10})(?=\d{3}<)|(?<=IdNumber>)()(\d{17}[\dX])(?=<)"
)


@lru_cache(maxsize=50_000)
def _other_person(number: bytes, generation: int) -> bytes:
    """The number of somebody who was born so many days later."""
    born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    days = ((born - FIRST_BIRTHDAY).days + generation) % BIRTHDAYS
    day = FIRST_BIRTHDAY + timedelta(days=days)
    body = f"{number[:6].decode()}{day:%Y%m%d}{number[14:17].decode()}"
    return (body + check_digit(body)).encode()


def renewed(body: bytes, generation: int) -> bytes:
    """The same message about other purchases of other people."""

    def renew(found: re.Match[bytes]) -> bytes:
        letter, number = (part for part in found.groups() if part is not None)
        if not letter:
            return _other_person(number, generation)
        return letter + b"%0*d" % (len(number), int(number) + generation * POOL)

    return NUMBERS.sub(renew, body) if generation else body


class Traffic:
    """Messages without end: a pool of purchases, again and again under other numbers."""

    def __init__(self, seed: int) -> None:
        """Make the pool; nobody signs, the office is a sandbox."""
        rng = Random(seed)
        cast = replace(make_cast(0), keys={})
        people, shelves = People(rng), starter_shelves()
        maker = Maker(rng, cast, people)
        papers: dict[tuple[str, str], list[Paper]] = {}
        self._pool: list[bytes] = []
        for _ in range(POOL):
            article = shelves.any(rng, lambda item: item.is_plain)
            goods = [Bought(article, 1, Decimal(rng.randint(100, 300)))]
            bought = maker.purchase(36_000, people.newcomer(), goods, BONDED, Decimal(0))
            for paper in bought.papers():
                ready = papers.setdefault((paper.kind, paper.sender.code), [])
                ready.append(paper)
                if len(ready) == RECORDS:
                    del papers[paper.kind, paper.sender.code]
                    self._pool.append(message_bytes(ready, guid(rng), cast))
        self._lock = threading.Lock()
        self._at = 0
        self._again: deque[bytes] = deque()

    def next(self) -> bytes:
        """A message that was refused before, or a new one."""
        with self._lock:
            if self._again:
                return self._again.popleft()
            generation, at = divmod(self._at, len(self._pool))
            self._at += 1
        return renewed(self._pool[at], generation)

    def refused(self, body: bytes) -> None:
        """Keep a message to be offered again."""
        with self._lock:
            self._again.append(body)
