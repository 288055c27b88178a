"""The part of tracing that needs OpenTelemetry's packages (hoppo[otel]); see `tracing`."""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry import trace as otel
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

ROOT_DIGITS = 16
NANOSECONDS = 1_000_000_000


class _Numbers(RandomIdGenerator):
    """The numbers of a root, whose trace is known beforehand; each thread has its own."""

    def __init__(self) -> None:
        self.of = threading.local()

    def generate_trace_id(self) -> int:
        return int(self.of.trace, 16)

    def generate_span_id(self) -> int:
        return int(self.of.trace[:ROOT_DIGITS], 16)


class Spans:
    """Makes finished spans and hands them to the exporter, which sends them in the background."""

    def __init__(self) -> None:
        """Begin; the endpoint and all else comes from OpenTelemetry's own variables."""
        resource = Resource.create({"service.name": "hoppo"})
        self._numbers = _Numbers()
        self._plain = TracerProvider(resource=resource)
        self._rooted = TracerProvider(resource=resource, id_generator=self._numbers)
        self._processor = BatchSpanProcessor(OTLPSpanExporter())
        for provider in (self._plain, self._rooted):
            provider.add_span_processor(self._processor)

    def tell(
        self, name: str, trace: str | None, seconds: float, *, facts: Mapping[str, Any],
        links: Sequence[tuple[str, str]] = (), root: bool = False,
    ) -> None:  # fmt: skip
        """A span that ends now; with a trace it is that trace's root, or hangs below it.

        Links are traces and spans, in hexadecimal digits.
        """
        ended = time.time_ns()
        started = ended - int(seconds * NANOSECONDS)
        context = None
        if trace and not root:
            above = otel.NonRecordingSpan(_place(trace, trace[:ROOT_DIGITS]))
            context = otel.set_span_in_context(above)
        linked = [otel.Link(_place(*link)) for link in links]
        provider = self._rooted if root else self._plain
        self._numbers.of.trace = trace
        span = provider.get_tracer("hoppo").start_span(
            name, context, attributes=dict(facts), links=linked, start_time=started
        )
        span.end(ended)

    def flush(self) -> None:
        """Send what is waiting to be sent."""
        self._processor.force_flush()


def _place(trace: str, span: str) -> otel.SpanContext:
    """A span of a trace, which another process may have told."""
    sampled = otel.TraceFlags(otel.TraceFlags.SAMPLED)
    return otel.SpanContext(int(trace, 16), int(span, 16), is_remote=True, trace_flags=sampled)
