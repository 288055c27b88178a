"""Which version of a document stands: the newest appTime, a copy changes nothing."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from hoppo.customs.codes import COPY, EXISTS, OLDER, STAGED, STATE, UNKNOWN
from hoppo.values.moments import six_months_before


def supersede(
    old: Any,
    new: Any,
    now: datetime,
    *,
    frozen: Callable[[], bool],
    replaceable: bool = False,
) -> int | None:
    """What a new version does to the stored one.

    None: it takes its place. COPY: nothing, it says the same. Otherwise which answer refuses it.
    The newest appTime wins; a new document under a number that is taken is refused.
    """
    if old is None:
        return UNKNOWN if new.deleted else None
    if old.digest == new.digest and old.deleted == new.deleted:
        return COPY
    if (new.app_time, new.digest) < (old.app_time, old.digest):
        return OLDER
    if frozen():
        return STATE
    if new.app_type == "1" and not (old.deleted or old.app_status == STAGED or replaceable):
        half_year_old = hasattr(old, "waybill_no") and old.received_at < six_months_before(now)
        return None if half_year_old else EXISTS
    return None
