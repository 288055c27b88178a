"""What a torture checks afterwards is seen to fail: each thing that is broken is named."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import NOON
from tests.customs.office import Office, identity
from tests.purchase import messages, purchase

from hoppo.customs.reporting import verdict_lines
from hoppo.engine import inbox, outbox
from hoppo.engine.database import Database
from hoppo.torture.checks import Delivered, complaints
from hoppo.torture.rounds import BILLED_AFTER

pytestmark = pytest.mark.database


class After:
    """A database after a round without faults: two purchases, released and billed."""

    def __init__(self, office: Office) -> None:
        """Clear, bill, fetch."""
        bodies = [
            body
            for number in (1, 2)
            for body in messages(purchase(number, id_number=identity(number)))
        ]
        office.send(*bodies)
        office.now = NOON + BILLED_AFTER
        office.sweep()
        self.connection = office.connection
        self.connection.rollback()
        self.acknowledged = {
            number: hashlib.sha256(body).digest() for number, body in enumerate(bodies, 1)
        }
        self.truth = [
            json.dumps(
                {
                    **{name: line[name] for name in ("ebpCode", "orderNo", "copNo", "tax")},
                    "status": line["status"], "codes": [], "rules": [],
                }
            )
            for line in verdict_lines(self.connection)
        ]  # fmt: skip
        self.delivered = Delivered()
        for stored in outbox.every(self.connection, office.database):
            self.delivered.note(stored.body.decode())
        self.connection.rollback()

    def complaints(self) -> list[str]:
        """All that is wrong now."""
        found = complaints(self.connection, self.acknowledged, self.truth, self.delivered)
        return [str(one) for one in found]


@pytest.fixture
def after(database: Database) -> Iterator[After]:
    office = Office(database, NOON)
    yield After(office)
    office.close()


def test_nothing_is_wrong_where_nothing_was_hurt(after: After) -> None:
    assert len(after.truth) == 2
    assert after.complaints() == []


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("DELETE FROM inbox WHERE id = 3", "message 3 was acknowledged and is not stored"),
        ("UPDATE inbox SET sha256 = '' WHERE id = 3", "message 3 was acknowledged"),
        ("UPDATE inbox SET state = 0 WHERE id = 3", "1 messages still wait"),
        ("UPDATE limit_account SET used = used + 1", "2 yearly limits differ"),
        ("DELETE FROM limit_entry", "2 lists count another amount"),
        ("UPDATE guarantee_entry SET amount = amount + 1", "1 guarantees differ"),
        ("UPDATE verdict SET tax = jsonb_set(tax, '{total}', '\"1\"')", "than their tax"),
        ("DELETE FROM declaration", "2 verdicts have no list"),
        ("DELETE FROM verdict WHERE cop_no = 'COP00000001'", "1 lists have no verdict"),
        ("UPDATE limit_entry SET cop_no = 'X' WHERE cop_no = 'COP00000001'", "belong to no list"),
        ("UPDATE verdict SET status = '500'", "'status': '500'"),
        ("UPDATE verdict SET list_no = 'I1'", "numbers of lists were given twice"),
        ("DELETE FROM tax_bill", "2 lists were released a month ago and have not one bill"),
        ("UPDATE tax_bill SET vat = vat + 1", "2 bills ask for another amount"),
        ("UPDATE tax_bill SET list_no = list_no || 'X'", "no 816 receipt said so"),
        ("UPDATE purchase_order SET order_no = order_no || 'X'", "no 312 receipt said so"),
        ("UPDATE payment SET transaction_no = transaction_no || 'X'", "no 412 receipt said so"),
        ("UPDATE waybill SET waybill_no = waybill_no || 'X'", "no 512 receipt said so"),
        (
            "UPDATE verdict SET trail = trail || '[[\"2026\", \"399\", \"\"]]'::jsonb",
            "became 399 and no receipt said so",
        ),
    ],
)  # fmt: skip
def test_what_is_broken_is_named(after: After, statement: str, expected: str) -> None:
    after.connection.execute(statement)
    after.connection.commit()
    found = after.complaints()
    assert any(expected in one for one in found), found


def test_a_transaction_left_open_is_named(after: After, database: Database) -> None:
    with database.connect() as left:
        left.execute("SELECT 1")
        assert any("is inside a transaction" in one for one in after.complaints())
        left.rollback()
        left.execute("SELECT pg_advisory_lock(1)")
        left.commit()
        assert any("holds an advisory lock" in one for one in after.complaints())


def test_a_message_that_was_set_aside_is_named(after: After) -> None:
    after.connection.execute("UPDATE inbox SET state = 0 WHERE id = 2")
    inbox.set_aside(after.connection, 2, "because")
    after.connection.commit()
    assert "1 messages still wait or are set aside" in after.complaints()


def test_a_list_with_no_verdict_of_its_own_is_named(after: After) -> None:
    other: Any = json.loads(after.truth[0])
    other["copNo"] = "COP00000009"
    after.truth.append(json.dumps(other))
    assert any("no verdict" in one for one in after.complaints())
