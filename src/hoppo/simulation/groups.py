"""Purchases that only together break a rule: so many pass, whichever come first.

Each group says how many lists it has, how many pass, and what the others get.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from hoppo.simulation.baskets import YEARLY_LIMIT
from hoppo.simulation.changes import Town
from hoppo.simulation.day import guid
from hoppo.simulation.goods import Bought, Shelves, usual_basket
from hoppo.simulation.purchase import BONDED, Head, Maker, Paper, Purchase
from hoppo.simulation.truth import is_inspected

NOTHING = Decimal(0)
PACE = 20  # lists of one person on one day that pass before further ones go to review


class Group(NamedTuple):
    """One group as it was made: its purchases, and the heads of all its lists."""

    purchases: list[Purchase]
    lists: list[tuple[Purchase, Head]]
    released: int


class GroupKind(NamedTuple):
    """One kind of group: the rules that the others break, and the status they get."""

    name: str
    rules: tuple[str, ...]
    status: str
    most_orders: int


YEARLY = GroupKind("yearly_limit", ("TAX-02",), "100", 8)
DOUBLE = GroupKind("declared_twice", ("MATCH-25", "MATCH-26"), "100", 1)
PACED = GroupKind("pace", ("RISK-03",), "300", PACE + 2)
GROUPS = (YEARLY, DOUBLE, PACED)


def make_group(
    kind: GroupKind, seconds: Sequence[int], maker: Maker, shelves: Shelves, town: Town
) -> Group:
    """Make a group of a kind, its orders at the first of these seconds."""
    if kind is YEARLY:
        return _yearly(seconds, maker, shelves, town)
    if kind is PACED:
        return _paced(seconds, maker, shelves, town)
    return _double(seconds, maker, shelves, town)


def _yearly(seconds: Sequence[int], maker: Maker, shelves: Shelves, town: Town) -> Group:
    """One buyer, equal baskets within the single limit, one more than the year allows."""
    buyer = town.people.newcomer()
    article = shelves.any(town.rng, lambda item: item.is_plain and item.price >= 100)  # noqa: PLR2004
    basket = [Bought(article, 1, Decimal(town.rng.randrange(371_429, 500_001)) / 100)]
    fit = int(YEARLY_LIMIT / basket[0].total)
    made = [
        undrawn(maker.purchase(second, buyer, basket, BONDED, NOTHING), town)
        for second in seconds[: fit + 1]
    ]
    return Group(made, [(row, row.declared.head) for row in made], fit)


def _paced(seconds: Sequence[int], maker: Maker, shelves: Shelves, town: Town) -> Group:
    """One buyer with more lists on the day than pass without review."""
    buyer = town.people.newcomer()
    made = []
    for second in seconds[: PACED.most_orders]:
        basket = usual_basket(town.rng, shelves, lambda item: item.is_plain, most_value=300)
        made.append(undrawn(maker.purchase(second, buyer, basket, BONDED, NOTHING), town))
    return Group(made, [(row, row.declared.head) for row in made], PACE)


def _double(seconds: Sequence[int], maker: Maker, shelves: Shelves, town: Town) -> Group:
    """One order and one parcel, declared in two lists."""
    buyer = town.people.newcomer()
    basket = usual_basket(town.rng, shelves, lambda item: item.is_plain)
    made = undrawn(maker.purchase(seconds[0], buyer, basket, BONDED, NOTHING), town)
    first = made.declared
    head = {
        **first.head, "guid": guid(town.rng), "cop_no": f"{first.head['cop_no']}B",
    }  # fmt: skip
    lines = [dict(line) for line in first.lines]
    made.further.append(Paper(first.kind, first.sender, first.second + 240, head, lines))
    return Group([made], [(made, first.head), (made, head)], 1)


def undrawn(bought: Purchase, town: Town) -> Purchase:
    """The purchase under an order number that the draw does not pick."""
    while is_inspected(bought):
        number = f"{bought.order.head['order_no'][:-3]}{town.rng.randrange(1000):03d}"
        for paper in bought.papers():
            paper.head["order_no"] = number
    return bought
