"""Which locks a batch needs: one for each business key that its records may touch.

Two batches that hold parts of one purchase must see each other, or neither would find the set
complete. A batch tries its locks and waits for none: a message whose keys are in another batch's
hands is left for the next batch. So batches never wait for each other here, and nothing deadlocks.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg

from hoppo.customs.intake import own_number
from hoppo.customs.reading import Incoming

APPLICATIONS = frozenset({"cancellation", "return"})


def key_names(record: Incoming) -> set[str]:
    """The names of a record's business keys, as they are locked."""
    head, kind = record.head, record.kind
    names = set()
    if kind != "waybill_status":
        names.add(order_name(head["order_no"]))
    if kind in {"order", "payment"} and head["payment_code"] and head["transaction_no"]:
        names.add(f"payment {head['payment_code']} {head['transaction_no']}")
    if kind in {"waybill", "waybill_status", "list"}:
        names.add(f"waybill {head['logistics_code']} {head['waybill_no']}")
    if kind == "list" or kind in APPLICATIONS:
        names.add(list_name(head["declarant_code"], own_number(head)))
    return names


def order_name(order_no: str) -> str:
    """The name of an order's lock; all that belongs to a purchase hangs on it."""
    return f"order {order_no}"


def list_name(declarant_code: str, cop_no: str) -> str:
    """The name of a list's lock, or an application's."""
    return f"list {declarant_code} {cop_no}"


def orders_behind(
    connection: psycopg.Connection[Any], records: Sequence[Incoming]
) -> dict[int, set[str]]:
    """Locks of orders that a record reaches without naming them, by the record's place.

    A payment reaches the orders that name its transaction; an application the order of its list.
    """
    paid, applied = [], []
    for at, record in enumerate(records):
        if record.kind == "payment":
            paid.append((at, record.head["payment_code"], record.head["transaction_no"]))
        elif record.kind in APPLICATIONS:
            applied.append((at, record.head["list_no"]))
    found: dict[int, set[str]] = {}
    if paid:
        rows = connection.execute(
            "SELECT k.at, t.order_no FROM purchase_order t"
            " JOIN unnest(%s::int8[], %s::text[], %s::text[]) AS k(at, code, number)"
            " ON t.payment_code = k.code AND t.transaction_no = k.number",
            [list(part) for part in zip(*paid, strict=True)],
        ).fetchall()
        for at, order_no in rows:
            found.setdefault(at, set()).add(order_name(order_no))
    if applied:
        rows = connection.execute(
            "SELECT k.at, t.order_no FROM verdict t"
            " JOIN unnest(%s::int8[], %s::text[]) AS k(at, list_no) ON t.list_no = k.list_no",
            [list(part) for part in zip(*applied, strict=True)],
        ).fetchall()
        for at, order_no in rows:
            found.setdefault(at, set()).add(order_name(order_no))
    return found


def try_locks(connection: psycopg.Connection[Any], names: Iterable[str]) -> set[str]:
    """Take the locks that are free, until the transaction ends; returns the names that are not."""
    rows = connection.execute(
        "SELECT k.name FROM unnest(%s::text[]) AS k(name)"
        " WHERE NOT pg_try_advisory_xact_lock(hashtextextended(k.name, 0))",
        [sorted(set(names))],
    )
    return {name for (name,) in rows}


def wait_for_locks(connection: psycopg.Connection[Any], names: Iterable[str]) -> None:
    """Take all the locks, in one order for everybody who waits."""
    connection.execute(
        "SELECT pg_advisory_xact_lock(h) FROM (SELECT DISTINCT hashtextextended(n, 0) AS h"
        " FROM unnest(%s::text[]) AS n ORDER BY h) AS locks",
        [sorted(set(names))],
    )
