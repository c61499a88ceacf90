"""The form of an auditor pack."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from audit.exports.asked import Asked, rows_until
from audit.exports.formats import Format
from audit.exports.kind import AUDITOR_PACK
from audit.forms import PackForm
from audit.proof.keys import signing_key
from audit.rules import fields
from audit.rules.language import parse
from audit.views.asked import Search, is_address, opened, read
from audit.views.export import begin_making
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def pack_new(request: StaffRequest) -> HttpResponse:
    """Ask for school, period and search of an auditor pack, and have it made."""
    if request.method != "POST":
        return _page(request, PackForm(None, schools=request.school_choices, initial=_initial(request)))
    form = PackForm(request.POST, schools=request.school_choices)
    if form.is_valid():
        search = read(request, form, names=True)
        for word, advice in search.advice:
            form.add_error("q", f"{word}: {advice}")
        if form.is_valid() and _holds_some(form, search):
            moment = now()
            asked = Asked.of(Format.ZIP, search.terms, zone=search.zone, now=moment)
            return begin_making(request, search, asked, moment, kind=AUDITOR_PACK)
    return _page(request, form, status=422)


def _initial(request: StaffRequest) -> dict[str, str]:
    """Return what the form begins with: the search of the address, else the school that is looked at."""
    query = opened(request.GET)
    if not query.get("q") or not is_address(request):
        return {"school": request.school or ""}
    text = str(query["q"])
    terms = parse(text).terms
    return {"q": text, "was": text, **fields.shown(terms, dict(request.school_choices))}


def _holds_some(form: PackForm, search: Search) -> bool:
    """Tell whether there is something to take away; where there is not, that is told in the form."""
    if rows_until(search.criteria, now())[:1].count():
        return True
    form.add_error(None, "No event fits: choose another period or search.")
    return False


def _page(request: StaffRequest, form: PackForm, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "sealing": signing_key() is not None,
        "most": settings.REPORT_MOST_ROWS,
        "days": settings.MADE_FILE_DAYS,
    }
    return render(request, "audit/pack_new.html", context, status=status)
