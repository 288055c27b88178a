"""`hoppo bench`: a whole house under load, the floor of the same bytes, a plain peer."""

import json
import multiprocessing
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import click

import hoppo
from hoppo.bench.floor import floor
from hoppo.bench.house import DURABLE, House, served
from hoppo.bench.load import Phase, drive, latencies
from hoppo.bench.post import Letter, letters
from hoppo.cli.registering import load_enterprises, unusable
from hoppo.customs.registers import registers_changed, write_setting
from hoppo.engine.clients import add_client
from hoppo.engine.database import Database, open_database
from hoppo.simulation.city import Manner, simulate

CALM = 0.7  # the share of the sustained rate at which waiting is measured
CALM_SHARE = 0.15  # the end of the day, kept for that
UNTIL_SENT = 86_400.0
A_SECOND = 2200  # lists made for each second, unless told how many
SHORT_LISTS = 20_000
PEER = Path(hoppo.__file__).parents[2] / "bench" / "peer.py"


@click.command()
@click.option("--lists", type=click.IntRange(200, 5_000_000), help="Lists to make; else by time.")
@click.option("--seconds", default=60.0, show_default=True, type=click.FloatRange(1))
@click.option("--warm-up", default=10.0, show_default=True, type=click.FloatRange(0))
@click.option("--calm-seconds", default=20.0, show_default=True, type=click.FloatRange(1))
@click.option("--peer-seconds", default=20.0, show_default=True, type=click.FloatRange(1))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--records", default=100, show_default=True, type=click.IntRange(1, 100))
@click.option("--waiting", type=click.IntRange(1), help="Messages in the queue while sending.")
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object only.")
def bench(  # noqa: PLR0913 - one argument an option
    lists: int | None, seconds: float, warm_up: float, calm_seconds: float, peer_seconds: float,
    workers: int, records: int, waiting: int | None, seed: int, *, as_json: bool,
) -> None:  # fmt: skip
    """Measure signed messages over HTTP to readable receipts, everything durable.

    Load, web, workers and database share this machine. The floor is lxml's parse and a binary COPY
    of the same bytes; the peer, in `bench/`, is what one would write first.
    """

    def tell(sentence: str) -> None:
        if not as_json:
            click.echo(sentence)

    if not PEER.exists():
        raise unusable(f"{PEER} is missing: the bench runs from the project's source")
    count = lists or int((seconds + warm_up) * A_SECOND)
    with tempfile.TemporaryDirectory(prefix="hoppo-bench-") as folder:
        city, data = Path(folder) / "city", Path(folder) / "data"
        tell(f"making {count} orders, signed, {records} records a message")
        simulate(seed, count, city, Manner(records=records, all_sign=True))
        post = list(letters(city / "messages"))
        plan = Plan(warm_up, seconds, calm_seconds, waiting or max(20_000 // records, 1))
        with open_database(data) as database:
            token = prepared(database, city)
            with served(data, workers, server_process(data)) as house:
                result = under_load(house, post, token, plan)
            tell("the floor: the same bytes parsed and copied")
            whole = floor(database, min(result["messages"], SHORT_LISTS // records * 5), workers)
            tell("the plain peer: one ORM transaction a document")
            plain = peer(database, city, workers, peer_seconds)
        result["cpu_seconds"] = house.spent
        made = finished(result, whole, plain, house.peaks)
    if not as_json:
        show(made)
    click.echo(json.dumps(made))


class Plan(NamedTuple):
    """Seconds of warm-up, of the measure and of calm; messages that may wait."""

    warm_up: float
    seconds: float
    calm: float
    waiting: int


def prepared(database: Database, city: Path) -> str:
    """Registers loaded, durability checked; returns a client's token."""
    load_enterprises(database, city / "enterprises.csv")
    with database.connect() as connection:
        for name in DURABLE:
            row = connection.execute(f"SHOW {name}").fetchone()
            if row != ("on",):
                raise unusable(f"{name} is {row and row[0]}; a bench counts only when it is on")
        write_setting(connection, "sandbox", "N")
        registers_changed(connection)
        return add_client(connection, "bench", "", datetime.now(UTC)) or ""


def server_process(data: Path) -> int:
    """The process number of the embedded server."""
    return int((data / "postgres" / "postmaster.pid").read_text().split()[0])


def under_load(house: House, post: list[Letter], token: str, plan: Plan) -> dict[str, Any]:
    """Send as fast as the house takes it, then calmly; what both phases showed."""
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    load = context.Process(target=drive, args=(house.port, token, post, theirs), daemon=True)
    load.start()

    def run(phase: Phase, after: str) -> tuple[dict[str, Any], dict[str, Any]]:
        ours.send(phase)
        told = ours.recv()
        ours.send(after)
        return told, ours.recv()

    tail = int(len(post) * (1 - CALM_SHARE))
    pressed, seen = run(Phase(0, tail, UNTIL_SENT, plan.waiting, None), "drain")
    since, until = pressed["began"] + plan.warm_up, pressed["ended"]
    if until - since < plan.seconds / 4:
        # The messages ran out early: a short run is measured whole.
        since, until = pressed["began"], max(seen["final"].values(), default=until)
    final = sum(since <= moment < until for moment in seen["final"].values())
    rate = final / (until - since)
    result = {
        "lists_per_second": round(rate, 1),
        "seconds": round(until - since, 1),
        "final_lists": final,
        "messages": tail,
        "refused_503": seen["refused"],
        "load_cpu_seconds": round(seen["cpu"], 1),
    }
    lists_a_message = sum(len(letter.lists) for letter in post[tail:]) / (len(post) - tail)
    phase = Phase(
        tail, len(post), plan.calm, plan.waiting, CALM * rate / max(lists_a_message, 0.01)
    )
    _calm, seen = run(phase, "drain")
    waits = sorted(latencies(post, seen, tail, len(post)))
    ours.send(None)
    load.join(10)
    return {
        **result,
        "calm_lists": len(waits),
        "p50_ms": quantile(waits, 50),
        "p99_ms": quantile(waits, 99),
    }


def quantile(ordered: list[float], percent: int) -> float | None:
    """A percentile in milliseconds; None of nothing."""
    if not ordered:
        return None
    at = min(len(ordered) * percent // 100, len(ordered) - 1)
    return round(ordered[at] * 1000, 1)


def peer(database: Database, city: Path, workers: int, seconds: float) -> float:
    """Lists a second that the plain peer brings to an end, in a database of its own."""
    command = [sys.executable, str(PEER), database.url, str(city), str(workers), str(seconds)]
    ran = subprocess.run(command, capture_output=True, check=False, text=True)  # noqa: S603 - ours
    if ran.returncode:
        raise unusable(f"the peer failed: {ran.stderr.strip().splitlines()[-1:]}")
    return float(ran.stdout)


def finished(
    result: dict[str, Any], whole: float, plain: float, peaks: dict[str, float]
) -> dict[str, Any]:
    """The last line: first what is promised, then what else is known."""
    rate = result["lists_per_second"]
    promised = {
        "lists_per_second": rate,
        "floor_lists_per_second": round(whole, 1),
        "floor_ratio": round(rate / whole, 3) if whole else None,
        "peer_lists_per_second": round(plain, 1),
        "peer_ratio": round(rate / plain, 1) if plain else None,
        "p50_ms": result["p50_ms"],
        "p99_ms": result["p99_ms"],
        "rss_mb": peaks,
    }
    return {**promised, **{name: value for name, value in result.items() if name not in promised}}


def show(made: dict[str, Any]) -> None:
    """The figures for a person."""
    click.echo(
        f"{made['lists_per_second']} lists a second over {made['seconds']} s,"
        f" {made['floor_ratio']} of the floor, {made['peer_ratio']} times the peer"
    )
    click.echo(
        f"at {CALM:.0%} of that: half within {made['p50_ms']} ms, 99 % within {made['p99_ms']} ms"
    )
