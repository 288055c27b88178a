"""Where the database is: its URL, as psycopg and as Django want it."""

from urllib.parse import parse_qs, unquote, urlsplit

URL_VARIABLE = "HOPPO_DATABASE_URL"


def database_settings(url: str) -> dict[str, object]:
    """Django's database entry for a PostgreSQL URL, socket directories (`?host=`) included."""
    parts = urlsplit(url)
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/") or "hoppo",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "TIME_ZONE": None,
    }
