"""Which schools and districts a signed-in person may look at. Outside of them nothing exists: Http404."""

from __future__ import annotations

from django.http import Http404

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.schools.queries import districts_of
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import District, School

__all__ = ["district_name", "districts_in_reach", "school_or_404"]


def school_or_404(school_id: str) -> School:
    """Return a school in scope: one warehouse query. Raises Http404."""
    school = School.objects.filter(pk=school_id).first()
    if school is None:
        raise Http404("There is no such school.")
    return school


def district_name(request: StaffRequest, district_id: str) -> str:
    """Return the name of a district of the person, or of one of the person's schools. Raises Http404."""
    reach = districts_in_reach(request)
    if reach is None or district_id in reach:
        with system_scope(reason="the district of the person's school"):
            found = District.objects.filter(pk=district_id).values_list("name", flat=True).first()
        if found is not None:
            return found
    raise Http404("There is no such district.")


def districts_in_reach(request: StaffRequest) -> set[str] | None:
    """Return the districts that the person may look at, None for all: what binds a school, its office may read."""
    districts = request.access.scope.districts
    if districts is None:
        return None
    of_schools = districts_of([school_id for school_id, _ in request.school_choices]).values() if not districts else ()
    return {*districts, *filter(None, of_schools)}
