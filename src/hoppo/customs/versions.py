"""Which version of a document stands: the newest appTime, a copy changes nothing."""

from collections.abc import Callable
from typing import Any

from hoppo.customs.codes import COPY, EXISTS, OLDER, STAGED, STATE, UNKNOWN


def supersede(
    old: Any, new: Any, *, frozen: Callable[[], bool], replaceable: bool = False
) -> int | None:
    """What a new version does to the stored one.

    None: it takes its place. COPY: nothing, it says the same. Otherwise which answer refuses it.
    The newest appTime wins; a new document under a number that is taken is refused.
    """
    if old is None:
        return UNKNOWN if new.deleted else None
    if old.digest == new.digest and old.deleted == new.deleted:
        # A refused list sent again asks to be judged again, word for word or not.
        return None if replaceable and new.app_time > old.app_time else COPY
    # Of two in the same second, the declared one is newer than the staged one.
    if (new.app_time, new.app_status, new.digest) < (old.app_time, old.app_status, old.digest):
        return OLDER
    if new.app_type == "1" and replaceable:
        return None
    if frozen():
        return STATE
    if new.app_type == "1" and not (old.deleted or old.app_status == STAGED):
        return EXISTS
    return None
