"""Messages are tried apart from real data: faults, verdicts, receipts, and a way that fails."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.purchase import changed, message, messages, purchase

from hoppo.engine.database import Database
from hoppo.portal.trying import Given, on_the_way

pytestmark = pytest.mark.database
STILL = {"lost": "0", "doubled": "0", "seed": "1"}


def tried(bodies: list[bytes], **more: Any) -> Any:
    client = Client()
    client.cookies["django_language"] = "en"
    files = [SimpleUploadedFile(f"{at}.xml", body) for at, body in enumerate(bodies)]
    answer: Any = client.post("/try", {**STILL, "files": files, **more})
    assert answer.status_code == 200
    return answer


def stored(house: Database) -> tuple[int, ...]:
    with house.connect() as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM inbox), (SELECT count(*) FROM verdict),"
            " (SELECT count(*) FROM enterprise)"
        ).fetchone()
    assert row is not None
    return tuple(row)


def test_a_purchase_is_released_and_nothing_real_is_touched(served: Database) -> None:
    answer = tried(messages(purchase(1)))
    assert [one["status"] for one in answer.context["verdicts"]] == ["800"]
    assert all(told["faults"] == [] for told in answer.context["reports"])
    kinds = "".join(name for name, _ in answer.context["receipts"])
    assert all(kind in kinds for kind in ("CEB312", "CEB412", "CEB512", "CEB622"))
    assert stored(served) == (0, 0, 0)


@pytest.mark.usefixtures("served")
def test_a_wrong_purchase_is_told_with_rule_and_advice() -> None:
    wrong = changed(purchase(1), "payment", amount_paid=Decimal(999))
    page = tried(messages(wrong), final="on").content.decode()
    assert "MATCH-05" in page
    assert "Refused" in page


@pytest.mark.usefixtures("served")
def test_a_broken_format_is_told_with_its_place() -> None:
    body = message("order", purchase(1)["order"]).replace(b"<ceb:currency>142", b"<ceb:currency>1")
    (told,) = tried([body]).context["reports"]
    assert any("currency" in fault["path"] for fault in told["faults"])


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize(
    "body", [b"\0", b"<a/>", b"no xml", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"]
)  # fmt: skip
def test_what_is_no_message_is_said_to_be_none(body: bytes) -> None:
    answer = tried([body])
    assert answer.context["reports"][0]["readable"] is False
    assert "root:" not in answer.content.decode()


@pytest.mark.usefixtures("served")
def test_nothing_and_too_much_are_refused() -> None:
    assert "Paste a message" in tried([]).content.decode()
    assert "At most 20" in tried([b"<a/>"] * 21).content.decode()
    assert "5 MB" in tried([b"x" * (5 * 1024 * 1024 + 1)]).content.decode()
    assert tried([b"<a/>"], lost="101").context["form"].errors


def test_the_way_loses_doubles_and_shuffles_by_its_seed() -> None:
    given = [Given(str(at), b"") for at in range(200)]
    said = {"lost": 20, "doubled": 30, "shuffled": True, "seed": 7}
    once, again = on_the_way(given, said), on_the_way(given, said)
    assert once == again
    names = [one.name for one in once.messages]
    assert 20 <= 200 - len(set(names)) <= 60
    assert len(names) > len(set(names))
    assert names != sorted(names, key=int)
    assert on_the_way(given, {**said, "seed": 8}) != once
    still = on_the_way(given, {"lost": 0, "doubled": 0, "shuffled": False, "seed": 7})
    assert (still.messages, still.changes) == (given, [])
