"""What pages read with: a connection to the served database, and the clock of the house."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg

from hoppo.api import ceb
from hoppo.api.open_database import opened
from hoppo.customs.registers import Registers

# A page that takes longer than this asks for something narrower instead.
PAGE_PATIENCE = "5s"
registers = Registers()


def now() -> datetime:
    """The house's time: that of its workers, which a simulated day sets."""
    return ceb.clock()


@contextmanager
def reading() -> Iterator[psycopg.Connection[Any]]:
    """A connection for one page; it ends with it, and cannot write."""
    with opened().connect() as connection:
        connection.execute("SET default_transaction_read_only = on")
        connection.execute(f"SET statement_timeout = '{PAGE_PATIENCE}'")
        # What an enterprise or a state has of a million lists differs too much for one plan.
        connection.execute("SET plan_cache_mode = force_custom_plan")
        connection.commit()
        yield connection


@contextmanager
def writing() -> Iterator[psycopg.Connection[Any]]:
    """A connection for one deed, committed when the block ends without an error."""
    with opened().connect() as connection:
        yield connection
