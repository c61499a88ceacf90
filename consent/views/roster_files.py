"""Sending a roster file: streamed into private storage, bounded before it is read, then read by a job."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.schools.faults import PackageRefused
from classwaves_admin.schools.plain_table import Columns, guess, preview
from classwaves_admin.schools.plain_table.text import keep_table
from consent.actions.looking import note_list
from consent.forms.rosters import ColumnsForm, UploadForm, guardians_asked
from consent.models import RosterColumns, RosterImport
from consent.models.rosters import RosterFormat, RosterState
from consent.roster.actions import RosterProblem, begin, start_reading
from consent.roster.reading import forget_files
from consent.views.rosters import find_import, importable_schools, show_list

_MEGABYTE = 1024 * 1024
_ZIP = b"PK"
TEMPLATE = "consent/staff/roster_columns.html"


class _Bounded(FileUploadHandler):
    """Stops an upload that grows beyond the limit, before it fills the disk."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Count from the first byte."""
        super().new_file(*args, **kwargs)
        self._left = settings.ROSTER_MOST_MEGABYTES * _MEGABYTE

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Let the data through to the next handler. Raises StopUpload."""
        del start
        self._left -= len(raw_data)
        if self._left < 0:
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        """Leave the file to the next handler."""
        del file_size
        return None


@csrf_exempt  # the token is in the body, which must not be read before the bound is there; see _upload
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Take a file."""
    request.upload_handlers.insert(0, _Bounded(request))
    answer: HttpResponse = _upload(cast(StaffRequest, request))
    return answer


@csrf_protect
def _upload(request: StaffRequest) -> HttpResponse:
    schools = importable_schools(request)
    form = UploadForm(request.POST, request.FILES, schools=schools)
    if not request.FILES and int(request.META.get("CONTENT_LENGTH") or 0) > _MEGABYTE:
        form.add_error("file", f"The file is larger than {settings.ROSTER_MOST_MEGABYTES} MB.")
    if not form.is_valid():
        return show_list(request, form, status=422)
    file: UploadedFile[Any] = form.cleaned_data["file"]
    if _starts_as_zip(file):
        return _take_package(request, file)
    school = form.cleaned_data.get("school") or (schools[0][0] if len(schools) == 1 else "")
    if not school:
        words = "Choose the school whose table this is." if schools else "You have no school to import a table for."
        form.add_error("school" if "school" in form.fields else None, words)
        return show_list(request, form, status=422)
    return _take_table(request, file, school, form)


def _starts_as_zip(file: UploadedFile[Any]) -> bool:
    start = file.read(2)
    file.seek(0)
    return bool(start == _ZIP)


def _take_package(request: StaffRequest, file: UploadedFile[Any]) -> HttpResponse:
    moment = now()
    made = begin(format=RosterFormat.ONEROSTER, scope=request.access.scope, by=request.actor, now=moment)
    made.upload_path.touch(mode=0o600)
    with made.upload_path.open("wb") as kept:
        for chunk in file.chunks():
            kept.write(chunk)
    start_reading(import_id=made.pk, by=request.actor, now=moment)
    return redirect("roster-import", made.pk)


def _take_table(request: StaffRequest, file: UploadedFile[Any], school: str, form: UploadForm) -> HttpResponse:
    """Keep the table, without columns that this portal must not hold, and ask what its columns mean."""
    moment = now()
    made = begin(format=RosterFormat.CSV, scope=request.access.scope, by=request.actor, now=moment, school_id=school)
    try:
        keep_table(file.chunks(), made.upload_path)
    except PackageRefused as refusal:
        made.delete()
        forget_files(made)
        form.add_error("file", refusal.fault.message)
        return show_list(request, form, status=422)
    RosterImport.objects.filter(pk=made.pk).update(state=RosterState.MAPPING)
    return redirect("roster-columns", made.pk)


def columns(request: StaffRequest, import_id: str) -> HttpResponse:
    """Ask what the columns of a table mean; remember the answer for the school."""
    found = find_import(request, import_id)
    if found.state != RosterState.MAPPING:
        return redirect("roster-import", import_id)
    try:
        seen = preview(found.upload_path)
    except (FileNotFoundError, PackageRefused) as error:
        raise Http404("The file is gone.") from error
    kept = RosterColumns.objects.filter(school_id=found.school_id).values_list("columns", flat=True).first()
    known = Columns.of(kept, seen.header) if kept else None
    meant = known or guess(seen.header)
    form = ColumnsForm(request.POST or None, seen=seen, columns=meant, guardians=guardians_asked(meant))
    if request.method == "POST" and form.is_valid():
        try:
            options = {**form.named(), "encoding": seen.encoding}
            start_reading(import_id=import_id, by=request.actor, now=now(), columns=options)
        except RosterProblem as problem:
            messages.error(request, str(problem))
        return redirect("roster-import", import_id)
    note_list(by=request.actor, students=[], filters=[], page="roster-columns")
    context = {"form": form, "seen": seen, "remembered": known is not None, "roster_import": found}
    return render(request, TEMPLATE, context, status=422 if request.method == "POST" else 200)
