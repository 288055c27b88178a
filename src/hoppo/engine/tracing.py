"""Spans for OpenTelemetry, sent where OTEL_EXPORTER_OTLP_ENDPOINT says; without it, nothing.

A span is told when what it covers is over, so nothing is told of a transaction that failed. The
acknowledgement is the root of its message's trace; what comes later, in other processes, hangs
below it, because the root's own number follows from the trace.
"""

import logging
import os
import time
from collections.abc import Sequence
from typing import Any

from hoppo.engine.watching import LOG

EXPORT_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"
ROOT_DIGITS = 16
MOST_LINKS = 128


class TracingMissingError(Exception):
    """OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed.

    Install hoppo[otel], or unset the variable.
    """

    def __init__(self) -> None:
        """Speak the docstring."""
        super().__init__(" ".join((type(self).__doc__ or "").split()))


def check_tracing() -> Any:
    """What makes spans, None where none are asked for.

    Raises TracingMissingError when they are asked for and cannot be made.
    """
    if not os.environ.get(EXPORT_VARIABLE):
        return None
    try:
        from hoppo.engine.telemetry import Spans  # noqa: PLC0415 - only who asks for it
    except ImportError as fault:
        raise TracingMissingError from fault
    return Spans


class Tracer:
    """Tells spans, where an endpoint is named; otherwise does nothing at no cost."""

    def __init__(self) -> None:
        """Raises TracingMissingError when spans are asked for and cannot be made."""
        self._spans: Any = None
        spans = check_tracing()
        if spans is None:
            return
        # The exporter tells of an endpoint that is away on several lines; one is enough.
        exporting = logging.getLogger("opentelemetry")
        exporting.handlers[:] = [_Briefly()]
        exporting.propagate = False
        self._spans = spans()

    def acknowledged(
        self, trace: str, seconds: float, client: tuple[str, str] | None, **facts: Any
    ) -> None:
        """The root of a message's trace, linked to the trace and span that the client names."""
        if self._spans is not None:
            links = [client] if client else []
            self._spans.tell("acknowledge", trace, seconds, links=links, facts=facts, root=True)

    def told(self, name: str, trace: str, seconds: float, **facts: Any) -> None:
        """A part of a message's way that has just ended."""
        if self._spans is not None:
            self._spans.tell(name, trace, seconds, facts=facts)

    def told_together(self, name: str, traces: Sequence[str], seconds: float, **facts: Any) -> None:
        """Work on many messages that has just ended: a trace of its own, linked to theirs."""
        if self._spans is not None:
            links = [(trace, trace[:ROOT_DIGITS]) for trace in traces[:MOST_LINKS]]
            self._spans.tell(name, None, seconds, links=links, facts=facts)

    def flush(self) -> None:
        """Send what is waiting to be sent."""
        if self._spans is not None:
            self._spans.flush()


class _Briefly(logging.Handler):
    """Says that spans are not sent, at most once a minute, without a stack trace."""

    EVERY_SECONDS = 60.0

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said = float("-inf")

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 - it may be a stack trace
        if time.monotonic() - self._said >= self.EVERY_SECONDS:
            self._said = time.monotonic()
            LOG.warning("spans are not sent", extra={"endpoint": EXPORT_VARIABLE})
