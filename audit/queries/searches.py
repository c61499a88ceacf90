"""Searches that a person has kept, and those that others share. No warehouse query."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from audit.models import SavedSearch
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib import keyset

PAGE_SIZE = 50


def searches_page(request: StaffRequest, cursor: str) -> keyset.Page[SavedSearch]:
    """Return a page of the searches that the person sees, by name. Raises BadCursor."""
    return keyset.page(searches_for(request), order=("name", "id"), size=PAGE_SIZE, cursor=cursor)


def searches_for(request: StaffRequest) -> QuerySet[SavedSearch]:
    """Return the person's own searches, and those that are shared with people of their schools or districts, by name.

    Who sees everything is ClassWaves' staff, with whom nobody shares.
    """
    scope = request.access.scope
    shared = Q(school_id__in=scope.schools or ()) | Q(district_id__in=scope.districts or ())
    return (
        SavedSearch.objects.filter(Q(owner_id=request.user.pk) | shared).select_related("owner").order_by("name", "pk")
    )


def own_search(request: StaffRequest, search_id: str) -> SavedSearch | None:
    """Return a search that the person may change, or None."""
    return SavedSearch.objects.filter(owner_id=request.user.pk, pk=search_id).first()
