"""`hoppo bench`: a whole house under load, the floor of the same bytes, a plain peer beside it."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import click
import psycopg

from hoppo.bench.filling import bytes_kept, fill, grown, keep_first, lists_kept, settle
from hoppo.bench.floor import floor
from hoppo.bench.house import House, served
from hoppo.bench.making import Maker, Part, Post
from hoppo.bench.measuring import (
    Driver,
    Rate,
    calm,
    loading,
    pressed,
    quantile,
    what_is_not_durable,
)
from hoppo.bench.peer import ORDERS_A_SECOND, PEER, peer
from hoppo.bench.sending import Phase
from hoppo.cli.registering import load_enterprises, unusable
from hoppo.customs.registers import registers_changed, write_setting
from hoppo.engine.clients import add_client
from hoppo.engine.database import Database, open_database

FULL, SINGLE = 100, 1  # records a message
CALM = 0.7  # the share of the sustained rate at which waiting is measured
MOST_A_SECOND, MOST_SINGLE_A_SECOND = 5000, 600  # lists made for each second, unless told how many
SHARES = (0.6, 0.15, 0.2, 0.04)  # of a told number: pressed, fetched, calm, single
IDLE_ORDERS, IDLE_A_SECOND = 40, 8
FLOOR_LISTS = 20_000
BYTES_A_LIST = 25_000  # messages, documents, journal, receipts, with room
BYTES_COPIED = 10_000  # a list that SQL wrote: documents, receipts, indexes
SIZES, COUNTS = "10000,100000,1000000,5000000", "1,2,4"
GROWTH_LISTS = 20_000  # measured at each size
Tell = Callable[[str], None]


class Measures(NamedTuple):
    """One of something for each measure."""

    pressed: Any
    fetched: Any
    calm: Any
    single: Any
    idle: Any


class Plan(NamedTuple):
    """What to measure: seconds of each measure, lists in all, worker processes, the seed."""

    seconds: float
    warm_up: float
    fetch: float
    calm: float
    single: float
    peer: float
    lists: int | None
    workers: int
    waiting: int
    seed: int

    def orders(self) -> Measures:
        """Orders to make for each measure."""
        if self.lists:
            idle = min(self.lists // 40, IDLE_ORDERS)
            return Measures._make((*(int(self.lists * share) for share in SHARES), idle))
        return Measures(
            int((self.warm_up + self.seconds) * MOST_A_SECOND),
            int(self.fetch * MOST_A_SECOND),
            int(self.calm * MOST_A_SECOND * CALM),
            int(self.single * MOST_SINGLE_A_SECOND),
            IDLE_ORDERS,
        )


class Counts(click.ParamType[tuple[int, ...]]):
    """Whole numbers with commas between them, rising."""

    name = "N,N,…"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Read them, or say how they are written."""
        parts = str(value).split(",")
        numbers = tuple(int(part) for part in parts if part.isascii() and part.isdigit())
        if len(numbers) < len(parts) or list(numbers) != sorted(set(numbers)) or numbers[0] < 1:
            self.fail(f"{value!r}: expected rising whole numbers, such as 1,2,4", param, ctx)
        return numbers


@click.command()
@click.option("--seconds", default=60.0, show_default=True, type=click.FloatRange(1))
@click.option("--warm-up", default=10.0, show_default=True, type=click.FloatRange(0))
@click.option("--fetch-seconds", default=15.0, show_default=True, type=click.FloatRange(1))
@click.option("--calm-seconds", default=20.0, show_default=True, type=click.FloatRange(1))
@click.option("--single-seconds", default=15.0, show_default=True, type=click.FloatRange(1))
@click.option("--peer-seconds", default=15.0, show_default=True, type=click.FloatRange(1))
@click.option("--lists", type=click.IntRange(400, 10_000_000), help="Lists to make; else by time.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option(
    "--waiting",
    default=200,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="Messages kept in the queue under pressure.",
)
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--growth",
    type=Counts(),
    is_flag=False,
    flag_value=SIZES,
    help=f"Time a list at each of these sizes instead; without sizes {SIZES}.",
)
@click.option(
    "--scaling",
    type=Counts(),
    is_flag=False,
    flag_value=COUNTS,
    help=f"The rate of each number of workers instead; without numbers {COUNTS}.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object only.")
def bench(
    growth: tuple[int, ...] | None, scaling: tuple[int, ...] | None, *, as_json: bool,
    **given: Any,
) -> None:  # fmt: skip
    """Measure signed messages over HTTP to readable receipts, everything durable.

    Load, web, workers and database share this machine. The floor is lxml's parse and a binary COPY
    of the same bytes; the peer, in `bench/`, is what one would write first. The last line is one
    JSON object.
    """
    plan = Plan(*(given[name] for name in (
        "seconds", "warm_up", "fetch_seconds", "calm_seconds", "single_seconds", "peer_seconds",
        "lists", "workers", "waiting", "seed",
    )))  # fmt: skip

    def tell(sentence: str) -> None:
        if not as_json:
            click.echo(sentence)

    if growth and scaling:
        raise unusable("--growth and --scaling are two benches; choose one")
    with tempfile.TemporaryDirectory(prefix="hoppo-bench-") as folder:
        try:
            if growth:
                result = bench_growth(Path(folder), plan, growth, tell)
            elif scaling:
                result = bench_scaling(Path(folder), plan, scaling, tell)
            else:
                result = bench_once(Path(folder), plan, tell)
        except TimeoutError as fault:
            raise unusable(str(fault)) from fault
    click.echo(json.dumps(result))


