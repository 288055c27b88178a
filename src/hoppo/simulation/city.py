"""A simulated day of a city: its messages, its enterprises, and the truth about every list."""

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from hoppo.simulation.baskets import ALONE, basket, carriage, good_basket
from hoppo.simulation.cast import certificate_path, enterprise_sheet, make_cast
from hoppo.simulation.changes import Town
from hoppo.simulation.day import guid, order_seconds, stamp
from hoppo.simulation.faults import FAULTS, Fault
from hoppo.simulation.goods import starter_shelves
from hoppo.simulation.groups import GROUPS, PACED, GroupKind, make_group, undrawn
from hoppo.simulation.mail import MOST_RECORDS, ROUND, Mail, Message
from hoppo.simulation.people import People
from hoppo.simulation.purchase import BONDED, DIRECT, STATUS, Head, Lines, Maker, Paper, Purchase
from hoppo.simulation.truth import GROUP, RELEASED, passing, truth_line, truth_of

BONDED_SHARE = 0.7
DELIVERED_SHARE = 0.1
LEAST_FOR_PACE = 1000  # a smaller city would hold little else than the one hasty buyer
GOOD = "none"


class Manner(NamedTuple):
    """How a city trades; as it stands, like a day in which everything goes wrong that can.

    `records` papers fill a message, and every `round` seconds what lies ready is sent; `all_sign`
    has every sender sign; so much of the trade is `faulty`. Cities that send to one office get each
    a `first` number, so that no two orders are called alike, and the same `firms`, the seed of the
    enterprises' keys.
    """

    records: int = MOST_RECORDS
    round: int = ROUND
    all_sign: bool = False
    faulty: float = 0.2
    first: int = 0
    firms: int | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What was made; lists by fault and by the status they must get."""

    orders: int
    messages: int
    lists: int
    faults: dict[str, int]
    statuses: dict[str, int]


class City:
    """One day. `truth` and `groups` fill up as the messages are taken."""

    def __init__(self, seed: int, orders: int, manner: Manner = Manner()) -> None:  # noqa: B008 - a plain value
        """Set the stage: the same seed, orders and manner give the same day, to the byte."""
        rng = Random(seed)
        firms = seed if manner.firms is None else manner.firms
        self.cast = make_cast(firms, all_sign=manner.all_sign)
        self._manner = manner
        self.truth: list[dict[str, Any]] = []
        self._seconds = order_seconds(rng, orders)
        self._town = Town(rng, self.cast, People(rng))
        self._shelves = starter_shelves()
        self._maker = Maker(rng, self.cast, self._town.people, manner.first)
        self._deck: list[Fault | GroupKind] = []
        self._is_paced = orders < LEAST_FOR_PACE
        self._groups = 0

    def messages(self) -> Iterator[Message]:
        """The day's messages in the order they are sent, as (type, bytes)."""
        mail = Mail(self._town.rng, self.cast, self._manner.records, self._manner.round)
        papers: list[tuple[int, int, Paper]] = []
        at = count = 0
        while at < len(self._seconds):
            now = self._seconds[at]
            while papers and papers[0][0] < now - 60:
                yield from mail.post(heapq.heappop(papers)[2])
            made = self._next(self._seconds[at : at + PACED.most_orders])
            at += len(made)
            for bought in made:
                for paper in bought.papers():
                    heapq.heappush(papers, (paper.second, count, paper))
                    count += 1
        while papers:
            yield from mail.post(heapq.heappop(papers)[2])
        yield from mail.clear()

    def _next(self, seconds: Sequence[int]) -> list[Purchase]:
        """The purchases of the next order, or of the next few where they belong together."""
        if self._town.rng.random() >= self._manner.faulty:
            return [self._good(seconds[0])]
        drawn = self._draw(len(seconds))
        if isinstance(drawn, GroupKind):
            return self._group(drawn, seconds)
        return [self._faulty(drawn, seconds[0])]

    def _draw(self, room: int) -> Fault | GroupKind:
        """The next kind of fault: every one comes up before any comes again."""
        while True:
            if not self._deck:
                self._deck = [*FAULTS, *GROUPS]
                self._town.rng.shuffle(self._deck)
            drawn = self._deck.pop()
            if isinstance(drawn, Fault):
                return drawn
            if drawn.most_orders > room or (drawn is PACED and self._is_paced):
                continue
            self._is_paced = self._is_paced or drawn is PACED
            return drawn

    def _good(self, second: int) -> Purchase:
        rng = self._town.rng
        mode = BONDED if rng.random() < BONDED_SHARE else DIRECT
        goods = good_basket(rng, self._shelves, mode)
        bought = self._maker.purchase(
            second, self._town.people.buyer(), goods, mode, carriage(rng, mode)
        )
        status = passing(bought)
        self._note(bought, status, (), GOOD)
        if status == RELEASED and rng.random() < DELIVERED_SHARE:
            bought.further.append(delivered(bought, rng))
        return bought

    def _faulty(self, fault: Fault, second: int) -> Purchase:
        rng, people = self._town.rng, self._town.people
        mode = fault.mode or (BONDED if rng.random() < BONDED_SHARE else DIRECT)
        carried = carriage(rng, mode)
        buyer = people.newcomer() if fault.basket in ALONE else people.buyer()
        goods = basket(rng, self._shelves, fault.basket, carried)
        bought = self._maker.purchase(second, buyer, goods, mode, carried)
        fault.change(bought, self._town)
        passes = fault.status == "100" and not fault.rules
        self._note(bought, passing(bought) if passes else fault.status, fault.rules, fault.name)
        return bought

    def _note(self, bought: Purchase, status: str, rules: tuple[str, ...], fault: str) -> None:
        head = bought.declared.head
        bought.buyer.lists += 1
        bought.buyer.spent += sum((item.total for item in bought.basket), Decimal(0))
        bought.buyer.spent += head["freight"] + head["insurance"]
        self.truth.append(truth_of(bought, head, status, rules, fault))

    def _group(self, kind: GroupKind, seconds: Sequence[int]) -> list[Purchase]:
        group = make_group(kind, seconds, self._maker, self._shelves, self._town)
        self._groups += 1
        together = {
            "group": f"{kind.name}-{self._groups}", "group_released": group.released,
            "group_others": kind.status,
        }  # fmt: skip
        for bought, head in group.lists:
            line = truth_of(bought, head, GROUP, kind.rules, kind.name)
            self.truth.append({**line, **together})
        return group.purchases


