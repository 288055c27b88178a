"""Buyers, all invented: no name, number or address here is anybody's.

Identity numbers have a right check digit, but begin with a code that names a whole province; cards
carry the code of a county, so no person holds such a number. Telephone numbers begin with 126,
which no mobile network uses. Names are put together from lists of syllables, streets likewise.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

PROVINCES = {
    "110000": "北京市", "310000": "上海市", "320000": "江苏省", "330000": "浙江省",
    "350000": "福建省", "370000": "山东省", "410000": "河南省", "420000": "湖北省",
    "440000": "广东省", "510000": "四川省",
}  # fmt: skip
FAMILY = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
GIVEN = "安柏晨丹恩芳谷涵佳可岚明宁欧沛晴若诗桐薇溪言逸云知子竹"
TOWNS = ("青禾", "白塔", "松溪", "临川", "云麓", "石桥")
STREETS = ("梧桐", "海棠", "银杏", "香樟", "紫藤", "丹桂", "木棉", "水杉")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
FIRST_BIRTHDAY, BIRTHDAYS = date(1956, 1, 1), 18_000
MOST_SPENT = Decimal(22_000)  # well inside the yearly limit, whatever is bought next
MOST_LISTS = 15  # below the pace at which a person's lists go to review
KNOWN = 5_000


@dataclass(slots=True)
class Buyer:
    """One invented buyer, and what this day has seen of them."""

    name: str
    id_number: str
    telephone: str
    account: str
    address: str
    district: str
    spent: Decimal = Decimal(0)
    lists: int = 0


def check_digit(body: str) -> str:
    """The check digit of the first 17 digits of an identity number (GB 11643-1999)."""
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return CHECK_DIGITS[total % 11]


class People:
    """Everybody who buys in the city; some come back."""

    def __init__(self, rng: Random) -> None:
        """Nobody has bought yet."""
        self._rng = rng
        self._numbers: set[str] = set()
        self._known: list[Buyer] = []

    def newcomer(self) -> Buyer:
        """A buyer whom nobody else is and who does not come back by chance."""
        rng = self._rng
        province = rng.choice(tuple(PROVINCES))
        return Buyer(
            self.name(), self.id_number(province), self.telephone(),
            f"u{rng.randrange(10**9):09d}", self.address(province), province,
        )  # fmt: skip

    def buyer(self) -> Buyer:
        """A buyer: now and then one who bought before."""
        if self._known and self._rng.random() < 0.3:  # noqa: PLR2004 - share of repeat buyers
            found = self._rng.choice(self._known)
            if found.spent < MOST_SPENT and found.lists < MOST_LISTS:
                return found
        found = self.newcomer()
        if len(self._known) < KNOWN:
            self._known.append(found)
        else:
            self._known[self._rng.randrange(KNOWN)] = found
        return found

    def name(self, other_than: str = "") -> str:
        """A name, another than the given one."""
        while True:
            given = "".join(self._rng.choices(GIVEN, k=2))
            if (made := self._rng.choice(FAMILY) + given) != other_than:
                return made

    def id_number(self, province: str = "330000") -> str:
        """A number that nobody in the city has yet, with a right check digit."""
        while True:
            born = FIRST_BIRTHDAY + timedelta(days=self._rng.randrange(BIRTHDAYS))
            body = f"{province}{born:%Y%m%d}{self._rng.randrange(1, 1000):03d}"
            if body not in self._numbers:
                self._numbers.add(body)
                return body + check_digit(body)

    def telephone(self, other_than: str = "") -> str:
        """A telephone number, another than the given one."""
        while (made := f"126{self._rng.randrange(10**8):08d}") == other_than:
            pass
        return made

    def address(self, province: str = "330000", other_than: str = "") -> str:
        """An address, another than the given one."""
        rng = self._rng
        while True:
            town, street = rng.choice(TOWNS), rng.choice(STREETS)
            made = (
                f"{PROVINCES[province]}{town}市{street}路{rng.randrange(1, 400)}号"
                f"{rng.randrange(1, 30)}幢{rng.randrange(1, 28)}{rng.randrange(1, 9):02d}室"
            )
            if made != other_than:
                return made
