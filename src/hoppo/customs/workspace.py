"""Everything one batch touches, loaded in a few statements and written back in a few."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import psycopg

from hoppo.customs.references import Pair, list_name, orders_in, orders_named, pairs_of, partners_of
from hoppo.customs.tables import (
    APPLICATIONS,
    DECLARATIONS,
    ORDERS,
    PAYMENTS,
    REFERENCES,
    VERDICTS,
    WAYBILL_STATUSES,
    WAYBILLS,
)
from hoppo.customs.values import Reference
from hoppo.engine.rows import Table

Key = tuple[str, ...]
NO_ORDER = "-"  # what stands where a list whose format is wrong names no order


class Shelf:
    """The rows of one table that a batch knows: what was there, what has changed."""

    def __init__(self, table: Table[Any]) -> None:
        """Begin empty."""
        self.table = table
        self.rows: dict[Key, Any] = {}
        self._stored: dict[Key, Any] = {}
        self._changed: dict[Key, None] = {}

    def take(self, rows: Iterable[Any]) -> None:
        """Take rows as they are stored; one that is known already keeps the state it has here."""
        for row in rows:
            key = self.table.key_of(row)
            if key not in self.rows:
                self.rows[key] = self._stored[key] = row

    def get(self, key: Key) -> Any:
        """The row of a key, or None."""
        return self.rows.get(key)

    def put(self, row: Any) -> None:
        """Add or change a row."""
        key = self.table.key_of(row)
        self.rows[key] = row
        self._changed[key] = None

    def news(self) -> Iterator[tuple[Pair, datetime]]:
        """Names that changed rows make known, and were not known by them before."""
        for key in self._changed:
            row, stored = self.rows[key], self._stored.get(key)
            before = set(pairs_of(stored)) if stored is not None else ()
            for pair in pairs_of(row):
                if pair not in before:
                    yield pair, row.received_at

    def write(self, connection: psycopg.Connection[Any]) -> None:
        """Write what changed: rows that were stored are replaced, new ones copied in."""
        if not self._changed:
            return
        replaced = [self._stored[key] for key in self._changed if key in self._stored]
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
        self._documents = (
            self.orders, self.payments, self.waybills, self.declarations, self.verdicts
        )  # fmt: skip
        self._loaded: set[str] = set()
        self._names: set[str] = set()
        self._pairs: set[Pair] = set()
        self._by_order: dict[Key, dict[Key, None]] = defaultdict(dict)
        self._by_waybill: dict[Key, dict[Key, None]] = defaultdict(dict)
        self._by_number: dict[str, dict[Key, None]] = defaultdict(dict)
        self._by_transaction: dict[Key, dict[Key, None]] = defaultdict(dict)
        self.payments_by_order: dict[Key, list[Any]] = {}
        self.waybills_by_order: dict[str, list[Any]] = {}

    def know(self, names: Iterable[str], pairs: Iterable[Pair]) -> None:
        """Take what names were found to lead to, so that it is not looked up again."""
        self._names |= set(names)
        self._pairs |= set(pairs)

    def load(self, orders: Iterable[str], names: Iterable[str] = ()) -> None:
        """Load what records of these orders and names can touch, themselves or as partners.

        Lists name waybills and orders name payments that lie under other orders: then these too.
        """
        self._look_up(set(names))
        self._load(orders_in(self._pairs).union(orders))
        self._look_up(
            {
                name
                for shelf in (self.orders, self.verdicts)
                for row in shelf.rows.values()
                for name, _ in partners_of(row)
            }
        )
        self._load(orders_in(self._pairs))
        for verdict in self.verdicts.rows.values():
            self.index(verdict)
        for order in self.orders.rows.values():
            self.index_order(order)

    def _look_up(self, names: set[str]) -> None:
        names -= self._names
        self.know(names, self.find_orders(names))

    def find_orders(self, names: set[str]) -> set[Pair]:
        """The orders that names lead to."""
        return orders_named(self.connection, names)

    def find(
        self, table: Table[Any], keys: set[tuple[Any, ...]], on: tuple[str, ...]
    ) -> Iterable[Any]:
        """Stored rows by some columns."""
        return table.by_key(self.connection, keys, on=on)

    def _load(self, orders: set[str]) -> None:
        new = orders - self._loaded
        if not new:
            return
        self._loaded |= new
        for shelf in self._documents:
            keys = {(order_no,) for order_no in new}
            if shelf is self.verdicts:
                # Lists of no order may be many, and have nothing in common; see `load_strays`.
                keys.discard((NO_ORDER,))
            shelf.take(self.find(shelf.table, keys, ("order_no",)))
        self._load_verdicts(
            key for key, row in self.declarations.rows.items() if row.order_no == NO_ORDER
        )

    def _load_verdicts(self, lists: Iterable[Key]) -> None:
        """Load verdicts of lists that name no order, by declarant and number."""
        keys = {(NO_ORDER, *key) for key in lists}
        self.verdicts.take(self.find(VERDICTS, keys, ("order_no", "declarant_code", "cop_no")))

    def load_applications(self) -> None:
        """Load what was applied for about the lists of all orders that are known."""
        keys = {(order_no,) for order_no in self._loaded}
        self.applications.take(self.find(APPLICATIONS, keys, ("order_no",)))

    def load_statuses(self, waybills: set[tuple[Any, ...]]) -> None:
        """Load the states of waybills, by carrier and number."""
        on = ("logistics_code", "waybill_no")
        self.statuses.take(self.find(WAYBILL_STATUSES, waybills, on))

    def load_strays(self, lists: Iterable[Key]) -> None:
        """Load lists, by declarant and number, that were refused without an order's number."""
        known = {name for name, order_no in self._pairs if order_no == NO_ORDER}
        self._load_verdicts(key for key in lists if list_name(*key) in known)

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
        """Write every shelf, and the names that lead to what is in them."""
        shelves = (*self._documents, self.statuses, self.applications)
        news = {pair: moment for shelf in shelves for pair, moment in shelf.news()}
        self._look_up({name for name, _ in news})
        for pair in self._pairs:
            news.pop(pair, None)
        for shelf in shelves:
            shelf.write(self.connection)
        if news:
            rows = [Reference(*pair, moment) for pair, moment in news.items()]
            REFERENCES.insert(self.connection, rows)
