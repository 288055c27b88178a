"""The customs' own messages over HTTP: post them, fetch receipts."""

import hashlib
import logging
import re
import sys
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache

import psycopg
from django.http import HttpRequest, HttpResponse, JsonResponse

from hoppo.api.open_database import opened
from hoppo.api.queue import Queue
from hoppo.engine import inbox, outbox
from hoppo.engine.tracing import Tracer
from hoppo.engine.watching import read_namespace, tell, trace_of
from hoppo.values.moments import beijing_day
from hoppo.wire.envelope import (
    AddInfo,
    Answer,
    EnvelopeFault,
    TransInfo,
    is_envelope,
    open_envelope,
    write_envelope,
    write_response,
)

MOST_BYTES = 48 * 1024 * 1024
MOST_RECEIPTS = 1_000
CUSTOMS = "DXPEDCCEB0000002"
RETRY_SECONDS = "5"
WHOLE = re.compile(r"[0-9]{1,18}")
MOST_DIGITS = 4
TRACE_PARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
# No answer, no room on disk, or a standby in the primary's place: the sender tries again later.
UNABLE = (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction)
_local = threading.local()
_queue = Queue()


def real_clock() -> datetime:
    """The time of day."""
    return datetime.now(UTC)


clock: Callable[[], datetime] = real_clock


def _connection() -> psycopg.Connection[object]:
    connection: psycopg.Connection[object] | None = getattr(_local, "connection", None)
    if connection is None or connection.closed:
        connection = _local.connection = opened().connect(autocommit=False)
    return connection


def _refuse(status: int, en: str, zh: str) -> JsonResponse:
    return JsonResponse(
        {"error": en, "error_zh": zh}, status=status, json_dumps_params={"ensure_ascii": False}
    )


def _later(en: str, zh: str) -> JsonResponse:
    """Refuse for now."""
    refused = _refuse(503, en, zh)
    refused["Retry-After"] = RETRY_SECONDS
    return refused


def _client(connection: psycopg.Connection[object], request: HttpRequest) -> tuple[str, str] | None:
    """The name and dxp id of the client whose token the request carries."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not given:
        return None
    row = connection.execute(
        "SELECT name, dxp_id FROM client WHERE token_sha256 = %s AND revoked_at IS NULL",
        [hashlib.sha256(given.strip().encode()).digest()],
    ).fetchone()
    return (str(row[0]), str(row[1])) if row else None  # type: ignore[index]


def _body(request: HttpRequest) -> bytes:
    """The body; one sent in chunks names no length, and Django would read nothing of it."""
    if "Content-Length" in request.headers:
        return request.body
    read: bytes = request.META["wsgi.input"].read(MOST_BYTES + 1)
    return read


def messages(request: HttpRequest) -> HttpResponse:
    """POST a CEB message or DxpMsg; acknowledged only when it is on disk."""
    if request.method != "POST":
        return _refuse(405, "POST a message here.", "请使用POST报送报文。")
    try:
        connection = _connection()
        client = _client(connection, request)
        if client is None:
            return _refuse(
                401,
                "Send a client token: Authorization: Bearer TOKEN (hoppo client add).",
                "请携带客户端令牌（hoppo client add）。",
            )
        length = request.headers.get("Content-Length", "0")
        if length.isdigit() and int(length) > MOST_BYTES:
            return _refuse(413, f"A message may hold at most {MOST_BYTES} bytes.", "报文过大。")
        body = _body(request)
        if not body.strip():
            return _refuse(400, "The body is empty; send CEB XML or a DxpMsg.", "报文为空。")
        if len(body) > MOST_BYTES:
            return _refuse(413, f"A message may hold at most {MOST_BYTES} bytes.", "报文过大。")
        if _queue.waiting(lambda: inbox.waiting(connection)).full:
            return _later("Too much is waiting; send it again later.", "系统繁忙，请稍后重试。")
        now, began = clock(), time.perf_counter()
        number = inbox.accept(connection, opened(), client[0], body, now)
        connection.commit()
        _queue.added(len(body))
        trace = _tell_acknowledged(request, number, client[0], len(body), began)
    except UNABLE:
        _forget()
        return _later("The database takes nothing now; send it again.", "数据库暂不可用。")
    finally:
        _finish()
    return _acknowledge(number, trace, body, now)


def _forget() -> None:
    """Let this thread connect anew."""
    connection, _local.connection = getattr(_local, "connection", None), None
    if connection is not None:
        connection.close()


def _finish() -> None:
    connection = getattr(_local, "connection", None)
    if connection is not None and not connection.closed:
        # What was acknowledged is committed; a connection that breaks now changes nothing of it.
        with suppress(psycopg.OperationalError):
            connection.rollback()


def _acknowledge(number: int, trace: str, body: bytes, now: datetime) -> HttpResponse:
    if is_envelope(body):
        try:
            head: TransInfo | None = open_envelope(body)
            code, info = "0000", f"received as message {number}"
        except EnvelopeFault as fault:
            head, code, info = fault.head, fault.code, fault.sentence_en
        if head is not None:
            answer = Answer(head, code, info[:300], beijing_day(now))
            response = HttpResponse(
                write_response(head.sender_id, [answer]), content_type="application/xml", status=202
            )
            response["X-Hoppo-Message"] = str(number)
            response["X-Hoppo-Trace"] = trace
            return response
    sha256 = hashlib.sha256(body).hexdigest()
    return JsonResponse(
        {"message": number, "sha256": sha256, "bytes": len(body), "trace": trace}, status=202
    )


@cache
def _namespace() -> uuid.UUID:
    """The namespace of this installation's traces, read once."""
    with opened().connect() as connection:
        return read_namespace(connection)


