"""OpenTelemetry when asked for: one trace a message, from the door to the receipt."""

import json
import threading
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from tests.cli.served import Served
from tests.purchase import messages, purchase

pytestmark = pytest.mark.database

CLIENT_TRACE, CLIENT_SPAN = "a" * 32, "b" * 16


class Receiver(ThreadingHTTPServer):
    """Takes spans as any collector does (OTLP over HTTP)."""

    def __init__(self) -> None:
        """Listen on a free port."""
        self.spans: list[Span] = []
        spans = self.spans

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told = ExportTraceServiceRequest.FromString(body)
                for resource in told.resource_spans:
                    for scope in resource.scope_spans:
                        spans.extend(scope.spans)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        super().__init__(("127.0.0.1", 0), Handler)

    def named(self, name: str) -> list[Span]:
        return [span for span in list(self.spans) if span.name == name]


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with Receiver() as receiver:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        monkeypatch.setenv(
            "OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{receiver.server_port}"
        )
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        yield receiver
        receiver.shutdown()


def post(served: Served, body: bytes) -> str:
    """Post a message as a client that is itself part of a trace; returns our trace."""
    request = urllib.request.Request(
        f"http://localhost:{served.port}/ceb/messages",
        data=body,
        headers={
            "Authorization": f"Bearer {served.token}",
            "traceparent": f"00-{CLIENT_TRACE}-{CLIENT_SPAN}-01",
        },
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - http
        return str(json.load(answer)["trace"])


def test_a_message_is_one_trace_in_every_process(receiver: Receiver, tmp_path: Path) -> None:
    served = Served(tmp_path / "data", "--log", "json")
    try:
        traces = {post(served, body) for body in messages(purchase(1))}
        served.until(lambda: len(receiver.named("acknowledge")) == len(traces))
        served.until(lambda: {span.trace_id.hex() for span in receiver.named("write")} == traces)
    finally:
        served.stop()
    told = defaultdict(list)
    for span in receiver.spans:
        told[span.trace_id.hex()].append(span)
    for trace in traces:
        roots = [span for span in told[trace] if not span.parent_span_id]
        assert [span.name for span in roots] == ["acknowledge"]
        (link,) = roots[0].links
        assert (link.trace_id.hex(), link.span_id.hex()) == (CLIENT_TRACE, CLIENT_SPAN)
        below = [span for span in told[trace] if span.parent_span_id]
        assert {span.parent_span_id for span in below} == {roots[0].span_id}
        assert {span.name for span in below} == {"clear", "write"}
    linked = {link.trace_id.hex() for span in receiver.named("batch") for link in span.links}
    assert linked == traces


def test_a_receiver_that_is_away_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
    served = Served(tmp_path / "data", "--log", "json")
    try:
        for body in messages(purchase(1)):
            post(served, body)
        served.until(lambda: "800" in served.statuses())
        served.until(lambda: "spans are not sent" in served.log.read_text("utf-8"))
    finally:
        served.stop()
    for line in served.log.read_text("utf-8").splitlines():
        json.loads(line)
