"""`/api/v1`: what programs may ask and send, described by its own OpenAPI text."""

import hashlib
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Query, Schema, Status
from ninja.errors import AuthenticationError, ValidationError
from ninja.renderers import BaseRenderer
from pydantic import Field

from hoppo.api import ceb
from hoppo.api.callers import LIFE_SECONDS, SCOPES, Bearer, Caller, credentials, known, make_token
from hoppo.api.open_database import opened
from hoppo.api.problems import ProblemError, problem
from hoppo.customs.explaining import explain_list
from hoppo.customs.registers import Registers
from hoppo.customs.tables import VERDICTS
from hoppo.engine import inbox, outbox
from hoppo.engine.idempotency import remembered
from hoppo.portal.finding import Search, find
from hoppo.portal.roles import Scope

KEY = re.compile(r"[\x21-\x7e]{1,120}")
MOST_ITEMS = 200
registers = Registers()


class Json(BaseRenderer):
    """JSON by orjson; amounts are texts, so that no reader rounds them."""

    media_type = "application/json"

    def render(self, _request: HttpRequest, data: Any, *, response_status: int) -> bytes:  # noqa: ARG002 - ninja's form
        """The bytes of an answer."""
        return orjson.dumps(data, default=str)


class Described(NinjaAPI):
    """The API with its text: problems come as their own media type."""

    def get_openapi_schema(self, **named: Any) -> Any:
        """The OpenAPI text."""
        schema = super().get_openapi_schema(**named)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for response in operation["responses"].values():
                    content = response.get("content", {})
                    told = content.get("application/json", {}).get("schema", {})
                    if told.get("$ref", "").endswith("/Problem"):
                        content["application/problem+json"] = content.pop("application/json")
        return schema


api = Described(
    title="Hoppo", version="1", docs_url=None, urls_namespace="api-v1", renderer=Json(),
    description="Lists, messages and receipts of the single window. Errors are problem details"
    " (RFC 9457). 单一窗口的清单、报文与回执接口。",
)  # fmt: skip


