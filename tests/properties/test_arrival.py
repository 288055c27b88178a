"""Whatever the order of arrival, the copies and the batches: one final state."""

import itertools
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import NOON
from tests.customs.office import Office, changed, empty, message, one

from hoppo.engine.database import Database

pytestmark = pytest.mark.database
KINDS = ("order", "payment", "waybill", "list")
FEW = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def final(database: Database, batches: Iterable[Iterable[bytes]]) -> dict[str, Any]:
    """What each list has come to after these batches and all waiting time: and the ledgers."""
    empty(database)
    with closing(Office(database, NOON)) as office:
        for batch in batches:
            office.send(*batch)
        office.sweep(final=True)
        office.check_sums()
        state: dict[str, Any] = {
            number: (line["status"], line["tax"], line["findings"], line["waiting_for"])
            for number, line in office.verdicts().items()
        }
        return {**state, "used": office.used(), "held": office.held()}


def version(parts: Any, kind: str, minute: int, app_type: str = "2", **values: Any) -> bytes:
    """Another version of a purchase's document, sent some minutes after ten."""
    again = changed(parts, kind, app_time=f"202606181{minute:03d}00", app_type=app_type, **values)
    return message(kind, again[kind])


GOOD = one(1)
BODIES = {kind: message(kind, GOOD[kind]) for kind in KINDS}
CHOPPED: dict[str, Callable[[list[bytes]], list[list[bytes]]]] = {
    "one batch": lambda bodies: [bodies],
    "a batch each": lambda bodies: [[body] for body in bodies],
    "two batches": lambda bodies: [bodies[:2], bodies[2:]],
    "each twice": lambda bodies: [[body, body] for body in bodies],
    "all again at the end": lambda bodies: [[body] for body in bodies] + [bodies],
}


@pytest.mark.parametrize("chopped", CHOPPED)
def test_all_orders_of_arrival_release_the_good_list(database: Database, chopped: str) -> None:
    states = [
        final(database, CHOPPED[chopped]([BODIES[kind] for kind in order]))
        for order in itertools.permutations(KINDS)
    ]
    assert states[0]["COP00000001"][0] == "800"
    assert len(states) == 24
    assert all(state == states[0] for state in states)


def _orders(bodies: list[bytes]) -> list[list[list[bytes]]]:
    """Every order, in one batch and in a batch each."""
    found = [list(order) for order in itertools.permutations(bodies)]
    return [[order] for order in found] + [[[body] for body in order] for order in found]


@pytest.mark.parametrize("kind", ["order", "payment", "waybill"])
def test_the_newest_version_stands_in_every_order(database: Database, kind: str) -> None:
    """An old wrong version, its correction, and the rest of the purchase."""
    wrong = {
        "order": {"consignee": "他人"},
        "payment": {"payer_name": "他人"},
        "waybill": {"consignee": "他人"},
    }[kind]
    others = [BODIES[other] for other in KINDS if other != kind]
    corrected = [version(GOOD, kind, 1, "1", **wrong), version(GOOD, kind, 2)]
    orders = _orders([*corrected, others[-1]])
    states = [final(database, [others[:-1], *batches]) for batches in orders]
    assert states[0]["COP00000001"][0] == "800"
    assert all(state == states[0] for state in states)


def test_a_correction_and_its_correction_stand_in_every_order(database: Database) -> None:
    """Right, wrong, right again: the third says what the first said, and is newer than both."""
    versions = [
        version(GOOD, "payment", 1, "1"),
        version(GOOD, "payment", 2, payer_name="他人"),
        version(GOOD, "payment", 3),
    ]
    rest = [BODIES["order"], BODIES["waybill"]]
    states = [final(database, [rest, *batches, [BODIES["list"]]]) for batches in _orders(versions)]
    assert states[0]["COP00000001"][0] == "800"
    assert all(state == states[0] for state in states)


def test_a_refused_list_whose_payment_is_mended_in_time_is_released(database: Database) -> None:
    bodies = [
        BODIES["order"],
        version(GOOD, "payment", 1, "1", payer_name="他人"),
        version(GOOD, "payment", 2),
        BODIES["list"],
    ]
    states = [final(database, [[BODIES["waybill"]], *batches]) for batches in _orders(bodies)]
    assert states[0]["COP00000001"][0] == "800"
    assert all(state == states[0] for state in states)


def test_a_refused_list_is_not_opened_again_after_its_waiting_time(database: Database) -> None:
    empty(database)
    with closing(Office(database, NOON)) as office:
        wrong = version(GOOD, "payment", 1, "1", payer_name="他人")
        office.send(BODIES["order"], BODIES["waybill"], BODIES["list"], wrong)
        assert office.verdict()["status"] == "100"
        office.now = NOON + timedelta(hours=24)
        office.sweep()
        office.send(version(GOOD, "payment", 2))
        assert office.verdict()["status"] == "100"


@pytest.mark.parametrize(("hours", "status"), [(23, "2"), (24, "100")])
def test_a_list_waits_a_day_for_its_documents(database: Database, hours: int, status: str) -> None:
    empty(database)
    with closing(Office(database, NOON)) as office:
        office.send(BODIES["order"], BODIES["list"])
        assert office.verdict()["waiting_for"] == ["payment", "waybill"]
        office.now = NOON + timedelta(hours=hours)
        office.sweep()
        assert office.verdict()["status"] == status
        missing = {"MATCH-02", "MATCH-03"} if status == "100" else set()
        assert office.rules() == missing


def _city() -> list[bytes]:
    """Three purchases: good; mended by newer changes; wrong to the end. With older versions."""
    mended, wrong = one(2), one(3)
    return [
        *BODIES.values(),
        version(mended, "order", 1, "1", goods_value=GOOD["order"][0]["freight"]),
        version(mended, "order", 5),
        version(mended, "payment", 1, "1", amount_paid=GOOD["order"][0]["freight"]),
        version(mended, "payment", 5),
        message("waybill", mended["waybill"]),
        message("list", mended["list"]),
        message("order", wrong["order"]),
        version(wrong, "payment", 1, "1"),
        version(wrong, "payment", 5, payer_name="他人"),
        message("waybill", wrong["waybill"]),
        version(wrong, "list", 5, "1", pack_count=2),
    ]


CITY = _city()


@FEW
@given(data=st.data())
def test_any_interleaving_with_copies_ends_the_same(database: Database, data: Any) -> None:
    order = data.draw(st.permutations(range(len(CITY))))
    copies = data.draw(st.lists(st.sampled_from(range(len(CITY))), max_size=8))
    arriving = [CITY[at] for at in (*order, *copies)]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(arriving) - 1), max_size=5)))
    edges = [0, *cuts, len(arriving)]
    state = final(database, [arriving[a:b] for a, b in itertools.pairwise(edges)])
    assert [state[f"COP{number:08d}"][0] for number in (1, 2, 3)] == ["800", "800", "100"]
    assert {item["rule"] for item in state["COP00000003"][2]} == {"LIST-04", "MATCH-04"}
    assert state["used"] == 420
