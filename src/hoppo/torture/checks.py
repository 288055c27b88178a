"""What must hold of a database whatever happened to it, as sentences about what does not."""

import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import psycopg

from hoppo.customs.reporting import verdict_lines

# What traffic fills; a round begins with these empty.
EMPTIED = (
    "inbox", "outbox", "reference", "purchase_order", "payment", "waybill", "waybill_status",
    "declaration", "verdict", "application", "limit_account", "limit_entry", "guarantee_entry",
    "tax_bill",
)  # fmt: skip
COUNTS = (
    ("messages still wait or are set aside", "SELECT count(*) FROM inbox WHERE state <> 1"),
    (
        "yearly limits differ from the sum of their entries",
        (
            "SELECT count(*) FROM limit_account a WHERE used <> (SELECT coalesce(sum(amount), 0)"
            " FROM limit_entry e WHERE (e.person, e.year) = (a.person, a.year))"
        ),
    ),
    (
        "guarantees differ from the sum of their entries",
        (
            "SELECT count(*) FROM guarantee_account a WHERE held <>"
            " (SELECT coalesce(sum(amount), 0)"
            " FROM guarantee_entry e WHERE e.guarantor_code = a.guarantor_code)"
        ),
    ),
    (
        "lists count another amount than their entries",
        (
            "SELECT count(*) FROM verdict v WHERE counted <> (SELECT coalesce(sum(amount), 0)"
            " FROM limit_entry e WHERE (e.declarant_code, e.cop_no) = (v.declarant_code, v.cop_no))"
        ),
    ),
    (
        "lists hold another guarantee than their entries",
        (
            "SELECT count(*) FROM verdict v WHERE guaranteed <> (SELECT coalesce(sum(amount), 0)"
            " FROM guarantee_entry e WHERE (e.declarant_code, e.cop_no)"
            " = (v.declarant_code, v.cop_no))"
        ),
    ),
    (
        "released lists hold another guarantee than their tax",
        (
            "SELECT count(*) FROM verdict WHERE status IN ('300', '500', '800')"
            " AND (tax->>'total')::numeric <> guaranteed AND NOT EXISTS (SELECT 1 FROM tax_bill b"
            " WHERE b.list_no = verdict.list_no AND b.status = '2') AND NOT EXISTS (SELECT 1 FROM"
            " application a WHERE a.list_no = verdict.list_no)"
        ),
    ),
    (
        "verdicts have no list",
        (
            "SELECT count(*) FROM verdict v WHERE status NOT LIKE '-%' AND NOT EXISTS"
            " (SELECT 1 FROM declaration d"
            " WHERE (d.declarant_code, d.cop_no) = (v.declarant_code, v.cop_no))"
        ),
    ),
    (
        "lists have no verdict",
        (
            "SELECT count(*) FROM declaration d WHERE NOT EXISTS (SELECT 1 FROM verdict v"
            " WHERE (d.declarant_code, d.cop_no) = (v.declarant_code, v.cop_no))"
        ),
    ),
    (
        "entries belong to no list",
        (
            "SELECT count(*) FROM (SELECT declarant_code, cop_no FROM limit_entry UNION"
            " SELECT declarant_code, cop_no FROM guarantee_entry) e WHERE NOT EXISTS (SELECT 1 FROM"
            " verdict v WHERE (v.declarant_code, v.cop_no) = (e.declarant_code, e.cop_no))"
        ),
    ),
    (
        "lists are stored more than once",
        (
            "SELECT count(*) FROM (SELECT 1 FROM declaration GROUP BY declarant_code, cop_no"
            " HAVING count(*) > 1) twice"
        ),
    ),
    (
        "numbers of lists were given twice",
        (
            "SELECT count(*) FROM (SELECT 1 FROM verdict WHERE list_no IS NOT NULL"
            " GROUP BY list_no HAVING count(*) > 1) twice"
        ),
    ),
    ("transactions are prepared and left", "SELECT count(*) FROM pg_prepared_xacts"),
)

BILLS = (
    (
        "lists were released a month ago and have not one bill",
        (
            "SELECT count(*) FROM verdict v WHERE status = '800' AND"
            " (SELECT count(*) FROM tax_bill b WHERE b.list_no = v.list_no AND b.status <> '3')"
            " <> 1 AND NOT EXISTS (SELECT 1 FROM application a WHERE a.list_no = v.list_no)"
        ),
    ),
    (
        "bills ask for another amount than their list's tax",
        (
            "SELECT count(*) FROM tax_bill b JOIN verdict v ON v.list_no = b.list_no"
            " WHERE b.duty + b.vat + b.consumption_tax <> (v.tax->>'total')::numeric AND NOT EXISTS"
            " (SELECT 1 FROM application a WHERE a.list_no = v.list_no)"
        ),
    ),
)
LOOKS, LOOK_SECONDS = 5, 0.05
LINGERING = (
    "SELECT DISTINCT a.pid, CASE WHEN a.state LIKE 'idle in transaction%' THEN"
    " 'is inside a transaction' ELSE 'holds an advisory lock' END"
    " FROM pg_stat_activity a LEFT JOIN pg_locks l ON l.pid = a.pid AND l.locktype = 'advisory'"
    " WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()"
    " AND (a.state LIKE 'idle in transaction%' OR (a.state = 'idle' AND l.pid IS NOT NULL))"
)
KIND = re.compile(r"<(?:\w+:)?CEB(312|412|512|622|816)Message")
VALUE = re.compile(r"<(?:\w+:)?(\w+)>([^<]*)</")
RECORD_OF = {
    "312": "OrderReturn", "412": "PaymentReturn", "512": "LogisticsReturn",
    "622": "InventoryReturn", "816": "TaxHeadRd",
}  # fmt: skip
KEYS_OF = {
    "312": ("ebpCode", "orderNo"),
    "412": ("payCode", "payTransactionId"),
    "512": ("logisticsCode", "logisticsNo"),
}
DOCUMENTS = (
    ("312", "SELECT platform_code, order_no FROM purchase_order"),
    ("412", "SELECT payment_code, transaction_no FROM payment"),
    ("512", "SELECT logistics_code, waybill_no FROM waybill"),
)