class Token(Schema):
    """An access token (RFC 6749)."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


class Problem(Schema):
    """A problem (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    detail_zh: str
    instance: str


class Row(Schema):
    """A list in short."""

    order_no: str
    declarant_code: str
    cop_no: str
    list_no: str | None
    waybill_no: str
    status: str
    reasons: list[str]
    trade_mode: str
    customs_code: str
    value: Decimal
    tax_guaranteed: Decimal
    received_at: datetime
    released_at: datetime | None


class Rows(Schema):
    """A page of lists; `next` is the cursor of the following page, null on the last."""

    items: list[Row]
    next: str | None


class Accepted(Schema):
    """An acknowledged message: it is on disk."""

    message: int
    sha256: str
    repeated: bool


class Receipt(Schema):
    """A receipt message, its CEB XML as text."""

    number: int
    type: str
    created_at: datetime
    records: int
    xml: str


class Receipts(Schema):
    """Receipts, oldest first; ask again after `next`."""

    items: list[Receipt]
    next: int


class Narrow(Schema):
    """What lists to find; everything left out is everything."""

    number: str = Field("", max_length=60)
    status: str = Field("", max_length=12)
    reason: str = Field("", max_length=40)
    commodity: str = Field("", pattern=r"^(\d{2,10})?$")
    mode: str = Field("", max_length=4)
    since: date | None = None
    until: date | None = None
    cursor: str = Field("", max_length=400)
    limit: int = Field(50, ge=1, le=MOST_ITEMS)


class Following(Schema):
    """Which receipts: those after a number."""

    after: int = Field(0, ge=0, le=2**62)
    limit: int = Field(100, ge=1, le=1000)


# A request that cannot be read at all is refused by the server with 400, before any operation.
FAULTS = {400: Problem, 401: Problem, 403: Problem, 404: Problem, 422: Problem, 429: Problem}


@api.exception_handler(ProblemError)
def tell_problem(request: HttpRequest, fault: ProblemError) -> HttpResponse:
    """A fault of ours as a problem document."""
    return problem(request, fault)


@api.exception_handler(AuthenticationError)
def tell_stranger(request: HttpRequest, _fault: AuthenticationError) -> HttpResponse:
    """No token at all."""
    return problem(request, ProblemError(
        401, "token", "Send an access token: Authorization: Bearer TOKEN (POST /api/v1/token).",
        "请携带访问令牌（POST /api/v1/token 获取）。", headers={"WWW-Authenticate": "Bearer"},
    ))  # fmt: skip


@api.exception_handler(ValidationError)
def tell_invalid(request: HttpRequest, fault: ValidationError) -> HttpResponse:
    """What is wrong with which value; the value itself is not repeated."""
    errors = [{"where": ".".join(map(str, one["loc"])), "what": one["msg"]} for one in fault.errors]
    return problem(request, ProblemError(
        422, "invalid", "A value is not as it must be; see errors.", "参数不符合要求，见errors。",
        errors=errors,
    ))  # fmt: skip


@api.post(
    "/token", response={200: Token, 400: dict[str, str], 401: dict[str, str]}, auth=None,
    openapi_extra={"requestBody": {"required": True, "content": {
        "application/x-www-form-urlencoded": {"schema": {
            "type": "object",
            "required": ["grant_type"],
            "properties": {
                "grant_type": {"const": "client_credentials"},
                **{name: {"type": "string"} for name in ("client_id", "client_secret", "scope")},
            },
        }},
    }}},
)  # fmt: skip
def token(request: HttpRequest) -> Status[Any]:
    """OAuth2 client credentials: a client's name and secret for a token of an hour.

    `client_id` and `client_secret` as HTTP Basic or as form fields; `scope` may ask for less.
    """
    if request.POST.get("grant_type") != "client_credentials":
        return Status(400, {"error": "unsupported_grant_type"})
    asked = frozenset(request.POST.get("scope", " ".join(SCOPES)).split())
    if not asked or asked - set(SCOPES):
        told = {"error": "invalid_scope", "error_description": "known: " + " ".join(SCOPES)}
        return Status(400, told)
    name, secret = credentials(request)
    with opened().connect() as connection:
        found = known(connection, secret) if secret and "\0" not in secret else None
    if found is None or found != name:
        return Status(401, {"error": "invalid_client"})
    made = {
        "access_token": make_token(found, asked), "token_type": "Bearer",
        "expires_in": LIFE_SECONDS, "scope": " ".join(sorted(asked)),
    }  # fmt: skip
    return Status(200, made)


def tagged(request: HttpRequest, data: Any) -> HttpResponse:
    """An answer with its ETag; 304 when the caller has it already."""
    body = orjson.dumps(data, default=str)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, **getattr(request, "limits", {})}
    if tag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(body, content_type="application/json", headers=headers)


@api.get("/lists", response={200: Rows, **FAULTS}, auth=Bearer("lists:read"))
def lists(request: HttpRequest, narrow: Query[Narrow]) -> HttpResponse:
    """Lists that name the caller's enterprise, newest first."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    said = narrow.model_dump()
    if any("\0" in str(value) for value in said.values()):
        raise ProblemError(422, "invalid", "A value holds a NUL.", "参数含有空字符。")
    cursor, limit = said.pop("cursor"), said.pop("limit")
    with opened().connect() as connection:
        page = find(connection, Scope(caller.enterprise), Search(**said), cursor, limit)
    items = [
        {
            "order_no": row.order_no, "declarant_code": row.declarant_code, "cop_no": row.cop_no,
            "list_no": row.list_no, "waybill_no": row.waybill_no, "status": row.status,
            "reasons": [finding[0] for finding in row.findings], "trade_mode": row.trade_mode,
            "customs_code": row.customs_code, "value": row.counted,
            "tax_guaranteed": row.guaranteed, "received_at": row.received_at,
            "released_at": row.released_at,
        }
        for row in page.rows
    ]  # fmt: skip
    return tagged(request, {"items": items, "next": page.after or None})


@api.get(
    "/lists/{order_no}/{declarant_code}/{cop_no}",
    response={200: dict[str, Any], **FAULTS}, auth=Bearer("lists:read"),
)  # fmt: skip
def one_list(request: HttpRequest, order_no: str, declarant_code: str, cop_no: str) -> HttpResponse:
    """Everything that bears on one list: documents (masked), rules, working of the tax, trail."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    key = (order_no, declarant_code, cop_no)
    with opened().connect() as connection:
        found = VERDICTS.by_key(connection, [key], on=("order_no", "declarant_code", "cop_no"))
        if not found or not Scope(caller.enterprise).holds(found[0]):
            raise ProblemError(404, "no-list", "There is no such list of yours.", "未找到该清单。")
        told = explain_list(connection, opened(), registers, ceb.clock(), found[0])
    return tagged(request, told)


