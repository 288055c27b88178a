"""The officers' desk: who sees and does what, what two do at once, what is kept of it."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.conftest import NOON
from tests.portal.conftest import Cleared, Login
from tests.purchase import DECLARANT, changed, purchase

from hoppo.api import ceb
from hoppo.customs import judgement
from hoppo.customs.catalogue import MESSAGES
from hoppo.customs.tables import VERDICTS
from hoppo.engine import outbox
from hoppo.engine.database import Database
from hoppo.portal import inspecting
from hoppo.portal.desk_queue import lasting, read_place, write_place
from hoppo.wire.codec import read_message

pytestmark = pytest.mark.database
RISKY = "109"  # an origin on the risk list
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
JPEG, WEBP = b"\xff\xd8\xff\xe0" + bytes(40), b"RIFF\x10\0\0\0WEBPVP8 " + bytes(20)
Waiting = Callable[..., None]


def place(number: int) -> tuple[str, str, str]:
    """Where a purchase's list lies."""
    return f"ORDER{number:08d}", DECLARANT, f"COP{number:08d}"


def address(number: int, after: str = "") -> str:
    """The page of a list on the desk."""
    return "/desk/" + "/".join(place(number)) + after


def cops(client: Client, **query: str) -> list[str]:
    """The lists on a page of the desk."""
    answer: Any = client.get("/desk", query)
    assert answer.status_code == 200
    return [row["list"].cop_no for row in answer.context["rows"]]


def do(client: Client, number: int, deed: str, **form: Any) -> str:
    """Do a deed on a list's page; what the page says then."""
    answer: Any = client.post(address(number), {"deed": deed, **form}, follow=True)
    assert answer.status_code == 200
    return " ".join(str(message) for message in answer.context["messages"])


def batch(client: Client, deed: str, *numbers: int, **form: str) -> list[tuple[str, bool, str]]:
    """Do a deed with several lists; per list whether it was done, and what the page says."""
    chosen = [write_place(place(number)) for number in numbers]
    answer: Any = client.post("/desk/batch", {"deed": deed, "list": chosen, **form}, follow=True)
    assert answer.status_code == 200
    return [(cop_no, ok, said) for cop_no, _, ok, said in answer.context["done"]]


def status(database: Database, number: int) -> str:
    """Where a list stands."""
    with database.connect() as connection:
        (verdict,) = VERDICTS.by_key(connection, [(f"COP{number:08d}",)], on=("cop_no",))
        return str(verdict.status)


def receipts(database: Database, number: int) -> list[str]:
    """The statuses of a list's receipts, in order."""
    with database.connect() as connection:
        found = [
            record.head
            for stored in outbox.every(connection, database)
            if stored.message_type == "CEB622Message"
            for record in read_message(stored.body, MESSAGES).records
        ]
    return [str(head["return_status"]) for head in found if head["cop_no"] == f"COP{number:08d}"]


def verbs() -> list[tuple[str, str]]:
    """The trail of the test, oldest first."""
    from hoppo.portal.models import Action  # noqa: PLC0415 - tables first

    return list(Action.objects.order_by("id").values_list("username", "verb"))


@pytest.fixture
def review(cleared: Cleared) -> Waiting:
    """Bring purchases into review."""

    def bring(*numbers: int) -> None:
        plain = (changed(purchase(number), "order", line=1, country=RISKY) for number in numbers)
        cleared(*(changed(parts, "list", line=1, country=RISKY) for parts in plain))

    return bring


@pytest.fixture
def inspection(cleared: Cleared, monkeypatch: pytest.MonkeyPatch) -> Waiting:
    """Bring purchases into inspection."""

    def bring(*numbers: int) -> None:
        with monkeypatch.context() as drawn:
            drawn.setattr(judgement, "is_drawn", lambda *_: True)
            cleared(*(purchase(number) for number in numbers))

    return bring


def two_persons(login: Login, *queues: str) -> None:
    """Set the two-person rule."""
    login("supervisor").post("/desk/two-person", {"queue": queues})


def test_each_officer_sees_his_own_queue(
    review: Waiting, inspection: Waiting, login: Login
) -> None:
    review(1)
    inspection(2)
    assert cops(login("reviewer")) == ["COP00000001"]
    assert cops(login("inspector")) == ["COP00000002"]
    assert cops(login("supervisor")) == ["COP00000001", "COP00000002"]
    assert cops(login("reviewer", name="near", district="5165")) == ["COP00000001"]
    far = login("supervisor", name="far", district="9999")
    assert cops(far) == []
    assert far.get(address(1)).status_code == 404
    assert far.post(address(1), {"deed": "take"}).status_code == 404
    assert batch(far, "take", 1) == [
        ("COP00000001", False, "There is no such list in your district.")
    ]
    assert login("operator").get("/desk").status_code == 403
    assert login("trader", enterprise=DECLARANT).get(address(1)).status_code == 403
    home: Any = login("inspector").get("/")
    assert home["Location"] == "/desk"


