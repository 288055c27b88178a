"""The one day that is simulated. A constant: the same seed gives the same bytes in any year."""

from datetime import UTC, date, datetime
from random import Random

DAY = date(2026, 6, 18)  # the mid-year sales festival
CERTIFIED_FROM = datetime(2026, 1, 1, tzinfo=UTC)
CERTIFIED_UNTIL = datetime(2036, 1, 1, tzinfo=UTC)
DAY_TEXT = f"{DAY:%Y%m%d}"
FIRST_SECOND = 120  # room for what came before an order
LAST_SECOND = 24 * 3600 - 1
# Orders by hour of the day: quiet at night, one peak before noon, a higher one in the evening.
HOURS = (
    14, 8, 5, 3, 2, 3, 6, 12, 25, 42, 58, 52, 45, 40, 38, 40, 42, 45, 50, 62, 88, 95, 70, 22,
)  # fmt: skip


def stamp(second: int) -> str:
    """A second of the day as appTime writes it, YYYYMMDDhhmmss; at the latest 23:59:59."""
    minutes, seconds = divmod(min(second, LAST_SECOND), 60)
    return f"{DAY_TEXT}{minutes // 60:02d}{minutes % 60:02d}{seconds:02d}"


def order_seconds(rng: Random, orders: int) -> list[int]:
    """The seconds of the day at which orders are made, in order."""
    hours = rng.choices(range(24), weights=HOURS, k=orders)
    return sorted(max(hour * 3600 + rng.randrange(3600), FIRST_SECOND) for hour in hours)


def guid(rng: Random) -> str:
    """A 36-character identifier of a record or message."""
    text = f"{rng.getrandbits(128):032X}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
