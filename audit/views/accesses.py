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
    """Show every person who looked at the record: what they saw, how often, the first and the last time."""
    student = get_object_or_404(Student, pk=student_id)
    people = accesses(student.pk)
    names = names_of(actors=[one.actor_id for one in people], students=[], schools=[student.school_id])
    note_accesses(by=request.actor, school_id=student.school_id, student_id=student.pk, people=len(people))
    about = Term("student", student.pk)
    looks = [about, *(Term("event", name, excluded=True) for name in NO_LOOKS)]
    context = {
        "student": student,
        "student_url": link_to(request, "student-detail", student.pk),
        "lines": [_line(one, about, names, student.school_id) for one in people],
        "looks": sum(one.times for one in people),
        "cut": sum(len(one.looks) for one in people) >= MOST_GROUPS,
        "take_away_url": f"{reverse('audit-take-away')}?{query_of(looks)}",
        "everything_url": list_address(query_of([about])),
        "report_url": f"{reverse('report-access-audit')}?{urlencode({'student': student.pk})}",
        "may_download": request.access.may(Permission.DOWNLOAD_REPORTS),
    }
    return render(request, "audit/accesses.html", context)


def _line(access: Access, about: Term, names: Names, school_id: str) -> dict[str, object]:
    name = actor_name(access.actor_id, access.actor_type, names)
    zone = names.zone(school_id)
    return {
        "name": name or access.actor_id,
        "named": bool(name),
        "kind": ACTOR_LABELS.get(access.actor_type, access.actor_type),
        "looks": [{"label": event_label(one.event), "times": one.times} for one in access.looks],
        "times": access.times,
        "first": told(access.first, zone),
        "last": told(access.last, zone),
        "url": list_address(query_of([about, Term("actor", access.actor_id)])) if access.actor_id else "",
    }
