"""Who looked at a student's record."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from audit.actions import note_accesses
from audit.queries.accesses import MOST_GROUPS, Access, accesses
from audit.queries.names import names_of
from audit.reports.access import LOOKS
from audit.rules.criteria import ANY_ENDING
from audit.rules.language import Term
from audit.rules.lines import ACTOR_LABELS, actor_name, event_label, told
from audit.rules.names import Names
from audit.rules.reading import NO_LOOKS
from audit.views.asked import list_address, query_of
from audit.views.links import link_to
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.warehouse.models import Student


@require_safe
def student_accesses(request: StaffRequest, student_id: str) -> HttpResponse:
    """Show every person who looked at the record: what they saw, how often, the first and the last time.

    Below, who had a file of the whole school made or handed over: the record may be in it.
    """
    student = get_object_or_404(Student, pk=student_id)
    people, files = accesses(student.pk, student.school_id)
    names = names_of(actors=[one.actor_id for one in (*people, *files)], students=[], schools=[student.school_id])
    note_accesses(by=request.actor, school_id=student.school_id, student_id=student.pk, people=len(people))
    about, school = Term("student", student.pk), Term("school", student.school_id)
    looks = [about, *(Term("event", name, excluded=True) for name in NO_LOOKS)]
    context = {
        "student": student,
        "student_url": link_to(request, "student-detail", student.pk),
        "lines": [_line(one, about, names, student.school_id) for one in people],
        "files": [_line(one, school, names, student.school_id) for one in files],
        "looks": sum(one.times for one in people),
        "cut": sum(len(one.looks) for one in (*people, *files)) >= MOST_GROUPS,
        "each_url": list_address(query_of(looks)),
        "take_away_url": f"{reverse('audit-take-away')}?{query_of(looks)}",
        "everything_url": list_address(query_of([about])),
        "report_url": f"{reverse('report-access-audit')}?{urlencode({'student': student.pk, LOOKS: 'yes'})}",
        "may_download": request.access.may(Permission.DOWNLOAD_REPORTS),
    }
    return render(request, "audit/accesses.html", context)


def _line(access: Access, about: Term, names: Names, school_id: str) -> dict[str, object]:
    name = actor_name(access.actor_id, access.actor_type, names)
    zone = names.zone(school_id)
    theirs = [about, Term("actor", access.actor_id), *_seen(access)]
    return {
        "name": name or access.actor_id,
        "named": bool(name),
        "kind": ACTOR_LABELS.get(access.actor_type, access.actor_type),
        "looks": [{"label": event_label(one.event), "times": one.times} for one in access.looks],
        "times": access.times,
        "first": told(access.first, zone),
        "last": told(access.last, zone),
        "url": list_address(query_of(theirs)) if access.actor_id else "",
    }


def _seen(access: Access) -> list[Term]:
    """Return the events of a person's looks; where the box cannot name one of them, what is no look is left out."""
    events = [one.event for one in access.looks]
    if all(event and not event.endswith(ANY_ENDING) for event in events):
        return [Term("event", event) for event in events]
    return [Term("event", name, excluded=True) for name in NO_LOOKS]
