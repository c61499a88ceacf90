"""What the search box offers while somebody types."""

from __future__ import annotations

from collections import Counter

from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.views.decorators.http import require_POST

from audit.actions import note_names
from audit.forms import LONGEST_SEARCH
from audit.queries.people import Person, best, members, staff_and_students
from audit.rules.address import PEOPLE
from audit.rules.messy import usable
from audit.rules.suggestions import MOST_OFFERS, PEOPLE_FROM, Typing, offers, typing
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.schools.time_zones import DEFAULT_TIME_ZONE


@require_POST
def suggestions(request: StaffRequest) -> HttpResponse:
    """Answer with the list under the box. It is posted, so that what is typed stands in no address."""
    text = request.POST.get("q")
    if text is None or len(text) > LONGEST_SEARCH:
        return HttpResponseBadRequest("Send the text of the box.", content_type="text/plain")
    caret = request.POST.get("at", "")
    piece = typing(text, int(caret) if caret.isdecimal() and len(caret) < len("10000") else len(text))
    people = _people(request, piece)
    found = offers(
        text,
        piece,
        today=now().astimezone(DEFAULT_TIME_ZONE).date(),
        schools=[name for _, name in request.school_choices],
        people=_values(people),
    )
    return render(request, "audit/_suggestions.html", {"offers": found})


def _people(request: StaffRequest, piece: Typing) -> list[Person]:
    """Return people of the person's schools whom the piece may mean. Names of students that are offered are logged."""
    if piece.name not in PEOPLE or len(piece.value) < PEOPLE_FROM or not usable(piece.value):
        return []
    known = staff_and_students({piece.name: [piece.value]}, most=MOST_OFFERS)[piece.name]
    if piece.name == "actor":
        known += members(piece.value, request.access.scope, most=MOST_OFFERS)
    people = best(piece.value, known)
    if piece.name == "student" and people:
        note_names(by=request.actor, students=[(person.id, person.school_id) for person in people])
    return people


def _values(people: list[Person]) -> list[str]:
    """Return what stands for each: the name, or the id where several have the name."""
    often = Counter(person.name.casefold() for person in people)
    return [person.name if person.name and often[person.name.casefold()] == 1 else person.id for person in people]
