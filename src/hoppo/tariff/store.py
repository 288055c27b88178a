"""The tariff in the database; the starter where nobody has loaded one."""

from collections.abc import Sequence
from typing import Any

import psycopg

from hoppo.engine.rows import Table
from hoppo.tariff.commodity import Commodity, Tariff, starter_tariff

COMMODITIES = Table("commodity", Commodity, ("code", "since"))


def read_tariff_table(connection: psycopg.Connection[Any]) -> Tariff:
    """The tariff in force here."""
    rows = COMMODITIES.where(connection, "")
    return Tariff(rows) if rows else starter_tariff()


def replace_tariff(connection: psycopg.Connection[Any], commodities: Sequence[Commodity]) -> None:
    """Put a whole tariff in place of the one before; the caller commits."""
    connection.execute("DELETE FROM commodity")
    COMMODITIES.insert(connection, commodities)
