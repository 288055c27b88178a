"""Make accounts from outside the pages: the first operator, and those of a demonstration."""

import secrets

from hoppo.portal.models import User
from hoppo.portal.roles import Role

PASSWORD_BYTES = 12


class AccountError(Exception):
    """The account cannot be made; the text says why."""


def make_account(
    username: str, role: Role, *, enterprise: str = "", district: str = "", manages: bool = False
) -> str:
    """Make an account and return its password, which is kept nowhere in clear.

    An account that is there gets the new role and a new password.
    """
    if role == Role.TRADER and not enterprise:
        message = "an enterprise's account needs --enterprise CODE"
        raise AccountError(message)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    user, _ = User.objects.get_or_create(username=username)
    user.role, user.enterprise_code, user.customs_code = role, enterprise, district
    user.manages = manages
    user.is_active = True
    user.set_password(password)
    user.save()
    return password