def test_the_queue_is_read_page_by_page_oldest_first(review: Waiting, served: Database) -> None:
    from hoppo.portal.desk_queue import read_queue  # noqa: PLC0415 - tables first
    from hoppo.portal.models import User  # noqa: PLC0415

    review(*range(1, 8))
    user, seen, after = User(username="reviewer", role="reviewer"), [], ""
    with served.connect() as connection:
        connection.execute(
            "UPDATE verdict SET received_at = received_at - interval '1 hour' WHERE cop_no = %s",
            ["COP00000005"],
        )
        while True:
            rows, after = read_queue(connection, user, after=after, size=3)
            seen += [row.cop_no for row in rows]
            if not after:
                break
        connection.rollback()
    assert seen == [f"COP{number:08d}" for number in (5, 1, 2, 3, 4, 6, 7)]


def test_the_time_in_the_queue_is_shown(
    review: Waiting, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    review(1)
    client = login("reviewer")
    monkeypatch.setattr(ceb, "clock", lambda: NOON + timedelta(hours=3, minutes=12))
    answer: Any = client.get("/desk")
    assert answer.context["rows"][0]["waits"] == "3 h 12 min"
    assert lasting(timedelta(days=2, hours=4)) in {"2 d 4 h", "2天4小时"}


def test_a_list_is_taken_by_one(review: Waiting, login: Login) -> None:
    review(1, 2)
    first, second = login("reviewer"), login("reviewer", name="second")
    assert do(first, 1, "take") == "Taken."
    assert "reviewer has taken it" in do(second, 1, "take")
    assert "reviewer has taken it" in do(second, 1, "decide", outcome="release", reason="fine")
    assert "reviewer has taken it" in do(second, 1, "put_back")
    assert cops(first, show="mine") == ["COP00000001"]
    assert cops(second, show="mine") == []
    assert cops(second, show="free") == ["COP00000002"]
    load: Any = second.get("/desk")
    assert [(one.username, one.taken) for one, _ in load.context["loads"]] == [("reviewer", 1)]
    assert do(login("supervisor"), 1, "put_back") == "Put back in the queue."
    assert do(second, 1, "take") == "Taken."
    assert verbs() == [("reviewer", "took"), ("supervisor", "put back"), ("second", "took")]


def test_a_decision_is_kept_with_its_receipt_and_its_line(
    review: Waiting, login: Login, served: Database
) -> None:
    from hoppo.portal.models import Action, Take  # noqa: PLC0415 - tables first

    review(1, 2)
    client = login("reviewer")
    do(client, 1, "take")
    assert do(client, 1, "decide", outcome="release", reason="invoice seen") == "Released (800)."
    assert do(client, 2, "decide", outcome="refuse", reason="包装破损") == "Refused (100)."
    assert (status(served, 1), status(served, 2)) == ("800", "100")
    assert receipts(served, 1)[-1] == "800"
    assert receipts(served, 2)[-1] == "100"
    assert not Take.objects.exists()
    action = Action.objects.get(subject="COP00000001", verb="decided")
    assert (action.reason, action.details["outcome"]) == ("invoice seen", "release")
    page: Any = client.get("/desk")
    assert [(one.username, one.decided) for one, _ in page.context["loads"]] == [("reviewer", 2)]
    assert "Released" in client.get(address(1)).content.decode()


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201, "bell \x07", "nul \0"])
def test_a_decision_needs_a_reason_that_a_receipt_can_hold(
    review: Waiting, login: Login, served: Database, reason: str
) -> None:
    review(1)
    said = do(login("reviewer"), 1, "decide", outcome="refuse", reason=reason)
    assert "othing was changed" in said
    assert status(served, 1) == "300"
    assert verbs() == []


