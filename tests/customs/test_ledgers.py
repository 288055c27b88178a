"""The yearly limit and the guarantee: never overspent, and given back to the fen."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from tests.conftest import NOON
from tests.customs.office import RISKY, Office, changed, identity, message, one, worth

from hoppo.customs.rules import BOOK
from hoppo.customs.sweeping import late_fee
from hoppo.values.moments import beijing_day

pytestmark = pytest.mark.database
D = Decimal
TAX = D("19.11")  # of the good purchase: 210.00 x 13 % x 70 %


def later(office: Office, days: int, hours: int = 0) -> None:
    """Put the clock some days after noon of the release, and let time do its work."""
    office.now = NOON + timedelta(days=days, hours=hours)
    office.sweep()


def ledger(office: Office) -> tuple[Decimal, Decimal]:
    """What is counted and what is held; the accounts equal their entries."""
    office.check_sums()
    return office.used(), office.held()


@pytest.mark.parametrize("value", ["1000.00", "1000.01"])
def test_the_year_is_full_at_26000_and_not_a_fen_later(office: Office, value: str) -> None:
    office.send_purchases(worth(number, "5000.00") for number in range(1, 6))
    office.send_purchases([worth(6, value)])
    inside = value == "1000.00"
    assert office.verdict(6)["status"] == ("800" if inside else "100")
    assert [item["code"] for item in office.verdict(6)["findings"]] == ([] if inside else ["1313"])
    assert ledger(office)[0] == (D(26000) if inside else D(25000))


def test_years_and_persons_are_counted_apart(office: Office) -> None:
    office.send_purchases(worth(number, "5000.00") for number in range(1, 6))
    office.send_purchases([worth(6, "5000.00", 2), worth(7, "5000.00", 1, day="20251231")])
    assert {line["status"] for line in office.verdicts().values()} == {"800"}
    assert sorted(office.rows("SELECT year, used::int8 FROM limit_account")) == [
        (2025, 5000),
        (2026, 5000),
        (2026, 25000),
    ]


def test_two_workers_never_overspend(office: Office) -> None:
    """Lists of two persons and one guarantee, raced for by two workers."""
    office.grant(D(2000))
    for number in range(1, 61):
        parts = worth(number, "1000.00" if number % 2 else "4000.00", 1 + number % 2)
        office.accept(*(message(kind, parts[kind]) for kind in parts))
    workers = [office.new_worker(most=8) for _ in range(2)]
    threads = [threading.Thread(target=worker.drain) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for worker in workers:
        worker.drain()
    assert not office.rows("SELECT reason FROM inbox WHERE state <> 1")
    used, held = ledger(office)
    assert not office.rows("SELECT person FROM limit_account WHERE used > 26000")
    assert held <= D(2000)
    released = [line for line in office.verdicts().values() if line["status"] == "800"]
    assert sum(D(line["tax"]["dutiable"]) for line in released) == used
    assert sum(D(line["tax"]["total"]) for line in released) == held
    refused = [line for line in office.verdicts().values() if line["status"] == "100"]
    assert len(released) + len(refused) == 60
    assert {item["rule"] for line in refused for item in line["findings"]} <= {"TAX-02", "TAX-03"}


def test_a_sandbox_of_two_workers_knows_one_register(office: Office) -> None:
    """What one worker registered as it appeared, the other must not call unregistered."""
    office.send_purchases([one(1)])
    second = office.new_worker()
    first_seen = one(2)
    for kind in first_seen:
        office.accept(message(kind, first_seen[kind]))
    second.drain()
    parts = changed(one(3), "order", payment_code="440196Y777")
    parts = changed(parts, "payment", payment_code="440196Y777")
    office.send(*(message(kind, parts[kind]) for kind in ("order", "payment", "waybill")))
    office.accept(message("list", parts["list"]))
    second.drain()
    assert office.rules(3) == set()
    assert office.verdict(3)["status"] == "800"


def test_a_guarantee_too_small_stops_the_list_and_a_larger_one_lets_the_next_pass(
    office: Office,
) -> None:
    office.grant(TAX * 2 - D("0.01"))
    office.send_purchases([one(1), one(2)])
    assert [office.verdict(n)["status"] for n in (1, 2)] == ["800", "100"]
    assert office.rules(2) == {"TAX-03"}
    assert ledger(office) == (D(210), TAX)
    office.grant(TAX * 2)
    again = changed(one(2), "list", app_time="20260618110000")
    office.send(message("list", changed(again, "list", note="补足担保后重报")["list"]))
    assert office.verdict(2)["status"] == "800"
    assert ledger(office) == (D(420), TAX * 2)


def test_no_guarantee_at_all_is_too_small(office: Office) -> None:
    office.send_purchases([changed(one(1), "list", guarantor_code="440196G001")])
    assert office.rules(1) == {"TAX-03"}


def test_a_refusal_by_an_officer_gives_everything_back(office: Office) -> None:
    office.send_purchases([one(1, code=RISKY), one(2, code=RISKY)])
    assert ledger(office) == (D(420), TAX * 2)
    assert office.decide(1, release=False)
    assert office.decide(2, release=True)
    assert ledger(office) == (D(210), TAX)
    assert [office.verdict(n)["status"] for n in (1, 2)] == ["100", "800"]
    assert not office.decide(2, release=False)
    assert ledger(office) == (D(210), TAX)


def test_of_two_officers_who_decide_the_same_list_one_is_late(office: Office) -> None:
    office.send_purchases([one(1, code=RISKY)])
    seen = office.seen(1)
    assert office.decide(1, release=False, seen=seen)
    assert not office.decide(1, release=True, seen=seen)
    assert not office.decide(1, release=False, seen=seen)
    assert office.verdict(1)["status"] == "100"
    assert ledger(office) == (D(0), D(0))


def test_a_cancellation_gives_everything_back_once(office: Office) -> None:
    office.send_purchases([one(1)])
    assert ledger(office) == (D(210), TAX)
    cancel = office.application("cancellation", 1, "CANCEL-1")
    office.send(cancel, cancel)
    assert office.statuses("CEB624Message")[:2] == ["2", "399"]
    assert ledger(office) == (D(0), D(0))
    office.send(office.application("cancellation", 1, "CANCEL-2"))
    assert office.statuses("CEB624Message")[-1].startswith("-623")
    assert ledger(office) == (D(0), D(0))


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
def test_what_a_cancellation_frees_can_be_used_at_once(office: Office, *, together: bool) -> None:
    office.send_purchases(worth(number, "5000.00") for number in range(1, 6))
    office.grant(office.held() + D(455))
    parts = worth(6, "5000.00")
    bodies = [
        office.application("cancellation", 1, "CANCEL-1"),
        *(message(kind, parts[kind]) for kind in parts),
    ]
    if together:
        office.send(*bodies)
    else:
        for body in bodies:
            office.send(body)
    assert office.rules(6) == set()
    assert ledger(office) == (D(25000), D(455) * 5)


def test_a_whole_return_leaves_no_trace_in_the_ledgers(office: Office) -> None:
    office.send_purchases([one(1)])
    office.send(office.application("return", 1, "BACK-1", {1: "2"}))
    assert office.statuses("CEB626Message") == ["2", "399"]
    assert ledger(office) == (D(210), TAX), "nothing is given back before the goods are back"
    assert office.arrive("BACK-1") == []
    assert ledger(office) == (D(0), D(0))
    assert office.verdict(1)["status"] == "899"
    assert office.arrive("BACK-1") != []
    assert ledger(office) == (D(0), D(0))
    later(office, 60)
    assert office.rows("SELECT * FROM tax_bill") == []


def test_partial_returns_telescope_to_the_fen(office: Office) -> None:
    """Seven pieces whose tax does not divide by seven, back one by one."""
    office.send_purchases([one(1, price="33.33", quantity="7", freight="0.01")])
    whole = ledger(office)
    assert whole[0] == D("233.32")
    seen = [whole]
    for piece in range(7):
        office.send(office.application("return", 1, f"BACK-{piece}", {1: "1"}))
        assert office.arrive(f"BACK-{piece}") == []
        seen.append(ledger(office))
        assert seen[-1][0] < seen[-2][0]
        assert seen[-1][1] < seen[-2][1]
    assert seen[-1] == (D(0), D(0))
    assert office.verdict(1)["status"] == "899"


def test_no_more_comes_back_than_was_bought(office: Office) -> None:
    office.send_purchases([one(1)])
    for at, (quantities, status) in enumerate(
        [
            ({1: "3"}, "100"),
            ({1: "0"}, "100"),
            ({1: "-1"}, "100"),
            ({2: "1"}, "100"),
            ({1: "1"}, "399"),
            ({1: "1.00001"}, "100"),
            ({1: "1"}, "399"),
            ({1: "0.00001"}, "100"),
        ]
    ):
        office.send(office.application("return", 1, f"BACK-{at}", quantities))
        assert office.statuses("CEB626Message")[-1] == status, (at, quantities)
    assert office.arrive("BACK-4") == []
    assert office.arrive("BACK-0") != []
    assert office.arrive("BACK-6") == []
    assert ledger(office) == (D(0), D(0))


def test_a_return_of_a_cancelled_list_gives_nothing_back_twice(office: Office) -> None:
    office.send_purchases([one(1), one(2, id_number=identity(1))])
    office.send(office.application("return", 1, "BACK-1", {1: "1"}))
    office.send(office.application("cancellation", 1, "CANCEL-1"))
    cancelled = office.verdict(1)["status"] == "cancelled"
    assert ledger(office) == ((D(210), TAX) if cancelled else (D(420), TAX * 2))
    if cancelled:
        assert office.arrive("BACK-1") != []
        assert ledger(office) == (D(210), TAX), "the other list's limit was given back"


@pytest.mark.parametrize(("day", "status"), [(30, "399"), (31, "100")])
def test_a_return_is_applied_for_within_30_days(office: Office, day: int, status: str) -> None:
    office.send_purchases([one(1)])
    office.now = NOON + timedelta(days=day)
    office.send(office.application("return", 1, "BACK-1", {1: "2"}))
    assert office.statuses("CEB626Message")[-1] == status


@pytest.mark.parametrize(("day", "back"), [(45, True), (46, False)])
def test_goods_are_back_within_45_days(office: Office, day: int, *, back: bool) -> None:
    office.send_purchases([one(1)])
    office.send(office.application("return", 1, "BACK-1", {1: "2"}))
    office.now = NOON + timedelta(days=day)
    assert (office.arrive("BACK-1") == []) is back
    assert ledger(office) == ((D(0), D(0)) if back else (D(210), TAX))


def test_the_bill_is_made_when_30_days_have_run(office: Office) -> None:
    office.send_purchases([one(1)])
    later(office, 30, hours=-1)
    assert office.receipts("CEB816Message") == []
    later(office, 30)
    (bill,) = office.receipts("CEB816Message")
    assert (bill["vat"], bill["duty"], bill["status"]) == (TAX, D(0), "1")
    assert office.value("SELECT due_on FROM tax_bill") == beijing_day(NOON + timedelta(days=45))
    later(office, 31)
    assert len(office.receipts("CEB816Message")) == 1
    assert ledger(office) == (D(210), TAX)


@pytest.mark.parametrize(("day", "fee"), [(31, "0"), (45, "0"), (46, "0.01"), (145, "0.96")])
def test_a_paid_bill_frees_the_guarantee_and_not_the_year(
    office: Office, day: int, fee: str
) -> None:
    office.send_purchases([one(1)])
    later(office, 30)
    later(office, day)
    assert office.pay() == D(fee)
    (paid,) = office.receipts("CEB818Message")
    assert (paid["status"], paid["duty_notice_no"]) == ("2", "NOTICE-1")
    assert ledger(office) == (D(210), D(0))
    assert office.pay() is None
    assert ledger(office) == (D(210), D(0))


def test_the_late_fee_is_half_a_thousandth_a_day() -> None:
    due = beijing_day(NOON)
    law = BOOK.on(due)
    for days, fee in ((0, "0"), (-3, "0"), (1, "5.00"), (10, "50.00"), (365, "1825.00")):
        assert late_fee(D(10000), due, due + timedelta(days=days), law) == D(fee)
    assert late_fee(D(10), due, due + timedelta(days=1), law) == D("0.01"), "half a fen goes up"


def test_a_cancelled_list_voids_its_bill_and_a_paid_one_stands(office: Office) -> None:
    office.send_purchases([one(1)])
    later(office, 30)
    office.send(office.application("cancellation", 1, "CANCEL-1"))
    assert ledger(office) == (D(0), D(0))
    assert office.value("SELECT status FROM tax_bill") == "3"
    assert office.pay() is None
    office.send_purchases([one(2, day="20260718")])
    office.now += timedelta(days=30)
    office.sweep()
    number = office.value("SELECT bill_tax_no FROM tax_bill WHERE status = '1'")
    assert number


def test_goods_of_a_billed_list_that_come_back_void_the_bill(office: Office) -> None:
    office.send_purchases([one(1), one(2, id_number=identity(1))])
    office.send(office.application("cancellation", 2, "CANCEL-2"))
    later(office, 30)
    office.send(office.application("return", 1, "BACK-1", {1: "2"}))
    assert office.statuses("CEB626Message")[-1] == "399"
    assert office.arrive("BACK-1") == []
    assert ledger(office) == (D(0), D(0))
    assert office.value("SELECT status FROM tax_bill") == "3"


def test_a_return_after_payment_frees_no_other_lists_guarantee(office: Office) -> None:
    office.send_purchases([one(1)])
    later(office, 30)
    office.send_purchases([one(2, day="20260718")])
    office.send(office.application("return", 1, "BACK-1", {1: "2"}))
    assert office.pay() == D(0)
    assert ledger(office) == (D(420), TAX)
    office.arrive("BACK-1")
    assert ledger(office)[1] == TAX, "list 2 still holds its own"
