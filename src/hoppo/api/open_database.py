"""The database this process serves, opened once from what `hoppo serve` handed over."""

import os
from functools import cache
from pathlib import Path

from hoppo.engine.address import URL_VARIABLE
from hoppo.engine.database import Database
from hoppo.engine.keys import KeyRing, read_master_key

KEY_FILE_VARIABLE = "HOPPO_SERVED_KEY_FILE"


@cache
def opened() -> Database:
    """The served database; `hoppo serve` has checked and migrated it already."""
    keys = KeyRing(read_master_key(Path(os.environ[KEY_FILE_VARIABLE])))
    return Database(os.environ[URL_VARIABLE], keys, Path(os.environ[KEY_FILE_VARIABLE]))
