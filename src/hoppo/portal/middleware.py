"""What stands before every page."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from hoppo.portal.access import is_decided

Answer = Callable[[HttpRequest], HttpResponse]
# Programs' addresses, with tokens of their own: no session, no cookie, no language.
DIRECT = ("/ceb/", "/healthz", "/readyz", "/metrics")
OF_LIBRARIES = ("allauth.",)
# Each operation of the API asks for a token and a scope by itself.
API = "/api/"


def messages_first(get_response: Answer) -> Answer:
    """Let the customs' own addresses past everything that is made for pages."""

    def answer(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(DIRECT):
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
