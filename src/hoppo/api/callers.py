"""Programs at the API: OAuth2 client credentials, scopes, and how often they may ask."""

import hashlib
import threading
import time
from base64 import b64decode
from typing import Any, NamedTuple

import psycopg
from django.core import signing
from django.http import HttpRequest
from ninja.security import HttpBearer

from hoppo.api.open_database import opened
from hoppo.api.problems import ProblemError

SCOPES = ("lists:read", "messages:write", "receipts:read")
SALT = "hoppo.api.token"
LIFE_SECONDS = 3600
ASKS, WINDOW_SECONDS = 600, 60


class Caller(NamedTuple):
    """Who asks, and what for."""

    name: str
    scopes: frozenset[str]

    @property
    def enterprise(self) -> str:
        """The enterprise's code, with which the client's name begins: `CODE-anything`.

        Enterprises make clients under their own code alone, the operator under any.
        """
        return self.name.partition("-")[0]


def known(connection: psycopg.Connection[Any], secret: str) -> str | None:
    """The name of the client whose secret this is."""
    row = connection.execute(
        "SELECT name FROM client WHERE token_sha256 = %s AND revoked_at IS NULL",
        [hashlib.sha256(secret.encode()).digest()],
    ).fetchone()
    return str(row[0]) if row else None


def make_token(name: str, scopes: frozenset[str]) -> str:
    """A token that says who asks and what for; it is good for an hour."""
    return signing.dumps({"client": name, "scopes": sorted(scopes)}, salt=SALT)


def credentials(request: HttpRequest) -> tuple[str, str]:
    """Name and secret of a token request: HTTP Basic or fields of the form."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = b64decode(given, validate=True).decode().partition(":")
        except ValueError:
            return "", ""
        return name, secret
    return request.POST.get("client_id", ""), request.POST.get("client_secret", "")


class Bearer(HttpBearer):
    """An access token in the Authorization header, for one scope."""

    def __init__(self, scope: str) -> None:
        """What the operation asks for."""
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        """The caller; a client that was revoked since is refused at once."""
        try:
            said = signing.loads(token, salt=SALT, max_age=LIFE_SECONDS)
        except signing.BadSignature:
            raise ProblemError(
                401,
                "token",
                "The access token is wrong or too old; ask for a new one.",
                "访问令牌无效或已过期，请重新获取。",
                headers={"WWW-Authenticate": "Bearer"},
            ) from None
        with opened().connect() as connection:
            row = connection.execute(
                "SELECT 1 FROM client WHERE name = %s AND revoked_at IS NULL", [said["client"]]
            ).fetchone()
        if row is None:
            raise ProblemError(401, "revoked", "The client was revoked.", "客户端已被吊销。")
        caller = Caller(said["client"], frozenset(said["scopes"]))
        if self.scope not in caller.scopes:
            raise ProblemError(
                403, "scope", f"This needs the scope {self.scope}.", f"需要权限 {self.scope}。"
            )
        BUCKETS.take(request, caller.name)
        return caller


class Buckets:
    """How many requests each client has left in the running minute, in this process."""

    def __init__(self) -> None:
        """Nobody has asked yet."""
        self._left: dict[str, tuple[float, int]] = {}
        self._lock = threading.Lock()

    def take(self, request: HttpRequest, name: str) -> None:
        """Count a request; raises when there were too many."""
        now = time.monotonic()
        with self._lock:
            began, used = self._left.get(name, (now, 0))
            if now - began >= WINDOW_SECONDS:
                began, used = now, 0
            self._left[name] = (began, used + 1)
        reset = max(int(began + WINDOW_SECONDS - now), 0)
        limits = {
            "RateLimit-Limit": str(ASKS),
            "RateLimit-Remaining": str(max(ASKS - used - 1, 0)),
            "RateLimit-Reset": str(reset),
        }
        request.limits = limits  # type: ignore[attr-defined]
        if used >= ASKS:
            raise ProblemError(
                429,
                "rate",
                f"At most {ASKS} requests a minute; wait {reset} s.",
                f"每分钟最多{ASKS}次请求，请{reset}秒后重试。",
                headers={**limits, "Retry-After": str(reset or 1)},
            )


BUCKETS = Buckets()
