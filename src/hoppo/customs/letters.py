"""What was read in claimed messages, and which of it this batch may work.

Two batches that hold parts of one purchase must see each other, or neither would find the set
complete. So a batch locks the names of all that its records may touch. It tries its locks and waits
for none: batches never wait for each other here, and nothing deadlocks. A record whose keys are in
another batch's hands is left; the others of its message are not held up by it. Its message keeps
the places of what is left, and waits on.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg

from hoppo.customs.reading import Incoming, Read, Refused, read_arrived
from hoppo.customs.references import (
    APPLICATIONS,
    Pair,
    list_name,
    names_of,
    order_name,
    orders_in,
    orders_named,
)
from hoppo.customs.registers import Registers
from hoppo.engine.inbox import Arrived
from hoppo.engine.locks import try_locks, wait_for_locks

MOST_REMEMBERED = 200


class Item(NamedTuple):
    """Something read at a place of a message, and the names of the locks that it needs."""

    message_id: int
    received_at: datetime
    place: int
    read: Read
    names: frozenset[str]


def read_items(arrived: Iterable[Arrived], registers: Registers) -> list[Item]:
    """What is left to do of messages; what was read before and could not be worked is kept."""
    items: list[Item] = []
    for message in arrived:
        read = registers.remembered.pop((message.id, message.received_at), None)
        if read is None:
            read = [
                Item(message.id, message.received_at, place, one, _names(one))
                for place, one in enumerate(read_arrived(message, registers))
            ]
        if message.rest is not None:
            left = set(message.rest)
            read = [item for item in read if item.place in left]
        items += read
    return items


def _names(read: Read) -> frozenset[str]:
    if isinstance(read, Incoming):
        order = () if read.kind == "waybill_status" else (order_name(read.head["order_no"]),)
        return frozenset((*names_of(read), *order))
    if isinstance(read, Refused):
        return frozenset({list_name(read.keys["declarant_code"], read.keys["cop_no"])})
    return frozenset()


class Locked(NamedTuple):
    """Those whose locks are ours, what their names lead to, and those that are left."""

    ours: list[Item]
    pairs: set[Pair]
    left: list[Item]

    @property
    def names(self) -> set[str]:
        """All names whose orders are known."""
        return _all_names(self.ours)


def lock(connection: psycopg.Connection[Any], items: Sequence[Item], *, wait: bool) -> Locked:
    """Lock what records need: their own names, and the orders that these lead to.

    None overtakes one that shares a name with it and is left.
    """
    sort = _applies(items[0]) if items else False
    ours = [item for item in items if _applies(item) == sort]
    left = [item for item in items if _applies(item) != sort]
    pairs = orders_named(connection, _all_names(ours))
    while True:
        ours = _with_orders(ours, pairs)
        if wait:
            wait_for_locks(connection, _all_names(ours))
        else:
            ours, busy = _free(ours, try_locks(connection, _all_names(ours)))
            left += busy
        # What was committed before we had the locks; afterwards nobody adds to these names.
        now = orders_named(connection, _all_names(ours))
        if orders_in(now) <= orders_in(pairs):
            return Locked(ours, now, left)
        pairs = now


def _all_names(items: Iterable[Item]) -> set[str]:
    return {name for item in items for name in item.names}


def _with_orders(items: Iterable[Item], pairs: Iterable[Pair]) -> list[Item]:
    """Records that need the locks of the orders too that their names lead to."""
    led: dict[str, set[str]] = {}
    for name, order_no in pairs:
        led.setdefault(name, set()).add(order_name(order_no))
    return [
        item._replace(names=item.names.union(*(led.get(name, ()) for name in item.names)))
        for item in items
    ]


def _free(items: Iterable[Item], busy: set[str]) -> tuple[list[Item], list[Item]]:
    """Those that need nothing busy, and those that do; what these need is busy as well."""
    if not busy:
        return list(items), []
    free, left = [], []
    for item in items:
        if busy.isdisjoint(item.names):
            free.append(item)
        else:
            busy |= item.names
            left.append(item)
    return free, left


def _applies(item: Item) -> bool:
    """Applications and documents are not worked in one transaction.

    An application locks its person's account before documents are judged, and the judged lock
    theirs together, in order: in one transaction the two would not be one order any more.
    """
    return isinstance(item.read, Incoming) and item.read.kind in APPLICATIONS


def remember(registers: Registers, left: Iterable[Item]) -> dict[int, list[int]]:
    """Keep what is left for the next batch; returns its places by message."""
    places: dict[int, list[int]] = {}
    for item in left:
        places.setdefault(item.message_id, []).append(item.place)
        # After a restore a number may stand for another message; not with the same time.
        registers.remembered.setdefault((item.message_id, item.received_at), []).append(item)
    while len(registers.remembered) > MOST_REMEMBERED:
        del registers.remembered[next(iter(registers.remembered))]
    return places
