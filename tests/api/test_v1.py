"""The API as its users call it: tokens, scopes, lists, messages sent once, receipts, problems."""

from base64 import b64encode
from typing import Any

import pytest
from django.test import Client
from tests.conftest import NOON
from tests.portal.conftest import Cleared, cleared, served  # noqa: F401 - fixtures
from tests.purchase import DECLARANT, EBC, message, purchase

from hoppo.api import callers, v1
from hoppo.engine import clients
from hoppo.engine.database import Database

pytestmark = pytest.mark.database
ADDRESS = f"/api/v1/lists/ORDER00000001/{DECLARANT}/COP00000001"


@pytest.fixture
def house(served: Database, monkeypatch: pytest.MonkeyPatch) -> Database:  # noqa: F811
    for module in (callers, v1):
        monkeypatch.setattr(module, "opened", lambda: served)
    monkeypatch.setattr(callers, "BUCKETS", callers.Buckets())
    return served


def secret_of(house: Database, name: str) -> str:
    with house.connect() as connection:
        secret = clients.add_client(connection, name, "", NOON)
    assert secret
    return secret


def enter(house: Database, name: str, scope: str = " ".join(callers.SCOPES)) -> Client:
    """A client with an access token."""
    answer = Client().post(
        "/api/v1/token",
        {"grant_type": "client_credentials", "client_id": name,
         "client_secret": secret_of(house, name), "scope": scope},
    )  # fmt: skip
    assert answer.status_code == 200
    return Client(headers={"Authorization": f"Bearer {answer.json()['access_token']}"})


def sent(client: Client, body: bytes, **headers: str) -> Any:
    return client.post("/api/v1/messages", body, content_type="application/xml", headers=headers)


