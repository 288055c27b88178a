"""Buyers' disputes, and the operator's answers."""

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from hoppo.portal.access import page
from hoppo.portal.models import Dispute
from hoppo.portal.roles import Role
from hoppo.portal.served import now
from hoppo.portal.speech import Said
from hoppo.portal.trail import write_down

MOST_OPEN, MOST_ANSWERED = 200, 50
STATES = {
    "open": Said("open", "处理中"),
    "upheld": Said("upheld", "成立"),
    "refused": Said("refused", "不成立"),
}


class AnswerForm(forms.Form):
    """Whether a dispute stands, and what the buyer is told."""

    outcome = forms.ChoiceField(choices=[("upheld", "upheld"), ("refused", "refused")])
    answer = forms.CharField(max_length=1000)


@page(Role.OPERATOR)
def disputes(request: HttpRequest) -> HttpResponse:
    """Open disputes, the oldest first, and the newest that were answered."""
    waiting = Dispute.objects.filter(state="open").order_by("pk")
    answered = Dispute.objects.exclude(state="open").order_by("-pk")[:MOST_ANSWERED]
    shown = {
        "open": waiting[:MOST_OPEN],
        "count": waiting.count(),
        "answered": [(one, STATES[one.state]) for one in answered],
    }
    return render(request, "portal/disputes.html", shown)


@page(Role.OPERATOR, methods="POST")
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """Answer a dispute, once. What follows for the list is decided on the list itself."""
    form = AnswerForm(request.POST)
    with transaction.atomic():
        found = Dispute.objects.select_for_update().filter(pk=number).first()
        if found is None:
            raise Http404
        if not form.is_valid():
            messages.error(request, str(Said(
                "Choose whether the dispute stands, and write the buyer an answer of up to 1,000"
                " characters.",
                "请选择争议是否成立，并填写不超过1000字的答复。",
            )))  # fmt: skip
        elif found.state != "open":
            messages.error(request, str(Said("It was answered before.", "该争议已答复。")))
        else:
            found.state = form.cleaned_data["outcome"]
            found.answer = form.cleaned_data["answer"]
            found.save(update_fields=["state", "answer"])
            write_down(request.user, now(), "answered dispute", found.cop_no,
                       outcome=found.state, dispute=found.pk)  # fmt: skip
            messages.success(request, str(Said("The buyer sees the answer.", "消费者可见该答复。")))
    return redirect("disputes")


ADDRESSES = [
    path("disputes", disputes, name="disputes"),
    path("disputes/<int:number>", answer, name="dispute_answer"),
]
