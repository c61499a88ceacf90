"""Searches under a name: keep, share, rename, take away. Opening one is following its link."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from audit.forms import NameForm, SaveForm
from audit.models import SavedSearch
from audit.queries.searches import MOST_SEARCHES, own_search, searches_for
from audit.rules.language import parse
from audit.saving import delete_search, rename_search, save_search
from audit.views.asked import list_address, query_of, school_to_share_with
from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.requests import StaffRequest

LIST = "saved-searches"


@require_safe
def saved_list(request: StaffRequest) -> HttpResponse:
    """Show the person's searches and those that others share with them."""
    schools = dict(request.school_choices)
    lines = [
        {
            "search": search,
            "url": list_address(query_of(parse(search.text).terms)),
            "own": search.owner_id == request.user.pk,
            "school": schools.get(search.school_id, ""),
            "form": NameForm({"name": search.name}, person=request.user, search=search),
        }
        for search in searches_for(request)[:MOST_SEARCHES]
    ]
    return render(request, "audit/searches.html", {"lines": lines})


@require_POST
def search_save(request: StaffRequest) -> HttpResponse:
    """Keep the search that was sent under a name, and show it."""
    form = SaveForm(request.POST)
    if not form.is_valid():
        messages.error(request, "The search was not saved: give it a name of at most 80 letters.")
        return redirect(LIST)
    terms = parse(form.cleaned_data["text"]).terms
    school = school_to_share_with(request, terms) if form.cleaned_data["shared"] else ""
    search = save_search(
        name=form.cleaned_data["name"],
        text=form.cleaned_data["text"],
        owner=cast(User, request.user),
        school_id=school,
        by=request.actor,
    )
    messages.success(request, f"The search “{search.name}” is saved{' and shared' if school else ''}.")
    return redirect(list_address(query_of(terms)))


@require_POST
def search_rename(request: StaffRequest, search_id: str) -> HttpResponse:
    """Give one of the person's searches another name."""
    search = _own(request, search_id)
    form = NameForm(request.POST, person=request.user, search=search)
    if form.is_valid():
        rename_search(search=search, name=form.cleaned_data["name"], by=request.actor)
        messages.success(request, "The search has its new name.")
    else:
        messages.error(request, str(form.errors["name"][0]))
    return redirect(LIST)


@require_POST
def search_delete(request: StaffRequest, search_id: str) -> HttpResponse:
    """Take one of the person's searches away."""
    search = _own(request, search_id)
    delete_search(search=search, by=request.actor)
    messages.success(request, f"The search “{search.name}” is deleted.")
    return redirect(LIST)


def _own(request: StaffRequest, search_id: str) -> SavedSearch:
    search = own_search(request, search_id)
    if search is None:
        raise Http404("You have no such search.")
    return search