@cache
def _tracer() -> Tracer:
    return Tracer()


def _tell_acknowledged(
    request: HttpRequest, number: int, sender: str, size: int, began: float
) -> str:
    """Tell that a message is on disk; returns its trace.

    A client may name its own trace (W3C traceparent); it stands beside ours.
    """
    trace = trace_of(_namespace(), number)
    named = TRACE_PARENT.fullmatch(request.headers.get("traceparent", ""))
    tell(
        "acknowledged",
        number=number,
        trace=trace,
        sender=sender,
        bytes=size,
        client_trace=named[1] if named else None,
    )
    _tracer().acknowledged(
        trace,
        time.perf_counter() - began,
        (named[1], named[2]) if named else None,
        number=number,
        sender=sender,
        bytes=size,
    )
    return trace


def receipts(request: HttpRequest) -> HttpResponse:
    """GET receipts after a number, as DxpMsg elements; `next` is the number to ask after next."""
    after, limit = request.GET.get("after", "0") or "0", request.GET.get("limit", "100")
    if request.method not in {"GET", "HEAD"}:
        return _refuse(405, "GET receipts here.", "请使用GET获取回执。")
    if not (WHOLE.fullmatch(after) and len(limit) <= MOST_DIGITS and WHOLE.fullmatch(limit)):
        return _refuse(400, "after and limit are whole numbers.", "after 与 limit 应为整数。")
    try:
        connection = _connection()
        client = _client(connection, request)
        if client is None:
            return _refuse(
                401,
                "Send a client token: Authorization: Bearer TOKEN (hoppo client add).",
                "请携带客户端令牌（hoppo client add）。",
            )
        found = outbox.after(
            connection,
            opened(),
            int(after),
            receiver=client[0],
            most=min(int(limit) or 1, MOST_RECEIPTS),
        )
    except psycopg.OperationalError:
        _forget()
        return _later("The database does not answer; ask again.", "数据库暂不可用。")
    finally:
        _finish()
    last = found[-1].id if found else int(after)
    if found:
        tell("fetched", receiver=client[0], first=found[0].id, last=last, receipts=len(found))
    parts = [f'<?xml version="1.0" encoding="UTF-8"?>\n<Receipts next="{last}">'.encode()]
    parts += [_enveloped(stored, client[1] or client[0]) for stored in found]
    parts.append(b"</Receipts>\n")
    response = HttpResponse(b"".join(parts), content_type="application/xml")
    response["X-Hoppo-Next"] = str(last)
    return response


def _enveloped(stored: outbox.Stored, receiver: str) -> bytes:
    identity = str(uuid.uuid5(uuid.NAMESPACE_OID, f"hoppo receipt {stored.id}")).upper()
    head = TransInfo(identity, CUSTOMS, (receiver[:16],), stored.created_at, stored.message_type)
    info = AddInfo(file_name=f"{stored.message_type}_{stored.id}.xml")
    written = write_envelope(head, stored.body, info)
    return written.partition(b"?>")[2].strip() if written.startswith(b"<?xml") else written


def healthz(_request: HttpRequest) -> HttpResponse:
    """Whether the door and its database answer."""
    try:
        waiting = _queue.waiting(lambda: inbox.waiting(_connection()))
    except psycopg.OperationalError:
        _forget()
        return JsonResponse({"status": "no database"}, status=503)
    finally:
        _finish()
    return JsonResponse({"status": "ok", "waiting": waiting.messages})


FAILED_PAGE = (
    '<!doctype html><html lang="zh"><meta charset="utf-8"><title>Hoppo</title>'
    "<h1>系统内部错误，请稍后重试。</h1>"
    '<p lang="en">Hoppo failed at this page. Nothing was changed; try again, then tell the'
    ' operator the time.</p><p><a href="/">首页 First page</a></p>'
)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer a request that failed by a fault of ours; its place is told, its values are not."""
    kind, _fault, trace = sys.exc_info()
    place = "?"
    while trace is not None:
        frame = trace.tb_frame
        # The deepest line of ours: a library's own line says little.
        if frame.f_globals.get("__name__", "").startswith("hoppo."):
            place = f"{frame.f_code.co_qualname}:{trace.tb_lineno}"
        trace = trace.tb_next
    name = kind.__name__ if kind else "?"
    tell("request failed", level=logging.ERROR, fault=name, place=place)
    if not request.path_info.startswith("/ceb/"):
        return HttpResponse(FAILED_PAGE, status=500)
    return _refuse(500, "Hoppo failed at this; send it again.", "系统内部错误，请重新报送。")
