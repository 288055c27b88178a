"""`hoppo bench`: a tiny run says all it promises; what is not durable does not count."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from hoppo.bench.filling import grown
from hoppo.bench.making import Maker
from hoppo.bench.measuring import quantile, what_is_not_durable
from hoppo.engine.server import EmbeddedServer

HOPPO = Path(sys.executable).parent / "hoppo"
SHORT = (
    "--lists", "400", "--seconds", "1", "--warm-up", "0", "--fetch-seconds", "1",
    "--calm-seconds", "2", "--single-seconds", "1", "--peer-seconds", "1", "--workers", "1",
)  # fmt: skip
PROMISED = [
    "lists_per_second", "floor_lists_per_second", "floor_ratio", "peer_lists_per_second",
    "peer_ratio", "p50_ms", "p99_ms", "rss_mb",
]  # fmt: skip


def bench(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(HOPPO), "bench", *options],
        check=False, capture_output=True, text=True, env={**os.environ, **environment},
    )  # fmt: skip


def last_line(ran: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


@pytest.mark.database
@pytest.mark.slow
def test_a_tiny_run_says_all_it_promises() -> None:
    found = last_line(bench(*SHORT))
    assert list(found)[: len(PROMISED)] == PROMISED
    assert set(found["rss_mb"]) == {"load", "postgres", "serve", "web", "worker_1"}
    figures = [found[name] for name in PROMISED if name != "rss_mb"]
    figures += [*found["rss_mb"].values(), found["fetched_lists_per_second"]]
    figures += [found["one_record_lists_per_second"], found["calm_lists"], found["idle_p50_ms"]]
    assert all(figure > 0 for figure in figures)
    assert found["calm_lists_without_receipt"] == 0
    assert found["p50_ms"] <= found["p99_ms"]


@pytest.mark.database
@pytest.mark.slow
def test_growth_fills_the_database_and_measures_at_each_size() -> None:
    found = last_line(bench("--growth", "400,2000", "--lists", "400", "--workers", "1", "--json"))
    sizes = [row["lists"] for row in found["growth"]]
    assert [row["size"] for row in found["growth"]] == [400, 2000]
    assert sizes[0] >= 390
    assert sizes[1] >= 1900
    assert all(row["microseconds_a_list"] > 0 for row in found["growth"])
    assert found["growth"][0]["ratio"] == 1


@pytest.mark.database
@pytest.mark.slow
def test_scaling_measures_each_number_of_workers() -> None:
    found = last_line(bench("--scaling", "1,2", "--lists", "400", "--seconds", "1", "--json"))
    assert [row["workers"] for row in found["scaling"]] == [1, 2]
    assert all(row["lists_per_second"] > 0 for row in found["scaling"])
    assert "worker_2" in found["scaling"][1]["cores_used"]


@pytest.mark.database
def test_a_server_that_may_lose_something_is_refused() -> None:
    ran = bench(*SHORT, PGOPTIONS="-c synchronous_commit=off")
    assert ran.returncode == 2
    assert ran.stdout == ""
    (sentence,) = ran.stderr.splitlines()
    assert "synchronous_commit is off" in sentence


@pytest.mark.database
def test_a_server_without_fsync_is_seen(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "postgres", lasting=False)
    try:
        with psycopg.connect(server.url, autocommit=True) as connection:
            assert what_is_not_durable(connection) is None
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        with psycopg.connect(server.url) as connection:
            assert what_is_not_durable(connection) == "fsync is off"
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--growth", "20,10"), "expected rising whole numbers"),
        (("--scaling", "1,two"), "expected rising whole numbers"),
        (("--scaling", "0,1"), "expected rising whole numbers"),
        (("--scaling", "--growth"), "choose one"),
        (("--lists", "12"), "is not in the range"),
        (("--workers", "0"), "is not in the range"),
    ],
)
def test_bad_options_are_answered_in_one_sentence(options: tuple[str, ...], expected: str) -> None:
    ran = bench(*options)
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert expected in ran.stderr.splitlines()[-1]


def test_parts_share_no_number(tmp_path: Path) -> None:
    maker = Maker(tmp_path, seed=3)
    parts = [*maker.parts(12_000, 100), *maker.parts(300, 1)]
    assert [part.orders for part in parts] == [5000, 5000, 2000, 300]
    assert [part.first for part in parts] == [0, 5000, 10_000, 12_000]
    assert len({part.seed for part in parts}) == len({part.folder for part in parts}) == len(parts)


def test_quantiles_of_nothing_one_and_many() -> None:
    assert quantile([], 99) is None
    assert quantile([0.5], 99) == 500
    assert quantile([at / 1000 for at in range(100)], 50) == 50
    assert quantile([at / 1000 for at in range(100)], 99) == 99


def test_copies_lead_from_size_to_size() -> None:
    assert grown([100, 1000, 5000], 100) == [range(1, 1), range(1, 10), range(10, 50)]
