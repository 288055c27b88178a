"""Who may open a page. Each page says it; one that does not is refused, and a test fails."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, TypeVar, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods

from hoppo.portal.roles import Role

Page = TypeVar("Page", bound=Callable[..., HttpResponseBase])
PUBLIC: frozenset[Role] = frozenset()


def page(*roles: Role | Collection[Role], methods: str = "GET HEAD") -> Callable[[Page], Page]:
    """Open a page to these roles; without roles, to everybody, strangers too."""
    allowed = frozenset(
        one for given in roles for one in ((given,) if isinstance(given, Role) else given)
    )

    def decide(view: Page) -> Page:
        @wraps(view)
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user: Any = request.user
            if allowed and not user.is_authenticated:
                return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
            if allowed and user.role not in allowed:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        held = require_http_methods(methods.split())(opened)
        held.allowed = allowed  # type: ignore[attr-defined]
        return cast("Page", held)

    return decide


def is_decided(view: Any) -> bool:
    """Whether a page says who may open it."""
    return hasattr(view, "allowed")
