"""The queues of the officers' desk: what waits and how long, who has it, who does how much."""

import base64
import json
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple, cast

import psycopg

from hoppo.customs.codes import INSPECTION, REVIEW
from hoppo.customs.registers import read_settings
from hoppo.portal.finding import cursor_of, read_cursor
from hoppo.portal.roles import Role, scope_of
from hoppo.portal.speech import Said
from hoppo.values.moments import BEIJING, beijing_day

Connection = psycopg.Connection[Any]
# Order number, declarant and the enterprise's own number: what a list is found by.
Place = tuple[str, str, str]
PAGE = 50
QUEUES = {REVIEW: Said("Review", "审单"), INSPECTION: Said("Inspection", "查验")}
OF_ROLE = {
    Role.REVIEWER: (REVIEW,),
    Role.INSPECTOR: (INSPECTION,),
    Role.SUPERVISOR: (REVIEW, INSPECTION),
}
TWO_PERSON = "two_person"
SHOWS = {
    "all": Said("All", "全部"),
    "mine": Said("Taken by me", "我领取的"),
    "free": Said("Free", "未领取"),
}
# What an officer's decision is called in the trail, his own and his yes to another's.
DECISIONS = ["decided", "confirmed"]
# When the list came into its queue, as its own trail says.
SINCE = "(v.trail->-1->>0)::timestamptz"
# A take from before the list came into this queue is of an earlier version, and counts for nothing.
# It is always joined from the left, and what is asked of it allows for NULL: then the server walks
# the queue and looks takes up, and not from each take through all lists of its declarant.
LIVE_TAKE = (
    "portal_take t ON t.declarant_code = v.declarant_code AND t.cop_no = v.cop_no"
    f" AND t.taken_at >= {SINCE}"
)
COLUMNS = (
    "v.order_no, v.declarant_code, v.cop_no, v.status, v.trade_mode, v.customs_code, v.counted,"
    f" v.findings, v.received_at, {SINCE} AS since, coalesce(t.username, '') AS username,"
    " coalesce(t.role, '') AS role, coalesce(t.proposed_by, '') AS proposed_by,"
    " coalesce(t.outcome, '') AS outcome"
)
ORDER = "received_at, order_no, declarant_code, cop_no"


class Waiting(NamedTuple):
    """A list in a queue, and who has it."""

    order_no: str
    declarant_code: str
    cop_no: str
    status: str
    trade_mode: str
    customs_code: str
    counted: Any
    findings: list[list[str]]
    received_at: datetime
    since: datetime
    username: str
    role: str
    proposed_by: str
    outcome: str

    @property
    def place(self) -> str:
        """What a form calls the list."""
        return write_place((self.order_no, self.declarant_code, self.cop_no))


class Load(NamedTuple):
    """What one officer has in hand, and how much he decided today."""

    username: str
    taken: int
    proposed: int
    oldest: datetime | None
    decided: int


class Queued(NamedTuple):
    """How much waits in a queue, and since when the oldest."""

    status: str
    name: Said
    lists: int
    oldest: datetime | None