def bench_once(folder: Path, plan: Plan, tell: Tell) -> dict[str, Any]:
    """The whole bench in one run."""
    if not PEER.exists():
        raise unusable(f"{PEER} is missing: the bench runs from the project's source")
    orders = plan.orders()
    peer_orders = max(min(int(plan.peer * ORDERS_A_SECOND), orders.pressed // 2), 1)
    check_room(folder, sum(orders) * BYTES_A_LIST)
    maker = Maker(folder / "post", plan.seed)
    plain = maker.parts(peer_orders, FULL, most=peer_orders)
    parts = Measures(
        [*plain, *maker.parts(orders.pressed - peer_orders, FULL)],
        maker.parts(orders.fetched, FULL),
        maker.parts(orders.calm, FULL),
        maker.parts(orders.single, SINGLE, most=250),
        maker.parts(orders.idle, SINGLE),
    )
    with opened(folder / "data", tell) as (database, connection):
        posts = Measures._make(made(maker, parts, tell))
        token = prepared(database, maker)
        with served(folder / "data", plan.workers) as house, loading(house, token) as driver:
            result = under_load(house, driver, connection, plan, posts, tell)
        tell("the floor: the same bytes parsed and copied")
        paths, lists = posts.pressed
        most = max(len(paths) * FLOOR_LISTS // max(lists, 1), plan.workers)
        whole = floor(database, most, plan.workers)
        tell(f"  {whole:.0f} lists a second")
        tell("the plain peer: one ORM transaction a document")
        try:
            beside = peer(database.url, plain[0].folder / "messages", plan.workers, plan.peer)
        except RuntimeError as fault:
            raise unusable(f"the peer failed: {fault}") from fault
        tell(f"  {beside:.1f} lists a second")
    return finished(result, whole, beside, house.peaks)


def made(maker: Maker, groups: Sequence[list[Part]], tell: Tell) -> list[Post]:
    """Make the messages and say how many."""
    orders = sum(part.orders for group in groups for part in group)
    tell(f"making the signed messages of {orders} orders")
    return maker.make(groups)


def check_room(folder: Path, needed: int) -> None:
    """Refuse a disk that would fill up on the way."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise unusable(
            f"{folder} has room for {free // 10**9} GB and this bench needs about"
            f" {needed // 10**9 + 1} GB; name another folder in TMPDIR, or measure less"
        )


@contextmanager
def opened(data: Path, tell: Tell) -> Iterator[tuple[Database, psycopg.Connection[Any]]]:
    """A fresh kept database that loses nothing, and a connection to look at it."""
    with open_database(data) as database, database.connect(autocommit=True) as connection:
        lasting = what_is_not_durable(connection)
        if lasting:
            raise unusable(f"{lasting}: a bench counts only when what is acknowledged is on disk")
        tell("everything is durable: fsync, synchronous_commit and full_page_writes are on")
        yield database, connection


def prepared(database: Database, maker: Maker) -> str:
    """Register the enterprises of the messages; returns a client's token."""
    load_enterprises(database, maker.register)
    with database.connect() as connection:
        write_setting(connection, "sandbox", "N")
        registers_changed(connection)
        return add_client(connection, "bench", "", datetime.now(UTC)) or ""


def under_load(
    house: House,
    driver: Driver,
    connection: psycopg.Connection[Any],
    plan: Plan,
    posts: Measures,
    tell: Tell,
) -> dict[str, Any]:
    """Every measure that needs the house."""

    def press(post: Post, seconds: float, warm_up: float, receipts: str = "left") -> Rate:
        row = connection.execute("SELECT coalesce(max(id), 0) FROM outbox").fetchone()
        last = int(row[0]) if row else 0
        records = SINGLE if post is posts.single else FULL
        waiting = min(plan.waiting * FULL // records, 4000)
        phase = Phase(post.paths, seconds, waiting, receipts=receipts, after=last)
        return pressed(house, driver, connection, phase, warm_up)

    tell(f"under pressure: {plan.workers} workers, {FULL} records a message")
    main = press(posts.pressed, plan.seconds, plan.warm_up)
    tell(
        f"  {main.a_second} lists a second over {main.seconds:.1f} s; processors: {main.cores_used}"
    )
    tell("the same while every receipt is fetched")
    busy = press(posts.fetched, plan.fetch, min(plan.warm_up, 2.0), "fetched")
    tell(f"  {busy.a_second} lists a second")
    tell(f"at {CALM:.0%} of the rate, from acknowledged to the final receipt read")
    waits, unseen = calm(driver, connection, posts.calm, plan.calm, CALM * main.a_second)
    p50, p99 = quantile(waits, 50), quantile(waits, 99)
    tell(f"  half within {p50} ms, 99 % within {p99} ms; {len(waits)} lists, {unseen} not seen")
    tell(f"hardly anything to do: {IDLE_A_SECOND} lists a second, 1 record a message")
    idle, _unseen = calm(driver, connection, posts.idle, IDLE_ORDERS, IDLE_A_SECOND)
    tell(f"  half within {quantile(idle, 50)} ms, 99 % within {quantile(idle, 99)} ms")
    tell("under pressure: 1 record a message")
    alone = press(posts.single, plan.single, min(plan.warm_up, 2.0))
    tell(f"  {alone.a_second} lists a second; processors: {alone.cores_used}")
    return {
        "lists_per_second": main.a_second,
        "p50_ms": p50,
        "p99_ms": p99,
        "seconds": round(main.seconds, 1),
        "lists": main.lists,
        "fetched_lists_per_second": busy.a_second,
        "one_record_lists_per_second": alone.a_second,
        "idle_p50_ms": quantile(idle, 50),
        "idle_p99_ms": quantile(idle, 99),
        "calm_lists": len(waits),
        "calm_lists_without_receipt": unseen,
        "workers": plan.workers,
        "cores": os.cpu_count(),
        "cores_used": main.cores_used,
        "refused_503": main.sent.refused,
        "broken_connections": main.sent.broken,
        "wire": f"{FULL} records a message, every message signed sm2-sm3",
    }


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
        "rss_mb": dict(sorted(peaks.items())),
    }
    return {**promised, **result, **promised}


def bench_scaling(folder: Path, plan: Plan, counts: tuple[int, ...], tell: Tell) -> dict[str, Any]:
    """The rate of each number of workers, each on a fresh database."""
    orders = plan.lists or int((plan.warm_up + plan.seconds) * MOST_A_SECOND)
    check_room(folder, 2 * orders * BYTES_A_LIST)
    maker = Maker(folder / "post", plan.seed)
    (post,) = made(maker, [maker.parts(orders, FULL)], tell)
    rows = []
    for workers in counts:
        data = folder / f"data-{workers}"
        with (
            opened(data, lambda _sentence: None) as (database, connection),
            served(data, workers) as house,
            loading(house, prepared(database, maker)) as driver,
        ):
            phase = Phase(post.paths, plan.seconds, plan.waiting)
            rate = pressed(house, driver, connection, phase, plan.warm_up)
        shutil.rmtree(data)
        tell(f"{workers} workers: {rate.a_second} lists a second; processors: {rate.cores_used}")
        rows.append(
            {
                "workers": workers,
                "lists_per_second": rate.a_second,
                "seconds": round(rate.seconds, 1),
                "cores_used": rate.cores_used,
            }
        )
    return {"scaling": rows, "cores": os.cpu_count()}


def bench_growth(folder: Path, plan: Plan, sizes: tuple[int, ...], tell: Tell) -> dict[str, Any]:
    """Time a list with so many lists in the database, at each size."""
    orders = plan.lists or GROWTH_LISTS
    check_room(folder, sizes[-1] * BYTES_COPIED + orders * len(sizes) * BYTES_A_LIST)
    maker = Maker(folder / "post", plan.seed)
    groups = [maker.parts(sizes[0], FULL), *(maker.parts(orders, FULL) for _ in sizes)]
    first, *posts = made(maker, groups, tell)
    data = folder / "data"
    rows: list[dict[str, Any]] = []
    with (
        opened(data, tell) as (database, connection),
        served(data, plan.workers) as house,
        loading(house, prepared(database, maker)) as driver,
        database.connect() as filling,
    ):
        whole = Phase(first.paths, 3600.0, plan.waiting)
        tell(f"the first {sizes[0]} lists, cleared")
        pressed(house, driver, connection, whole, 0.0)
        kept = keep_first(filling)
        for size, post, copies in zip(sizes, posts, grown(sizes, kept), strict=True):
            fill(filling, kept, copies, tell)
            settle(filling)
            in_it, gigabytes = lists_kept(filling), round(bytes_kept(filling) / 1e9, 2)
            phase = whole._replace(paths=post.paths)
            rate = pressed(house, driver, connection, phase, 0.0)
            took = rate.seconds / max(rate.lists, 1) * 1e6
            rows.append({"size": size, "lists": in_it, "microseconds_a_list": round(took, 1)})
            rows[-1]["ratio"] = round(took / rows[0]["microseconds_a_list"], 3)
            rows[-1].update(gigabytes=gigabytes, cores_used=rate.cores_used)
            tell(f"{in_it} lists, {gigabytes} GB in the database: {took:.0f} µs a list")
    return {"growth": rows, "workers": plan.workers, "cores": os.cpu_count()}
