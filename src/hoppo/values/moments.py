"""Moments and days as the customs write them: Beijing time, no zone on the wire."""

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


@lru_cache(maxsize=8192)
def read_moment(text: str) -> datetime | None:
    """Read the 14 digits YYYYMMDDhhmmss; None when they are no moment."""
    if len(text) != 14 or not (text.isascii() and text.isdigit()):  # noqa: PLR2004 - 14 digits
        return None
    try:
        return datetime(
            int(text[:4]),
            int(text[4:6]),
            int(text[6:8]),
            int(text[8:10]),
            int(text[10:12]),
            int(text[12:]),
            tzinfo=BEIJING,
        )
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def read_day(text: str) -> date | None:
    """Read the 8 digits YYYYMMDD; None when they are no day."""
    if len(text) != 8 or not (text.isascii() and text.isdigit()):  # noqa: PLR2004 - 8 digits
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def beijing_day(moment: datetime) -> date:
    """The calendar day in Beijing at an aware moment."""
    return moment.astimezone(BEIJING).date()


def write_moment(moment: datetime) -> str:
    """Write the 17 digits yyyyMMddHHmmssSSS of a receipt."""
    local = moment.astimezone(BEIJING)
    return local.strftime("%Y%m%d%H%M%S") + f"{local.microsecond // 1000:03d}"


def read_iso(text: str) -> datetime:
    """Read an ISO time from a person; Beijing when it names no zone.

    Raises ValueError when the text is no ISO time.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)


def six_months_before(moment: datetime) -> datetime:
    """The same day six months earlier; the month's last day where that day does not exist."""
    local = moment.astimezone(BEIJING)
    month = local.month - 6
    year = local.year if month > 0 else local.year - 1
    month = month if month > 0 else month + 12
    last = (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days
    return local.replace(year=year, month=month, day=min(local.day, last)).astimezone(UTC)
