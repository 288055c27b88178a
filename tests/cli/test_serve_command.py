"""`hoppo serve`: acknowledged means on disk; receipts are handed out; nothing is left behind."""

import json
from collections.abc import Iterator

import pytest
from tests.cli.served import Served
from tests.purchase import messages, purchase

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = Served(tmp_path_factory.mktemp("served"))
    yield server
    server.stop()


def test_a_purchase_is_released_over_http(served: Served) -> None:
    for body in messages(purchase(1)):
        status, answer = served.get("/ceb/messages", body)
        assert status == 202
        assert json.loads(answer)["bytes"] == len(body)
    served.until(lambda: "800" in served.statuses())
    assert served.statuses() == ["2", "120", "800"]


@pytest.mark.parametrize(
    ("path", "body", "token", "status"),
    [
        ("/ceb/messages", b"<x/>", "wrong", 401),
        ("/ceb/receipts?after=0", None, "wrong", 401),
        ("/ceb/messages", None, "", 405),
        ("/ceb/messages", b" ", "", 400),
        ("/ceb/receipts?after=abc", None, "", 400),
        ("/nowhere", None, "", 404),
    ],
)
def test_wrong_requests_are_refused(
    served: Served, path: str, body: bytes | None, token: str, status: int
) -> None:
    assert served.get(path, body, token)[0] == status


def test_noise_is_answered_with_a_format_receipt(served: Served) -> None:
    assert served.get("/ceb/messages", b"this is no message")[0] == 202
    served.until(lambda: b"CEB900Message" in served.get("/ceb/receipts?after=0")[1])


def test_what_was_acknowledged_survives_a_stop(served: Served) -> None:
    *documents, declared = messages(purchase(2))
    for body in documents:
        assert served.get("/ceb/messages", body)[0] == 202
    assert served.get("/ceb/messages", declared)[0] == 202
    served.stop()
    served.start()
    served.until(lambda: served.statuses().count("800") == 2)
    assert served.statuses() == ["2", "120", "800"] * 2
