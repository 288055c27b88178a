"""The enterprise register as the rules see it: who may act in which role."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Jsonb

ROLES = ("platform", "ebc", "payment", "logistics", "declarant", "zone", "guarantor")


class Enterprise(NamedTuple):
    """A registered enterprise. `certificate` is PEM text, empty when none is on record."""

    code: str
    name: str
    roles: frozenset[str]
    credit_class: str
    certificate: str
    active: bool
    sandbox: bool


def read_register(connection: psycopg.Connection[Any]) -> dict[str, Enterprise]:
    """The whole register by code."""
    rows = connection.execute(
        "SELECT code, name, roles, credit_class, certificate, active, sandbox FROM enterprise"
    )
    return {
        row[0]: Enterprise(row[0], row[1], frozenset(row[2]), row[3], row[4], row[5], row[6])
        for row in rows
    }


def register(connection: psycopg.Connection[Any], enterprises: Iterable[Enterprise]) -> None:
    """Add enterprises, or write over those of the same code."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO enterprise (code, name, roles, credit_class, certificate, active,"
            " sandbox) VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (code) DO UPDATE SET"
            " name = EXCLUDED.name, roles = CASE WHEN enterprise.sandbox AND EXCLUDED.sandbox"
            " THEN (SELECT jsonb_agg(DISTINCT r) FROM jsonb_array_elements("
            "   enterprise.roles || EXCLUDED.roles) AS e(r)) ELSE EXCLUDED.roles END,"
            " credit_class = EXCLUDED.credit_class, certificate = EXCLUDED.certificate,"
            " active = EXCLUDED.active, sandbox = EXCLUDED.sandbox",
            [
                (
                    item.code,
                    item.name,
                    Jsonb(sorted(item.roles)),
                    item.credit_class,
                    item.certificate,
                    item.active,
                    item.sandbox,
                )
                for item in enterprises
            ],
        )


def register_in_sandbox(
    connection: psycopg.Connection[Any],
    known: dict[str, Enterprise],
    seen: Mapping[str, tuple[str, set[str]]],
) -> list[str]:
    """Register enterprises (code -> name, roles) as they appear; the sandbox alone does this.

    An enterprise that an operator registered is left as it is. Returns the codes added or widened.
    """
    changed = []
    for code, (name, roles) in sorted(seen.items()):
        entry = known.get(code)
        if entry is not None and (not entry.sandbox or roles <= entry.roles):
            continue
        all_roles = frozenset(roles) | (entry.roles if entry else frozenset())
        known[code] = Enterprise(
            code, entry.name if entry else name, all_roles, "sandbox", "", active=True, sandbox=True
        )
        changed.append(code)
    if changed:
        register(connection, [known[code] for code in changed])
    return changed