def broken_sums(
    connection: psycopg.Connection[Any], counts: Sequence[tuple[str, str]] = COUNTS
) -> Iterator[str]:
    """Each count that should be nothing and is not."""
    for sentence, statement in counts:
        row = connection.execute(statement).fetchone()
        if row and row[0]:
            yield f"{row[0]} {sentence}"


def lost_messages(
    connection: psycopg.Connection[Any], acknowledged: Mapping[int, bytes]
) -> Iterator[str]:
    """Each acknowledged message that is not in the inbox under its number with its own bytes."""
    kept = {
        number: bytes(digest)
        for number, digest in connection.execute("SELECT id, sha256 FROM inbox").fetchall()
    }
    for number, digest in acknowledged.items():
        if kept.get(number) != digest:
            yield f"message {number} was acknowledged and is not stored as it came"


def wrong_verdicts(
    connection: psycopg.Connection[Any], truth_lines: Iterable[str]
) -> Iterator[Any]:
    """Where verdicts and a simulated day's truth disagree; lists of a group count together."""
    verdicts = {
        (line["ebpCode"], line["orderNo"], line["copNo"]): line
        for line in verdict_lines(connection)
    }
    groups: dict[str, list[tuple[Any, Any]]] = defaultdict(list)
    for text in truth_lines:
        truth = json.loads(text)
        found = verdicts.pop((truth["ebpCode"], truth["orderNo"], truth["copNo"]), None)
        if found is None:
            yield ("no verdict", truth)
        elif truth["status"] == "group":
            groups[truth["group"]].append((truth, found))
        else:
            seen = {
                "status": found["status"],
                "codes": sorted({item["code"] for item in found["findings"]}),
                "rules": sorted({item["rule"] for item in found["findings"]}),
                "tax": found["tax"],
            }
            if seen != {name: truth[name] for name in seen}:
                yield (truth, seen)
    for name, rows in groups.items():
        passed = sum(found["status"] in {"800", "500"} for _, found in rows)
        if passed != rows[0][0]["group_released"]:
            yield (name, passed, rows[0][0])
    for line in verdicts.values():
        yield ("not in the truth", line)


class Delivered:
    """What receipts have told a client: states of lists, answered documents, bills."""

    def __init__(self) -> None:
        """Nothing was told yet."""
        self.lists: set[tuple[str, str]] = set()
        self.documents: set[tuple[str, ...]] = set()
        self.bills: Counter[str] = Counter()

    def note(self, text: str) -> None:
        """Take one receipt message."""
        kind = KIND.search(text)
        if kind is None:
            return
        for record in text.split(f"</{RECORD_OF.get(kind[1], '')}>")[:-1]:
            told = dict(VALUE.findall(record))
            if kind[1] == "622":
                self.lists.add((told["copNo"], told["returnStatus"]))
            elif kind[1] == "816":
                self.bills[told["invtNo"]] += 1
            else:
                self.documents.add((kind[1], *(told[name] for name in KEYS_OF[kind[1]])))


def missing_receipts(connection: psycopg.Connection[Any], delivered: Delivered) -> Iterator[str]:
    """Each state in a list's trail, each document and each bill that no delivered receipt told."""
    for cop_no, trail in connection.execute("SELECT cop_no, trail FROM verdict").fetchall():
        for _moment, status, _text in trail:
            if (cop_no, status) not in delivered.lists:
                yield f"list {cop_no} became {status} and no receipt said so"
    for kind, statement in DOCUMENTS:
        for key in connection.execute(statement).fetchall():
            if (kind, *key) not in delivered.documents:
                yield f"document {' '.join(key)} was stored and no {kind} receipt said so"
    for (list_no,) in connection.execute("SELECT list_no FROM tax_bill").fetchall():
        if not delivered.bills[list_no]:
            yield f"list {list_no} has a tax bill and no 816 receipt said so"


def lingering(connection: psycopg.Connection[Any]) -> Iterator[str]:
    """Connections that hold a transaction or a lock and do nothing, each of several looks."""
    held: Counter[tuple[int, str]] = Counter()
    for look in range(LOOKS):
        if look:
            time.sleep(LOOK_SECONDS)
        held.update(connection.execute(LINGERING).fetchall())
        connection.rollback()
    for (number, what), times in held.items():
        if times == LOOKS:
            yield f"connection {number} {what} and does nothing"


def complaints(
    connection: psycopg.Connection[Any],
    acknowledged: Mapping[int, bytes],
    truth_lines: Iterable[str],
    delivered: Delivered,
) -> Iterator[str]:
    """Everything that is wrong after all was sent, worked, billed and fetched."""
    yield from lost_messages(connection, acknowledged)
    yield from broken_sums(connection, COUNTS + BILLS)
    yield from (f"verdict: {wrong}" for wrong in wrong_verdicts(connection, truth_lines))
    yield from missing_receipts(connection, delivered)
    connection.rollback()
    yield from lingering(connection)
