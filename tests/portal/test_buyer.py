"""A buyer sees his own year and his own parcels, nothing else, and may say one is not his."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from tests.conftest import NOON
from tests.portal.conftest import Cleared, Login
from tests.purchase import DECLARANT, ID_NUMBER, NAME, OTHER_ID, purchase

from hoppo.customs.registers import write_setting
from hoppo.engine.database import Database

pytestmark = pytest.mark.database
PASSWORD = "a long pass phrase 7"
HIS = {"order_no": "ORDER00000001", "declarant": DECLARANT, "cop_no": "COP00000001"}


@pytest.fixture(autouse=True)
def patient() -> Iterator[None]:
    """Nobody has tried yet in this minute."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def sandbox(served: Database) -> Database:
    """A house in which the identity check's stand-in may be used."""
    with served.connect() as connection:
        write_setting(connection, "sandbox", "Y")
    return served


def said(**changes: str) -> dict[str, str]:
    """A buyer's form that is right."""
    return {"name": NAME, "id_number": ID_NUMBER, "username": "reader", "password": PASSWORD,
            "again": PASSWORD, **changes}  # fmt: skip


def buyer(**changes: str) -> Client:
    """A client who has begun as a buyer and is logged in."""
    client = Client(headers={"accept-language": "en"})
    client.cookies["django_language"] = "en"
    begun = client.post("/buyer/begin", said(**changes))
    assert begun.status_code == 302, begun.content.decode()
    assert client.login(username=changes.get("username", "reader"), password=PASSWORD)
    return client


def numbers(client: Client) -> list[str]:
    """The lists on a buyer's page."""
    shown: Any = client.get("/mine")
    assert shown.status_code == 200
    return [one.verdict.cop_no for one, _ in shown.context["rows"]]


def test_a_buyer_sees_his_year_and_his_parcels_alone(cleared: Cleared) -> None:
    cleared(purchase(1), purchase(2, price="50"), purchase(3, id_number=OTHER_ID))
    his = buyer()
    shown: Any = his.get("/mine")
    year = shown.context["limits"]
    assert (year.used, year.left, year.ceiling, year.single) == (320, 25680, 26000, 5000)
    assert sorted(numbers(his)) == ["COP00000001", "COP00000002"]
    assert "25,680.00" in shown.content.decode()
    assert "COP00000003" not in shown.content.decode()
    assert shown["Cache-Control"].find("no-store") > 0
    hers = buyer(username="second", id_number=OTHER_ID.lower())
    assert numbers(hers) == ["COP00000003"]


def test_a_parcel_of_another_that_the_ledger_names_is_not_shown(
    cleared: Cleared, served: Database
) -> None:
    cleared(purchase(1), purchase(2))
    with served.connect() as connection:
        connection.execute("UPDATE verdict SET person = 'other' WHERE cop_no = 'COP00000001'")
    shown: Any = (his := buyer()).get("/mine")
    assert numbers(his) == ["COP00000002"]
    assert shown.context["others"] == 1


def test_other_pages_stay_shut_to_a_buyer(cleared: Cleared) -> None:
    cleared(purchase(1))
    his = buyer()
    for address in (f"/lists/ORDER00000001/{DECLARANT}/COP00000001", "/find", "/now", "/disputes",
                    "/registrations", "/people"):  # fmt: skip
        assert his.get(address).status_code == 403, address


