"""What a worker keeps in mind between batches: enterprises, tariff, code lists, settings."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg

from hoppo.commerce.register import Enterprise, read_register
from hoppo.tariff.codes import code_list
from hoppo.tariff.store import read_tariff_table

DEFAULTS = {"sandbox": "N", "draw_seed": "hoppo", "register_version": "0"}


def read_settings(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """The installation's settings, with defaults."""
    rows = connection.execute("SELECT name, value FROM setting").fetchall()
    return {**DEFAULTS, **dict(rows)}


def write_setting(connection: psycopg.Connection[Any], name: str, value: str) -> None:
    """Set one setting."""
    connection.execute(
        "INSERT INTO setting (name, value) VALUES (%s, %s)"
        " ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value",
        [name, value],
    )


def registers_changed(connection: psycopg.Connection[Any]) -> None:
    """Tell every worker to read the registers again."""
    connection.execute(
        "INSERT INTO setting (name, value) VALUES ('register_version', '1')"
        " ON CONFLICT (name) DO UPDATE SET value = (setting.value::int8 + 1)::text"
    )


class Registers:
    """Read once, and again whenever somebody changed them."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self.settings: dict[str, str] = {}
        self.enterprises: dict[str, Enterprise] = {}
        self.tariff: Any = None
        # What was read of messages and could not be worked yet, by number and time; see `letters`.
        self.remembered: dict[tuple[int, datetime], list[Any]] = {}
        self.code_lists: Mapping[str, Any] = {
            name: code_list(name) for name in ("countries", "units", "transport_modes")
        }

    @property
    def sandbox(self) -> bool:
        """Whether this is a sandbox: unknown enterprises welcome, unsigned messages accepted."""
        return self.settings.get("sandbox") == "Y"

    def refresh(self, connection: psycopg.Connection[Any]) -> None:
        """Read what changed since the last batch."""
        settings = read_settings(connection)
        if self.tariff is None or settings["register_version"] != self.settings["register_version"]:
            self.enterprises = read_register(connection)
            self.remembered.clear()
            self.tariff = read_tariff_table(connection)
        self.settings = settings
