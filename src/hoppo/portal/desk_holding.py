"""A list in one officer's hands: held against everybody else until his deed is committed.

Each deed is one transaction on one connection. It waits for the locks by which everybody works on
this list (workers, the command line, other officers), then reads the list again: of two officers
who decide at once the second finds it decided. The verdict, the receipt in the outbox, the take
and the line in the trail are written on that same connection, so that none is there without the
others.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from django.http import Http404

from hoppo.api import open_database
from hoppo.customs.references import order_name, partners_of
from hoppo.customs.values import Verdict
from hoppo.engine.database import Database
from hoppo.engine.locks import wait_for_locks
from hoppo.portal.declaration import one_list
from hoppo.portal.desk_queue import DECISIONS, QUEUES, Place, is_text, queues_of
from hoppo.portal.roles import OFFICERS, Role
from hoppo.portal.served import now, writing
from hoppo.portal.speech import Said
from hoppo.portal.states import state_of
from hoppo.portal.trail import write_down_with
from hoppo.values.moments import BEIJING, beijing_day

PATIENCE = "5s"
MOST_REASON = 200  # it stands in the receipt of a refusal
OUTCOMES = {"release": Said("release", "放行"), "refuse": Said("refusal", "退单")}


class Objection(Exception):
    """Why a deed was not done; nothing was changed. `said` is for the officer."""

    def __init__(self, en: str, zh: str) -> None:
        """Take the sentence in both languages."""
        super().__init__(en)
        self.said = Said(en, zh)


class Taken(NamedTuple):
    """Who has a list, and what he proposed."""

    username: str
    role: str
    taken_at: datetime
    proposed_by: str
    outcome: str
    reason: str


class Held(NamedTuple):
    """A list in one officer's hands until the deed is committed."""

    connection: psycopg.Connection[Any]
    database: Database
    user: Any
    moment: datetime
    place: Place
    verdict: Verdict
    taken: Taken | None

    def write_down(self, verb: str, reason: str = "", **details: str) -> None:
        """A line in the trail, in the deed's own transaction."""
        verdict = self.verdict
        write_down_with(
            self.connection, self.user, self.moment, verb, verdict.cop_no, reason,
            order_no=verdict.order_no, declarant_code=verdict.declarant_code,
            status=verdict.status, customs_code=verdict.customs_code, **details,
        )  # fmt: skip

    def give(self, username: str, *, role: str = "", proposed: str = "", reason: str = "") -> None:
        """Let somebody have the list from now on; with what he proposes, if he does."""
        self.connection.execute(
            "INSERT INTO portal_take (declarant_code, cop_no, username, role, taken_at,"
            " proposed_by, outcome, reason) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (declarant_code, cop_no) DO UPDATE SET username = EXCLUDED.username,"
            " role = EXCLUDED.role, taken_at = EXCLUDED.taken_at,"
            " proposed_by = EXCLUDED.proposed_by, outcome = EXCLUDED.outcome,"
            " reason = EXCLUDED.reason",
            [
                *self.place[1:], username, role, self.moment, username if proposed else "",
                proposed, reason,
            ],
        )  # fmt: skip

    def drop(self) -> None:
        """Nobody has the list any more."""
        self.connection.execute(
            "DELETE FROM portal_take WHERE declarant_code = %s AND cop_no = %s", self.place[1:]
        )


def queued_at(verdict: Verdict) -> datetime:
    """When a list came to stand where it stands."""
    return datetime.fromisoformat(verdict.trail[-1][0]) if verdict.trail else verdict.received_at


def read_take(connection: psycopg.Connection[Any], verdict: Verdict) -> Taken | None:
    """Who has a list; a take from before it came into this queue is of an earlier version."""
    row = connection.execute(
        "SELECT username, role, taken_at, proposed_by, outcome, reason FROM portal_take"
        " WHERE declarant_code = %s AND cop_no = %s AND taken_at >= %s",
        [verdict.declarant_code, verdict.cop_no, queued_at(verdict)],
    ).fetchone()
    return Taken(*row) if row and verdict.status in QUEUES else None