def delivered(bought: Purchase, rng: Random) -> Paper:
    """The carrier's word (513) that the parcel was signed for, late on the day."""
    waybill = bought.waybill
    second = bought.declared.second + rng.randrange(3600, 5 * 3600)
    names = ("logistics_code", "logistics_name", "waybill_no")
    return Paper(STATUS, waybill.sender, second, {
        "guid": guid(rng), "app_type": "1", "app_time": stamp(second), "app_status": "2",
        **{name: waybill.head[name] for name in names}, "logistics_status": "S",
        "logistics_time": stamp(second),
    }, [])  # fmt: skip


def make_city(
    seed: int,
    orders: int,
    manner: Manner = Manner(),  # noqa: B008 - a plain value
) -> Iterator[tuple[str, bytes]]:
    """Every file of a simulated day as (relative path, bytes); `truth.jsonl` comes last."""
    yield from _files(City(seed, orders, manner))


def _files(city: City) -> Iterator[tuple[str, bytes]]:
    yield "enterprises.csv", enterprise_sheet(city.cast)
    for party in city.cast.registered:
        if party.code in city.cast.keys:
            yield certificate_path(party), city.cast.keys[party.code].certificate
    for number, (kind, data) in enumerate(city.messages(), 1):
        yield f"messages/{number:06d}_{kind}.xml", data
    yield "truth.jsonl", "".join(map(truth_line, city.truth)).encode()


def simulate(
    seed: int,
    orders: int,
    out: Path,
    manner: Manner = Manner(),  # noqa: B008 - a plain value
) -> Summary:
    """Write a simulated day into a folder, which is made where it is missing.

    Raises FileExistsError when the folder already holds something: old messages among new ones
    would make the truth untrue.
    """
    if out.exists() and any(out.iterdir()):
        message = f"{out} is not empty; choose another folder, or empty it"
        raise FileExistsError(message)
    city = City(seed, orders, manner)
    messages = 0
    for name, data in _files(city):
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        messages += name.startswith("messages/")
    return Summary(
        orders, messages, len(city.truth), dict(Counter(line["fault"] for line in city.truth)),
        dict(Counter(line["status"] for line in city.truth)),
    )  # fmt: skip


def good_set(seed: int | Random, mode: str = BONDED) -> dict[str, tuple[Head, Lines]]:
    """A purchase of two lines that is released: head and lines of order, payment, waybill, list.

    Its enterprises are those of `make_cast`; change one value, and one rule should say so.
    """
    rng = seed if isinstance(seed, Random) else Random(seed)
    cast = make_cast(0)
    town = Town(rng, cast, People(rng))
    carried = carriage(rng, mode)
    goods = basket(rng, starter_shelves(), "two_lines", carried)
    maker = Maker(rng, cast, town.people)
    bought = undrawn(maker.purchase(36_000, town.people.newcomer(), goods, mode, carried), town)
    papers = {
        "order": bought.order, "payment": bought.payment, "waybill": bought.waybill,
        "list": bought.declared,
    }  # fmt: skip
    return {name: (paper.head, paper.lines) for name, paper in papers.items()}
