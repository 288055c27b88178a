"""Rows and tables are declared twice, as NamedTuples and as models: the two must say the same."""

from typing import Any

import pytest
from django.apps import apps

from hoppo.customs import tables
from hoppo.engine.database import Database
from hoppo.engine.rows import Table
from hoppo.tariff.store import COMMODITIES

pytestmark = pytest.mark.database
TABLES = [*(value for value in vars(tables).values() if isinstance(value, Table)), COMMODITIES]
# What PostgreSQL calls the type under which binary COPY writes a column.
NAMES = {
    "text": {"text"},
    "int8": {"bigint"},
    "bool": {"boolean"},
    "bytea": {"bytea"},
    "numeric": {"numeric"},
    "timestamptz": {"timestamp with time zone"},
    "date": {"date"},
    "jsonb": {"jsonb"},
}


def test_all_nine_tables_are_looked_at() -> None:
    assert len(TABLES) == 9


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_columns_are_those_of_the_model(opened: Database, table: Table[Any]) -> None:
    assert opened
    (model,) = (found for found in apps.get_models() if found._meta.db_table == table.name)  # noqa: SLF001 - documented
    columns = {field.column for field in model._meta.concrete_fields if field.column}  # noqa: SLF001
    assert set(table.columns) == columns
    assert len(table.columns) == len(set(table.columns))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_columns_have_the_types_that_copy_writes(opened: Database, table: Table[Any]) -> None:
    with opened.connect() as connection:
        found = dict(
            connection.execute(
                "SELECT column_name, data_type FROM information_schema.columns"
                " WHERE table_schema = 'public' AND table_name = %s",
                [table.name],
            ).fetchall()
        )
        keys = connection.execute(
            "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid"
            " AND a.attnum = ANY(i.indkey) WHERE i.indrelid = %s::regclass AND i.indisprimary",
            [table.name],
        ).fetchall()
    assert set(found) == set(table.columns)
    for column, wanted in zip(table.columns, table.types, strict=True):
        assert found[column] in NAMES[wanted], column
    assert {name for (name,) in keys} == set(table.place)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_column_may_be_null_where_its_value_may_be_none(
    opened: Database, table: Table[Any]
) -> None:
    with opened.connect() as connection:
        rows = connection.execute(
            "SELECT column_name, is_nullable FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = %s",
            [table.name],
        ).fetchall()
    hints = table.row.__annotations__
    for column, nullable in rows:
        assert ("None" in str(hints[column])) is (nullable == "YES"), column
