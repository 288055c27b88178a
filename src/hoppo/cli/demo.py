"""`hoppo demo`: a simulated day cleared live, then a server to try."""

import tempfile
import threading
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.live import Live
from rich.table import Table

from hoppo.cli.clear import sources
from hoppo.cli.registering import load_enterprises
from hoppo.cli.serve import check_free, run_server
from hoppo.cli.supervising import worked
from hoppo.customs.registers import registers_changed, write_setting
from hoppo.customs.reporting import RULES, verdict_lines
from hoppo.engine import inbox
from hoppo.engine.database import Database, open_database
from hoppo.simulation.city import simulate
from hoppo.values.moments import BEIJING
from hoppo.workers.clearing import Worker

# The day after the simulated one: every message of the day has been sent.
DAY_BEGINS = datetime(2026, 6, 19, 8, tzinfo=BEIJING)
A_MINUTE = timedelta(minutes=1)
STEP_SECONDS = 0.5  # slow enough to be watched
STATUS_NAMES = {
    "800": "released 放行",
    "500": "inspection 查验",
    "300": "review 人工审核",
    "100": "refused 退单",
    "2": "waiting 等待单证",
    "1": "staged 暂存",
    "899": "closed 结关",
}


@click.command()
@click.option("--once", is_flag=True, help="End after the day instead of serving.")
@click.option("--orders", default=2000, show_default=True, type=click.IntRange(10, 1_000_000))
@click.option("--seed", default=2026, show_default=True)
@click.option("--port", default=8000, show_default=True)
def demo(orders: int, seed: int, port: int, *, once: bool) -> None:
    """Clear a simulated day live, say what was stopped and why, then serve."""
    console = Console()
    with tempfile.TemporaryDirectory(prefix="hoppo-demo-") as folder:
        city = Path(folder) / "city"
        console.print(
            f"Simulating a city's day: {orders} orders, seed {seed}. "
            "All firms and persons are invented."
        )
        simulate(seed, orders, city)
        with open_database(Path(folder) / "data") as database:
            load_enterprises(database, city / "enterprises.csv")
            with database.connect() as connection:
                write_setting(connection, "sandbox", "N")
                # Everybody in it is invented: the stand-in for the identity service may open.
                write_setting(connection, "identity_check", "stand-in")
                registers_changed(connection)
            if once:
                clear_live(console, database, city / "messages")
                return
            check_free("127.0.0.1", port)
            show_people(console, database, f"http://127.0.0.1:{port}")

            def day() -> None:
                clear_live(console, database, city / "messages", rest=STEP_SECONDS)
                data = Path(folder) / "data"
                console.print(
                    "\nThe server runs until Ctrl-C. In another terminal:", soft_wrap=True
                )
                example = first_stopped(database)
                console.print(f"  .venv/bin/hoppo explain {example} --data {data}", soft_wrap=True)
                console.print(f"  .venv/bin/hoppo client add me --data {data}", soft_wrap=True)
                with worked(database, 1):
                    threading.Event().wait()

            # The day runs while the board is looked at; then a usual worker takes over.
            threading.Thread(target=day, daemon=True).start()
            run_server(database, "127.0.0.1", port, workers=0)


def show_people(console: Console, database: Database, address: str) -> None:
    """Make an account for each role of the window and say how to log in."""
    # Tables first: the module needs Django set up.
    from hoppo.portal.accounts import make_account  # noqa: PLC0415
    from hoppo.portal.roles import NAMES, Role  # noqa: PLC0415

    with database.connect() as connection:
        row = connection.execute(
            "SELECT code FROM enterprise WHERE roles @> '[\"declarant\"]' ORDER BY code LIMIT 1"
        ).fetchone()
    enterprise = str(row[0]) if row else ""
    table = Table(title=f"Open {address} and log in as")
    for name in ("user", "password", "who"):
        table.add_column(name)
    for role in Role:
        own = enterprise if role == Role.TRADER else ""
        if role == Role.TRADER and not own:
            continue
        password = make_account(role.value, role, enterprise=own, manages=bool(own))
        said = NAMES[role]
        table.add_row(role.value, password, f"{said.en} {said.zh} {own}".strip())
    console.print(table)


def first_stopped(database: Database) -> str:
    """A list that was refused, to try `hoppo explain` on."""
    with database.connect() as connection:
        row = connection.execute(
            "SELECT cop_no FROM verdict WHERE status = '100' ORDER BY cop_no LIMIT 1"
        ).fetchone()
    return str(row[0]) if row else "COPNO"


def clear_live(console: Console, database: Database, folder: Path, rest: float = 0) -> None:
    """Feed the day's messages a few at a time, `rest` seconds apart, and show how it goes."""
    now = DAY_BEGINS
    worker = Worker(database, lambda: now)
    messages = list(sources((folder,)))
    with Live(console=console, refresh_per_second=8) as live, database.connect() as connection:
        for at in range(0, len(messages), 10):
            # The day's arrival is told in minutes, so that the board has a day to draw.
            now += A_MINUTE
            for _name, body in messages[at : at + 10]:
                inbox.accept(connection, database, "demo", body, now)
            connection.commit()
            worker.drain()
            time.sleep(rest)
            live.update(board(worker, min(at + 10, len(messages)), len(messages)))
        worker.sweep(final=True)
        live.update(board(worker, len(messages), len(messages)))
    show_reasons(console, worker)
    worker.close()


def board(worker: Worker, done: int, total: int) -> Table:
    """The state of the day as a table."""
    rows = worker.connection.execute(
        "SELECT status, count(*), coalesce(sum(counted), 0), coalesce(sum(guaranteed), 0)"
        " FROM verdict GROUP BY status ORDER BY count(*) DESC"
    ).fetchall()
    worker.connection.commit()
    table = Table(title=f"messages {done} of {total}")
    for name in ("status", "lists", "value, yuan", "tax, yuan"):
        table.add_column(name, justify="left" if name == "status" else "right")
    for status, count, value, tax in rows:
        name = STATUS_NAMES.get(status, "format or signature fault 报文异常")
        table.add_row(f"{status}  {name}", str(count), f"{value:,.2f}", f"{tax:,.2f}")
    return table


def show_reasons(console: Console, worker: Worker) -> None:
    """The reasons that stopped lists, most frequent first, with one example each."""
    reasons: Counter[str] = Counter()
    example: dict[str, dict[str, Any]] = {}
    for line in verdict_lines(worker.connection):
        for finding in line["findings"]:
            reasons[finding["rule"]] += 1
            example.setdefault(finding["rule"], {**finding, "copNo": line["copNo"]})
    table = Table(title="Why lists were stopped, and one example of each")
    for name in ("lists", "rule", "code", "sentence", "found / expected"):
        table.add_column(name, overflow="fold")
    for number, count in reasons.most_common(40):
        shown = example[number]
        sentence = f"{shown['sentence_en']}\n{shown['sentence_zh']}"
        table.add_row(
            str(count),
            number if number in RULES else "format",
            shown["code"],
            sentence,
            f"{shown['path']}: {shown['found']} / {shown['expected']}",
        )
    console.print(table)
