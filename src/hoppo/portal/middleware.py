"""What stands before every page."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from hoppo.portal.access import is_decided

Answer = Callable[[HttpRequest], HttpResponse]
# Programs' addresses, with tokens of their own: no session, no cookie, no language.
DIRECT = ("/ceb/", "/healthz", "/readyz", "/metrics")
MOST_BYTES = 64 * 1024 * 1024
TOO_LARGE = f"请求过大 At most {MOST_BYTES} bytes are taken; send less at once."
OF_LIBRARIES = ("allauth.",)
# Each operation of the API asks for a token and a scope by itself.
API = "/api/"


def messages_first(get_response: Answer) -> Answer:
    """Let the customs' own addresses past everything that is made for pages."""

    def answer(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(DIRECT):
            length = request.headers.get("Content-Length") or "0"
            # Before anything reads it: the check of a form's token would read it whole.
            if not length.isdigit() or int(length) > MOST_BYTES:
                return HttpResponse(TOO_LARGE, status=413, content_type="text/plain; charset=utf-8")
            return get_response(request)
        try:
            found = resolve(request.path_info)
        except Resolver404:
            return get_response(request)
        response: HttpResponse = found.func(request, *found.args, **found.kwargs)
        return response

    return answer


def decided(get_response: Answer) -> Answer:
    """Refuse a page of ours that does not say who may open it."""

    def answer(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(
        request: HttpRequest, view: object, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        of_others = getattr(view, "__module__", "").startswith(OF_LIBRARIES)
        if is_decided(view) or of_others or request.path_info.startswith(API):
            return None
        raise PermissionDenied

    answer.process_view = process_view  # type: ignore[attr-defined]
    return answer
