"""Test my messages: every fault, and what a customs office would answer, apart from real data.

A try is cleared by `hoppo clear --sandbox` in a process of its own, with a database of its own
that is gone afterwards: nothing of it can touch, or wait for, what is real.
"""

import json
import random
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, NamedTuple, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from lxml import etree

from hoppo.cli.message import report_of
from hoppo.portal.access import page
from hoppo.portal.speech import Said

MOST_FILES, MOST_BYTES = 20, 5 * 1024 * 1024
MOST_RECEIPTS = 100
PATIENCE_SECONDS = 60
COMMAND = "import sys; from hoppo.cli.main import main; sys.argv[0] = 'hoppo'; main()"
FULL = Said("Somebody tries messages at this moment. Try again in half a minute.",
            "正有他人在测试，请半分钟后重试。")  # fmt: skip
SLOW = Said("The try took too long; send fewer records.", "测试超时，请减少记录数。")
_free = threading.BoundedSemaphore(1)


class TryForm(forms.Form):
    """A message pasted, files, and what should go wrong on the way."""

    text = forms.CharField(
        required=False, max_length=MOST_BYTES, widget=forms.Textarea({"rows": 10}), strip=False
    )
    final = forms.BooleanField(required=False)
    lost = forms.IntegerField(min_value=0, max_value=100, initial=0)
    doubled = forms.IntegerField(min_value=0, max_value=100, initial=0)
    shuffled = forms.BooleanField(required=False)
    seed = forms.IntegerField(min_value=0, max_value=2**31, initial=1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the fields in the reader's language."""
        super().__init__(*args, **kwargs)
        for name, said in (
            ("text", Said("Message (XML)", "报文（XML）")),
            ("final", Said("Treat the waiting time as over", "视为等待期已满")),
            ("lost", Said("Lost on the way, %", "丢失比例 %")),
            ("doubled", Said("Sent twice, %", "重复比例 %")),
            ("shuffled", Said("In another order", "乱序到达")),
            ("seed", Said("Seed of the chance", "随机种子")),
        ):
            self.fields[name].label = str(said)


class Given(NamedTuple):
    """One message of a try."""

    name: str
    body: bytes


class Arrived(NamedTuple):
    """What the way did to the messages: those that arrive, in order, and a word on each change."""

    messages: list[Given]
    changes: list[str]


def on_the_way(given: list[Given], said: dict[str, Any]) -> Arrived:
    """Lose, double and shuffle as asked; one seed, one way."""
    dice = random.Random(said["seed"])  # noqa: S311 - a way that can be walked again, no secret
    arrived: list[Given] = []
    changes = []
    for one in given:
        if dice.randrange(100) < said["lost"]:
            changes.append(f"{one.name}: {Said('lost', '丢失')}")
            continue
        arrived.append(one)
        if dice.randrange(100) < said["doubled"]:
            changes.append(f"{one.name}: {Said('sent twice', '重复报送')}")
            arrived.append(one)
    if said["shuffled"]:
        dice.shuffle(arrived)
        order = ", ".join(one.name for one in arrived)
        changes.append(f"{Said('arrived as', '到达顺序')}: {order}")
    return Arrived(arrived, changes)


def cleared(messages: list[Given], *, final: bool) -> dict[str, Any]:
    """The verdicts and receipts of messages in a house of their own."""
    with tempfile.TemporaryDirectory(prefix="hoppo-try-") as folder:
        arrived, out = Path(folder) / "in", Path(folder) / "out"
        arrived.mkdir()
        for at, one in enumerate(messages):
            (arrived / f"{at:04d}.xml").write_bytes(one.body)
        more = ["--final"] if final else []
        subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-c", COMMAND, "clear", str(arrived), "--out", str(out), "--sandbox",
             *more],
            check=False, capture_output=True, timeout=PATIENCE_SECONDS,
        )  # fmt: skip
        told = out / "verdicts.jsonl"
        lines = told.read_text("utf-8").splitlines() if told.exists() else []
        receipts = sorted((out / "receipts").glob("*.xml")) if out.exists() else []
        return {
            "verdicts": [json.loads(line) for line in lines],
            "receipts": [(one.stem, pretty(one.read_bytes())) for one in receipts[:MOST_RECEIPTS]],
            "more": max(len(receipts) - MOST_RECEIPTS, 0),
        }


def pretty(xml: bytes) -> str:
    """Our own receipt, indented."""
    parser = etree.XMLParser(remove_blank_text=True, resolve_entities=False)
    return etree.tostring(etree.fromstring(xml, parser), pretty_print=True, encoding="unicode")


def given_in(request: HttpRequest, text: str) -> tuple[list[Given], Said | None]:
    """The messages of a request, or why they are not taken."""
    files = cast("list[Any]", request.FILES.getlist("files"))
    given = [Given("1", text.encode())] if text.strip() else []
    if len(files) > MOST_FILES:
        return [], Said(f"At most {MOST_FILES} files.", f"最多{MOST_FILES}个文件。")
    for one in files:
        body = one.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            return [], Said(f"{one.name}: at most 5 MB.", f"{one.name}：不得超过5MB。")
        given.append(Given(str(one.name)[:80], body))
    if not given:
        return [], Said("Paste a message or choose files.", "请粘贴报文或选择文件。")
    return given, None


@page(methods="GET HEAD POST")
def try_messages(request: HttpRequest) -> HttpResponse:
    """The form, and what came of it."""
    form = TryForm(request.POST or None, initial={"lost": 0, "doubled": 0, "seed": 1})
    shown: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        given, fault = given_in(request, form.cleaned_data["text"])
        if fault is None:
            shown["reports"] = [report_of(one.name, one.body) for one in given]
            arrived = on_the_way(given, form.cleaned_data)
            shown["changes"] = arrived.changes
            if not _free.acquire(blocking=False):
                fault = FULL
            else:
                try:
                    # What is no message at all has been said already.
                    if any(told["readable"] for told in shown["reports"]):
                        shown |= cleared(arrived.messages, final=form.cleaned_data["final"])
                except subprocess.TimeoutExpired:
                    fault = SLOW
                finally:
                    _free.release()
        shown["fault"] = fault
    return render(request, "portal/try.html", shown)


ADDRESSES = [path("try", try_messages, name="try")]
