"""How the accounts library is bound to the window: nobody makes an account for himself there."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest


class ClosedSignup(DefaultAccountAdapter):  # type: ignore[misc]
    """Enterprises register by application (`/register`); the operator approves."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Never."""
        return False


class KnownPersons(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """An institution's log-in opens an account that stands already, never a new one."""

    def is_open_for_signup(self, _request: HttpRequest, _sociallogin: Any) -> bool:
        """Never."""
        return False
