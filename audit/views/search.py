"""The audit log: a list with its search."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from audit.actions import note_search
from audit.queries.counting import total_of
from audit.queries.names import names_of
from audit.queries.pages import page_of
from audit.queries.search import MOST_COUNTED, PAGE_SIZE
from audit.queries.searches import searches_for
from audit.rules.address import PEOPLE
from audit.rules.language import Term, parse
from audit.rules.lines import LISTED_STUDENTS, concerned_students, line
from audit.rules.meaning import TIMES
from audit.rules.names import Names
from audit.rules.periods import Period
from audit.views.asked import (
    Search,
    circle_of,
    form_of,
    in_words,
    is_address,
    list_address,
    query_of,
    read,
    schools_of,
)
from audit.views.box import box_of, refused_box
from audit.views.links import row_addresses
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.keyset import BadCursor, Page
from classwaves_admin.warehouse.models import AuditLog

# Kept searches beside the box; the page of kept searches has them all.
MOST_OFFERED = 8


def audit_list(request: StaffRequest) -> HttpResponse:
    """Show the newest rows that fit the search of the address.

    What is sent by the form, and an address in which something typed stands open, lead to the address of the
    search: there names of people are ids, and words are sealed.
    """
    form = form_of(request)
    if not form.is_valid():
        return render(request, "audit/list.html", {"box": refused_box(request), "invalid": True})
    elsewhere = request.method == "POST" or not is_address(request)
    search = read(request, form, names=elsewhere)
    if search.problems:
        context = {"box": box_of(request, search), "invalid": True, "advice": search.advice}
        return render(request, "audit/list.html", context)
    if elsewhere:
        return _see(address_of(search))
    return render(request, "audit/list.html", _listed(request, search))


def address_of(search: Search, page: str = "") -> str:
    """Return the address of a page of the search."""
    return list_address("&".join(filter(None, [search.query, urlencode({"page": page}) if page else ""])))


def _see(address: str) -> HttpResponse:
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response


def _listed(request: StaffRequest, search: Search) -> dict[str, Any]:
    """Return what the list shows of the search, and note in the log that it was shown."""
    cursor = request.GET.get("page", "")
    try:
        part = page_of(search.criteria, cursor, size=PAGE_SIZE)
    except BadCursor as error:
        raise Http404(str(error)) from error
    students = {student for row in part.rows for student in concerned_students(row)[:LISTED_STUDENTS]}
    names = names_of(
        actors=[row.actor_id for row in part.rows],
        students=students,
        schools=[row.school_id for row in part.rows],
        asked=[term.value for term in search.terms if term.name in PEOPLE],
    )
    addresses = row_addresses([row.pk for row in part.rows])
    lines = [line(row, names, url=url) for row, url in zip(part.rows, addresses, strict=True)]
    count = _count(search, part, cursor)
    note_search(
        by=request.actor,
        asked=schools_of(request, search.criteria),
        shown=[(row.school_id, concerned_students(row)[:LISTED_STUDENTS]) for row in part.rows],
        filters=search.criteria.used,
    )
    return {
        "box": box_of(request, search),
        "invalid": False,
        "search": search,
        "pieces": _pieces(search, names),
        "presets": _presets(search),
        "filtered": bool(search.terms),
        "lines": lines,
        "total": count,
        "several_schools": len(request.school_choices) > 1,
        "dated": search.criteria.since is not None or search.criteria.until is not None,
        "days_in": search.zone.key.replace("_", " "),
        "saved": [
            {"name": one.name, "url": list_address(query_of(parse(one.text).terms))}
            for one in searches_for(request)[:MOST_OFFERED]
        ],
        "share_with": in_words(request, circle_of(request, search.terms)),
        "over_time_url": f"{reverse('audit-over-time')}?{search.query}",
        "first_url": address_of(search) if cursor else "",
        "previous_url": address_of(search, part.previous) if part.previous else "",
        "next_url": address_of(search, part.next) if part.next else "",
    }


def _pieces(search: Search, names: Names) -> list[dict[str, str]]:
    """Return the pieces of the search in words, each with the address of the search without it."""
    pieces = []
    for term in search.terms:
        known = names.people(term.value) if term.name in PEOPLE else ""
        rest = query_of(other for other in search.terms if other != term)
        pieces.append({"words": str(replace(term, value=known)) if known else str(term), "url": list_address(rest)})
    return pieces


def _presets(search: Search) -> list[dict[str, Any]]:
    """Return the usual periods, each with the address of the same search within it."""
    chosen = {term.value for term in search.terms if term.name == "period"}
    rest = [term for term in search.terms if term.name not in TIMES]
    return [
        {
            "label": period.label,
            "url": list_address(query_of([*rest, Term("period", period.value)])),
            "chosen": period.value in chosen,
        }
        for period in Period
    ]


def _count(search: Search, part: Page[AuditLog], cursor: str) -> str:
    """Return the total in words. A first page that is the only one is counted already."""
    if not cursor and not part.next:
        return intcomma(len(part.rows))
    found = total_of(search.criteria)
    return f"{intcomma(MOST_COUNTED)}+" if found > MOST_COUNTED else intcomma(found)
