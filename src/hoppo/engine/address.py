"""Where the database is: its URL, as psycopg and as Django want it."""

import psycopg
from psycopg.conninfo import conninfo_to_dict

URL_VARIABLE = "HOPPO_DATABASE_URL"
SCHEMES = ("postgresql://", "postgres://")


def address_fault(url: str) -> str | None:
    """Why a text is no address of a database, None when it is one. Never quotes the text."""
    if not url.startswith(SCHEMES):
        return "it does not begin with postgresql://"
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return "it cannot be read as an address; special characters in a password are written %XX"
    ports = str(parts.get("port") or "").split(",")
    if any(port and not port.isdecimal() for port in ports):
        return "its port is no number"
    if not (parts.get("dbname") or parts.get("service")):
        return "it names no database"
    return None


def database_settings(url: str) -> dict[str, object]:
    """Django's database entry for a URL, with all that the driver understands (TLS, hosts)."""
    try:
        parts: dict[str, object] = dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError:
        parts = {}  # Settings are read before an address is looked at; it is refused there.
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "hoppo"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": parts,
        "TIME_ZONE": None,
    }
