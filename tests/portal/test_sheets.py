"""Sheets of traders: read whatever is in them, checked as a message is, sent once."""

import io
import time
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import load_workbook
from tests.conftest import NOON
from tests.portal.conftest import Login
from tests.purchase import DECLARANT, ID_NUMBER, NAME, PLATFORM, purchase

from hoppo.customs.catalogue import MESSAGES
from hoppo.customs.registers import registers_changed, write_setting
from hoppo.customs.sheet_columns import KINDS, columns_of, guess
from hoppo.engine import inbox
from hoppo.engine.database import Database
from hoppo.portal import sheet_jobs, sheet_sending, sheet_work
from hoppo.portal.sheet_reading import MOST_BYTES, Sheet, SheetRefused
from hoppo.wire.codec import read_message
from hoppo.workers.clearing import Worker

pytestmark = pytest.mark.database
Rows = list[list[Any]]


def header(kind: str) -> list[str]:
    """The names of a kind's columns as a trader writes them: in Chinese."""
    return [column.title_zh for column in columns_of(kind)]


def row(kind: str, number: int, **changed: Any) -> list[Any]:
    """A purchase's document as a row of a sheet; guid and times are left to Hoppo."""
    head, lines = purchase(number)[kind]
    line = (lines or [{}])[0]
    said: dict[str, Any] = head | {f"line.{name}": value for name, value in line.items()}
    said |= dict.fromkeys(("guid", "app_time", "app_type", "app_status"))
    said |= {name.replace("__", "."): value for name, value in changed.items()}
    return [
        float(value) if isinstance(value := said.get(column.key), Decimal) else value
        for column in columns_of(kind)
    ]


def book(rows: Rows, dates: str = "yyyy-mm-dd hh:mm") -> bytes:
    """Rows as an Excel workbook."""
    file = io.BytesIO()
    made = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet, shown = made.add_worksheet(), made.add_format({"num_format": dates})
    for at, cells in enumerate(rows):
        for place, cell in enumerate(cells):
            if isinstance(cell, str) and cell.startswith("="):
                sheet.write_formula(at, place, cell, None, "#N/A")
            elif isinstance(cell, date):
                sheet.write_datetime(at, place, cell, shown)
            elif cell is not None:
                sheet.write(at, place, cell)
    made.close()
    return file.getvalue()


def sheet_of(kind: str, *rows: list[Any]) -> bytes:
    """A workbook of a kind."""
    return book([header(kind), *rows])


