"""What was read in claimed messages, and which of it this batch may work.

A record whose keys are in another batch's hands is left; the others of its message are not held up
by it. Its message keeps the places of what is left, and waits on.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg

from hoppo.customs.locking import (
    APPLICATIONS,
    key_names,
    list_name,
    orders_behind,
    try_locks,
    wait_for_locks,
)
from hoppo.customs.reading import Incoming, Read, Refused, read_arrived
from hoppo.customs.registers import Registers
from hoppo.engine.inbox import Arrived

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
        return frozenset(key_names(read))
    if isinstance(read, Refused):
        return frozenset({list_name(read.keys["declarant_code"], read.keys["cop_no"])})
    return frozenset()


def lock(
    connection: psycopg.Connection[Any], items: Sequence[Item], *, wait: bool
) -> tuple[list[Item], list[Item]]:
    """Those whose locks are ours, and those that are left; none overtakes one with its key."""
    sort = _applies(items[0]) if items else False
    ours = [item for item in items if _applies(item) == sort]
    left = [item for item in items if _applies(item) != sort]
    at = [place for place, item in enumerate(ours) if isinstance(item.read, Incoming)]
    behind = orders_behind(connection, [ours[place].read for place in at])  # type: ignore[misc]
    for number, names in behind.items():
        item = ours[at[number]]
        ours[at[number]] = item._replace(names=item.names | names)
    wanted = {name for item in ours for name in item.names}
    if wait:
        wait_for_locks(connection, wanted)
        return ours, left
    busy = try_locks(connection, wanted)
    if not busy:
        return ours, left
    free = []
    for item in ours:
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
