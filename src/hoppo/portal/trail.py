"""The window's own trail: who did what to which list, and why."""

from datetime import datetime
from typing import Any

from hoppo.portal.models import Action


def write_down(
    user: Any, now: datetime, verb: str, subject: str, reason: str = "", **details: Any
) -> None:
    """Keep what a person did; within the transaction of the deed, where there is one."""
    Action.objects.create(
        at=now, username=user.username, role=user.role, verb=verb, subject=subject,
        reason=reason, details=details,
    )  # fmt: skip