def test_no_line_is_kept_of_a_decision_that_failed(
    review: Waiting, login: Login, served: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verdict, the receipt and the line are one transaction."""
    from hoppo.portal import desk_holding  # noqa: PLC0415 - tables first

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError

    review(1)
    client = login("reviewer")
    monkeypatch.setattr(desk_holding, "write_down_with", broken)
    with pytest.raises(RuntimeError):
        do(client, 1, "decide", outcome="release", reason="fine")
    assert status(served, 1) == "300"
    assert receipts(served, 1)[-1] == "300"


def test_of_two_officers_who_decide_at_once_one_wins(
    review: Waiting, login: Login, served: Database
) -> None:
    """Both read the list in review before either holds it; the second hears who was first."""
    from django.db import connections  # noqa: PLC0415 - settings first

    from hoppo.customs.references import order_name  # noqa: PLC0415 - tables first
    from hoppo.engine.locks import wait_for_locks  # noqa: PLC0415
    from hoppo.portal.desk import attempt  # noqa: PLC0415
    from hoppo.portal.desk_deciding import decide  # noqa: PLC0415
    from hoppo.portal.models import User  # noqa: PLC0415

    review(1)
    login("reviewer")
    login("reviewer", name="second")
    people = {"release": "reviewer", "refuse": "second"}
    said: dict[str, tuple[bool, str]] = {}

    def one(outcome: str) -> None:
        user = User.objects.get(username=people[outcome])
        said[outcome] = attempt(lambda at: decide(user, at, outcome, "at once"), place(1))
        connections.close_all()

    with served.connect() as holder:
        wait_for_locks(holder, {order_name("ORDER00000001")})
        threads = [threading.Thread(target=one, args=(outcome,)) for outcome in people]
        for thread in threads:
            thread.start()
        waiting = (
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        for _ in range(1000):
            if holder.execute(waiting).fetchone() == (2,):
                break
            time.sleep(0.005)
    for thread in threads:
        thread.join(20)
    (winner,) = [outcome for outcome, (ok, _) in said.items() if ok]
    (late,) = [text for ok, text in said.values() if not ok]
    assert people[winner] in late
    assert status(served, 1) == {"release": "800", "refuse": "100"}[winner]
    assert len(receipts(served, 1)) == 4
    assert [verb for _, verb in verbs()] == ["decided"]


def test_a_batch_says_what_happened_to_each(
    review: Waiting, login: Login, served: Database
) -> None:
    review(1, 2, 3, 4)
    client, other = login("reviewer"), login("reviewer", name="second")
    assert [ok for _, ok, _ in batch(client, "take", 1, 2)] == [True, True]
    do(other, 3, "take")
    done = batch(client, "refuse", 1, 2, 3, reason="same fault")
    assert done == [
        ("COP00000001", True, "Refused (100)."),
        ("COP00000002", True, "Refused (100)."),
        (
            "COP00000003",
            False,
            "second has taken it. Ask for it to be put back or referred to you.",
        ),
    ]
    assert [status(served, number) for number in (1, 2, 3, 4)] == ["100", "100", "300", "300"]
    again: Any = client.get("/desk")
    assert again.context["done"] == []
    page = {"deed": "take", "all": "1", "shown": [write_place(place(4))], "list": ["nonsense"]}
    everything: Any = client.post("/desk/batch", page, follow=True)
    assert [row[0] for row in everything.context["done"]] == ["COP00000004"]
    for nothing in ({"deed": "take"}, {"list": ["x"]}, {"deed": "burn", "list": ["x"]}):
        assert client.post("/desk/batch", nothing).status_code == 302
    assert batch(client, "release", 4) == [
        ("COP00000004", False, "Give a reason; nothing was changed.")
    ]


@pytest.mark.parametrize("text", ["", "x", "W10=", "bnVsbA==", "WyJcdTAwMDAiLCJhIiwiYiJd"])
def test_a_place_that_is_none_of_ours_is_none(text: str) -> None:
    assert read_place(text) is None
    assert read_place(write_place(("a", "b/c", "单"))) == ("a", "b/c", "单")


def test_two_persons_must_agree(review: Waiting, login: Login, served: Database) -> None:
    review(1, 2)
    two_persons(login, "300")
    boss, first = login("supervisor"), login("reviewer")
    assert "another officer must confirm" in do(boss, 1, "decide", outcome="refuse", reason="fake")
    assert status(served, 1) == "300"
    assert "You proposed it yourself" in do(boss, 1, "confirm")
    assert "proposed refusal" in do(boss, 1, "decide", outcome="refuse", reason="fake")
    assert "proposed refusal" in do(first, 1, "decide", outcome="refuse", reason="fake")
    assert "proposed refusal" in do(first, 1, "take")
    assert "Give a reason" in do(first, 1, "reject")
    assert do(first, 1, "reject", reason="it is genuine").startswith("Rejected")
    assert cops(boss, show="mine") == ["COP00000001"]
    do(boss, 1, "decide", outcome="release", reason="genuine")
    assert do(first, 1, "confirm") == "Released (800)."
    assert receipts(served, 1)[-1] == "800"
    assert "No decision is proposed" in do(first, 2, "confirm")
    assert [verb for _, verb in verbs()] == [
        "set two-person rule", "proposed", "rejected", "proposed", "confirmed",
    ]  # fmt: skip
    batch(boss, "release", 2, reason="fine")
    assert batch(first, "confirm", 2) == [("COP00000002", True, "Released (800).")]


def test_only_a_supervisor_sets_the_two_person_rule(login: Login) -> None:
    assert login("reviewer").post("/desk/two-person", {"queue": "300"}).status_code == 403
    two_persons(login, "300", "500", "800")
    page: Any = login("supervisor").get("/desk")
    assert [(queue, on) for queue, _, on in page.context["two"]] == [("300", True), ("500", True)]
    two_persons(login)
    page = login("supervisor").get("/desk")
    assert page.context["two_here"] == []


def test_a_take_from_before_the_list_came_counts_for_nothing(
    review: Waiting, login: Login, served: Database
) -> None:
    """A proposal about an earlier version of a list must not decide the present one."""
    from hoppo.portal.models import Take  # noqa: PLC0415 - tables first

    review(1)
    two_persons(login, "300")
    do(login("supervisor"), 1, "decide", outcome="release", reason="as declared then")
    Take.objects.update(taken_at=NOON - timedelta(seconds=1))
    second = login("reviewer")
    assert "No decision is proposed" in do(second, 1, "confirm")
    assert cops(second, show="free") == ["COP00000001"]
    assert status(served, 1) == "300"


def test_a_list_is_referred_with_a_reason(review: Waiting, login: Login, served: Database) -> None:
    review(1)
    first, inspector = login("reviewer"), login("inspector")
    login("reviewer", name="far", district="9999")
    login("operator")
    for nobody in ("far", "operator", "reviewer", "ghost", "role:operator", "role:", ""):
        assert "hoose" in do(first, 1, "refer", to=nobody, reason="look"), nobody
    assert "Give a reason" in do(first, 1, "refer", to="inspector")
    assert "is not yours" in do(inspector, 1, "take")
    said = do(first, 1, "refer", to="role:inspector", reason="open the parcel")
    assert said == "Referred to Officer, inspection."
    assert cops(inspector, show="free") == ["COP00000001"]
    page = inspector.get(address(1)).content.decode()
    assert "open the parcel" in page
    assert do(inspector, 1, "take") == "Taken."
    assert "decides it" in do(inspector, 1, "decide", outcome="release", reason="fine")
    inspector.post(address(1, "/inspection"), {"result": "as_declared"})
    said = do(inspector, 1, "refer", to="reviewer", reason="as declared")
    assert said.endswith("Referred to reviewer.")
    assert cops(inspector) == []
    assert do(first, 1, "decide", outcome="release", reason="seen") == "Released (800)."
    assert status(served, 1) == "800"


def test_an_inspection_is_recorded_with_photos_before_it_is_decided(
    inspection: Waiting, login: Login, served: Database
) -> None:
    from hoppo.portal.models import Inspection, InspectionPhoto  # noqa: PLC0415 - tables first

    inspection(1)
    client = login("inspector")
    said = do(client, 1, "decide", outcome="release", reason="fine")
    assert said == "Record what the inspection found first."
    photos = [upload("a.jpg", JPEG), upload("b.txt", PNG), upload("c", WEBP)]
    form = {"result": "quantity", "reason": "three, not two", "photos": photos}
    client.post(address(1, "/inspection"), form)
    found = Inspection.objects.get()
    assert (found.result, found.note, found.username) == ("quantity", "three, not two", "inspector")
    assert all(JPEG not in bytes(one.sealed) for one in InspectionPhoto.objects.all())
    page = client.get(address(1)).content.decode()
    assert page.count("<img") == 3
    for number, (kind, data) in enumerate(
        [("image/jpeg", JPEG), ("image/png", PNG), ("image/webp", WEBP)], 1
    ):
        photo = address(1, f"/photos/{found.pk}/{number}")
        shown: Any = login("trader", enterprise=DECLARANT).get(photo)
        assert (shown.status_code, shown.content, shown["Content-Type"]) == (200, data, kind)
        assert shown["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in shown["Content-Security-Policy"]
        for stranger in (
            login("trader", name="other", enterprise="440196X999"),
            login("inspector", name="far", district="9999"),
        ):
            assert stranger.get(photo).status_code == 404
        assert login("buyer").get(photo).status_code == 403
    assert client.get(address(1, f"/photos/{found.pk}/4")).status_code == 404
    assert do(client, 1, "decide", outcome="refuse", reason="short") == "Refused (100)."
    assert status(served, 1) == "100"


def test_a_photo_is_served_under_its_own_list_alone(inspection: Waiting, login: Login) -> None:
    from hoppo.portal.models import Inspection  # noqa: PLC0415 - tables first

    inspection(1, 2)
    client = login("inspector")
    client.post(address(1, "/inspection"), {"result": "as_declared", "photos": upload("a", PNG)})
    number = Inspection.objects.get().pk
    assert client.get(address(1, f"/photos/{number}/1")).status_code == 200
    assert client.get(address(2, f"/photos/{number}/1")).status_code == 404


def upload(name: str, data: bytes) -> Any:
    """A file of a form."""
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415 - settings first

    return SimpleUploadedFile(name, data)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"result": "quantity"}, "Give a reason"),
        ({"result": "nonsense", "reason": "x"}, "Choose what was found"),
        ({"result": "as_declared", "photos": 7 * [PNG]}, "at most 6"),
        ({"result": "as_declared", "photos": [b"<svg onload=alert(1)>"]}, "no JPEG"),
        ({"result": "as_declared", "photos": [b""]}, "no JPEG"),
        ({"result": "as_declared", "photos": [JPEG + bytes(5 * 1024 * 1024)]}, "at most 5 MB"),
    ],
)
def test_a_result_that_will_not_do_is_refused_with_a_sentence(
    inspection: Waiting, login: Login, form: dict[str, Any], expected: str
) -> None:
    from hoppo.portal.models import Inspection  # noqa: PLC0415 - tables first

    inspection(1)
    photos = [upload("a.jpg", data) for data in form.get("photos", [])]
    answer: Any = login("inspector").post(
        address(1, "/inspection"), {**form, "photos": photos}, follow=True
    )
    assert expected in " ".join(str(message) for message in answer.context["messages"])
    assert not Inspection.objects.exists()
    assert verbs() == []


def test_an_upload_too_large_is_not_read(
    inspection: Waiting, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspection(1)
    monkeypatch.setattr("hoppo.portal.desk.MOST_BYTES", 100)
    client = login("inspector")
    answer: Any = client.post(
        address(1, "/inspection"),
        {"result": "as_declared", "photos": upload("a", PNG)},
        follow=True,
    )
    assert "too large together" in str(next(iter(answer.context["messages"])))
    assert inspecting.MOST_BYTES > 6 * inspecting.MOST_PHOTO_BYTES


def test_a_forged_form_is_refused(inspection: Waiting, login: Login) -> None:
    """The page of inspections asks for the token itself, for it looks at the size first."""
    inspection(1)
    client = login("inspector")
    client.handler.enforce_csrf_checks = True
    answer: Any = client.post(address(1, "/inspection"), {"result": "as_declared"})
    assert answer.status_code == 403
    assert verbs() == []


def test_inspections_are_decided_in_one_go(
    inspection: Waiting, login: Login, served: Database
) -> None:
    inspection(1, 2)
    client = login("inspector")
    refused = batch(client, "release", 1, 2, reason="opened")
    assert [ok for _, ok, _ in refused] == [False, False]
    batch(client, "release", 1, 2, reason="opened", result="as_declared")
    assert (status(served, 1), status(served, 2)) == ("800", "800")
    assert [verb for _, verb in verbs()] == ["inspected", "decided"] * 2


def test_pages_are_in_both_languages_and_hold_no_script(inspection: Waiting, login: Login) -> None:
    import re  # noqa: PLC0415

    inspection(1)
    client = login("supervisor")
    client.post(address(1, "/inspection"), {"result": "other", "reason": "x",
                                            "photos": upload("a", PNG)})  # fmt: skip
    two_persons(login, "500")
    for where in ("/desk", "/trail"):
        page = client.get(where).content.decode().replace("粤海关部", "").replace("中文", "")
        assert not re.search(r"[\u4e00-\u9fff]", page), where
    client.cookies["django_language"] = "zh-hans"
    for where, heading in (("/desk", "工作台"), (address(1), "查验结果"), ("/trail", "操作记录")):
        page = client.get(where).content.decode()
        assert heading in page
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page), where


@pytest.mark.parametrize("odd", ["%00", "a%00b"])
def test_an_address_that_no_list_can_have_leads_nowhere(login: Login, odd: str) -> None:
    client = login("supervisor")
    for tail in ("", "/inspection", "/photos/1/1"):
        where = f"/desk/{odd}/x/x{tail}"
        assert client.post(where, {"deed": "take"}).status_code in {404, 405}
        assert client.get(where).status_code in {404, 405}
    assert client.get("/desk", {"after": "WyIyMDI2LTAxLTAxIiwiXHUwMDAwIiwiYSIsImIiXQ=="})
