"""Baskets that a fault or a limit asks for; the usual ones are in `goods`."""

from collections.abc import Callable
from decimal import Decimal
from random import Random

from hoppo.simulation.goods import RISKY, Article, Bought, Shelves, some_price, usual_basket
from hoppo.simulation.purchase import DIRECT
from hoppo.values.money import to_fen

SINGLE_LIMIT, YEARLY_LIMIT, FEN = Decimal(5000), Decimal(26000), Decimal("0.01")
DEAR = 800
MOST_VALUE = Decimal(2000)
# These count against the year as a whole, so that their buyer has bought nothing before.
ALONE = frozenset({"over_limit", "at_limit", "single_item", "at_year", "over_year"})


def carriage(rng: Random, mode: str) -> Decimal:
    """What freight and insurance cost together."""
    return Decimal(rng.choice((0, 12, 15, 25) if mode == DIRECT else (0, 0, 0, 8, 10)))


def good_basket(rng: Random, shelves: Shelves, mode: str) -> list[Bought]:
    """A basket that may come by a mode."""

    def fits(article: Article) -> bool:
        return article.is_allowed and not (mode == DIRECT and article.commodity.bonded_only)

    return usual_basket(rng, shelves, fits)


def basket(rng: Random, shelves: Shelves, kind: str, carried: Decimal) -> list[Bought]:
    """A basket of a kind, bought with some carriage."""
    plain = SIZES.get(kind)
    if plain is not None:
        fits, least = plain
        return usual_basket(rng, shelves, fits, least=least, most_value=1200)
    if kind in KINDS:
        quantity, fits_row = KINDS[kind]
        article = rng.choice(shelves.kinds(fits_row))
        price = min(some_price(rng, article), to_fen(MOST_VALUE / quantity))
        return [Bought(article, quantity, price)]
    article = shelves.any(rng, lambda item: item.is_plain and item.price >= DEAR)
    if kind in {"at_limit", "over_limit"}:
        first = Bought(article, 2, Decimal(rng.randrange(90_000, 220_000)) / 100)
        rest = SINGLE_LIMIT - carried - first.total + (FEN if kind == "over_limit" else 0)
        return [first, Bought(shelves.any(rng, lambda item: item.is_plain), 1, rest)]
    values = {
        "single_item": SINGLE_LIMIT + Decimal(rng.randrange(1, 600_000)) / 100,
        "at_year": YEARLY_LIMIT,
        "over_year": YEARLY_LIMIT + Decimal(rng.randrange(1, 200_000)) / 100,
    }
    return [Bought(article, 1, values[kind] - carried)]


def _same_unit(article: Article) -> bool:
    row = article.commodity
    return article.is_plain and article.unit in {row.unit1, row.unit2}


Fits = Callable[[Article], bool]
SIZES: dict[str, tuple[Fits, int]] = {
    "plain": (lambda item: item.is_plain, 1),
    "two_lines": (lambda item: item.is_plain, 2),
    "same_unit": (_same_unit, 1),
}
KINDS = {
    "off_the_list": (1, lambda row: not row.positive_list and not row.bonded_only),
    "bonded_only": (1, lambda row: row.bonded_only and row.positive_list),
    "capped": (1000, lambda row: row.max_qty_per_order is not None and not row.bonded_only),
    "specific": (1, lambda row: row.unit2 is not None and row.unit2 == row.consumption_unit),
    "risky": (1, lambda row: row.code.startswith(RISKY) and row.positive_list),
}
