"""Everything one batch touches, loaded in a few statements and written back in a few."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import psycopg

from hoppo.customs.tables import (
    APPLICATIONS,
    DECLARATIONS,
    ORDERS,
    PAYMENTS,
    VERDICTS,
    WAYBILL_STATUSES,
    WAYBILLS,
)
from hoppo.engine.rows import Table

Key = tuple[str, ...]


class Shelf:
    """The rows of one table that a batch knows: what was there, what has changed."""

    def __init__(self, table: Table[Any]) -> None:
        """Begin empty."""
        self.table = table
        self.rows: dict[Key, Any] = {}
        self._stored: set[Key] = set()
        self._changed: dict[Key, None] = {}

    def load(
        self, connection: psycopg.Connection[Any], keys: Iterable[Key], on: tuple[str, ...] = ()
    ) -> list[Any]:
        """Load rows; one that is known already keeps the state it has here."""
        found = []
        for row in self.table.by_key(connection, keys, on=on):
            key = self.table.key_of(row)
            if key not in self.rows:
                self.rows[key] = row
                self._stored.add(key)
            found.append(self.rows[key])
        return found

    def get(self, key: Key) -> Any:
        """The row of a key, or None."""
        return self.rows.get(key)

    def put(self, row: Any) -> None:
        """Add or change a row."""
        key = self.table.key_of(row)
        self.rows[key] = row
        self._changed[key] = None

    def write(self, connection: psycopg.Connection[Any]) -> None:
        """Write what changed: rows that were stored are replaced, new ones copied in."""
        if not self._changed:
            return
        replaced = [key for key in self._changed if key in self._stored]
        if replaced:
            self.table.delete(connection, replaced)
        self.table.insert(connection, [self.rows[key] for key in self._changed])


class Workspace:
    """The documents and verdicts of one batch."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        """Begin empty, on the batch's transaction."""
        self.connection = connection
        self.orders, self.payments = Shelf(ORDERS), Shelf(PAYMENTS)
        self.waybills, self.statuses = Shelf(WAYBILLS), Shelf(WAYBILL_STATUSES)
        self.declarations, self.verdicts = Shelf(DECLARATIONS), Shelf(VERDICTS)
        self.applications = Shelf(APPLICATIONS)
        self._by_order: dict[Key, dict[Key, None]] = defaultdict(dict)
        self._by_waybill: dict[Key, dict[Key, None]] = defaultdict(dict)
        self._by_number: dict[str, dict[Key, None]] = defaultdict(dict)
        self._by_transaction: dict[Key, dict[Key, None]] = defaultdict(dict)
        self.payments_by_order: dict[Key, list[Any]] = {}
        self.waybills_by_order: dict[str, list[Any]] = {}

    def load(
        self, *, orders: set[Key], payments: set[Key], waybills: set[Key], lists: set[Key]
    ) -> None:
        """Load what records of these keys can touch, directly or as partners of a match."""
        connection = self.connection
        touched = [
            *self.verdicts.load(connection, lists),
            *self.verdicts.load(connection, waybills, on=("logistics_code", "waybill_no")),
        ]
        named = self.orders.load(connection, payments, on=("payment_code", "transaction_no"))
        orders = orders | {(row.platform_code, row.order_no) for row in (*touched, *named)}
        self.verdicts.load(connection, orders, on=("platform_code", "order_no"))
        self.orders.load(connection, orders)
        paid = {
            (row.payment_code, row.transaction_no)
            for row in self.orders.rows.values()
            if row.payment_code and row.transaction_no
        }
        self.payments.load(connection, payments | paid)
        self.payments.load(connection, orders, on=("platform_code", "order_no"))
        carried = {(row.logistics_code, row.waybill_no) for row in self.verdicts.rows.values()}
        self.waybills.load(connection, waybills | carried)
        self.waybills.load(connection, {(key[1],) for key in orders}, on=("order_no",))
        self.verdicts.load(connection, waybills | carried, on=("logistics_code", "waybill_no"))
        self.declarations.load(connection, self.verdicts.rows)
        for verdict in self.verdicts.rows.values():
            self.index(verdict)
        for order in self.orders.rows.values():
            self.index_order(order)

    def index_order(self, order: Any) -> None:
        """Make an order findable by the payment it names."""
        if order.payment_code and order.transaction_no:
            named = (order.payment_code, order.transaction_no)
            self._by_transaction[named][order.platform_code, order.order_no] = None

    def orders_paid_by(self, key: Key) -> list[Key]:
        """Keys of the orders that name, or once named, a payment."""
        return list(self._by_transaction.get(key, ()))

    def index(self, verdict: Any) -> None:
        """Make a list findable by its order and its waybill."""
        key = VERDICTS.key_of(verdict)
        self._by_order[verdict.platform_code, verdict.order_no][key] = None
        self._by_waybill[verdict.logistics_code, verdict.waybill_no][key] = None
        self._by_number[verdict.order_no][key] = None

    def lists_of_order(self, key: Key) -> list[Any]:
        """Verdicts of the lists that declare an order."""
        rows = (self.verdicts.rows[at] for at in self._by_order.get(key, ()))
        return [row for row in rows if (row.platform_code, row.order_no) == key]

    def lists_of_number(self, order_no: str) -> list[Any]:
        """Verdicts of the lists of any platform's order of this number."""
        rows = (self.verdicts.rows[at] for at in self._by_number.get(order_no, ()))
        return [row for row in rows if row.order_no == order_no]

    def lists_of_waybill(self, key: Key) -> list[Any]:
        """Verdicts of the lists that name a waybill."""
        rows = (self.verdicts.rows[at] for at in self._by_waybill.get(key, ()))
        return [row for row in rows if (row.logistics_code, row.waybill_no) == key]

    def index_partners(self) -> None:
        """Make payments and waybills findable by the order they name."""
        self.payments_by_order = defaultdict(list)
        for row in self.payments.rows.values():
            self.payments_by_order[row.platform_code, row.order_no].append(row)
        self.waybills_by_order = defaultdict(list)
        for row in self.waybills.rows.values():
            self.waybills_by_order[row.order_no].append(row)

    def write(self) -> None:
        """Write every shelf."""
        for shelf in (
            self.orders,
            self.payments,
            self.waybills,
            self.statuses,
            self.declarations,
            self.verdicts,
            self.applications,
        ):
            shelf.write(self.connection)
