"""The officers' desk: queues of review and inspection, what waits, and what is done about it."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from hoppo.api import open_database
from hoppo.customs.codes import INSPECTION
from hoppo.customs.registers import write_setting
from hoppo.customs.tables import DECLARATIONS
from hoppo.portal import desk_deciding as deciding
from hoppo.portal.access import page
from hoppo.portal.declaration import one_list
from hoppo.portal.desk_holding import (
    MOST_REASON,
    OUTCOMES,
    Objection,
    queued_at,
    read_take,
    rights_of,
)
from hoppo.portal.desk_queue import (
    PAGE,
    QUEUES,
    SHOWS,
    TWO_PERSON,
    Place,
    count_queues,
    is_text,
    lasting,
    queues_of,
    read_place,
    read_queue,
    two_person_queues,
    workload,
)
from hoppo.portal.find import SENTENCES
from hoppo.portal.inspecting import (
    MOST_BYTES,
    MOST_PHOTOS,
    RESULTS,
    PhotoFault,
    photo_of,
    read_photos,
    results_of,
)
from hoppo.portal.models import Action
from hoppo.portal.roles import LOOKERS, NAMES, OFFICERS, Role
from hoppo.portal.served import now, reading, writing
from hoppo.portal.speech import Said
from hoppo.portal.trail import write_down_with
from hoppo.portal.trail_page import told
from hoppo.tariff.codes import code_list

UNITS, COUNTRIES = code_list("units"), code_list("countries")
DONE = "desk_done"  # where a session keeps what a batch came to, until it was shown once


@page(OFFICERS)
def desk(request: HttpRequest) -> HttpResponse:
    """The queue of the officer, oldest first, and who does how much."""
    user: Any = request.user
    show = request.GET.get("show", "all")
    show = show if show in SHOWS else "all"
    after, moment = request.GET.get("after", ""), now()
    with reading() as connection:
        rows, following = read_queue(connection, user, show, after)
        queues = count_queues(connection, user)
        loads = workload(connection, user, moment)
        two = two_person_queues(connection)
    shown = {
        "rows": [
            {"list": row, "waits": lasting(moment - row.since), "reason": sentence_of(row.findings),
             "referred": NAMES[Role(row.role)] if row.role else "",
             "outcome": OUTCOMES.get(row.outcome)}
            for row in rows
        ],
        "queues": [(one, lasting(moment - one.oldest) if one.oldest else "") for one in queues],
        "loads": [(one, lasting(moment - one.oldest) if one.oldest else "") for one in loads],
        "shows": SHOWS.items(), "show": show, "after": following, "later": bool(after),
        "two": [(status, name, status in two) for status, name in QUEUES.items()],
        "two_here": [QUEUES[status] for status in QUEUES if status in two],
        "done": request.session.pop(DONE, []),
        "results": RESULTS.items() if INSPECTION in queues_of(user) else (),
        "supervises": user.role == Role.SUPERVISOR, "most_reason": MOST_REASON,
    }  # fmt: skip
    return render(request, "portal/desk.html", shown)


def sentence_of(findings: Sequence[Sequence[str]]) -> str:
    """The sentence of the first rule that sent a list here; none where it was drawn."""
    if not findings:
        return ""
    return str(SENTENCES.get(findings[0][0]) or findings[0][0])


@page(OFFICERS, methods="POST")
def desk_batch(request: HttpRequest) -> HttpResponse:
    """One deed for several lists, each by itself: one that cannot be done stops no other."""
    form = request.POST
    chosen = form.getlist("shown" if form.get("all") else "list")[: PAGE * 2]
    deed, reason, result = form.get("deed", ""), form.get("reason", ""), form.get("result", "")
    user: Any = request.user
    deeds: dict[str, Callable[[Place], Said]] = {
        "take": lambda place: deciding.take(user, place),
        "put_back": lambda place: deciding.put_back(user, place),
        "confirm": lambda place: deciding.answer(user, place, reason, agree=True),
        "release": lambda place: deciding.decide(user, place, "release", reason, result),
        "refuse": lambda place: deciding.decide(user, place, "refuse", reason, result),
    }
    show = form.get("show", "")
    back = redirect(reverse("desk") + (f"?show={show}" if show in SHOWS else ""))
    if deed not in deeds or not chosen:
        messages.error(
            request, str(Said("Choose lists and what to do with them.", "请选择清单和操作。"))
        )
        return back
    done: list[tuple[str, str, bool, str]] = []
    for text in dict.fromkeys(chosen):
        place = read_place(text)
        if place is not None:
            ok, said = attempt(deeds[deed], place)
            done.append((place[2], reverse("desk_list", args=place), ok, said))
    request.session[DONE] = done
    good = sum(ok for _, _, ok, _ in done)
    bad = len(done) - good
    summary = Said(f"{good} done, {bad} not done.", f"完成 {good} 份，未完成 {bad} 份。")
    (messages.warning if bad else messages.success)(request, str(summary))
    return back


def attempt(deed: Callable[[Place], Said], place: Place) -> tuple[bool, str]:
    """Do a deed; whether it was done, and what to tell the officer."""
    try:
        return True, str(deed(place))
    except Objection as fault:
        return False, str(fault.said)
    except Http404:
        return False, str(Said("There is no such list in your district.", "本关区没有该清单。"))


@page(Role.SUPERVISOR, methods="POST")
def desk_two_person(request: HttpRequest) -> HttpResponse:
    """Say in which queues a second officer must agree."""
    user: Any = request.user
    wanted = ",".join(status for status in QUEUES if status in request.POST.getlist("queue"))
    with writing() as connection:
        before = ",".join(sorted(two_person_queues(connection)))
        write_setting(connection, TWO_PERSON, wanted)
        write_down_with(
            connection, user, now(), "set two-person rule", TWO_PERSON, before=before, after=wanted
        )
    messages.success(request, str(Said("The two-person rule is kept.", "双人作业规则已保存。")))
    return redirect("desk")


@page(OFFICERS, methods="GET HEAD POST")
def desk_list(request: HttpRequest, order_no: str, declarant: str, cop_no: str) -> HttpResponse:
    """One list on the desk: what an officer needs to decide, and the forms to do it."""
    place = (order_no, declarant, cop_no)
    if not all(is_text(one) for one in place):
        raise Http404
    if request.method == "POST":
        return one_deed(request, place)
    user: Any = request.user
    moment = now()
    with reading() as connection:
        verdict = one_list(connection, user, *place)
        taken = read_take(connection, verdict)
        declared = DECLARATIONS.by_key(
            connection, [place], on=("order_no", "declarant_code", "cop_no")
        )
        results = results_of(connection, place)
        two = two_person_queues(connection)
    since = queued_at(verdict)
    recorded = verdict.status != INSPECTION or any(one.made_at >= since for one in results)
    shown = {
        "v": verdict, "taken": taken, "waits": verdict.status in QUEUES, "since": since,
        "lasting": lasting(moment - since), "results": results,
        "lines": [
            (line, f"{line.quantity.normalize():f}", UNITS.name(line.unit),
             COUNTRIES.name(line.country))
            for line in (declared[0].lines if declared else ())
        ],
        "findings": [(one, SENTENCES.get(one[0]) or one[0]) for one in verdict.findings],
        "taken_role": NAMES[Role(taken.role)] if taken and taken.role else "",
        "proposed": OUTCOMES[taken.outcome] if taken and taken.proposed_by else "",
        "two": verdict.status in two, "may": rights_of(user, verdict, taken, recorded=recorded),
        "kinds": RESULTS.items(), "most_photos": MOST_PHOTOS,
        "roles": [(f"role:{role}", NAMES[role]) for role in sorted(OFFICERS)],
        "colleagues": [(name, NAMES[Role(role)])
                       for name, role in deciding.colleagues(user, verdict)],
        "actions": actions_of(verdict.cop_no, declarant), "most_reason": MOST_REASON,
    }  # fmt: skip
    return render(request, "portal/desk_list.html", shown)


def actions_of(cop_no: str, declarant: str) -> list[Any]:
    """What was done to a list, the newest first, told in words."""
    found = Action.objects.filter(subject=cop_no).order_by("-at", "-id")[:50]
    return [told(one) for one in found if one.details.get("declarant_code", declarant) == declarant]


def one_deed(request: HttpRequest, place: Place) -> HttpResponse:
    """Do what a form of the list's page asks for, and say what came of it."""
    user: Any = request.user
    form = request.POST
    reason = form.get("reason", "")
    deeds: dict[str, Callable[[Place], Said]] = {
        "take": lambda at: deciding.take(user, at),
        "put_back": lambda at: deciding.put_back(user, at),
        "refer": lambda at: deciding.refer(user, at, form.get("to", ""), reason),
        "decide": lambda at: deciding.decide(user, at, form.get("outcome", ""), reason),
        "confirm": lambda at: deciding.answer(user, at, reason, agree=True),
        "reject": lambda at: deciding.answer(user, at, reason, agree=False),
    }
    with reading() as connection:
        one_list(connection, user, *place)
    deed = deeds.get(form.get("deed", ""))
    if deed is None:
        return tell(request, place, ok=False, said=str(Said("Choose what to do.", "请选择操作。")))
    ok, said = attempt(deed, place)
    return tell(request, place, ok=ok, said=said)


