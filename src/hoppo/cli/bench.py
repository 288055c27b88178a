"""`hoppo bench`: lists a second through the whole pipeline, against the floor of the same bytes."""

import json
import tempfile
import time
from pathlib import Path

import click
import psycopg
from lxml import etree

from hoppo.cli.clear import sources
from hoppo.cli.demo import CLEARING_TIME
from hoppo.cli.registering import load_enterprises
from hoppo.customs.registers import registers_changed, write_setting
from hoppo.customs.tables import DECLARATIONS, ORDERS, PAYMENTS, WAYBILLS
from hoppo.engine import inbox
from hoppo.engine.database import Database, open_database
from hoppo.engine.rows import Table
from hoppo.simulation.city import simulate
from hoppo.workers.clearing import Worker

COLUMNS = (ORDERS, PAYMENTS, WAYBILLS, DECLARATIONS)


@click.command()
@click.option("--lists", default=5000, show_default=True, type=click.IntRange(100, 10_000_000))
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object only.")
def bench(lists: int, seed: int, *, as_json: bool) -> None:
    """Clear pre-made messages and compare with the floor: parse and COPY, no rules."""
    with tempfile.TemporaryDirectory(prefix="hoppo-bench-") as folder:
        city = Path(folder) / "city"
        simulate(seed, lists, city)
        bodies = [body for _name, body in sources((city / "messages",))]
        with open_database(Path(folder) / "data") as database:
            load_enterprises(database, city / "enterprises.csv")
            with database.connect() as connection:
                write_setting(connection, "sandbox", "N")
                registers_changed(connection)
            cleared, seconds = clear_all(database, bodies)
            floor = floor_seconds(database, bodies)
    result = {
        "lists": cleared,
        "lists_per_second": round(cleared / seconds, 1),
        "floor_lists_per_second": round(cleared / floor, 1),
        "floor_ratio": round(floor / seconds, 3),
    }
    if not as_json:
        click.echo(
            f"{cleared} lists cleared in {seconds:.1f} s by one worker,"
            f" embedded PostgreSQL, signatures, rules, encryption and receipts on"
        )
        click.echo(f"the floor (lxml parse + binary COPY of the same bytes): {floor:.1f} s")
    click.echo(json.dumps(result))


def clear_all(database: Database, bodies: list[bytes]) -> tuple[int, float]:
    """Accept and clear every message; returns lists with a verdict and seconds."""
    worker = Worker(database, lambda: CLEARING_TIME)
    started = time.perf_counter()
    with database.connect() as connection:
        for body in bodies:
            inbox.accept(connection, database, "bench", body, CLEARING_TIME)
            connection.commit()
    worker.drain()
    worker.sweep(final=True)
    seconds = time.perf_counter() - started
    row = worker.connection.execute("SELECT count(*) FROM verdict").fetchone()
    worker.close()
    return (row[0] if row else 0), seconds


def floor_seconds(database: Database, bodies: list[bytes]) -> float:
    """Seconds to parse the same bytes and COPY the same rows into bare tables."""
    with database.connect() as connection:
        rows = {table.name: table.where(connection, "") for table in COLUMNS}
        for table in COLUMNS:
            connection.execute(
                psycopg.sql.SQL("CREATE TABLE {} (LIKE {})").format(
                    psycopg.sql.Identifier(f"floor_{table.name}"),
                    psycopg.sql.Identifier(table.name),
                )
            )
        connection.commit()
        started = time.perf_counter()
        for body in bodies:
            for _element in etree.fromstring(body).iter():
                pass
        for table in COLUMNS:
            bare = Table(f"floor_{table.name}", table.row, table.key)
            bare.insert(connection, rows[table.name])
        connection.commit()
        return time.perf_counter() - started
