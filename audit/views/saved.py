"""Searches under a name: keep, share, rename, take away. Opening one is following its link."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from audit.forms import SaveForm, SearchChangeForm
from audit.models import SavedSearch
from audit.queries.searches import own_search, searches_page
from audit.rules.language import parse
from audit.rules.sharing import NOBODY, Circle
from audit.saving import change_search, delete_search, save_search
from audit.views.asked import circle_of, in_words, list_address, query_of, schools_in_reach
from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours

LIST = "saved-searches"


@require_safe
def saved_list(request: StaffRequest) -> HttpResponse:
    """Show the person's searches and those that others share with them."""
    try:
        part = searches_page(request, request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, "That page of the list is gone: this is its beginning.")
        return redirect(LIST)
    context = {
        "lines": [_line(request, search) for search in part.rows],
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
    return render(request, "audit/searches.html", context)


def _line(request: StaffRequest, search: SavedSearch) -> dict[str, Any]:
    terms = parse(search.text).terms
    own = search.owner_id == request.user.pk
    return {
        "search": search,
        "url": list_address(query_of(terms)),
        "own": own,
        "shared_with": in_words(request, Circle(search.school_id, search.district_id)),
        "form": SearchChangeForm(None, search=search, share_with=in_words(request, _circle(request, search)))
        if own
        else None,
    }


def _circle(request: StaffRequest, search: SavedSearch) -> Circle:
    """Return with whom a search is shared, or could be."""
    return Circle(search.school_id, search.district_id) or circle_of(request, parse(search.text).terms)


@require_POST
def search_save(request: StaffRequest) -> HttpResponse:
    """Keep the search that was sent under a name, and show it."""
    form = SaveForm(request.POST)
    if not form.is_valid():
        messages.error(request, "The search was not saved: give it a name of at most 80 letters.")
        return redirect(LIST)
    terms = parse(form.cleaned_data["text"]).terms
    circle = circle_of(request, terms) if form.cleaned_data["shared"] else NOBODY
    search = save_search(
        name=form.cleaned_data["name"],
        text=form.cleaned_data["text"],
        owner=cast(User, request.user),
        circle=circle,
        schools=schools_in_reach(request),
        by=request.actor,
    )
    messages.success(request, f"The search “{search.name}” is saved{' and shared' if circle else ''}.")
    return redirect(list_address(query_of(terms)))


@require_POST
def search_rename(request: StaffRequest, search_id: str) -> HttpResponse:
    """Give one of the person's searches another name, share it, or keep it to oneself again."""
    search = _own(request, search_id)
    circle = _circle(request, search)
    form = SearchChangeForm(request.POST, search=search, share_with=in_words(request, circle))
    if form.is_valid():
        change_search(
            search=search,
            name=form.cleaned_data["name"],
            circle=circle if form.cleaned_data.get("shared") else NOBODY,
            schools=schools_in_reach(request),
            by=request.actor,
        )
        messages.success(request, f"The search “{search.name}” is changed.")
    else:
        messages.error(request, str(form.errors["name"][0]))
    return redirect(LIST)


@require_POST
def search_delete(request: StaffRequest, search_id: str) -> HttpResponse:
    """Take one of the person's searches away."""
    search = _own(request, search_id)
    delete_search(search=search, schools=schools_in_reach(request), by=request.actor)
    messages.success(request, f"The search “{search.name}” is deleted.")
    return redirect(LIST)


def _own(request: StaffRequest, search_id: str) -> SavedSearch:
    search = own_search(request, search_id)
    if search is None:
        raise Http404("You have no such search.")
    return search
