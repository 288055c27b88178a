"""Batches side by side: whose record it is, and that none overtakes another."""

import pytest
from tests.customs.office import Office
from tests.purchase import message, purchase

from hoppo.customs.references import list_name

pytestmark = pytest.mark.database
KEY = "SELECT pg_advisory_lock(hashtextextended(%s, 0))"
FREE = "SELECT pg_advisory_unlock_all()"


def order_name(number: int) -> str:
    return f"order {purchase(number)['order'][0]['order_no']}"


def test_only_the_records_whose_keys_are_elsewhere_wait(office: Office) -> None:
    """One message of two orders: the free one is stored, the other when its key is free again."""
    first, second = purchase(1), purchase(2)
    office.accept(*(message(kind, first[kind], second[kind]) for kind in first))
    with office.database.connect(autocommit=True) as other:
        other.execute(KEY, [order_name(1)])
        office.worker.step()
        assert set(office.verdicts()) == {second["list"][0]["cop_no"]}
        assert office.rows("SELECT count(*) FROM inbox WHERE state = 0 AND rest = '{0}'") == [(4,)]
        other.execute(FREE)
    office.worker.drain()
    assert {line["status"] for line in office.verdicts().values()} == {"800"}
    assert office.rows("SELECT count(*) FROM inbox WHERE state <> 1") == [(0,)]


def test_what_was_left_is_found_by_a_worker_that_never_read_it(office: Office) -> None:
    first, second = purchase(1), purchase(2)
    office.accept(*(message(kind, first[kind], second[kind]) for kind in first))
    with office.database.connect(autocommit=True) as other:
        other.execute(KEY, [order_name(1)])
        office.worker.step()
    office.new_worker().drain()
    assert {line["status"] for line in office.verdicts().values()} == {"800"}


def test_a_record_waits_behind_one_of_its_key_that_waits(office: Office) -> None:
    """The waybill's own keys are free; the list of its order is not, and came first."""
    first, second = purchase(1), purchase(2)
    held = list_name(first["list"][0]["declarant_code"], first["list"][0]["cop_no"])
    office.accept(
        message("list", first["list"]), message("waybill", first["waybill"]),
        message("order", second["order"]),
    )  # fmt: skip
    with office.database.connect(autocommit=True) as other:
        other.execute(KEY, [held])
        office.worker.step()
        assert office.rows("SELECT count(*) FROM purchase_order") == [(1,)]
        assert office.rows("SELECT count(*) FROM waybill") == [(0,)]
        other.execute(FREE)
    office.worker.drain()
    assert office.rows("SELECT count(*) FROM waybill") == [(1,)]
    assert office.rows("SELECT count(*) FROM inbox WHERE state <> 1") == [(0,)]