def write_place(place: Place) -> str:
    """Where a list lies, as one text of a form."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def is_text(text: object) -> bool:
    """Whether the database can be asked for this."""
    if not isinstance(text, str) or "\0" in text:
        return False
    return text.encode(errors="ignore").decode() == text


def read_place(text: str) -> Place | None:
    """Where a list lies; None when the text is none of ours."""
    try:
        order_no, declarant, cop_no = json.loads(base64.urlsafe_b64decode(text.encode()))
    except (ValueError, TypeError):
        return None
    place = (order_no, declarant, cop_no)
    return place if all(is_text(one) for one in place) else None


def queues_of(user: Any) -> tuple[str, ...]:
    """The statuses that an officer decides."""
    return OF_ROLE.get(user.role, ())


def two_person_queues(connection: Connection) -> frozenset[str]:
    """Queues in which a second officer must agree."""
    value = read_settings(connection).get(TWO_PERSON, "")
    return frozenset(value.split(",")) & QUEUES.keys()


def read_queue(
    connection: Connection, user: Any, show: str = "all", after: str = "", size: int = PAGE
) -> tuple[list[Waiting], str]:
    """An officer's lists behind a cursor, the oldest first, and where the next page begins.

    Besides his own queues he sees lists of others that are referred to him or to his role.
    """
    own, given = scope_of(user).condition()
    said, values = [own], list(given)
    if show == "mine":
        said.append("coalesce(t.username, '') = %s")
        values.append(user.username)
    elif show == "free":
        said.append("coalesce(t.username, '') = ''")
    parts = read_cursor(after)
    if parts and all(is_text(one) for one in parts[1:]):
        said.append("(v.received_at, v.order_no, v.declarant_code, v.cop_no) > (%s, %s, %s, %s)")
        values += parts
    asked, parameters = [], []
    # Each queue by itself, so that the index of queues gives it in order.
    for status in QUEUES:
        conditions, theirs = list(said), list(values)
        if status not in queues_of(user):
            conditions.append("coalesce(t.username = %s OR t.username = '' AND t.role = %s, false)")
            theirs += [user.username, str(user.role)]
        asked.append(
            f"(SELECT {COLUMNS} FROM verdict v LEFT JOIN {LIVE_TAKE}"  # noqa: S608 - our own words alone
            f" WHERE v.status = '{status}' AND {' AND '.join(conditions)}"
            f" ORDER BY v.received_at, v.order_no, v.declarant_code, v.cop_no LIMIT {size + 1})"
        )
        parameters += theirs
    text = f"SELECT * FROM ({' UNION ALL '.join(asked)}) q ORDER BY {ORDER} LIMIT {size + 1}"  # noqa: S608
    found = [Waiting(*row) for row in connection.execute(text, parameters)]
    more = len(found) > size
    return found[:size], cursor_of(cast("Any", found[size - 1])) if more else ""


def count_queues(connection: Connection, user: Any) -> list[Queued]:
    """How much waits in each of an officer's queues."""
    own, given = scope_of(user).condition()
    rows = connection.execute(
        f"SELECT v.status, count(*), min({SINCE}) FROM verdict v"  # noqa: S608
        f" WHERE v.status IN ('{REVIEW}', '{INSPECTION}') AND {own} GROUP BY 1",
        given,
    ).fetchall()
    found = {status: (lists, oldest) for status, lists, oldest in rows}
    return [
        Queued(status, QUEUES[status], *found.get(status, (0, None))) for status in queues_of(user)
    ]


def workload(connection: Connection, user: Any, moment: datetime) -> list[Load]:
    """Who has how much of an officer's queues in hand, and decided how much this day."""
    scope, statuses = scope_of(user), list(queues_of(user))
    own, given = scope.condition()
    taken = connection.execute(
        "SELECT t.username, count(*), count(*) FILTER (WHERE t.proposed_by <> ''),"  # noqa: S608
        f" min(t.taken_at) FROM verdict v LEFT JOIN {LIVE_TAKE}"
        f" WHERE v.status IN ('{REVIEW}', '{INSPECTION}') AND v.status = ANY(%s) AND {own}"
        " AND coalesce(t.username, '') <> '' GROUP BY 1",
        [statuses, *given],
    ).fetchall()
    begins = datetime.combine(beijing_day(moment), time(), BEIJING)
    decided = connection.execute(
        "SELECT username, count(*) FROM portal_action WHERE at >= %s AND at < %s"
        " AND verb = ANY(%s) AND details->>'status' = ANY(%s)"
        " AND (%s = '' OR details->>'customs_code' = %s) GROUP BY 1",
        [begins, begins + timedelta(days=1), DECISIONS, statuses, *[scope.district] * 2],
    ).fetchall()
    loads = {
        username: Load(username, count, proposed, oldest, 0)
        for username, count, proposed, oldest in taken
    }
    for username, count in decided:
        before = loads.get(username) or Load(username, 0, 0, None, 0)
        loads[username] = before._replace(decided=count)
    return sorted(loads.values(), key=lambda load: (-load.taken, -load.decided, load.username))


def lasting(span: timedelta) -> str:
    """A span of time in its two largest units, as a reader says it."""
    minutes = max(int(span.total_seconds()) // 60, 0)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return str(Said(f"{days} d {hours} h", f"{days}天{hours}小时"))
    if hours:
        return str(Said(f"{hours} h {rest} min", f"{hours}小时{rest}分"))
    return str(Said(f"{rest} min", f"{rest}分钟"))
