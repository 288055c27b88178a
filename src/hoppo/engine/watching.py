"""What the house says of itself: one line an event, with a trace from acknowledgement to receipt.

A trace is a pure function of the installation and the number a message got in the inbox, so every
document leads to its trace and nothing has to be stored for it. No line holds personal data.
"""

import logging
import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import psycopg

LOG = logging.getLogger("hoppo")
NAMESPACE = "trace_namespace"
EXPORT_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"
Style = Literal["json", "text"]


class TracingMissingError(Exception):
    """OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed.

    Install hoppo[otel], or unset the variable.
    """

    def __init__(self) -> None:
        """Speak the docstring."""
        super().__init__(" ".join((type(self).__doc__ or "").split()))


def make_namespace(connection: psycopg.Connection[Any]) -> None:
    """Give an installation the namespace of its traces, once."""
    connection.execute(
        "INSERT INTO setting (name, value) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        [NAMESPACE, str(uuid.uuid4())],
    )


def read_namespace(connection: psycopg.Connection[Any]) -> uuid.UUID:
    """The namespace of this installation's traces."""
    row = connection.execute("SELECT value FROM setting WHERE name = %s", [NAMESPACE]).fetchone()
    return uuid.UUID(row[0]) if row else uuid.NAMESPACE_OID


def trace_of(namespace: uuid.UUID, number: int) -> str:
    """The trace of a message: 32 hexadecimal digits, a valid W3C trace id."""
    return uuid.uuid5(namespace, str(number)).hex


def set_up(style: Style) -> None:
    """Write events to standard error: as JSON for machines, as text for a person."""
    handler = logging.StreamHandler(sys.stderr)
    if style == "json":
        from pythonjsonlogger.json import JsonFormatter  # noqa: PLC0415 - only who asks for it

        handler.setFormatter(
            JsonFormatter(
                "%(asctime)s %(levelname)s %(message)s",
                rename_fields={"asctime": "time", "levelname": "level", "message": "event"},
                datefmt="%Y-%m-%dT%H:%M:%S%z",
                json_ensure_ascii=False,
            )
        )
    else:
        handler.setFormatter(_Text())
    LOG.handlers[:] = [handler]
    LOG.setLevel(logging.INFO if style == "json" else logging.WARNING)
    LOG.propagate = False


class _Text(logging.Formatter):
    """An event and what belongs to it, on one line."""

    def format(self, record: logging.LogRecord) -> str:
        known = vars(logging.makeLogRecord({}))
        more = " ".join(
            f"{name}={value}"
            for name, value in vars(record).items()
            if name not in known and name != "message"
        )
        return f"{record.levelname.lower()}: {record.getMessage()} {more}".strip()


def tell(event: str, *, level: int = logging.INFO, **facts: Any) -> None:
    """Say that something happened."""
    if LOG.isEnabledFor(level):
        LOG.log(level, event, extra=facts)


class Tracer:
    """Spans for OpenTelemetry, where an endpoint is named; otherwise nothing at no cost."""

    def __init__(self) -> None:
        """Raises TracingMissingError when spans are asked for and cannot be made."""
        self._tracer: Any = None
        if not os.environ.get(EXPORT_VARIABLE):
            return
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
            from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
            from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
            from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        except ImportError as fault:
            raise TracingMissingError from fault
        self._provider = TracerProvider(resource=Resource.create({"service.name": "hoppo"}))
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("hoppo")

    @contextmanager
    def span(self, name: str, trace: str = "", **facts: Any) -> Iterator[Any]:
        """A span; with a trace it is part of that message's way, otherwise of none."""
        if self._tracer is None:
            yield None
            return
        with self._tracer.start_as_current_span(
            name, context=_context(trace) if trace else None, attributes=facts
        ) as span:
            yield span

    def flush(self) -> None:
        """Send what is waiting to be sent."""
        if self._tracer is not None:
            self._provider.force_flush()


def _context(trace: str) -> Any:
    from opentelemetry import trace as otel  # noqa: PLC0415

    parent = otel.SpanContext(
        int(trace, 16), int(trace[:16], 16), is_remote=True,
        trace_flags=otel.TraceFlags(otel.TraceFlags.SAMPLED),
    )  # fmt: skip
    return otel.set_span_in_context(otel.NonRecordingSpan(parent))
