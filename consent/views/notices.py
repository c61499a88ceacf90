"""The notices of a school: what is in force, what waits, who has answered."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.warehouse.models import School
from consent.notices.texts import SchoolFacts
from consent.queries.notice_pages import notice_lines, school_lines
from consent.queries.notices import school_facts


def notice_list(request: StaffRequest) -> HttpResponse:
    """Show the notices of the person's school, or the schools to choose from: one warehouse query."""
    schools = [school_id for school_id, _ in request.school_choices if request.school in {None, school_id}]
    if len(schools) == 1:
        return notice_school(request, schools[0])
    return render(request, "consent/staff/notices/schools.html", {"lines": school_lines(schools)})


def notice_school(request: StaffRequest, school_id: str) -> HttpResponse:
    """Show the notices of one school: one warehouse query."""
    facts = facts_or_404(school_id)
    lines = notice_lines(facts)
    context = {
        "school": facts.school,
        "lines": lines,
        "blanks": sorted({slot for line in lines for slot in line.blanks}),
        "unnamed": any(line.unnamed for line in lines),
        "several_schools": len(request.school_choices) > 1,
    }
    return render(request, "consent/staff/notices/list.html", context)


def facts_or_404(school_id: str) -> SchoolFacts:
    """Return a school in scope with what its notices are written from. Raises Http404."""
    try:
        return school_facts(school_id)
    except School.DoesNotExist as error:
        raise Http404("There is no such school.") from error
