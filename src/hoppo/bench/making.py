"""The messages of a benchmark: days of a city, made and signed before the clock starts.

Each part is a day of its own with numbers of its own; several processes make them side by side.
Within a day the four documents of a purchase come minutes and hours apart, as they do.
"""

import multiprocessing
import os
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from hoppo.simulation.city import Manner, simulate

MOST_ORDERS = 5000  # a part: its lists follow their orders within a second or two of the load
FAULTY = 0.05
WHOLE_DAY = 86_400  # nobody sends before a message is full, or the day is over
ORDER_NO = re.compile(rb"<ceb:orderNo>([^<]*)</ceb:orderNo>")
LIST = re.compile(
    rb"<ceb:orderNo>([^<]*)</ceb:orderNo>.{0,2000}?<ceb:copNo>([^<]*)</ceb:copNo>", re.DOTALL
)


class Part(NamedTuple):
    """One day's messages in a folder: how many orders, of how many records a message."""

    folder: Path
    orders: int
    records: int
    first: int
    seed: int


class Post(NamedTuple):
    """Messages in the order they are sent, and how many lists they hold."""

    paths: tuple[Path, ...]
    lists: int


class Letter(NamedTuple):
    """What one message speaks of: its orders, and its lists as (own number, order)."""

    orders: frozenset[bytes]
    lists: tuple[tuple[bytes, bytes], ...]


class Maker:
    """Hands out parts: no two hold an order of the same number."""

    def __init__(self, folder: Path, seed: int) -> None:
        """Take where the messages are kept, and the seed of everything."""
        self.folder, self._seed = folder, seed
        self._orders = 0
        self._parts: list[Part] = []

    @property
    def register(self) -> Path:
        """The sheet of the enterprises, the same for every part."""
        return self._parts[0].folder / "enterprises.csv"

    def parts(self, orders: int, records: int, most: int = MOST_ORDERS) -> list[Part]:
        """Parts that hold so many orders together, nothing made yet."""
        made = []
        while orders > 0:
            size = min(orders, most)
            at = len(self._parts)
            part = Part(
                self.folder / f"{at:05d}", size, records, self._orders, self._seed * 100_000 + at
            )
            self._parts.append(part)
            made.append(part)
            self._orders += size
            orders -= size
        return made

    def make(self, groups: Sequence[Iterable[Part]]) -> list[Post]:
        """Make all parts, as many at a time as there are processors; a post for each group."""
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=context) as pool:
            waiting = [
                [pool.submit(make_part, part, self._seed) for part in group] for group in groups
            ]
            done = [[one.result() for one in row] for row in waiting]
        return [
            Post(
                tuple(path for post in row for path in post.paths), sum(post.lists for post in row)
            )
            for row in done
        ]


def make_part(part: Part, firms: int) -> Post:
    """Write one part's messages."""
    manner = Manner(
        part.records, WHOLE_DAY, all_sign=True, faulty=FAULTY, first=part.first, firms=firms
    )
    made = simulate(part.seed, part.orders, part.folder, manner)
    return Post(tuple(sorted((part.folder / "messages").iterdir())), made.lists)


def read_letter(path: Path) -> Letter:
    """What a message on disk speaks of."""
    body = path.read_bytes()
    lists: tuple[tuple[bytes, bytes], ...] = ()
    if path.name.endswith("CEB621Message.xml"):
        lists = tuple((cop_no, order_no) for order_no, cop_no in LIST.findall(body))
    return Letter(frozenset(ORDER_NO.findall(body)), lists)
