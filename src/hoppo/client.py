"""A client of the API for Python programs.

>>> from hoppo.client import Hoppo
>>> window = Hoppo(ADDRESS, NAME, SECRET)
>>> sent = window.send(XML, key="order-1")
>>> sent.repeated, window.send(XML, key="order-1").repeated
(False, True)
>>> for one in window.lists(status="800"):
...     print(one["cop_no"], one["value"])
COP00000001 210.00000
>>> [receipt["type"] for receipt in window.receipts(most=2)]
['CEB412Message', 'CEB312Message']
>>> window.list("ORDER1", "NOBODY", "COP1")
Traceback (most recent call last):
    ...
hoppo.client.RefusedError: 404 urn:hoppo:problem:no-list: There is no such list of yours.
"""

import time
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import quote

import requests

EARLY_SECONDS = 60
PATIENCE_SECONDS = 30
TRIES = 5


class RefusedError(Exception):
    """The window refused a request; `problem` is its problem document (RFC 9457)."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        """Take the answer's status and document."""
        said = problem.get("detail") or problem.get("error", "")
        super().__init__(f"{status} {problem.get('type', 'about:blank')}: {said}")
        self.status, self.problem = status, problem


class Sent(NamedTuple):
    """An acknowledged message: its number, and whether it was there already under its key."""

    message: int
    repeated: bool


class Hoppo:
    """One client of one window. Asks for tokens by itself; waits where it is told to wait."""

    def __init__(self, address: str, name: str, secret: str) -> None:
        """Take the window's address, the client's name and its secret; asks nothing yet."""
        self._address = address.rstrip("/") + "/api/v1"
        self._session = requests.Session()
        self._client = (name, secret)
        self._good_until = 0.0

    def lists(self, *, since: date | None = None, **wanted: str) -> Iterator[dict[str, Any]]:
        """Lists that name the client's enterprise, newest first, page by page.

        `wanted`: number, status, reason, commodity, mode.
        """
        query: dict[str, str] = dict(wanted)
        if since:
            query["since"] = since.isoformat()
        while True:
            page = self._ask("GET", "/lists", params=query).json()
            yield from page["items"]
            if page["next"] is None:
                return
            query["cursor"] = page["next"]

    def list(self, order_no: str, declarant_code: str, cop_no: str) -> dict[str, Any]:
        """Everything that bears on one list."""
        path = "/".join(quote(part, safe="") for part in (order_no, declarant_code, cop_no))
        told: dict[str, Any] = self._ask("GET", f"/lists/{path}").json()
        return told

    def send(self, body: bytes, *, key: str = "") -> Sent:
        """Send a CEB message or DxpMsg; under one key it is stored once a day.

        With a key it is sent again when the window is busy; without one that is the caller's to do.
        """
        headers = {"Content-Type": "application/xml"}
        if key:
            headers["Idempotency-Key"] = key
        told = self._ask("POST", "/messages", data=body, headers=headers).json()
        return Sent(told["message"], told["repeated"])

    def receipts(self, *, after: int = 0, most: int | None = None) -> Iterator[dict[str, Any]]:
        """Receipts after a number, oldest first, until there is none for now."""
        given = 0
        while most is None or given < most:
            page = self._ask("GET", "/receipts", params={"after": str(after)}).json()
            for receipt in page["items"]:
                if given == most:
                    return
                given += 1
                yield receipt
            if not page["items"]:
                return
            after = page["next"]

    def _ask(self, method: str, path: str, **more: Any) -> requests.Response:
        for left in range(TRIES, 0, -1):
            if time.monotonic() > self._good_until:
                self._enter()
            answer = self._session.request(
                method, self._address + path, timeout=PATIENCE_SECONDS, **more
            )
            again = method == "GET" or "Idempotency-Key" in more.get("headers", {})
            if answer.ok or left == 1 or not again or answer.status_code not in {429, 503}:
                break
            time.sleep(min(float(answer.headers.get("Retry-After", "1")), PATIENCE_SECONDS))
        return refused_or(answer)

    def _enter(self) -> None:
        answer = self._session.post(
            self._address + "/token", data={"grant_type": "client_credentials"},
            auth=self._client, timeout=PATIENCE_SECONDS,
        )  # fmt: skip
        told = refused_or(answer).json()
        self._session.headers["Authorization"] = f"Bearer {told['access_token']}"
        self._good_until = time.monotonic() + told["expires_in"] - EARLY_SECONDS


def refused_or(answer: requests.Response) -> requests.Response:
    """The answer, unless it is a refusal."""
    if answer.ok:
        return answer
    kind = answer.headers.get("Content-Type", "")
    raise RefusedError(answer.status_code, answer.json() if "json" in kind else {})
