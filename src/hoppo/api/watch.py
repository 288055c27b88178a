"""For those who watch: whether the house is ready, and its figures for Prometheus."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from hoppo.api.open_database import opened
from hoppo.engine import inbox
from hoppo.engine.database import schema_faults

BEAT_SECONDS = 15
_lock = threading.Lock()


def readyz(_request: HttpRequest) -> HttpResponse:
    """Whether messages sent now will be acknowledged and cleared; each failing check is named."""
    checks: dict[str, str] = {}
    try:
        with opened().connect(autocommit=True) as connection:
            checks["schema"] = " ".join(schema_faults(connection)) or "ok"
            silent = connection.execute(
                "SELECT count(*) FROM worker WHERE beat_at > %s::timestamptz"
                " - make_interval(secs => %s)",
                [datetime.now(UTC), BEAT_SECONDS],
            ).fetchone()
            alive = silent[0] if silent else 0
            checks["workers"] = "ok" if alive else f"no worker was heard of for {BEAT_SECONDS} s"
            waiting = inbox.waiting(connection)
            room = waiting < inbox.MOST_WAITING
            checks["queue"] = "ok" if room else f"{waiting} messages wait, the bound is reached"
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

    def _queue(self, connection: psycopg.Connection[Any]) -> Iterator[Metric]:
        now = datetime.now(UTC)
        row = connection.execute(
            "SELECT count(*), min(received_at) FROM inbox WHERE state = 0"
        ).fetchone()
        waiting, oldest = row or (0, None)
        yield gauge("hoppo_inbox_waiting_messages", "Messages that wait to be cleared.", waiting)
        age = max((now - oldest).total_seconds(), 0) if oldest else 0
        yield gauge("hoppo_inbox_oldest_waiting_seconds", "Age of the oldest of them.", age)
        aside = connection.execute("SELECT count(*) FROM inbox WHERE state = 2").fetchone()
        yield gauge(
            "hoppo_inbox_set_aside_messages", "Messages set aside with a reason.",
            aside[0] if aside else 0,
        )  # fmt: skip

    def _workers(self, connection: psycopg.Connection[Any]) -> Iterator[Metric]:
        rows = connection.execute(
            "SELECT name, extract(epoch FROM %s::timestamptz - beat_at)::float8, messages, batches,"
            " failures, receipts, busy_ms, rss_bytes FROM worker ORDER BY name",
            [datetime.now(UTC)],
        ).fetchall()
        yield gauge("hoppo_workers", "Workers that have a heartbeat.", len(rows))
        columns = (
            (GaugeMetricFamily, "hoppo_worker_silent_seconds", "Since the last heartbeat."),
            (CounterMetricFamily, "hoppo_worker_messages", "Messages cleared."),
            (CounterMetricFamily, "hoppo_worker_batches", "Transactions that cleared them."),
            (CounterMetricFamily, "hoppo_worker_failures", "Batches that had to be done again."),
            (CounterMetricFamily, "hoppo_worker_receipts", "Receipt messages written."),
            (CounterMetricFamily, "hoppo_worker_busy_milliseconds", "Time spent in batches."),
            (GaugeMetricFamily, "hoppo_worker_resident_bytes", "Resident memory."),
        )
        for at, (family, name, text) in enumerate(columns, 1):
            made = family(name, text, labels=["worker"])
            for row in rows:
                made.add_metric([row[0]], row[at])
            yield made

    def _stored(self, connection: psycopg.Connection[Any]) -> Iterator[Metric]:
        row = connection.execute(
            "SELECT pg_database_size(current_database()),"
            " (SELECT last_value FROM pg_sequences WHERE sequencename = 'inbox_id_seq'),"
            " (SELECT last_value FROM pg_sequences WHERE sequencename = 'outbox_id_seq')"
        ).fetchone()
        size, taken, written = row or (0, 0, 0)
        yield gauge("hoppo_database_bytes", "Size of the database.", size)
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
