"""Searches that a person has kept, and those that others share. No warehouse query."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from audit.models import SavedSearch
from classwaves_admin.accounts.requests import StaffRequest

# A list longer than this is no help to find anything.
MOST_SEARCHES = 50


def searches_for(request: StaffRequest) -> QuerySet[SavedSearch]:
    """Return the person's own searches, and those that are shared with people of their schools, by name."""
    schools = request.access.scope.schools
    shared = ~Q(school_id="") if schools is None else Q(school_id__in=schools)
    return (
        SavedSearch.objects.filter(Q(owner_id=request.user.pk) | shared).select_related("owner").order_by("name", "pk")
    )


def own_search(request: StaffRequest, search_id: str) -> SavedSearch | None:
    """Return a search that the person may change, or None."""
    return SavedSearch.objects.filter(owner_id=request.user.pk, pk=search_id).first()
