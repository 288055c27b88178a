"""Where the database is: its URL, as psycopg and as Django want it."""

import psycopg
from psycopg.conninfo import conninfo_to_dict

URL_VARIABLE = "HOPPO_DATABASE_URL"
SCHEMES = ("postgresql://", "postgres://")
LAST_PORT = 65535


def address_fault(url: str) -> str | None:
    """Why a text is no address of a database, None when it is one. Never quotes the text."""
    if not url.startswith(SCHEMES):
        return "it does not begin with postgresql://"
    # The driver would take what stands before such an @ for a part of the host, and quote it.
    authority, _, name = url.partition("://")[2].partition("?")[0].partition("/")
    if authority.count("@") > 1 or "@" in name:
        return "special characters in a password or a name are written %XX, an @ is %40"
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return "it cannot be read as an address; special characters in a password are written %XX"
    ports = str(parts.get("port") or "").split(",")
    if any(port and not (port.isdecimal() and 0 < int(port) <= LAST_PORT) for port in ports):
        return f"its port is no number from 1 to {LAST_PORT}"
    if not str(parts.get("connect_timeout") or "0").isdecimal():
        return "its connect_timeout is no number of seconds"
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