def test_the_number_is_kept_nowhere(sandbox: Database) -> None:
    his = buyer()
    assert his.get("/mine").status_code == 200
    assert sandbox.keys.pseudonyms._made == {}  # noqa: SLF001 - nothing is remembered either
    with sandbox.connect() as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        for (table,) in tables:
            found = connection.execute(
                f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s OR t::text LIKE %s',  # noqa: S608
                [f"%{ID_NUMBER}%", f"%{NAME}%"],
            ).fetchone()
            assert found == (0,), table


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id_number": "110101199001011238"}, "id_number"), ({"id_number": "7" * 18}, "id_number"),
        ({"id_number": "１" * 18}, "id_number"), ({"name": ""}, "name"), ({"name": "a\0"}, "name"),
        ({"username": "Operator"}, "username"), ({"username": "a b"}, "username"),
        ({"password": "12345678", "again": "12345678"}, "password"), ({"again": "x"}, "again"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("sandbox")
def test_a_wrong_form_names_the_field(login: Login, change: dict[str, str], field: str) -> None:
    from hoppo.portal.models import User  # noqa: PLC0415 - tables first

    login("operator")
    answer: Any = Client().post("/buyer/begin", said(**change))
    assert field in answer.context["form"].errors
    assert not User.objects.filter(role="buyer").exists()
    assert change.get("id_number", "-" * 20) not in str(answer.context["form"].errors)


@pytest.mark.usefixtures("sandbox")
def test_a_person_has_one_open_account() -> None:
    from hoppo.portal.models import User  # noqa: PLC0415 - tables first

    buyer()
    second: Any = Client().post("/buyer/begin", said(username="second"))
    assert "id_number" in second.context["form"].errors
    User.objects.update(is_active=False)
    assert Client().post("/buyer/begin", said(username="second")).status_code == 302


def test_outside_a_sandbox_nobody_begins_unless_the_stand_in_is_named(served: Database) -> None:
    from hoppo.portal.models import User  # noqa: PLC0415 - tables first

    shut: Any = Client().post("/buyer/begin", said())
    assert not shut.context["open"]
    assert not User.objects.exists()
    with served.connect() as connection:
        write_setting(connection, "identity_check", "stand-in")
    buyer()
    assert User.objects.get().role == "buyer"


@pytest.mark.usefixtures("sandbox")
def test_whoever_tries_too_often_waits() -> None:
    answers = [Client().post("/buyer/begin", said(id_number="1")).status_code for _ in range(25)]
    assert answers.count(429) == 5


def test_a_dispute_is_made_once_answered_once_and_written_down(
    cleared: Cleared, login: Login
) -> None:
    from hoppo.portal.models import Action, Dispute  # noqa: PLC0415 - tables first

    cleared(purchase(1))
    his, operator = buyer(), login("operator")
    for text in ("I bought nothing there.", "Again."):
        assert his.post("/mine/dispute", {**HIS, "text": text}).status_code == 302
    one = Dispute.objects.get()
    assert (one.text, one.state, one.made_at) == ("I bought nothing there.", "open", NOON)
    assert "being looked at" in his.get("/mine").content.decode()
    assert "I bought nothing there." in operator.get("/disputes").content.decode()
    for outcome, answer in (
        ("upheld", ""),
        ("king", "x"),
        ("upheld", "Right."),
        ("refused", "No."),
    ):
        operator.post(f"/disputes/{one.pk}", {"outcome": outcome, "answer": answer})
    one.refresh_from_db()
    assert (one.state, one.answer) == ("upheld", "Right.")
    assert "Right." in his.get("/mine").content.decode()
    verbs = Action.objects.order_by("pk").values_list("verb", "username")
    assert list(verbs) == [
        ("began as buyer", "reader"), ("disputed", "reader"), ("answered dispute", "operator"),
    ]  # fmt: skip
    page = login("trader", enterprise=DECLARANT).get(
        f"/lists/ORDER00000001/{DECLARANT}/COP00000001"
    )
    assert "reader" not in page.content.decode()


@pytest.mark.parametrize(
    "changes",
    [{"cop_no": "COP00000002", "order_no": "ORDER00000002"}, {"order_no": "ORDER00000002"},
     {"cop_no": ""}, {"cop_no": "a\0"}, {"declarant": "x\x1fy"}],
)  # fmt: skip
def test_nobody_disputes_what_is_not_in_his_name(cleared: Cleared, changes: dict[str, str]) -> None:
    from hoppo.portal.models import Dispute  # noqa: PLC0415 - tables first

    cleared(purchase(1), purchase(2, id_number=OTHER_ID))
    assert buyer().post("/mine/dispute", {**HIS, "text": "no", **changes}).status_code == 404
    assert not Dispute.objects.exists()


def test_an_empty_or_endless_dispute_is_refused(cleared: Cleared) -> None:
    from hoppo.portal.models import Dispute  # noqa: PLC0415 - tables first

    cleared(purchase(1))
    his = buyer()
    for text in ("", "  ", "x" * 1001, "a\0b"):
        told = his.post("/mine/dispute", {**HIS, "text": text}, follow=True)
        assert "characters why" in told.content.decode()
    assert not Dispute.objects.exists()


def test_an_account_without_a_person_shows_nothing(login: Login, cleared: Cleared) -> None:
    cleared(purchase(1))
    client = login("buyer")
    shown: Any = client.get("/mine")
    assert shown.context["limits"] is None
    assert client.post("/mine/dispute", {**HIS, "text": "no"}).status_code == 404
