"""The window's own trail: who did what to which list, and why."""

from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from hoppo.portal.models import Action


def write_down(
    user: Any, now: datetime, verb: str, subject: str, reason: str = "", **details: Any
) -> None:
    """Keep what a person did; within the transaction of the deed, where there is one."""
    Action.objects.create(
        at=now, username=user.username, role=user.role, verb=verb, subject=subject,
        reason=reason, details=details,
    )  # fmt: skip


def write_down_with(
    connection: psycopg.Connection[Any], user: Any, now: datetime, verb: str, subject: str,
    reason: str = "", **details: Any,
) -> None:  # fmt: skip
    """Keep what a person did in the transaction of the deed itself: both are there, or neither."""
    connection.execute(
        "INSERT INTO portal_action (at, username, role, verb, subject, reason, details)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [now, user.username, str(user.role), verb, subject, reason, Jsonb(details)],
    )
