"""What the house says of itself: ready or not, figures, one trace from message to receipt."""

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.cli.served import Served
from tests.purchase import messages, purchase

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("watched")
    served = Served(folder / "data", "--log", "json")
    yield served
    served.stop()


def living(served: Served, word: str) -> list[psutil.Process]:
    """Children with that word on their command line; one may die while it is looked at."""
    found = []
    for child in psutil.Process(served.process.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if word in child.cmdline():
                found.append(child)
    return found


def workers(served: Served) -> list[psutil.Process]:
    return living(served, "--multiprocessing-fork")


def doors(served: Served) -> list[psutil.Process]:
    return living(served, "serve")


def metrics(served: Served) -> dict[str, float]:
    """Every figure by name, workers added up."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(served.get("/metrics")[1].decode()):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0) + sample.value
    return found


def events(served: Served) -> list[dict[str, Any]]:
    """Every line that was written: each is an object, whoever wrote it."""
    return [json.loads(line) for line in served.log.read_text("utf-8").splitlines()]


def test_a_message_can_be_followed_to_its_receipts(served: Served) -> None:
    served.until(lambda: served.get("/readyz")[0] == 200)
    answers = [json.loads(served.get("/ceb/messages", body)[1]) for body in messages(purchase(1))]
    served.until(lambda: "800" in served.statuses())
    assert served.get("/nowhere?person=440101199001011234")[0] == 404
    assert "440101199001011234" not in served.log.read_text("utf-8")
    said = events(served)
    traces = {answer["message"]: answer["trace"] for answer in answers}
    for event in ("acknowledged", "cleared"):
        seen = {one["number"]: one["trace"] for one in said if one["event"] == event}
        assert seen == traces
    receipts = [one for one in said if one["event"] == "receipt"]
    assert {trace for one in receipts for trace in one["traces"]} == set(traces.values())
    assert any(one["event"] == "fetched" for one in said)
    assert any(one["event"] == "worker started" for one in said)
    assert all("time" in one and "level" in one for one in said)


def test_figures_count_what_was_done(served: Served) -> None:
    before = metrics(served)
    for body in messages(purchase(2)):
        served.get("/ceb/messages", body)
    acknowledged = before["hoppo_acknowledged_messages_total"] + 4
    served.until(lambda: metrics(served)["hoppo_worker_messages_total"] == acknowledged)
    after = metrics(served)
    assert after["hoppo_acknowledged_messages_total"] == acknowledged
    assert after["hoppo_receipt_messages_total"] > before["hoppo_receipt_messages_total"]
    assert after["hoppo_inbox_waiting_messages"] == after["hoppo_inbox_set_aside_messages"] == 0
    assert after["hoppo_workers"] == 1
    assert min(after["hoppo_database_bytes"], after["hoppo_door_resident_bytes"]) > 0
    assert after["hoppo_worker_lists_total"] >= before.get("hoppo_worker_lists_total", 0) + 1


def test_a_killed_database_worker_and_door_come_back(served: Served) -> None:
    postmaster = served.folder / "postgres" / "postmaster.pid"
    os.kill(int(postmaster.read_text().split()[0]), signal.SIGKILL)
    served.until(lambda: served.get("/readyz")[0] != 200)
    served.until(lambda: served.get("/readyz")[0] == 200)
    for _ in range(2):
        for process in (*workers(served), *doors(served)):
            process.kill()
            process.wait(timeout=30)
        served.until(lambda: bool(workers(served) and doors(served)))
    for body in messages(purchase(3)):
        served.until(lambda body=body: served.get("/ceb/messages", body)[0] == 202)  # type: ignore[misc]
    served.until(lambda: served.statuses().count("800") == 3)
    served.until(lambda: served.get("/readyz")[0] == 200)


def test_an_unready_house_names_what_fails(served: Served) -> None:
    served.until(lambda: len(workers(served)) == 1)
    (worker,) = workers(served)
    worker.suspend()
    try:
        served.until(lambda: served.get("/readyz")[0] == 503)
        told = json.loads(served.get("/readyz")[1])
    finally:
        worker.resume()
    assert told["ready"] is False
    assert told["database"] == told["schema"] == told["queue"] == "ok"
    assert "no worker" in told["workers"]
