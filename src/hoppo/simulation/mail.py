"""The post of the city: papers are put into messages as the parties' systems would send them."""

import re
from collections.abc import Iterator, Sequence
from random import Random

from hoppo.customs.catalogue import MESSAGES
from hoppo.simulation.cast import Cast, Party
from hoppo.simulation.day import guid
from hoppo.simulation.purchase import Paper
from hoppo.wire.signature import sign
from hoppo.wire.writing import write_message

MOST_RECORDS = 100
ROUND = 1800  # seconds between two rounds, when everything that lies ready is sent
Message = tuple[str, bytes]


class Mail:
    """Collects papers by message type and sender; hands out messages."""

    def __init__(
        self, rng: Random, cast: Cast, most_records: int = MOST_RECORDS, every: int = ROUND
    ) -> None:
        """Take the dice for identifiers, the keys for signatures, what fills a message, a round."""
        self._rng, self._cast, self._most, self._round = rng, cast, most_records, every
        self._ready: dict[tuple[str, str], list[Paper]] = {}
        self._next_round = every

    def post(self, paper: Paper) -> Iterator[Message]:
        """Take a paper, later ones later; hand out what is sent by then."""
        if paper.second >= self._next_round:
            yield from self.clear()
            self._next_round = paper.second - paper.second % self._round + self._round
        if paper.forged:
            yield from self._send([paper])
            return
        ready = self._ready.setdefault((paper.kind, paper.sender.code), [])
        ready.append(paper)
        if len(ready) == self._most:
            del self._ready[paper.kind, paper.sender.code]
            yield from self._send(ready)

    def clear(self) -> Iterator[Message]:
        """Send all that lies ready."""
        waiting, self._ready = self._ready, {}
        for _, papers in sorted(waiting.items()):
            yield from self._send(papers)

    def _send(self, papers: list[Paper]) -> Iterator[Message]:
        name = f"CEB{papers[0].kind}Message"
        data = message_bytes(papers, guid(self._rng), self._cast)
        yield name, data
        if any(paper.copied for paper in papers):
            yield name, data


def message_bytes(papers: Sequence[Paper], number: str, cast: Cast) -> bytes:
    """One message of papers of one kind from one sender, signed by whoever has a key."""
    kind, sender = papers[0].kind, papers[0].sender
    records = [(paper.head, paper.lines) for paper in papers]
    data = write_message(MESSAGES[f"CEB{kind}Message"], number, records, transfer(sender))
    for paper in papers:
        for wire, text in paper.edits:
            data = edited(data, paper.head["guid"], wire, text)
    keys = cast.keys.get(sender.code)
    if keys is not None:
        data = sign(
            data,
            private_key_pem=keys.private_key,
            certificate_pem=keys.certificate,
            algorithm="sm2-sm3",
            reproducible=True,
        )
    if papers[0].forged:
        data = edited(data, papers[0].head["guid"], "buyerTelephone", "12600000000")
    return data


def transfer(sender: Party) -> dict[str, str]:
    """The BaseTransfer of a sender."""
    return {
        "cop_code": sender.code, "cop_name": sender.name, "dxp_mode": "DXP",
        "dxp_id": sender.dxp_id,
    }  # fmt: skip


def edited(data: bytes, record: str, wire: str, text: str | None) -> bytes:
    """The message with one element of one record holding another text, or taken out."""
    start = data.index(record.encode())
    element = re.compile(rf"<ceb:{wire}>[^<]*</ceb:{wire}>".encode())
    new = b"" if text is None else f"<ceb:{wire}>{text}</ceb:{wire}>".encode()
    return data[:start] + element.sub(lambda _found: new, data[start:], count=1)
