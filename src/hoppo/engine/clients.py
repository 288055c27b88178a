"""Programs that send messages and fetch receipts; only the hash of a token is kept."""

import hashlib
import secrets
from datetime import datetime
from typing import Any

import psycopg


def add_client(
    connection: psycopg.Connection[Any], name: str, dxp_id: str, now: datetime
) -> str | None:
    """Make a client; returns its token, or None where the name is taken."""
    secret = secrets.token_urlsafe(32)
    made = connection.execute(
        "INSERT INTO client (name, token_sha256, dxp_id, created_at) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (name) DO NOTHING RETURNING name",
        [name, hashlib.sha256(secret.encode()).digest(), dxp_id, now],
    ).fetchone()
    return secret if made else None