@api.post(
    "/messages", response={202: Accepted, 409: Problem, 413: Problem, 503: Problem, **FAULTS},
    auth=Bearer("messages:write"),
    openapi_extra={
        "requestBody": {"required": True, "content": {
            "application/xml": {"schema": {"type": "string", "minLength": 1}},
        }},
        "parameters": [{
            "name": "Idempotency-Key", "in": "header", "required": False,
            "schema": {"type": "string", "pattern": "^[!-~]{1,120}$"},
        }],
    },
)  # fmt: skip
def send(request: HttpRequest) -> HttpResponse:
    """Send a CEB message or DxpMsg (XML). With `Idempotency-Key` a repetition is stored once."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    body = request.body
    if not body.strip():
        raise ProblemError(
            400, "empty", "The body is empty; send CEB XML or a DxpMsg.", "报文为空。"
        )
    if len(body) > ceb.MOST_BYTES:
        raise ProblemError(413, "size", f"At most {ceb.MOST_BYTES} bytes.", "报文过大。")
    key = request.headers.get("Idempotency-Key", "")
    if key and not KEY.fullmatch(key):
        raise ProblemError(
            400, "key", "Idempotency-Key is 1 to 120 printable characters.", "幂等键格式不符。"
        )
    sha256 = hashlib.sha256(body).digest()
    with opened().connect() as connection:
        if inbox.waiting(connection).full:
            raise ProblemError(
                503, "full", "Too much is waiting; send it again later.", "系统繁忙，请稍后重试。",
                headers={"Retry-After": ceb.RETRY_SECONDS},
            )  # fmt: skip
        now = ceb.clock()
        number, repeated, same = remembered(
            connection, caller.name, key, sha256, now,
            lambda: inbox.accept(connection, opened(), caller.name, body, now),
        )  # fmt: skip
    if not same:
        raise ProblemError(
            409, "key-reused", "This Idempotency-Key came with another body.",
            "该幂等键已用于其他报文。",
        )  # fmt: skip
    told = {"message": number, "sha256": sha256.hex(), "repeated": repeated}
    return HttpResponse(
        orjson.dumps(told), status=202, content_type="application/json",
        headers=getattr(request, "limits", {}),
    )  # fmt: skip


@api.get("/receipts", response={200: Receipts, **FAULTS}, auth=Bearer("receipts:read"))
def receipts(request: HttpRequest, wanted: Query[Following]) -> HttpResponse:
    """Receipts for the caller after a number, oldest first: the feed of what happened."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    with opened().connect() as connection:
        found = outbox.after(
            connection, opened(), wanted.after, receiver=caller.name, most=wanted.limit
        )
    items = [
        {
            "number": one.id, "type": one.message_type, "created_at": one.created_at,
            "records": one.records, "xml": one.body.decode(),
        }
        for one in found
    ]  # fmt: skip
    return tagged(request, {"items": items, "next": found[-1].id if found else wanted.after})
