"""What must hold of a database whatever happened to it, as sentences about what does not."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import psycopg

from hoppo.customs.reporting import verdict_lines

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
    ("transactions are prepared and left", "SELECT count(*) FROM pg_prepared_xacts"),
)


def broken_sums(connection: psycopg.Connection[Any]) -> Iterator[str]:
    """Each count that should be nothing and is not."""
    for sentence, statement in COUNTS:
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


def missing_receipts(
    connection: psycopg.Connection[Any], delivered: Collection[tuple[str, str]]
) -> Iterator[str]:
    """Each state in a list's trail that no delivered receipt told, as (own number, status)."""
    for cop_no, trail in connection.execute("SELECT cop_no, trail FROM verdict").fetchall():
        for _moment, status, _text in trail:
            if (cop_no, status) not in delivered:
                yield f"list {cop_no} became {status} and no receipt said so"
