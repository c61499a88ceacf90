"""Rows of the log as a file: at once where they are few, in the background where they are many."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from audit.actions import note_export
from audit.exports.asked import Asked, Question, rows_until
from audit.exports.at_once import take
from audit.exports.formats import CONTENT_TYPES, Format
from audit.exports.kind import KIND, STEM
from audit.exports.maker import finish_some
from audit.exports.writing import RowsChanged, begin, check, write_portion
from audit.forms import FormatForm
from audit.making.actions import ask
from audit.making.queries import own_exports
from audit.queries.pupils import at_schools
from audit.views.asked import Search, form_of, is_address, read, school_of, schools_of
from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import AuditLog

PAGE = "audit-take-away"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def take_away(request: StaffRequest) -> HttpResponseBase:
    """Show what an export of the search holds and in which forms it can be had; posted, hand it over or begin it."""
    posted = request.method == "POST"
    form = form_of(request)
    if not form.is_valid():
        return redirect("audit-list")
    search = read(request, form, names=posted or not is_address(request))
    if search.problems:
        return redirect("audit-list")
    if not posted and not is_address(request):
        return HttpResponseRedirect(address_of(search))
    chosen = FormatForm(request.POST if posted else None)
    moment = now()
    rows = rows_until(search.criteria, moment)
    number = rows[: settings.EXPORT_AT_ONCE_ROWS + 1].count()
    if not posted or not chosen.is_valid() or not number:
        return _page(request, search, chosen, number, status=422 if posted else 200)
    asked = Asked.of(Format(chosen.cleaned_data["form"]), search.terms, zone=search.zone, now=moment)
    if number > settings.EXPORT_AT_ONCE_ROWS:
        return begin_making(request, search, asked, moment, kind=KIND)
    try:
        return _at_once(request, search, asked, rows, number, moment)
    except RowsChanged:
        messages.error(
            request, "Rows arrived or were deleted while the file was written, so it was not handed over. Try again."
        )
        return redirect(address_of(search))


def address_of(search: Search) -> str:
    """Return the address of the page for a search."""
    return f"{reverse(PAGE)}?{search.query}" if search.query else reverse(PAGE)


def _page(request: StaffRequest, search: Search, form: FormatForm, number: int, *, status: int) -> HttpResponse:
    most: int = settings.EXPORT_AT_ONCE_ROWS
    context = {
        "search": search,
        "form": form,
        "number": f"more than {intcomma(most)}" if number > most else intcomma(number),
        "one": number == 1,
        "empty": not number,
        "at_once": number <= most,
        "exports": own_exports(str(request.user.pk), request.access.scope),
        "moment": now(),
        "days": settings.MADE_FILE_DAYS,
    }
    return render(request, "audit/take_away.html", context, status=status)


def begin_making(request: StaffRequest, search: Search, asked: Asked, moment: datetime, *, kind: str) -> HttpResponse:
    """Have the search made in the background, and lead to the page that shows how far it is."""
    role = request.access.role
    making = ask(
        kind=kind,
        school_id=school_of(request, search.criteria),
        scope=request.access.scope,
        parameters=asked.parameters,
        typed={"query": asked.typed} if asked.typed else {},
        students=search.students,
        user=cast(User, request.user),
        role=role.label if role else "",
        by=request.actor,
        now=moment,
    )
    return redirect("made-file", making.pk)


def _at_once(
    request: StaffRequest, search: Search, asked: Asked, rows: QuerySet[AuditLog], number: int, moment: datetime
) -> HttpResponseBase:
    """Hand the file over; that is in the log before its first byte leaves. Raises RowsChanged."""
    form = asked.form
    headers = {
        "Content-Disposition": f'attachment; filename="{STEM}-{moment:%Y-%m-%d}.{form.value}"',
        "Cache-Control": "private, no-store",
    }
    if form == Format.ZIP:
        with tempfile.TemporaryDirectory(dir=_private()) as folder:
            question = Question.of(asked, schools=dict(request.school_choices), as_of=moment)
            path, written, sha256 = _pack(Path(folder), question)
            _note(request, search, form, written, sha256, moment)
            # The open file outlives the folder.
            return FileResponse(path.open("rb"), content_type=CONTENT_TYPES[form], headers=headers)
    taken, content = take(rows, form, counted=number)
    _note(request, search, form, taken.rows if taken.whole else number, taken.sha256 if taken.whole else None, moment)
    return StreamingHttpResponse(content, content_type=CONTENT_TYPES[form], headers=headers)


def _pack(folder: Path, question: Question) -> tuple[Path, int, str]:
    """Write the ZIP; return it, its rows, and the SHA-256 of its data. Raises RowsChanged."""
    state = begin(folder, question.rows, question.asked.form)
    while not state.ended:
        write_portion(folder, state, question.rows, question.asked.form)
    check(folder, state, question.rows)
    while (done := finish_some(folder, state, question, now=question.about.as_of)) is None:
        pass
    return done[0], state.rows, done[1]


def _note(request: StaffRequest, search: Search, form: Format, rows: int, sha256: str | None, moment: datetime) -> None:
    note_export(
        by=request.actor,
        concerned=at_schools(search.students, schools_of(request, search.criteria)),
        criteria=search.criteria,
        file_format=form.value,
        rows=rows,
        sha256=sha256,
        at=moment,
    )


def _private() -> Path:
    folder: Path = settings.MAKING_DIR
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
