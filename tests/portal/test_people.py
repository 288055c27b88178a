"""Who comes in: an enterprise asks, the operator decides, and each keeps to his own."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.conftest import NOON
from tests.portal.conftest import Login

from hoppo.commerce.register import read_register
from hoppo.engine.database import Database

pytestmark = pytest.mark.database
GOOD_USCC = "91110000600037341L"
CODE = "440196E001"


def form(**changes: Any) -> dict[str, Any]:
    """A registration that is right."""
    return {
        "uscc": GOOD_USCC, "code": CODE, "name": "测试电商", "roles": ["ebc"], "contact": "020-1",
        "username": "first", "password": "a long pass phrase 7", "again": "a long pass phrase 7",
        "papers": SimpleUploadedFile("licence.pdf", b"%PDF-1.7 x"), **changes,
    }  # fmt: skip


def registrations() -> Any:
    from hoppo.portal.models import Registration  # noqa: PLC0415 - tables first

    return Registration.objects


@pytest.mark.usefixtures("served")
def test_an_enterprise_asks_is_let_in_and_logs_in(login: Login, served: Database) -> None:
    from hoppo.portal.models import Action  # noqa: PLC0415 - tables first

    asked = Client().post("/register", form())
    assert asked.status_code == 200
    found = registrations().get()
    assert "pass phrase" not in found.password
    entering = {"login": "first", "password": "a long pass phrase 7"}
    refused = Client().post("/accounts/login/", entering)
    assert refused.status_code == 200
    operator = login("operator")
    assert "测试电商" in operator.get(f"/registrations/{found.pk}").content.decode()
    papers = operator.get(f"/registrations/{found.pk}/papers")
    assert papers.content == b"%PDF-1.7 x"
    assert papers["Content-Disposition"].startswith("attachment")
    done = operator.post(f"/registrations/{found.pk}/decide", {"outcome": "approve"})
    assert done["Location"] == "/registrations"
    with served.connect() as connection:
        entry = read_register(connection)[CODE]
    assert (entry.name, set(entry.roles), entry.sandbox) == ("测试电商", {"ebc"}, False)
    trader = Client()
    assert trader.post("/accounts/login/", entering).status_code == 302
    assert trader.get("/enterprise").status_code == 200
    assert Action.objects.filter(verb="approved registration", subject=CODE).count() == 1
    again = operator.post(f"/registrations/{found.pk}/decide", {"outcome": "approve"}, follow=True)
    assert "before you" in again.content.decode()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"uscc": "91110000600037341M"}, "uscc"), ({"code": "1"}, "code"), ({"roles": []}, "roles"),
        ({"roles": ["king"]}, "roles"), ({"username": "a b"}, "username"),
        ({"username": "operator"}, "username"),
        ({"password": "short", "again": "short"}, "password"),
        ({"again": "another"}, "again"), ({"name": "a\0b"}, "name"),
        ({"papers": SimpleUploadedFile("x.pdf", b"MZ no paper")}, "papers"),
        ({"papers": SimpleUploadedFile("x.pdf", b"%PDF-" + b"x" * 5_300_000)}, "papers"),
        ({"certificate": SimpleUploadedFile("c.pem", b"no certificate")}, "certificate"),
    ],
)  # fmt: skip
def test_a_wrong_registration_names_the_field(
    login: Login, change: dict[str, Any], field: str
) -> None:
    login("operator")
    answer: Any = Client().post("/register", form(**change))
    assert list(answer.context["form"].errors) == [field]
    assert not registrations().exists()


def test_a_code_that_is_registered_wants_a_tick(login: Login, served: Database) -> None:
    Client().post("/register", form())
    operator = login("operator")
    operator.post(f"/registrations/{registrations().get().pk}/decide", {"outcome": "approve"})
    Client().post("/register", form(username="second", name="别名"))
    second = registrations().get(username="second").pk
    told = operator.post(f"/registrations/{second}/decide", {"outcome": "approve"}, follow=True)
    assert "registered already" in told.content.decode()
    assert registrations().get(pk=second).state == "open"
    operator.post(f"/registrations/{second}/decide", {"outcome": "approve", "also": "1"})
    assert registrations().get(pk=second).state == "approved"
    with served.connect() as connection:
        assert read_register(connection)[CODE].name == "测试电商"


def test_a_refusal_wants_a_reason(login: Login) -> None:
    operator = login("operator")
    Client().post("/register", form())
    number = registrations().get().pk
    operator.post(f"/registrations/{number}/decide", {"outcome": "refuse"})
    assert registrations().get().state == "open"
    operator.post(f"/registrations/{number}/decide", {"outcome": "refuse", "reason": "no licence"})
    assert registrations().get().state == "refused"
    auditor = login("auditor")
    assert auditor.get(f"/registrations/{number}").status_code == 200
    assert auditor.post(f"/registrations/{number}/decide", {}).status_code == 403


def test_a_program_is_made_and_revoked_by_its_enterprise_alone(
    login: Login, served: Database
) -> None:
    mine = login("trader", enterprise=CODE, manages=True)
    shown: Any = mine.post("/enterprise/programs", {"name": "erp"})
    assert shown["Cache-Control"] == "no-store"
    assert shown.context["name"] == f"{CODE}-erp"
    secret = shown.context["secret"]
    other = login("trader", name="other", enterprise="440196X999", manages=True)
    assert f"{CODE}-erp" not in other.get("/enterprise").content.decode()
    assert other.post("/enterprise/programs/revoked", {"name": f"{CODE}-erp"}).status_code == 404
    mere = login("trader", name="mere", enterprise=CODE)
    assert mere.post("/enterprise/programs", {"name": "x"}).status_code == 404

    def revoked() -> object:
        with served.connect() as connection:
            row = connection.execute("SELECT revoked_at, token_sha256 FROM client").fetchone()
        assert row is not None
        assert secret.encode() not in bytes(row[1])
        return row[0]

    assert revoked() is None
    mine.post("/enterprise/programs/revoked", {"name": f"{CODE}-erp"})
    assert revoked() == NOON
    for wrong in ("", "a b", "x" * 31, "编码"):
        mine.post("/enterprise/programs", {"name": wrong})
    with served.connect() as connection:
        assert connection.execute("SELECT count(*) FROM client").fetchone() == (1,)


def test_colleagues_are_of_the_same_enterprise(login: Login) -> None:
    from hoppo.portal.models import User  # noqa: PLC0415 - tables first

    mine = login("trader", enterprise=CODE, manages=True)
    made: Any = mine.post("/enterprise/colleagues", {"username": "second"})
    second = User.objects.get(username="second")
    assert (second.enterprise_code, second.role, second.manages) == (CODE, "trader", False)
    assert Client().login(username="second", password=made.context["secret"])
    mine.post(f"/enterprise/colleagues/{second.pk}", {"deed": "close"})
    assert not Client().login(username="second", password=made.context["secret"])
    login("operator")
    boss = User.objects.get(username="operator")
    assert mine.post(f"/enterprise/colleagues/{boss.pk}", {"deed": "close"}).status_code == 404
    me = User.objects.get(username="trader")
    mine.post(f"/enterprise/colleagues/{me.pk}", {"deed": "close"})
    assert User.objects.get(username="trader").is_active


def test_the_operator_makes_and_closes_accounts(login: Login) -> None:
    from hoppo.portal.models import Action, User  # noqa: PLC0415 - tables first

    operator = login("operator")
    made: Any = operator.post(
        "/people/add", {"username": "far", "role": "reviewer", "district": "5165"}
    )
    assert Client().login(username="far", password=made.context["secret"])
    far = User.objects.get(username="far")
    assert (far.role, far.customs_code) == ("reviewer", "5165")
    for wrong in (
        {"username": "far", "role": "auditor"}, {"username": "x1x", "role": "trader"},
        {"username": "x1x", "role": "king"},
        {"username": "x1x", "role": "auditor", "district": "5165"},
    ):  # fmt: skip
        answer: Any = operator.post("/people/add", wrong)
        assert answer.context["form"].errors
    operator.post(f"/people/{far.pk}", {"deed": "close"})
    assert not User.objects.get(username="far").is_active
    verbs = set(Action.objects.values_list("verb", flat=True))
    assert {"made account", "close account"} <= verbs
    listed: Any = operator.get("/people", {"q": "FAR"})
    assert [row.username for row, _ in listed.context["rows"]] == ["far"]