def tell(request: HttpRequest, place: Place, *, ok: bool, said: str) -> HttpResponse:
    """Back to the list's page, with a sentence."""
    (messages.success if ok else messages.error)(request, said)
    return redirect("desk_list", *place)


# The guard against forged forms reads the whole body; it is called below, once the size is known.
@csrf_exempt
@page(OFFICERS, methods="POST")
def desk_inspect(request: HttpRequest, order_no: str, declarant: str, cop_no: str) -> HttpResponse:
    """Record what an inspection found, with photos; one too large is refused unread."""
    place = (order_no, declarant, cop_no)
    if not all(is_text(one) for one in place):
        raise Http404
    with reading() as connection:
        one_list(connection, request.user, *place)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        said = Said(
            f"The photos are too large together; at most {MOST_PHOTOS} of 5 MB each are kept.",
            f"照片总量过大，最多 {MOST_PHOTOS} 张，每张不超过 5 MB。",
        )
        return tell(request, place, ok=False, said=str(said))
    answer: HttpResponse = record_inspection(request, place)
    return answer


@csrf_protect
def record_inspection(request: HttpRequest, place: Place) -> HttpResponse:
    """Record the form of an inspection, whose size is bounded."""
    form, user = request.POST, request.user
    try:
        photos = read_photos(request.FILES.getlist("photos"))
    except PhotoFault as fault:
        return tell(request, place, ok=False, said=str(fault.said))
    result, note = form.get("result", ""), form.get("reason", "")
    ok, said = attempt(lambda at: deciding.inspect(user, at, result, note, photos), place)
    return tell(request, place, ok=ok, said=said)


