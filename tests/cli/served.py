"""A running `hoppo serve` with one client, for tests that look at a house from outside."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from hoppo.customs.catalogue import MESSAGES
from hoppo.wire.codec import read_message

HOPPO = Path(sys.executable).parent / "hoppo"
DATA = "{http://www.chinaport.gov.cn/dxp}Data"
PATIENCE_SECONDS = 60


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Served:
    """A running server on a free port, with one client."""

    def __init__(self, folder: Path, *options: str, tls: Path | None = None) -> None:
        """Find a port, make a client, start; `tls` is the certificate it is known by."""
        self.folder, self.options = folder, options
        self.scheme = "https" if tls else "http"
        self.trust = ssl.create_default_context(cafile=str(tls)) if tls else None
        self.log = folder.parent / "serve.log"
        self.port = free_port()
        self.token = self.hoppo("client", "add", "tester").strip()
        self.start()

    def hoppo(self, *arguments: str) -> str:
        command = [str(HOPPO), *arguments, "--data", str(self.folder)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(HOPPO), "serve", "--data", str(self.folder), "--port", str(self.port),
                 "--sandbox", *self.options], stderr=log, start_new_session=True,
            )  # fmt: skip
        self.until(lambda: self.get("/healthz")[0] == 200)

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(30)

    def get(self, path: str, body: bytes | None = None, token: str = "") -> tuple[int, bytes]:
        request = urllib.request.Request(  # noqa: S310 - http or https
            f"{self.scheme}://localhost:{self.port}{path}",
            data=body,
            headers={"Authorization": f"Bearer {token or self.token}"},
        )
        try:
            with urllib.request.urlopen(  # noqa: S310 - http or https
                request, timeout=20, context=self.trust
            ) as answer:
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
