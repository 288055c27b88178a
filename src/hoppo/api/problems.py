"""Problem details (RFC 9457): what went wrong, in both languages, with our rule findings inside."""

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

NAMES = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    409: "Conflict",
    413: "Too large",
    415: "Media type not taken",
    422: "Not valid",
    429: "Too many requests",
    503: "Not now",
}


class ProblemError(Exception):
    """A request that cannot be done; becomes a problem document."""

    def __init__(self, status: int, kind: str, en: str, zh: str, **more: Any) -> None:
        """`kind` is the last part of the problem's type, a stable word programs may compare."""
        super().__init__(en)
        self.status, self.kind, self.en, self.zh, self.more = status, kind, en, zh, more


def problem(request: HttpRequest, fault: ProblemError) -> HttpResponse:
    """The answer that tells a problem."""
    headers = fault.more.pop("headers", {})
    body = {
        "type": f"urn:hoppo:problem:{fault.kind}",
        "title": NAMES.get(fault.status, "Problem"),
        "status": fault.status,
        "detail": fault.en,
        "detail_zh": fault.zh,
        "instance": request.path,
        **fault.more,
    }
    return HttpResponse(
        orjson.dumps(body), status=fault.status, content_type="application/problem+json",
        headers=headers,
    )  # fmt: skip
