"""The messages of a benchmark, made before the clock starts, and what is to be known of each."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ORDER_NO = re.compile(rb"<ceb:orderNo>([^<]*)</ceb:orderNo>")
LIST = re.compile(
    rb"<ceb:orderNo>([^<]*)</ceb:orderNo>.{0,2000}?<ceb:copNo>([^<]*)</ceb:copNo>", re.DOTALL
)


class Letter(NamedTuple):
    """One message on disk: the orders it speaks of, and its lists as (own number, order)."""

    path: Path
    orders: frozenset[bytes]
    lists: tuple[tuple[bytes, bytes], ...]


def letters(folder: Path) -> Iterator[Letter]:
    """The messages of a simulated day in the order they are sent."""
    for path in sorted(folder.iterdir()):
        body = path.read_bytes()
        orders = frozenset(ORDER_NO.findall(body))
        lists: tuple[tuple[bytes, bytes], ...] = ()
        if path.name.endswith("CEB621Message.xml"):
            lists = tuple((cop_no, order_no) for order_no, cop_no in LIST.findall(body))
        yield Letter(path, orders, lists)