@page(LOOKERS)
def desk_photo(
    request: HttpRequest, order_no: str, declarant: str, cop_no: str, result: int, number: int
) -> HttpResponse:
    """A photo of an inspection, for those who may see the list; never anything but a picture."""
    place = (order_no, declarant, cop_no)
    if not all(is_text(one) for one in place):
        raise Http404
    # Not `reading`: the key of a day that this process has not met yet is looked for by writing.
    with writing() as connection:
        one_list(connection, request.user, *place)
        photo = photo_of(connection, open_database.opened(), place, result, number)
    if photo is None:
        raise Http404
    return HttpResponse(
        photo.data,
        content_type=photo.kind,
        headers={
            "X-Content-Type-Options": "nosniff",
            "Content-Disposition": "inline",
            "Cache-Control": "private, no-store",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


LIST = "desk/<number:order_no>/<number:declarant>/<number:cop_no>"
ADDRESSES = [
    path("desk", desk, name="desk"),
    path("desk/batch", desk_batch, name="desk_batch"),
    path("desk/two-person", desk_two_person, name="desk_two_person"),
    path(LIST, desk_list, name="desk_list"),
    path(f"{LIST}/inspection", desk_inspect, name="desk_inspect"),
    path(f"{LIST}/photos/<int:result>/<int:number>", desk_photo, name="desk_photo"),
]
