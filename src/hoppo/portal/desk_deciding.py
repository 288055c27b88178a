"""What an officer does with one list: take, put back, refer, propose, decide, inspect.

Every deed says what was done, or raises `Objection`; see `desk_holding` for how it holds the list.
"""

from collections.abc import Sequence
from typing import Any

from hoppo.customs.codes import INSPECTION
from hoppo.customs.sweeping import decide as decide_list
from hoppo.customs.values import Verdict
from hoppo.portal.desk_holding import (
    OUTCOMES,
    Held,
    Objection,
    check_mine,
    check_reason,
    check_unproposed,
    decided_meanwhile,
    held,
    queued_at,
)
from hoppo.portal.desk_queue import OF_ROLE, Place, queues_of, two_person_queues
from hoppo.portal.inspecting import (
    AS_DECLARED,
    MOST_RESULTS,
    RESULTS,
    Photo,
    keep_result,
    results_of,
)
from hoppo.portal.models import User
from hoppo.portal.roles import NAMES, OFFICERS, Role
from hoppo.portal.served import registers
from hoppo.portal.speech import Said


def take(user: Any, place: Place) -> Said:
    """Take a list from the queue, so that nobody else works on it."""
    with held(user, place) as one:
        check_unproposed(one)
        check_mine(one)
        if one.taken is None or one.taken.username != user.username:
            one.give(user.username, reason=one.taken.reason if one.taken else "")
            one.write_down("took")
    return Said("Taken.", "已领取。")


def put_back(user: Any, place: Place) -> Said:
    """Give a list back to the queue; a supervisor may do so for whoever has it."""
    with held(user, place) as one:
        if one.taken is None:
            raise Objection("Nobody has taken it.", "该清单未被领取。")
        if user.role != Role.SUPERVISOR:
            check_mine(one)
        one.drop()
        withdrawn = {"withdrawn": one.taken.outcome} if one.taken.proposed_by else {}
        one.write_down("put back", of=one.taken.username or one.taken.role, **withdrawn)
    return Said("Put back in the queue.", "已退回队列。")


def refer(user: Any, place: Place, to: str, reason: str) -> Said:
    """Hand a list to another officer, or with `role:…` to whoever of a role comes first."""
    why = check_reason(reason)
    role = to.removeprefix("role:") if to.startswith("role:") else ""
    with held(user, place) as one:
        check_unproposed(one)
        if user.role != Role.SUPERVISOR:
            check_mine(one)
        if role:
            if role not in {str(officer) for officer in OFFICERS}:
                raise Objection("Choose whom to refer it to.", "请选择转交对象。")
            said = NAMES[Role(role)]
            one.give("", role=role, reason=why)
        else:
            if to not in {name for name, _ in colleagues(user, one.verdict)}:
                raise Objection(
                    "Choose an officer of this district other than yourself.",
                    "请选择本关区除本人以外的关员。",
                )
            said = Said(to, to)
            one.give(to, reason=why)
        one.write_down("referred", why, to=to)
    return Said(f"Referred to {said.en}.", f"已转交 {said.zh}。")


def colleagues(user: Any, verdict: Verdict) -> list[tuple[str, str]]:
    """Names and roles of the other officers who may see a list."""
    found = User.objects.filter(
        is_active=True, role__in=[str(role) for role in OFFICERS],
        customs_code__in=["", verdict.customs_code],
    ).exclude(pk=user.pk)  # fmt: skip
    return list(found.order_by("username").values_list("username", "role"))


def check_decides(one: Held) -> None:
    """Raise Objection when the list is referred to an officer whose queue it is not."""
    if one.verdict.status not in queues_of(one.user):
        roles = [
            NAMES[role] for role, statuses in OF_ROLE.items() if one.verdict.status in statuses
        ]
        raise Objection(
            f"It was referred to you; {' or '.join(role.en for role in roles)} decides it."
            " Refer it back with what you found.",
            f"该清单系转交给您办理，须由{'或'.join(role.zh for role in roles)}作出决定，"
            "请附意见转回。",
        )


