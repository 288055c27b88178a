"""For those who watch: whether the house is ready, and its figures for Prometheus."""

import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psutil
import psycopg
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from hoppo.api.open_database import opened
from hoppo.engine import inbox
from hoppo.engine.database import schema_faults
from hoppo.engine.heartbeat import silences

BEAT_SECONDS = 10
_lock = threading.Lock()


def readyz(_request: HttpRequest) -> HttpResponse:
    """Whether messages sent now will be acknowledged and cleared; each failing check is named."""
    checks: dict[str, str] = {}
    try:
        with opened().connect(autocommit=True) as connection:
            # A newer hoppo beside this one may have gone ahead: what it adds disturbs nothing.
            lacking = [fault for fault in schema_faults(connection) if "missing" in fault]
            checks["schema"] = " ".join(lacking) or "ok"
            if lacking:
                # What the other checks read may be what is missing.
                return JsonResponse({"ready": False, **checks}, status=503)
            alive = any(seconds < BEAT_SECONDS for seconds in silences(connection))
            checks["workers"] = "ok" if alive else f"no worker was heard of for {BEAT_SECONDS} s"
            waiting = inbox.waiting(connection)
            checks["queue"] = (
                f"{waiting.messages} messages of {waiting.size} bytes wait, the bound is reached"
                if waiting.full
                else "ok"
            )
            read_only = connection.execute("SHOW transaction_read_only").fetchone()
            writable = read_only == ("off",)
            checks["database"] = "ok" if writable else "the database takes no writes"
    except psycopg.Error:
        checks["database"] = "the database does not answer"
    ready = set(checks.values()) == {"ok"}
    return JsonResponse({"ready": ready, **checks}, status=200 if ready else 503)


class House:
    """Collects the figures from the database when it is asked, so any number of machines count."""

    def collect(self) -> Iterator[Metric]:
        """Every figure, in the units its name says."""
        with opened().connect(autocommit=True) as connection:
            yield from self._queue(connection)
            yield from self._workers(connection)
            yield from self._stored(connection)
        yield gauge(
            "hoppo_door_resident_bytes", "Resident memory of the process that answers this.",
            psutil.Process().memory_info().rss,
        )  # fmt: skip

    def _queue(self, connection: psycopg.Connection[Any]) -> Iterator[Metric]:
        waiting = inbox.waiting(connection)
        yield gauge(
            "hoppo_inbox_waiting_messages", "Messages that wait to be cleared.", waiting.messages
        )
        yield gauge("hoppo_inbox_waiting_bytes", "Their bytes, as they are kept.", waiting.size)
        yield gauge(
            "hoppo_inbox_bound_messages", "So many waiting, and 503 is answered.",
            inbox.MOST_WAITING,
        )  # fmt: skip
        row = connection.execute(
            "SELECT extract(epoch FROM now() - received_at)::float8 FROM inbox"
            " WHERE state = 0 ORDER BY id LIMIT 1"
        ).fetchone()
        age = max(row[0], 0) if row else 0
        yield gauge("hoppo_inbox_oldest_waiting_seconds", "Age of the oldest of them.", age)
        aside = connection.execute("SELECT count(*) FROM inbox WHERE state = 2").fetchone()
        yield gauge(
            "hoppo_inbox_set_aside_messages", "Messages set aside with a reason.",
            aside[0] if aside else 0,
        )  # fmt: skip

    def _workers(self, connection: psycopg.Connection[Any]) -> Iterator[Metric]:
        alive = sum(seconds < BEAT_SECONDS for seconds in silences(connection))
        yield gauge("hoppo_workers", f"Workers heard of in the last {BEAT_SECONDS} s.", alive)
        rows = connection.execute(
            "SELECT name, extract(epoch FROM now() - beat_at)::float8, messages, batches,"
            " failures, receipts, busy_ms / 1000.0, rss_bytes, lists FROM worker ORDER BY name"
        ).fetchall()
        columns = (
            (GaugeMetricFamily, "hoppo_worker_silent_seconds", "Since the last heartbeat."),
            (CounterMetricFamily, "hoppo_worker_messages", "Messages cleared."),
            (CounterMetricFamily, "hoppo_worker_batches", "Transactions that cleared them."),
            (CounterMetricFamily, "hoppo_worker_failures", "Batches that had to be done again."),
            (CounterMetricFamily, "hoppo_worker_receipts", "Receipt messages written."),
            (CounterMetricFamily, "hoppo_worker_busy_seconds", "Time spent in batches."),
            (GaugeMetricFamily, "hoppo_worker_resident_bytes", "Resident memory."),
        )
        for at, (family, name, text) in enumerate(columns, 1):
            made = family(name, text, labels=["worker"])
            for row in rows:
                made.add_metric([row[0]], float(row[at]))
            yield made
        lists = CounterMetricFamily(
            "hoppo_worker_lists", "Lists brought to a state.", labels=["worker", "state"]
        )
        for row in rows:
            for state, count in sorted(Counter(row[8]).items()):
                lists.add_metric([row[0], state], count)
        yield lists

    def _stored(self, connection: psycopg.Connection[Any]) -> Iterator[Metric]:
        row = connection.execute(
            "SELECT pg_database_size(current_database()),"
            " (SELECT last_value FROM pg_sequences WHERE sequencename = 'inbox_number'),"
            " (SELECT last_value FROM pg_sequences WHERE sequencename = 'outbox_number'),"
            " (SELECT count(*) FROM pg_class WHERE relispartition AND relkind = 'r')"
        ).fetchone()
        size, taken, written, partitions = row or (0, 0, 0, 0)
        yield gauge("hoppo_database_bytes", "Size of the database.", size)
        yield gauge("hoppo_database_partitions", "Partitions of its tables.", partitions)
        yield counter("hoppo_acknowledged_messages", "Numbers given to messages.", taken or 0)
        yield counter("hoppo_receipt_messages", "Numbers given to receipts.", written or 0)


def gauge(name: str, text: str, value: float) -> Metric:
    """A figure that goes up and down."""
    return GaugeMetricFamily(name, text, value=value)


def counter(name: str, text: str, value: float) -> Metric:
    """A figure that only grows."""
    return CounterMetricFamily(name, text, value=value)


_registry = CollectorRegistry(auto_describe=False)
_registry.register(House())


def metrics(_request: HttpRequest) -> HttpResponse:
    """All figures in Prometheus' text format."""
    try:
        with _lock:
            text = generate_latest(_registry)
    except psycopg.Error:
        return HttpResponse("# the database does not answer\n", status=503)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)