@pytest.fixture
def house(served: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A sandbox; the work on sheets is done at once and in this process."""

    def begin(database: Database, upload: Any, now: datetime) -> None:
        sheet_work.work(database, upload.pk, now)

    monkeypatch.setattr(sheet_jobs, "begin", begin)
    sandbox(served, "Y")
    return served


def sandbox(database: Database, value: str) -> None:
    """Make the house a sandbox, or no longer."""
    with database.connect() as connection:
        write_setting(connection, "sandbox", value)
        registers_changed(connection)


@pytest.fixture
def trader(house: Database, login: Login) -> Client:  # noqa: ARG001 - open first
    """Somebody of the platform."""
    return login("trader", enterprise=PLATFORM)


def upload(client: Client, kind: str, data: bytes, name: str = "orders.xlsx") -> int:
    """Upload a sheet; returns its number."""
    answer: Any = client.post("/sheets", {"kind": kind, "file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 302, answer.content
    assert answer["Location"] != "/sheets", told(client)
    return int(answer["Location"].rpartition("/")[2])


def told(client: Client) -> str:
    """What the start page says."""
    return str(client.get("/sheets").content.decode())


def agree(client: Client, number: int, **further: str) -> Any:
    """Agree to the columns as they were guessed."""
    page: Any = client.get(f"/sheets/{number}/columns")
    if page.status_code == 302:
        return page
    said = {
        f"at.{one.column.key}": str(one.place)
        for one in (*page.context["needed"], *page.context["further"])
        if one.place is not None
    }
    said |= {name.replace("__", "."): text for name, text in further.items()}
    return client.post(f"/sheets/{number}/columns", said)


def step(client: Client, number: int, name: str) -> Any:
    """Press a button; returns the page after it."""
    client.post(f"/sheets/{number}/step", {"step": name})
    return client.get(f"/sheets/{number}")


def checked(client: Client, kind: str, data: bytes, name: str = "orders.xlsx") -> tuple[int, Any]:
    """Upload, agree and check; the number and the page."""
    number = upload(client, kind, data, name)
    agree(client, number)
    return number, step(client, number, "check")


def faults(page: Any) -> set[tuple[int, str]]:
    """Rows and columns of the faults on a page."""
    return {(number, name) for number, name, _ in page.context["first"]}


def cells(data: bytes) -> list[list[Any]]:
    """What the library reads in a workbook."""
    return load_workbook(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def mistakes(client: Client, number: int) -> bytes:
    """The workbook of mistakes."""
    answer: Any = client.get(f"/sheets/{number}/mistakes.xlsx")
    assert answer.status_code == 200
    return b"".join(answer)


def inbox_records(database: Database) -> list[dict[str, Any]]:
    """The heads of all records in the inbox."""
    with database.connect() as connection:
        arrived = inbox.claim(connection, database, 1000, 1 << 30)
        connection.rollback()
    return [record.head for one in arrived for record in read_message(one.body, MESSAGES).records]


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_sheet_is_sent_as_messages(trader: Client, house: Database, kind: str) -> None:
    rows = [row(kind, number) for number in range(1, 251)]
    number, page = checked(trader, kind, sheet_of(kind, *rows))
    assert page.context["upload"].good == 250, page.content.decode()
    assert step(trader, number, "send").context["upload"].sent == 250
    with house.connect() as connection:
        assert inbox.waiting(connection).messages == 3
    heads = inbox_records(house)
    assert len(heads) == 250
    expected = purchase(7)[kind][0]
    head = next(one for one in heads if one["order_no"] == "ORDER00000007")
    for name, value in expected.items():
        if name not in {"guid", "app_time"}:
            assert head[name] == value, name
    assert head["app_time"] == "20260618120000"


def test_documents_from_sheets_clear(house: Database, login: Login) -> None:
    client = login("trader", enterprise=DECLARANT)
    for kind in KINDS:
        number, _ = checked(client, kind, sheet_of(kind, *[row(kind, one) for one in range(1, 6)]))
        step(client, number, "send")
    worker = Worker(house, lambda: NOON)
    worker.drain()
    worker.close()
    with house.connect() as connection:
        rows = connection.execute("SELECT status FROM verdict").fetchall()
    assert rows == [("800",)] * 5


def test_rows_of_one_order_are_lines_of_one_record(trader: Client, house: Database) -> None:
    first = row("list", 1)
    second = row("list", 1, line__item_name="奶粉")
    bare = [None if not column.of_line and column.key != "order_no" else cell
            for column, cell in zip(columns_of("list"), second, strict=True)]  # fmt: skip
    line = [one.key for one in columns_of("list")].index("line.line_no")
    for cells in (first, second, bare):
        cells[line] = None
    number, page = checked(trader, "list", sheet_of("list", first, second, bare, row("list", 2)))
    assert page.context["upload"].good == 2
    step(trader, number, "send")
    with house.connect() as connection:
        (arrived,) = inbox.claim(connection, house, 9)
        connection.rollback()
    reading = read_message(arrived.body, MESSAGES)
    assert [[one["line_no"] for one in record.lines] for record in reading.records] == [
        [1, 2, 3],
        [1],
    ]
    assert not any(record.faults for record in reading.records)


def test_merged_order_numbers_hold_for_all_their_rows(trader: Client) -> None:
    file = io.BytesIO()
    made = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = made.add_worksheet()
    at = [one.key for one in columns_of("order")].index("order_no")
    sheet.write_row(0, 0, header("order"))
    line = [one.key for one in columns_of("order")].index("line.line_no")
    for number, cells in enumerate([row("order", 1), row("order", 1), row("order", 2)], 1):
        cells[at if number == 2 else line] = None
        cells[line] = None
        for place, cell in enumerate(cells):
            if cell is not None:
                sheet.write(number, place, cell)
    sheet.merge_range(1, at, 2, at, "ORDER00000001")
    made.close()
    _, page = checked(trader, "order", file.getvalue())
    assert (page.context["upload"].good, page.context["upload"].faults) == (2, 0)


def test_each_fault_is_marked_where_it_stands(trader: Client) -> None:
    rows = [
        row("order", 1, buyer_name=None),
        row("order", 2, buyer_id_number=440101199001011237),
        row("order", 3, goods_value="=NA()"),
        row("order", 4, line__unit="两只"),
        row("order", 5, goods_value="ten"),
        row("order", 6),
        row("order", 7, consignee="a\x0bb"),
        row("order", 8, platform_code="x" * 19),
    ]
    number, page = checked(trader, "order", sheet_of("order", *rows))
    assert faults(page) == {
        (2, "订购人姓名"), (3, "订购人证件号码"), (4, "商品价格"), (5, "单位"), (6, "商品价格"),
        (8, "收货人姓名"), (9, "电商平台代码"),
    }  # fmt: skip
    assert page.context["upload"].good == 1
    marked = cells(mistakes(trader, number))
    assert marked[0][:-1] == header("order")
    assert len(marked) == 8
    assert "Row 2. buyerName is required" in marked[1][-1]
    with zipfile.ZipFile(io.BytesIO(mistakes(trader, number))) as archive:
        comments = archive.read("xl/comments1.xml").decode()
    assert comments.count("<comment ") == 7
    assert "Excel keeps 15 digits" in comments
    trader.cookies["django_language"] = "zh-hans"
    told_zh = cells(mistakes(trader, number))
    assert "原第2行" in told_zh[1][-1]


def test_only_mended_rows_come_again_and_nothing_is_sent_twice(
    trader: Client, house: Database
) -> None:
    rows = [row("order", number) for number in range(1, 11)]
    rows[3] = row("order", 4, buyer_name=None)
    number, _ = checked(trader, "order", sheet_of("order", *rows))
    assert step(trader, number, "send").context["upload"].sent == 9
    marked = cells(mistakes(trader, number))
    at = header("order").index("订购人姓名")
    marked[1][at] = NAME
    again, page = checked(trader, "order", book(marked))
    assert (page.context["upload"].good, page.context["upload"].already) == (1, 0)
    assert step(trader, again, "send").context["upload"].sent == 1
    assert len(inbox_records(house)) == 10
    rows[3] = row("order", 4)
    rows[4] = row("order", 5, freight=11.0, actual_paid=211.0)
    whole, page = checked(trader, "order", sheet_of("order", *rows))
    assert (page.context["upload"].good, page.context["upload"].already) == (10, 9)
    assert "sent before" in page.content.decode()
    assert step(trader, whole, "send").context["upload"].sent == 1
    assert len(inbox_records(house)) == 11


def test_the_columns_are_remembered_by_enterprise_and_header(trader: Client, login: Login) -> None:
    strange = [
        f"Spalte {at}" if name == "订单编号" else name for at, name in enumerate(header("order"))
    ]
    data = book([strange, row("order", 1)])
    first = upload(trader, "order", data)
    place = header("order").index("订单编号")
    page: Any = agree(trader, first)
    assert page.status_code == 200
    assert "Order no is required" in page.content.decode()
    assert agree(trader, first, at__order_no=str(place)).status_code == 302
    second = upload(trader, "order", data)
    shown: Any = trader.get(f"/sheets/{second}/columns")
    (found,) = [one for one in shown.context["needed"] if one.column.key == "order_no"]
    assert found.place == place
    other = login("trader", name="other", enterprise="440196X999")
    theirs = upload(other, "order", data)
    shown = other.get(f"/sheets/{theirs}/columns")
    (found,) = [one for one in shown.context["needed"] if one.column.key == "order_no"]
    assert found.place is None


def test_a_text_may_hold_for_all_rows(trader: Client) -> None:
    rows = [row("order", one, platform_code=None, platform_name=None) for one in (1, 2)]
    names = [
        name if name not in {"电商平台代码", "电商平台名称"} else "" for name in header("order")
    ]
    number = upload(trader, "order", book([names, *rows]))
    further = {"same__platform_code": PLATFORM, "same__platform_name": "测试平台"}
    bad: Any = agree(trader, number, **(further | {"same__platform_code": "x" * 30}))
    assert "cannot hold for all rows" in bad.content.decode()
    assert agree(trader, number, **further).status_code == 302
    assert step(trader, number, "check").context["upload"].good == 2


def test_personal_data_is_masked_on_pages_and_sealed_at_rest(
    trader: Client, house: Database
) -> None:
    rows = [row("order", 1), row("order", 2, goods_value="x")]
    number = upload(trader, "order", sheet_of("order", *rows))
    pages = [trader.get(f"/sheets/{number}/columns").content.decode()]
    agree(trader, number)
    pages.append(trader.get(f"/sheets/{number}").content.decode())
    pages.append(step(trader, number, "check").content.decode())
    assert "110***********1237" in pages[1]
    for page in pages:
        assert ID_NUMBER not in page
        assert NAME not in page
    with house.connect() as connection:
        for table in ("portal_sheet", "portal_sheet_part", "portal_sheet_layout", "portal_action"):
            dump = connection.execute(f"SELECT t::text FROM {table} t").fetchall()  # noqa: S608
            text = "".join(one for (one,) in dump)
            for secret in (ID_NUMBER, NAME, "南沙区"):
                assert secret not in text
                assert secret.encode().hex() not in text
            assert dump


def parts(database: Database) -> dict[str, int]:
    """How many pieces of each sort are kept."""
    with database.connect() as connection:
        found = connection.execute("SELECT part, count(*) FROM portal_sheet_part GROUP BY part")
        return dict(found.fetchall())


def test_rows_go_when_they_are_sent_or_after_seven_days(
    trader: Client, house: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, _ = checked(trader, "order", sheet_of("order", row("order", 1)))
    assert parts(house) == {"rows": 1}
    step(trader, number, "send")
    assert parts(house) == {}
    number, _ = checked(trader, "order", sheet_of("order", row("order", 2, buyer_name=None)))
    assert parts(house) == {"rows": 1, "faulty": 1}
    for module in ("sheets", "served"):
        monkeypatch.setattr(f"hoppo.portal.{module}.now", lambda: NOON + timedelta(days=8))
    assert trader.get(f"/sheets/{number}").status_code == 404
    trader.get("/sheets")
    assert parts(house) == {}


def test_nobody_else_sees_an_upload(trader: Client, login: Login) -> None:
    number, _ = checked(trader, "order", sheet_of("order", row("order", 1, buyer_name=None)))
    other = login("trader", name="other", enterprise="440196X999")
    homeless = login("trader", name="homeless")
    for client in (other, homeless):
        assert "orders.xlsx" not in told(client)
        for end in ("", "/columns", "/mistakes.xlsx", "/messages.zip"):
            assert client.get(f"/sheets/{number}{end}").status_code == 404
        assert client.post(f"/sheets/{number}/step", {"step": "delete"}).status_code == 404
    assert login("operator").get(f"/sheets/{number}").status_code == 403
    assert "orders.xlsx" in told(trader)


def test_lists_are_offered_for_signing_where_unsigned_ones_are_refused(
    trader: Client, house: Database
) -> None:
    sandbox(house, "N")
    number, page = checked(
        trader, "list", sheet_of("list", *[row("list", n) for n in range(1, 102)])
    )
    assert "signed only" in page.content.decode()
    step(trader, number, "send")
    assert inbox_records(house) == []
    answer: Any = trader.get(f"/sheets/{number}/messages.zip")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        names = archive.namelist()
        read = [read_message(archive.read(name), MESSAGES) for name in names]
    assert names == ["CEB621Message_00001.xml", "CEB621Message_00002.xml"]
    assert [len(one.records) for one in read] == [100, 1]
    assert not any(record.faults for one in read for record in one.records)
    _, page = checked(trader, "order", sheet_of("order", row("order", 1)))
    assert "signed only" not in page.content.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_the_template_is_read_back_without_a_choice(trader: Client, kind: str) -> None:
    answer: Any = trader.get(f"/sheets/template/{kind}.xlsx")
    data = b"".join(answer)
    with pytest.raises(SheetRefused):
        list(Sheet(data).rows())  # the example row is no data
    names = cells(data)[0]
    assert guess(kind, names) == {one.key: at for at, one in enumerate(columns_of(kind))}


def test_the_templates_example_is_right(trader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hoppo.portal.sheet_reading.EXAMPLE", "another")
    for kind in KINDS:
        answer: Any = trader.get(f"/sheets/template/{kind}.xlsx")
        _, page = checked(trader, kind, b"".join(answer))
        assert page.context["first"] == [], kind
        assert page.context["upload"].good == 1


def test_a_file_too_large_is_refused(trader: Client) -> None:
    file = SimpleUploadedFile("x.csv", b"x" * (MOST_BYTES + 1))
    assert trader.post("/sheets", {"kind": "order", "file": file}).status_code == 302
    assert "larger than 50 MB" in told(trader)


def test_an_upload_needs_its_token(house: Database, login: Login) -> None:  # noqa: ARG001
    login("trader", enterprise=PLATFORM)
    from hoppo.portal.models import User  # noqa: PLC0415 - tables first

    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(username="trader"),
                       "allauth.account.auth_backends.AuthenticationBackend")  # fmt: skip
    file = SimpleUploadedFile("x.xlsx", sheet_of("order", row("order", 1)))
    assert client.post("/sheets", {"kind": "order", "file": file}).status_code == 403


def test_headers_of_every_sort_are_found(trader: Client) -> None:
    names = header("order")
    title: list[Any] = ["订单导入表 2026"]
    rows = [title, [None, "说明"], names, row("order", 1)]
    number = upload(trader, "order", book(rows))
    page: Any = trader.get(f"/sheets/{number}/columns")
    assert page.context["upload"].header_row == 3
    agree(trader, number)
    assert step(trader, number, "check").context["upload"].good == 1
    wire = [column.field.wire for column in columns_of("order")]
    found = guess("order", wire)
    assert set(found) == {column.key for column in columns_of("order")}
    twice = guess("order", ["订单编号", "订单编号", "备注", "备注", "备注"])
    assert twice == {"order_no": 0, "note": 2, "line.note": 3}


def test_days_and_numbers_are_read_as_people_write_them(trader: Client, house: Database) -> None:
    says: list[tuple[str, Any]] = [
        ("declared_on", date(2026, 6, 18)), ("declared_on", 46191), ("declared_on", "2026/6/18"),
        ("declared_on", "2026年6月18日"), ("declared_on", 20260618), ("freight", "1,010.00"),
        ("freight", 1010), ("line.commodity_code", 9619001000), ("country", 116),
        ("country", "日本"),
        ("line.unit", 35), ("app_time", datetime(2026, 6, 18, 9, 30)),  # noqa: DTZ001
    ]  # fmt: skip
    rows = [row("list", at, **{name: value}) for at, (name, value) in enumerate(says, 1)]
    number, page = checked(trader, "list", sheet_of("list", *rows))
    assert page.context["first"] == []
    step(trader, number, "send")
    with house.connect() as connection:
        (arrived,) = inbox.claim(connection, house, 9)
        connection.rollback()
    records = read_message(arrived.body, MESSAGES).records
    assert {one.head["declared_on"] for one in records[:5]} == {"20260618"}
    assert {one.head["freight"] for one in records[5:7]} == {Decimal(1010)}
    assert records[7].lines[0]["commodity_code"] == "9619001000"
    assert {one.head["country"] for one in records[8:10]} == {"116"}
    assert records[10].lines[0]["unit"] == "035"
    assert records[11].head["app_time"] == "20260618093000"


def test_what_only_a_sheet_can_do_wrong_is_named(trader: Client) -> None:
    apart = [row("order", 1), row("order", 2), row("order", 1)]
    _, page = checked(trader, "order", sheet_of("order", *apart))
    assert faults(page) == {(2, "订单编号"), (4, "订单编号")}
    differs = [row("order", 1, line__line_no=1), row("order", 1, line__line_no=2, freight=3)]
    number, page = checked(trader, "order", sheet_of("order", *differs))
    assert faults(page) == {(3, "运杂费")}
    marked = cells(mistakes(trader, number))
    assert len(marked) == 3  # the whole order comes along
    _, page = checked(trader, "waybill", sheet_of("waybill", row("waybill", 1), row("waybill", 1)))
    assert len(faults(page)) == 2
    days = [row("list", 1, declared_on="31.12.2026"), row("list", 2, declared_on="20261345")]
    _, page = checked(trader, "list", sheet_of("list", *days))
    assert faults(page) == {(2, "申报日期"), (3, "申报日期")}


@pytest.fixture
def large() -> bytes:
    """Three thousand lists, every hundredth without a name."""
    rows = [row("list", one, buyer_name=None if one % 100 == 0 else NAME) for one in range(1, 3001)]
    return sheet_of("list", *rows)


@pytest.mark.slow
def test_the_work_is_done_beside_the_window(served: Database, login: Login, large: bytes) -> None:
    sandbox(served, "Y")
    client = login("trader", enterprise=PLATFORM)
    number = upload(client, "list", large)
    wait(lambda: client.get(f"/sheets/{number}").status_code == 302)
    agree(client, number)
    client.post(f"/sheets/{number}/step", {"step": "check"})
    bar: Any = client.get(f"/sheets/{number}", headers={"hx-request": "true"})
    assert bar.status_code == 200
    wait(lambda: not client.get(f"/sheets/{number}").context["running"])
    page: Any = client.get(f"/sheets/{number}")
    assert (page.context["upload"].good, page.context["upload"].bad_records) == (2970, 30)


def test_an_interrupted_step_is_shown_and_started_again(
    trader: Client, house: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = upload(trader, "order", sheet_of("order", *[row("order", n) for n in range(1, 301)]))
    agree(trader, number)
    step(trader, number, "check")
    calls = []

    def die(*given: Any) -> int:
        calls.append(given)
        if len(calls) == 3:
            raise RuntimeError
        return real(*given)

    real = sheet_sending.send
    monkeypatch.setattr("hoppo.portal.sheet_work.send", die)
    page = step(trader, number, "send")
    assert page.context["interrupted"]
    assert len(inbox_records(house)) == 200
    monkeypatch.setattr("hoppo.portal.sheet_work.send", real)
    page = step(trader, number, "again")
    assert page.context["upload"].state == "sent"
    assert len(inbox_records(house)) == 300


def wait(done: Callable[[], bool]) -> None:
    """Look until it is so."""
    for _ in range(300):
        if done():
            return
        time.sleep(0.1)
    raise AssertionError
