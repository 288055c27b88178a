"""What the house says of itself: one line an event, with a trace from acknowledgement to receipt.

A trace is a pure function of the installation and the number a message got in the inbox, so every
document leads to its trace and nothing has to be stored for it. No line holds personal data.
"""

import logging
import sys
import uuid
from typing import Any, Literal

import psycopg

LOG = logging.getLogger("hoppo")
NAMESPACE = "trace_namespace"
Style = Literal["json", "text"]


def make_namespace(connection: psycopg.Connection[Any]) -> None:
    """Give an installation the namespace of its traces, once."""
    connection.execute(
        "INSERT INTO setting (name, value) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        [NAMESPACE, str(uuid.uuid4())],
    )


def read_namespace(connection: psycopg.Connection[Any]) -> uuid.UUID:
    """The namespace of this installation's traces."""
    row = connection.execute("SELECT value FROM setting WHERE name = %s", [NAMESPACE]).fetchone()
    return uuid.UUID(row[0]) if row else uuid.NAMESPACE_OID


def trace_of(namespace: uuid.UUID, number: int) -> str:
    """The trace of a message: 32 hexadecimal digits, a valid W3C trace id."""
    return uuid.uuid5(namespace, str(number)).hex


def set_up(style: Style) -> None:
    """Write events to standard error: as JSON for machines, as text for a person.

    In JSON, what Python itself warns of and what libraries say goes the same way.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(style))
    handler.addFilter(_without_stack)
    LOG.handlers[:] = [handler]
    LOG.setLevel(logging.INFO if style == "json" else logging.WARNING)
    LOG.propagate = False
    # Django quotes whole addresses of requests; what fails in a door is told by the door itself.
    logging.getLogger("django").handlers[:] = [logging.NullHandler()]
    logging.getLogger("django").propagate = False
    if style == "json":
        logging.getLogger().handlers[:] = [handler]
        logging.captureWarnings(capture=True)


def _without_stack(record: logging.LogRecord) -> bool:
    """Let a record pass without its stack trace: an exception may quote what must not be told."""
    record.exc_info = record.exc_text = record.stack_info = None
    return True


def formatter(style: Style) -> logging.Formatter:
    """How a line is written."""
    if style == "text":
        return _Text()
    from pythonjsonlogger.json import JsonFormatter  # noqa: PLC0415 - only who asks for it

    made: logging.Formatter = JsonFormatter(
        "%(asctime)s %(levelname)s %(message)s",
        rename_fields={"asctime": "time", "levelname": "level", "message": "event"},
        datefmt="%Y-%m-%dT%H:%M:%S%z",
        json_ensure_ascii=False,
    )
    return made


class _Text(logging.Formatter):
    """An event and what belongs to it, on one line."""

    def format(self, record: logging.LogRecord) -> str:
        known = vars(logging.makeLogRecord({}))
        more = " ".join(
            f"{name}={value}"
            for name, value in vars(record).items()
            if name not in known and name != "message"
        )
        return f"{record.levelname.lower()}: {record.getMessage()} {more}".strip()


def tell(event: str, *, level: int = logging.INFO, **facts: Any) -> None:
    """Say that something happened."""
    if LOG.isEnabledFor(level):
        LOG.log(level, event, extra=facts)
