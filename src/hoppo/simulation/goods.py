"""What is bought: goods of the starter tariff, in the mix and at the prices of the trade."""

import csv
from bisect import bisect
from collections.abc import Callable
from decimal import Decimal
from importlib.resources import files
from itertools import accumulate
from random import Random
from typing import NamedTuple

from hoppo.simulation.day import DAY
from hoppo.tariff.commodity import Commodity, Tariff, starter_tariff
from hoppo.values.money import to_fen

KILOGRAM, GRAM, LITRE = "035", "036", "095"
BY_WEIGHT = {KILOGRAM: Decimal(1), GRAM: Decimal(1000), LITRE: Decimal(1)}
PIECE = "011"
RISKY = ("2710", "3808", "9304")
ORIGINS = ("116", "502", "601", "305", "609", "133", "304")
LEAST_WEIGHT = Decimal("0.001")


class Article(NamedTuple):
    """One kind of goods on a shelf; price in yuan, net weight in kilograms of one trade unit."""

    commodity: Commodity
    unit: str
    price: Decimal
    net_weight: Decimal

    @property
    def is_plain(self) -> bool:
        """Whether it may come by either mode and bears no tax by quantity."""
        row = self.commodity
        return self.is_allowed and not row.bonded_only and row.consumption_per_unit is None

    @property
    def is_allowed(self) -> bool:
        """Whether it may come at all, without limit of quantity and without review."""
        row = self.commodity
        return (
            row.positive_list and row.max_qty_per_order is None and not row.code.startswith(RISKY)
        )

    def measured(self, unit: str | None, quantity: Decimal) -> Decimal | None:
        """A quantity of trade units in another unit; None without a unit."""
        if unit is None:
            return None
        if unit == self.unit or unit not in BY_WEIGHT:
            return quantity
        return quantity * self.net_weight * BY_WEIGHT[unit]


class Bought(NamedTuple):
    """One line of a basket; price in yuan."""

    article: Article
    quantity: int
    price: Decimal

    @property
    def total(self) -> Decimal:
        """Quantity times price."""
        return self.quantity * self.price


class Shelves:
    """All goods of the city."""

    def __init__(self, tariff: Tariff) -> None:
        """Fill the shelves with what the tariff knows on the day."""
        text = files("hoppo.simulation").joinpath("data", "goods.csv").read_text("utf-8")
        self.articles: list[Article] = []
        weights: list[int] = []
        for row in csv.DictReader(text.splitlines()):
            commodity = tariff.on(row["code"], DAY)
            if commodity is not None:
                net = max(Decimal(row["net_weight_kg"]), LEAST_WEIGHT)
                price = max(Decimal(row["median_price"]), Decimal(1))
                self.articles.append(Article(commodity, row["unit"], price, net))
                weights.append(int(row["weight"]))
        self._weights = list(accumulate(weights))
        stocked = {article.commodity.code for article in self.articles}
        every = [tariff.on(code, DAY) for code in tariff.codes()]
        # What is not traded is invented at a plain price, so that its rule can be broken.
        self._others = [
            Article(row, PIECE, Decimal(60), Decimal("0.500"))
            for row in every
            if row is not None and row.code not in stocked
        ]

    def any(self, rng: Random, fits: Callable[[Article], bool]) -> Article:
        """One article in the mix of the trade, of those that fit."""
        while True:
            at = bisect(self._weights, rng.randrange(self._weights[-1]))
            if fits(self.articles[at]):
                return self.articles[at]

    def kinds(self, fits: Callable[[Commodity], bool]) -> list[Article]:
        """Every article whose commodity fits, traded or not. Raises LookupError for none."""
        found = [item for item in (*self.articles, *self._others) if fits(item.commodity)]
        if not found:
            message = "the starter tariff has no commodity of a kind that the city needs"
            raise LookupError(message)
        return found


def starter_shelves() -> Shelves:
    """The shelves by the tariff that ships with the package."""
    return Shelves(starter_tariff())


def some_price(rng: Random, article: Article) -> Decimal:
    """What one unit costs today, around the usual price."""
    return to_fen(article.price * rng.randrange(70, 141) / 100)


def usual_basket(
    rng: Random,
    shelves: Shelves,
    fits: Callable[[Article], bool],
    *,
    least: int = 1,
    most_value: int = 3500,
) -> list[Bought]:
    """A basket of the usual size: few lines, few pieces, inside the single limit."""
    while True:
        count = max(least, rng.choices((1, 2, 3, 4), weights=(60, 25, 10, 5))[0])
        basket = []
        for _ in range(count):
            article = shelves.any(rng, fits)
            quantity = rng.choices((1, 2, 3), weights=(65, 25, 10))[0]
            basket.append(Bought(article, quantity, some_price(rng, article)))
        if sum(line.total for line in basket) <= most_value:
            return basket
