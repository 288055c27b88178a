"""`hoppo serve`: acknowledged means on disk; receipts are handed out; nothing is left behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lxml import etree
from tests.purchase import messages, purchase

from hoppo.customs.catalogue import MESSAGES
from hoppo.wire.codec import read_message

pytestmark = pytest.mark.database
HOPPO = Path(sys.executable).parent / "hoppo"
DATA = "{http://www.chinaport.gov.cn/dxp}Data"
PATIENCE_SECONDS = 60


class Served:
    """A running server on a free port, with one client."""

    def __init__(self, folder: Path) -> None:
        """Find a port, make a client, start."""
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.token = self.hoppo("client", "add", "tester").strip()
        self.start()

    def hoppo(self, *arguments: str) -> str:
        command = [str(HOPPO), *arguments, "--data", str(self.folder)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def start(self) -> None:
        self.process = subprocess.Popen(
            [str(HOPPO), "serve", "--data", str(self.folder), "--port", str(self.port),
             "--sandbox"], stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self.until(lambda: self.get("/healthz")[0] == 200)

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(30)

    def get(self, path: str, body: bytes | None = None, token: str = "") -> tuple[int, bytes]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=body,
            headers={"Authorization": f"Bearer {token or self.token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                return answer.status, answer.read()
        except urllib.error.HTTPError as fault:
            with fault:
                return fault.code, fault.read()
        except OSError:
            return 0, b""

    def statuses(self, after: int = 0) -> list[str]:
        """Return statuses of the lists' receipts, in the order they are handed out."""
        root = etree.fromstring(self.get(f"/ceb/receipts?after={after}")[1])
        bodies = [b64decode(data.text or "") for data in root.iter(DATA)]
        readings = [read_message(body, MESSAGES) for body in bodies]
        return [
            str(record.head["return_status"])
            for reading in readings
            if reading.message.type == "CEB622Message"
            for record in reading.records
        ]

    def until(self, reached: Callable[[], bool]) -> None:
        ends = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < ends:
            if reached():
                return
            time.sleep(0.1)
        pytest.fail("the server did not come to it in time")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = Served(tmp_path_factory.mktemp("served"))
    yield server
    server.stop()


def test_a_purchase_is_released_over_http(served: Served) -> None:
    for body in messages(purchase(1)):
        status, answer = served.get("/ceb/messages", body)
        assert status == 202
        assert json.loads(answer)["bytes"] == len(body)
    served.until(lambda: "800" in served.statuses())
    assert served.statuses() == ["2", "120", "800"]


@pytest.mark.parametrize(
    ("path", "body", "token", "status"),
    [
        ("/ceb/messages", b"<x/>", "wrong", 401),
        ("/ceb/receipts?after=0", None, "wrong", 401),
        ("/ceb/messages", None, "", 405),
        ("/ceb/messages", b" ", "", 400),
        ("/ceb/receipts?after=abc", None, "", 400),
        ("/nowhere", None, "", 404),
    ],
)
def test_wrong_requests_are_refused(
    served: Served, path: str, body: bytes | None, token: str, status: int
) -> None:
    assert served.get(path, body, token)[0] == status


def test_noise_is_answered_with_a_format_receipt(served: Served) -> None:
    assert served.get("/ceb/messages", b"this is no message")[0] == 202
    served.until(lambda: b"CEB900Message" in served.get("/ceb/receipts?after=0")[1])


def test_what_was_acknowledged_survives_a_stop(served: Served) -> None:
    *documents, declared = messages(purchase(2))
    for body in documents:
        assert served.get("/ceb/messages", body)[0] == 202
    assert served.get("/ceb/messages", declared)[0] == 202
    served.stop()
    served.start()
    served.until(lambda: served.statuses().count("800") == 2)
    assert served.statuses() == ["2", "120", "800"] * 2
