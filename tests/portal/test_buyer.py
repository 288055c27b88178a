"""A buyer sees the own limit and the own parcels, and nothing of anybody else's."""

from typing import Any

import pytest
from django.test import Client
from tests.portal.conftest import Cleared, Login
from tests.purchase import ID_NUMBER, NAME, OTHER_ID, purchase

from hoppo.engine.database import Database

pytestmark = pytest.mark.database
PASSWORD = "a long pass phrase 7"


def enter(name: str, id_number: str) -> Client:
    """A buyer who made an account and logged in."""
    client = Client()
    client.cookies["django_language"] = "en"
    made = client.post(
        "/buyer", {"name": NAME, "id_number": id_number, "username": name, "password": PASSWORD}
    )
    assert made.status_code == 302
    assert client.post("/accounts/login/", {"login": name, "password": PASSWORD}).status_code == 302
    return client


def test_limit_and_parcels_are_the_own(cleared: Cleared) -> None:
    cleared(purchase(1), purchase(2), purchase(3, id_number=OTHER_ID))
    mine: Any = enter("one", ID_NUMBER).get("/mine")
    # The purchase of another's number names this payer's number nowhere; two are counted here.
    assert {row.order_no for row, _ in mine.context["rows"]} == {"ORDER00000001", "ORDER00000002"}
    assert mine.context["limit"]["used"] == 420
    assert mine.context["limit"]["left"] == 26000 - 420
    assert ID_NUMBER not in mine.content.decode()


def test_of_the_identity_only_the_pseudonym_is_kept(served: Database) -> None:
    enter("one", ID_NUMBER)
    with served.connect() as connection:
        rows = connection.execute("SELECT portal_user::text FROM portal_user").fetchall()
    assert ID_NUMBER not in str(rows)
    assert NAME not in str(rows)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"id_number": "110101199001011238"}, "id_number"), ({"password": "x"}, "password"),
     ({"username": "a b"}, "username"), ({"name": ""}, "name")],
)  # fmt: skip
@pytest.mark.usefixtures("served")
def test_a_wrong_form_names_the_field(change: dict[str, str], field: str) -> None:
    form = {"name": NAME, "id_number": ID_NUMBER, "username": "one", "password": PASSWORD, **change}
    answer: Any = Client().post("/buyer", form)
    assert list(answer.context["form"].errors) == [field]


def test_a_dispute_goes_to_the_operator_and_comes_back(cleared: Cleared, login: Login) -> None:
    cleared(purchase(1))
    buyer, other = enter("one", ID_NUMBER), enter("two", OTHER_ID)
    assert other.post("/mine/disputed", {"list": "COP00000001", "text": "x"}).status_code == 404
    buyer.post("/mine/disputed", {"list": "COP00000001", "text": ""})
    operator = login("operator")
    assert "No buyer disputes" in operator.get("/disputes").content.decode()
    buyer.post("/mine/disputed", {"list": "COP00000001", "text": "not bought by me"})
    buyer.post("/mine/disputed", {"list": "COP00000001", "text": "again"})
    shown: Any = operator.get("/disputes")
    (row,) = shown.context["rows"]
    assert row.text == "not bought by me"
    operator.post(f"/disputes/{row.pk}", {"outcome": "upheld", "answer": ""})
    operator.post(f"/disputes/{row.pk}", {"outcome": "upheld", "answer": "it was misused"})
    operator.post(f"/disputes/{row.pk}", {"outcome": "refused", "answer": "no"})
    assert "upheld: it was misused" in buyer.get("/mine").content.decode()


def test_in_production_the_stand_in_opens_nothing(served: Database, settings: Any) -> None:  # noqa: ARG001
    settings.SECURE = True
    assert Client().get("/buyer").status_code == 404
