"""Numbers that lead to an order: its payment's, its waybill's, its list's.

Documents lie under the number of their order. A number that somebody uses without it, or that
another order may name as well, is looked up here: one name may lead to several orders, and then
they are all looked at. The same names are the names of locks.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import psycopg

from hoppo.commerce.values import Order, Payment
from hoppo.customs.intake import own_number
from hoppo.customs.reading import Incoming
from hoppo.customs.values import Application, Verdict
from hoppo.goods.values import Waybill

APPLICATIONS = frozenset({"cancellation", "return"})
ORDER = "order "
Pair = tuple[str, str]


def order_name(order_no: str) -> str:
    """The name of an order itself; all that belongs to a purchase hangs on it."""
    return f"{ORDER}{order_no}"


def payment_name(payment_code: str, transaction_no: str) -> str:
    """The name of a payment."""
    return f"payment {payment_code} {transaction_no}"


def waybill_name(logistics_code: str, waybill_no: str) -> str:
    """The name of a waybill."""
    return f"waybill {logistics_code} {waybill_no}"


def list_name(declarant_code: str, cop_no: str) -> str:
    """The name of a list, or of an application, by the declarant's own number."""
    return f"list {cop_no} {declarant_code}"


def number_name(list_no: str) -> str:
    """The name of a list by the customs' number."""
    return f"number {list_no}"


def names_of(record: Incoming) -> set[str]:
    """The names that a record mentions, but for its order's."""
    head, kind = record.head, record.kind
    names = set()
    if kind in {"order", "payment"} and head["payment_code"] and head["transaction_no"]:
        names.add(payment_name(head["payment_code"], head["transaction_no"]))
    if kind in {"waybill", "waybill_status", "list"}:
        names.add(waybill_name(head["logistics_code"], head["waybill_no"]))
    if kind == "list" or kind in APPLICATIONS:
        names.add(list_name(head["declarant_code"], own_number(head)))
    if kind in APPLICATIONS and head["list_no"]:
        names.add(number_name(head["list_no"]))
    return names


def partners_of(row: Any) -> Iterator[Pair]:
    """The payment or the waybill that a stored row names or is."""
    if isinstance(row, (Order, Payment)):
        if row.payment_code and row.transaction_no:
            yield payment_name(row.payment_code, row.transaction_no), row.order_no
    elif isinstance(row, Waybill) or (isinstance(row, Verdict) and not row.status.startswith("-")):
        yield waybill_name(row.logistics_code, row.waybill_no), row.order_no


def pairs_of(row: Any) -> Iterator[Pair]:
    """What a stored row makes known: names that lead to its order."""
    yield from partners_of(row)
    if isinstance(row, (Verdict, Application)):
        yield list_name(row.declarant_code, row.cop_no), row.order_no
    if isinstance(row, Verdict) and row.list_no:
        yield number_name(row.list_no), row.order_no


def orders_named(connection: psycopg.Connection[Any], names: Collection[str]) -> set[Pair]:
    """The orders that names lead to, as pairs of a name and an order's number."""
    wanted = sorted(name for name in names if not name.startswith(ORDER))
    if not wanted:
        return set()
    rows = connection.execute(
        "SELECT t.name, t.order_no FROM reference t JOIN unnest(%s::text[]) AS k(name)"
        " ON t.name = k.name",
        [wanted],
    )
    return set(rows.fetchall())


def orders_of_own_number(connection: psycopg.Connection[Any], cop_no: str) -> set[str]:
    """The orders of lists and applications that any declarant has under a number of his own."""
    rows = connection.execute(
        "SELECT order_no FROM reference WHERE name ^@ %s", [list_name("", cop_no)]
    )
    return {order_no for (order_no,) in rows}


def orders_in(pairs: Iterable[Pair]) -> set[str]:
    """The numbers of the orders in pairs."""
    return {order_no for _, order_no in pairs}