@contextmanager
def held(user: Any, place: Place) -> Iterator[Held]:
    """Hold a list for one deed, committed when the block ends; raises Objection, or Http404."""
    if not all(is_text(one) for one in place):
        raise Http404
    database, moment = open_database.opened(), now()
    try:
        with writing() as connection:
            # The day's key is stored before anything hangs on it: other threads use it at once.
            database.keys.encrypt(connection, beijing_day(moment), b"", b"")
            connection.commit()
            connection.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
            seen = one_list(connection, user, *place)
            # As `sweeping` locks them, and at once: whoever waits here waits in the same order.
            names = {order_name(seen.order_no), *(name for name, _ in partners_of(seen))}
            wait_for_locks(connection, names)
            verdict = one_list(connection, user, *place)
            if verdict.status not in QUEUES:
                raise decided_meanwhile(connection, verdict)
            taken = read_take(connection, verdict)
            if not may_handle(user, verdict, taken):
                raise Objection(
                    f"This list is in the queue of {QUEUES[verdict.status].en.lower()}, which is"
                    " not yours. Have it referred to you.",
                    f"该清单在{QUEUES[verdict.status].zh}队列，不属于您的岗位，请由有权关员转交。",
                )
            yield Held(connection, database, user, moment, place, verdict, taken)
    except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as fault:
        raise Objection(
            "This list is being worked on at this moment. Nothing was changed; try again.",
            "该清单正在被处理，本次未作任何更改，请稍后重试。",
        ) from fault


def decided_meanwhile(connection: psycopg.Connection[Any], verdict: Verdict) -> Objection:
    """What to tell an officer who comes too late, with the name of him who was first."""
    row = connection.execute(
        "SELECT username FROM portal_action WHERE subject = %s AND verb = ANY(%s)"
        " AND details->>'declarant_code' = %s ORDER BY at DESC LIMIT 1",
        [verdict.cop_no, DECISIONS, verdict.declarant_code],
    ).fetchone()
    name, at = state_of(verdict.status).name, f"{queued_at(verdict).astimezone(BEIJING):%H:%M:%S}"
    by_en, by_zh = (f" by {row[0]}", f"由 {row[0]} ") if row else ("", "")
    return Objection(
        f"It waits no longer: {name.en} ({verdict.status}){by_en} at {at}. Nothing was changed.",
        f"该清单已不在队列：{at} {by_zh}处理为“{name.zh}”（{verdict.status}）。本次未作任何更改。",
    )


def may_handle(user: Any, verdict: Verdict, taken: Taken | None) -> bool:
    """Whether a list is an officer's matter: of his queue, or referred to him or his role."""
    if user.role not in OFFICERS:
        return False
    referred = taken is not None and (
        taken.username == user.username or (not taken.username and taken.role == user.role)
    )
    return verdict.status in queues_of(user) or referred


class Rights(NamedTuple):
    """Which deeds the page of a list offers an officer; the deeds themselves look again."""

    take: bool
    put_back: bool
    refer: bool
    inspect: bool
    decide: bool
    answer: bool
    # It is for him to decide, once a result of the inspection is there.
    needs_result: bool


def rights_of(user: Any, verdict: Verdict, taken: Taken | None, *, recorded: bool) -> Rights:
    """What an officer may do with a list as it stands; `recorded` says that it was inspected."""
    handles = verdict.status in QUEUES and may_handle(user, verdict, taken)
    mine = taken is not None and taken.username == user.username
    free = taken is None or not taken.username
    proposed = taken is not None and bool(taken.proposed_by)
    supervises = user.role == Role.SUPERVISOR
    works = handles and (mine or free) and not proposed
    decides = handles and verdict.status in queues_of(user)
    return Rights(
        take=works and not mine,
        put_back=handles and taken is not None and (mine or free or supervises),
        refer=handles and not proposed and (mine or free or supervises),
        inspect=works and user.role != Role.REVIEWER,
        decide=decides and works and recorded,
        answer=decides and proposed and not mine,
        needs_result=decides and works and not recorded,
    )


def check_reason(text: str, *, needed: bool = True) -> str:
    """A reason on one line; raises Objection when there is none, or one that no receipt holds."""
    reason = " ".join(text.split())
    if needed and not reason:
        raise Objection("Give a reason; nothing was changed.", "请填写理由，本次未作任何更改。")
    if len(reason) > MOST_REASON or not reason.isprintable():
        raise Objection(
            f"The reason has {len(reason)} characters; 1 to {MOST_REASON} printable ones are"
            " taken. Nothing was changed.",
            f"理由共 {len(reason)} 个字符，应为 1 至 {MOST_REASON} 个可显示字符，"
            "本次未作任何更改。",
        )
    return reason


def check_mine(one: Held) -> None:
    """Raise Objection when another officer has the list."""
    if one.taken and one.taken.username not in {"", one.user.username}:
        raise Objection(
            f"{one.taken.username} has taken it. Ask for it to be put back or referred to you.",
            f"该清单已由 {one.taken.username} 领取，请对方退回或转交。",
        )


def check_unproposed(one: Held) -> None:
    """Raise Objection when a proposal waits for another officer's answer."""
    if one.taken and one.taken.proposed_by:
        who, outcome = one.taken.proposed_by, OUTCOMES[one.taken.outcome]
        raise Objection(
            f"{who} has proposed {outcome.en}; another officer confirms or rejects that first.",
            f"{who} 已提出{outcome.zh}意见，须先由另一名关员复核（同意或否决）。",
        )
