"""Search lists: by any number, state, reason, day, enterprise, commodity; a page at a time.

The next page begins behind the last row shown (keyset paging), so that the thousandth page takes
as long as the first. Where a person's scope names enterprises, each column of an enterprise is
asked by its own index, and the newest of all answers are kept.
"""

import base64
import json
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

import psycopg

from hoppo.customs.references import (
    number_name,
    orders_named,
    orders_of_own_number,
    payment_name,
    waybill_name,
)
from hoppo.portal.roles import ENTERPRISE_COLUMNS, Scope
from hoppo.values.moments import BEIJING

PAGE = 50
LONGEST_CURSOR = 600
SHOWN = (
    "v.declarant_code", "v.cop_no", "v.order_no", "v.waybill_no", "v.list_no", "v.platform_code",
    "v.ebc_code", "v.logistics_code", "v.customs_code", "v.trade_mode", "v.status", "v.findings",
    "v.counted", "v.guaranteed", "v.received_at", "v.released_at",
)  # fmt: skip
KEY = "(v.received_at, v.order_no, v.declarant_code, v.cop_no)"
ORDER = "v.received_at DESC, v.order_no DESC, v.declarant_code DESC, v.cop_no DESC"


class Search(NamedTuple):
    """What is looked for; everything empty is everything."""

    number: str = ""
    status: str = ""
    reason: str = ""
    enterprise: str = ""
    commodity: str = ""
    district: str = ""
    mode: str = ""
    since: date | None = None
    until: date | None = None


class Found(NamedTuple):
    """One list in a search's answer."""

    declarant_code: str
    cop_no: str
    order_no: str
    waybill_no: str
    list_no: str | None
    platform_code: str
    ebc_code: str
    logistics_code: str
    customs_code: str
    trade_mode: str
    status: str
    findings: list[list[str]]
    counted: Any
    guaranteed: Any
    received_at: datetime
    released_at: datetime | None


class Page(NamedTuple):
    """Rows, and where the next page begins; empty when there is none."""

    rows: list[Found]
    after: str


def cursor_of(row: Found) -> str:
    """Where a page that begins behind this row begins."""
    parts = [row.received_at.isoformat(), row.order_no, row.declarant_code, row.cop_no]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


def read_cursor(text: str) -> list[Any] | None:
    """The parts of a cursor; None when it is none of ours."""
    if len(text) > LONGEST_CURSOR:
        return None
    try:
        parts = json.loads(base64.urlsafe_b64decode(text.encode()))
        at, order_no, declarant, cop_no = parts
        key = [str(order_no), str(declarant), str(cop_no)]
        return None if "\0" in "".join(key) else [datetime.fromisoformat(at), *key]
    except (ValueError, TypeError):
        return None


def orders_of_number(connection: psycopg.Connection[Any], number: str) -> set[str]:
    """Orders that a number leads to, whosever number it is: of order, list, waybill, payment."""
    names = {number_name(number)}
    for (code,) in connection.execute("SELECT code FROM enterprise"):
        names |= {waybill_name(code, number), payment_name(code, number)}
    led = {order_no for _, order_no in orders_named(connection, names)}
    return {number} | led | orders_of_own_number(connection, number)


def conditions(connection: psycopg.Connection[Any], search: Search) -> tuple[list[str], list[Any]]:
    """The search as conditions on `verdict v`, and their parameters."""
    said: list[str] = []
    values: list[Any] = []

    def add(condition: str, *parameters: Any) -> None:
        said.append(condition)
        values.extend(parameters)

    if search.number:
        add("v.order_no = ANY(%s)", sorted(orders_of_number(connection, search.number)))
    if search.status:
        add("v.status = %s", search.status)
    if search.district:
        add("v.customs_code = %s", search.district)
    if search.mode:
        add("v.trade_mode = %s", search.mode)
    if search.reason:
        add("v.findings <> '[]' AND v.findings @> %s::jsonb", json.dumps([[search.reason]]))
    if search.since:
        add("v.received_at >= %s", datetime.combine(search.since, time(), BEIJING))
    if search.until:
        ends = datetime.combine(search.until + timedelta(days=1), time(), BEIJING)
        add("v.received_at < %s", ends)
    if search.commodity:
        add(
            "EXISTS (SELECT 1 FROM declaration d WHERE d.order_no = v.order_no"
            " AND d.declarant_code = v.declarant_code AND d.cop_no = v.cop_no"
            " AND EXISTS (SELECT 1 FROM jsonb_array_elements(d.lines) one"
            "  WHERE one->>'commodity_code' ^@ %s))",
            search.commodity,
        )
    return said, values


def find(
    connection: psycopg.Connection[Any], scope: Scope, search: Search, after: str = "",
    size: int = PAGE,
) -> Page:  # fmt: skip
    """The newest lists of a scope that a search wants, behind a cursor."""
    said, values = conditions(connection, search)
    own, given = scope.condition()
    said.append(own)
    values.extend(given)
    if parts := read_cursor(after):
        said.append(f"{KEY} < (%s, %s, %s, %s)")
        values.extend(parts)
    code = search.enterprise or scope.enterprise
    asked = [f"v.{column} = %s AND " for column in ENTERPRISE_COLUMNS] if code else [""]
    select = "(SELECT {} FROM verdict v WHERE {}{} ORDER BY {} LIMIT {})"
    asked_all = " UNION ".join(
        select.format(", ".join(SHOWN), one, " AND ".join(said), ORDER, size + 1) for one in asked
    )
    parameters = [value for _ in asked for value in ([code] if code else []) + values]
    text = f"SELECT * FROM ({asked_all}) v ORDER BY {ORDER} LIMIT {size + 1}"  # noqa: S608 - our words
    rows = connection.execute(text, parameters).fetchall()
    found = [Found(*row) for row in rows]
    return Page(found[:size], cursor_of(found[size - 1]) if len(found) > size else "")