def decide(user: Any, place: Place, outcome: str, reason: str, result: str = "") -> Said:
    """Release or refuse a list; where two persons are needed this is the first one's proposal.

    `result` records what an inspection found along with it, where that has no photos.
    """
    why = check_reason(reason)
    if outcome not in OUTCOMES:
        raise Objection("Choose release or refusal.", "请选择放行或退单。")
    with held(user, place) as one:
        check_decides(one)
        check_unproposed(one)
        check_mine(one)
        if one.verdict.status == INSPECTION:
            if result:
                _record(one, result, why, ())
            _check_inspected(one)
        if one.verdict.status in two_person_queues(one.connection):
            one.give(user.username, proposed=outcome, reason=why)
            one.write_down("proposed", why, outcome=outcome)
            return Said(
                f"You have proposed {OUTCOMES[outcome].en}; another officer must confirm it.",
                f"已提出{OUTCOMES[outcome].zh}意见，须由另一名关员复核。",
            )
        return _conclude(one, outcome, why, "decided")


def answer(user: Any, place: Place, reason: str, *, agree: bool) -> Said:
    """Confirm another officer's proposal, which decides the list, or reject it with a reason."""
    why = check_reason(reason, needed=not agree)
    with held(user, place) as one:
        check_decides(one)
        taken = one.taken
        if taken is None or not taken.proposed_by:
            raise Objection("No decision is proposed for it.", "该清单没有待复核的意见。")
        if taken.proposed_by == user.username:
            raise Objection(
                "You proposed it yourself; another officer must answer.",
                "该意见由您本人提出，须由另一名关员复核。",
            )
        if agree:
            details = {"proposed_by": taken.proposed_by} | ({"note": why} if why else {})
            return _conclude(one, taken.outcome, taken.reason, "confirmed", **details)
        one.give(taken.proposed_by, reason=why)
        one.write_down("rejected", why, proposed_by=taken.proposed_by, outcome=taken.outcome)
    return Said("Rejected; it is back with its proposer.", "已否决，退回提出人。")


def _conclude(one: Held, outcome: str, reason: str, verb: str, **details: str) -> Said:
    """Let the customs' own word decide, and write down who said so."""
    done = decide_list(
        one.connection, one.database, registers, one.moment, one.verdict,
        release=outcome == "release", reason=reason,
    )  # fmt: skip
    if not done:
        raise decided_meanwhile(one.connection, one.verdict)
    one.drop()
    one.write_down(verb, reason, outcome=outcome, **details)
    if outcome == "release":
        return Said("Released (800).", "已放行（800）。")
    return Said("Refused (100).", "已退单（100）。")


def _check_inspected(one: Held) -> None:
    since = queued_at(one.verdict)
    if not any(found.made_at >= since for found in results_of(one.connection, one.place)):
        raise Objection("Record what the inspection found first.", "请先登记查验结果，再作决定。")


def _record(one: Held, result: str, note: str, photos: Sequence[Photo]) -> None:
    if result not in RESULTS:
        raise Objection("Choose what was found.", "请选择查验结果。")
    if len(results_of(one.connection, one.place)) >= MOST_RESULTS:
        raise Objection(
            f"{MOST_RESULTS} results are recorded for it already; decide it.",
            f"该清单已登记 {MOST_RESULTS} 次查验结果，请作出决定。",
        )
    keep_result(
        one.connection, one.database, one.place, one.user.username, one.moment, result, note, photos
    )
    one.write_down("inspected", note, result=result, photos=str(len(photos)))


def inspect(user: Any, place: Place, result: str, note: str, photos: Sequence[Photo]) -> Said:
    """Record what an inspector found in the parcel; other findings than agreement need a note."""
    why = check_reason(note, needed=result != AS_DECLARED)
    with held(user, place) as one:
        if user.role == Role.REVIEWER:
            raise Objection(
                "Inspectors record results. Refer it to an inspector.",
                "查验结果由查验关员登记，请转交查验关员。",
            )
        check_unproposed(one)
        check_mine(one)
        _record(one, result, why, photos)
        if one.taken is None or not one.taken.username:
            one.give(user.username, reason=one.taken.reason if one.taken else "")
    return Said("The result is recorded.", "查验结果已登记。")