def test_a_secret_becomes_a_token_by_form_or_basic(house: Database) -> None:
    secret = secret_of(house, f"{EBC}-erp")
    basic = b64encode(f"{EBC}-erp:{secret}".encode()).decode()
    answer = Client().post(
        "/api/v1/token", {"grant_type": "client_credentials", "scope": "lists:read"},
        headers={"Authorization": f"Basic {basic}"},
    )  # fmt: skip
    assert answer.json()["scope"] == "lists:read"
    assert answer.json()["token_type"] == "Bearer"


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "unsupported_grant_type"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "scope": "all"}, 400, "invalid_scope"),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "x", "client_secret": "a\0b"}, 401,
         "invalid_client"),
    ],
)  # fmt: skip
def test_a_wrong_token_request_says_so(form: dict[str, str], status: int, error: str) -> None:
    answer = Client().post("/api/v1/token", form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def operations() -> list[tuple[str, str]]:
    """Every operation of the OpenAPI text but the token's."""
    return [
        (method, "/" + path.strip("/").replace("{", "").replace("}", ""))
        for path, said in v1.api.get_openapi_schema()["paths"].items()
        for method in said
        if not path.endswith("/token")
    ]


def test_every_operation_wants_a_token_and_its_scope(house: Database) -> None:
    assert len(operations()) >= 4
    for method, path in operations():
        stranger = getattr(Client(), method)(path)
        assert stranger.status_code == 401, path
        assert stranger["Content-Type"] == "application/problem+json"
        for wrong in ("x", "a.b.c"):
            forged = Client(headers={"Authorization": f"Bearer {wrong}"})
            assert getattr(forged, method)(path).status_code == 401, path
    narrow = enter(house, f"{EBC}-narrow", "receipts:read")
    for method, path in operations():
        expected = 200 if path.endswith("/receipts") else 403
        assert getattr(narrow, method)(path).status_code == expected, path


def test_a_revoked_client_is_refused_at_once(house: Database) -> None:
    client = enter(house, f"{EBC}-old")
    with house.connect() as connection:
        connection.execute("UPDATE client SET revoked_at = %s", [NOON])
    answer = client.get("/api/v1/receipts")
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:hoppo:problem:revoked")


def test_lists_of_the_own_enterprise_alone(house: Database, cleared: Cleared) -> None:  # noqa: F811
    cleared(purchase(1), purchase(2), purchase(3))
    mine = enter(house, f"{EBC}-erp")
    first = mine.get("/api/v1/lists", {"limit": "2"}).json()
    rest = mine.get("/api/v1/lists", {"limit": "2", "cursor": first["next"]}).json()
    numbers = [row["cop_no"] for row in first["items"] + rest["items"]]
    assert numbers == ["COP00000003", "COP00000002", "COP00000001"]
    assert rest["next"] is None
    assert first["items"][0]["value"] == "210.00000"
    assert mine.get(ADDRESS).json()["verdict"]["status"] == "800"
    other = enter(house, "440196X999-erp")
    assert other.get("/api/v1/lists").json() == {"items": [], "next": None}
    assert other.get(ADDRESS).status_code == 404


def test_what_did_not_change_is_not_sent_again(house: Database, cleared: Cleared) -> None:  # noqa: F811
    cleared(purchase(1))
    client = enter(house, f"{EBC}-erp")
    tag = client.get(ADDRESS)["ETag"]
    again = client.get(ADDRESS, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "query",
    [{"limit": "0"}, {"limit": "201"}, {"limit": "x"}, {"since": "yesterday"},
     {"commodity": "a"}, {"number": "\0"}, {"number": "9" * 61}],
)  # fmt: skip
def test_a_wrong_value_is_a_problem_that_names_it(house: Database, query: dict[str, str]) -> None:
    answer = enter(house, f"{EBC}-erp").get("/api/v1/lists", query)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"


def test_a_message_under_one_key_is_stored_once(house: Database) -> None:
    client = enter(house, f"{EBC}-erp")
    body = message("order", purchase(1)["order"])
    first = sent(client, body, **{"Idempotency-Key": "k1"}).json()
    again = sent(client, body, **{"Idempotency-Key": "k1"}).json()
    other = sent(client, body, **{"Idempotency-Key": "k2"}).json()
    assert (first["message"], first["repeated"]) == (again["message"], False)
    assert again["repeated"] is True
    assert other["message"] != first["message"]
    reused = sent(client, body + b" ", **{"Idempotency-Key": "k1"})
    assert (reused.status_code, reused.json()["type"]) == (409, "urn:hoppo:problem:key-reused")
    foreign = enter(house, f"{DECLARANT}-erp")
    assert sent(foreign, body, **{"Idempotency-Key": "k1"}).json()["repeated"] is False
    with house.connect() as connection:
        assert connection.execute("SELECT count(*) FROM inbox").fetchone() == (3,)


@pytest.mark.parametrize(("body", "key"), [(b"", ""), (b" \n", ""), (b"<a/>", "x" * 121)])
def test_what_cannot_be_taken_is_refused(house: Database, body: bytes, key: str) -> None:
    headers = {"Idempotency-Key": key} if key else {}
    assert sent(enter(house, f"{EBC}-erp"), body, **headers).status_code == 400


def test_too_many_requests_wait(house: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "ASKS", 2)
    client = enter(house, f"{EBC}-erp")
    left = [client.get("/api/v1/receipts") for _ in range(3)]
    assert [answer.status_code for answer in left] == [200, 200, 429]
    assert [answer["RateLimit-Remaining"] for answer in left] == ["1", "0", "0"]
    assert int(left[2]["Retry-After"]) > 0


def test_receipts_are_a_feed(house: Database, cleared: Cleared) -> None:  # noqa: F811
    client = enter(house, "test")
    cleared(purchase(1))
    page = client.get("/api/v1/receipts", {"limit": "2"}).json()
    assert len(page["items"]) == 2
    assert page["items"][0]["xml"].startswith("<?xml")
    rest = client.get("/api/v1/receipts", {"after": page["next"]}).json()
    assert {"CEB312Message", "CEB622Message"} <= {
        one["type"] for one in page["items"] + rest["items"]
    }
    end = client.get("/api/v1/receipts", {"after": rest["next"]}).json()
    assert end == {"items": [], "next": rest["next"]}
